# SPDX-License-Identifier: Apache-2.0
"""A rack file whose addresses stay: free ports, and a link for the serial line."""

from __future__ import annotations

import contextlib
import re
import socket
from pathlib import Path

from rack_lab import RACK, write_lab


def free_ports(count: int) -> list[int]:
    """Ports of this machine that are free now, no two alike."""
    with contextlib.ExitStack() as servers:
        return [servers.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def fixed_rack(folder: Path, *, timeout_s: float = 1.0, repetition_s: float = 20e-3) -> Path:
    """Write the rack of `rack_lab` with addresses on this machine that are free now."""
    ports = free_ports(5)
    text = re.sub(r"5410(\d)", lambda found: str(ports[int(found[1])]), RACK)
    text = text.replace("ASRL/dev/ttyUSB0::INSTR", f"ASRL{folder / 'trig'}::INSTR")
    text = text.replace("repetition_s = 20e-6", f"repetition_s = {repetition_s}")
    text = re.sub(r'(address = "[^"]+"\n)', rf"\1timeout_s = {timeout_s}\n", text)
    return write_lab(folder, text)
