# SPDX-License-Identifier: Apache-2.0
"""Serial links of emulators that were killed: the next one takes them, those of living ones it leaves alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feedline.errors import InputError
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.emulator.quantum_composers_9520 import EmulatedQuantumComposers9520 as Emulated
from feedline_hal.emulator.stall import serve
from feedline_hal.transport import open_transport

CHILD = """
import sys, time
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.emulator.quantum_composers_9520 import EmulatedQuantumComposers9520 as Emulated
from feedline_hal.emulator.stall import serve
with serve(Emulated(), "trig", sys.argv[1], FaultScript()):
    print("there", flush=True)
    time.sleep(60)
"""


def test_a_link_of_a_killed_emulator_is_taken_even_if_its_terminal_is_anothers_now(tmp_path: Path) -> None:
    link = tmp_path / "trig"
    address = f"ASRL{link}::INSTR"
    with subprocess.Popen([sys.executable, "-c", CHILD, address], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "there\n"
        with (
            pytest.raises(InputError, match="is in use"),
            serve(Emulated(), "trig", address, FaultScript()),
        ):
            pass
        child.send_signal(signal.SIGKILL)
    left = Path(os.readlink(link))
    master, slave = os.openpty()
    try:
        left.unlink()
        left.symlink_to(os.ttyname(slave))
        with serve(Emulated(), "trig", address, FaultScript()) as found:
            assert not left.parent.exists()
            with open_transport(found, name="trig", timeout_s=5.0) as transport:
                assert transport.query("*IDN?").startswith("QC,")
        assert not link.is_symlink()
    finally:
        os.close(master)
        os.close(slave)


def test_what_is_no_emulators_link_is_left_alone(tmp_path: Path) -> None:
    link, other = tmp_path / "trig", tmp_path / "other"
    other.touch()
    link.symlink_to(other)
    with (
        pytest.raises(InputError, match="is in use"),
        serve(Emulated(), "trig", f"ASRL{link}::INSTR", FaultScript()),
    ):
        pass
    assert link.resolve() == other
