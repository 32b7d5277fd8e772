# SPDX-License-Identifier: Apache-2.0
"""An emulated Tektronix AWG5202, AWG5204 or AWG5208.

Source: Tektronix AWG5200 Series Programmer Manual; AWG5200 Series data sheet.
"""

from __future__ import annotations

from typing import Any

from .tektronix_awg import EmulatedTektronixAwg


class EmulatedAwg5200(EmulatedTektronixAwg):
    """Option DC (1.5 V peak to peak) and 2.5 GS/s.

    Args:
        serial: Its serial number.
        channels: 2, 4 or 8.
        **options: Of `EmulatedTektronixAwg`.
    """

    def __init__(self, serial: str = "B020123", *, channels: int = 8, **options: Any) -> None:
        super().__init__(f"TEKTRONIX,AWG520{channels},{serial},FV:8.2.0210.0", channels, **options)
