# SPDX-License-Identifier: Apache-2.0
"""A reply that is not understood ends the connection: what is still on its way must not answer the next question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from feedline_hal.drivers.quantum_composers_9520 import QuantumComposers9520
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.quantum_composers_9520 import EmulatedQuantumComposers9520
from feedline_hal.emulator.rohde_schwarz_sgs100a import EmulatedSgs100a
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.safety.gate import Gate
from feedline_hal.testing import script
from feedline_hal.transport import check_errors, open_transport, wait_until_done

SAFE = {"frequency_hz": (4e9, 6e9), "power_dbm": (-120.0, 10.0)}


@contextmanager
def source(faults: FaultScript) -> Iterator[tuple[RohdeSchwarzSgs100a, Gate, EmulatedSgs100a]]:
    emulator = EmulatedSgs100a()
    with (
        SocketServer(emulator, faults=faults) as server,
        open_transport(server.address, name="lo", timeout_s=2.0) as wire,
    ):
        gate = Gate(wire, RohdeSchwarzSgs100a.guard(SAFE), SAFE)
        yield RohdeSchwarzSgs100a(gate, limits=SAFE), gate, emulator


@pytest.mark.parametrize("garbage", [b"17.5,nonsense", b"", b"0"])
def test_a_wrong_reply_is_one_fault_and_the_questions_after_it_are_answered(garbage: bytes) -> None:
    """The right answer to `*OPC?` follows the wrong one, as it does where a reply was held back."""
    faults = FaultScript()
    with source(faults) as (driver, gate, emulator):
        faults.restart({1: Fault(kind=FaultKind.GARBAGE, garbage=garbage + b"\n1")})
        with pytest.raises(HardwareFault, match=r"'\*OPC\?'"):
            wait_until_done(gate)
        assert gate.query("*IDN?") == emulator.identity
        driver.apply(frequency_hz=5e9)
        assert driver.read("frequency_hz") == 5e9


def test_what_is_no_entry_of_an_error_queue_ends_the_connection() -> None:
    faults = FaultScript()
    with source(faults) as (_, gate, emulator):
        faults.restart({1: Fault(kind=FaultKind.GARBAGE, garbage=b'1\n0,"No error"')})
        with pytest.raises(HardwareFault, match="no entry of an error queue"):
            check_errors(gate, "OUTP 1", "SYST:ERR?")
        assert gate.query("*IDN?") == emulator.identity


def test_the_gate_relies_on_nothing_after_a_connection_was_thrown_away() -> None:
    with source(FaultScript()) as (driver, gate, emulator):
        driver.apply(frequency_hz=5e9, power_dbm=0)
        gate.write("OUTP:STAT 1")
        wait_until_done(gate)
        gate.distrust()
        with pytest.raises(LimitError, match="a value that is not known"):
            gate.write("OUTP:STAT 1")
        assert emulator.is_on == 1


def test_a_late_answer_on_a_serial_line_is_not_taken_for_the_next_one() -> None:
    """The line is the same after it was opened anew: what comes late is found before the next command goes out."""
    emulator, faults = EmulatedQuantumComposers9520(), FaultScript()
    with (
        PtyServer(emulator, manner=emulator.serial_manner, faults=faults) as server,
        open_transport(server.address, name="trig", timeout_s=0.3, manner=QuantumComposers9520.manner) as wire,
    ):
        driver = QuantumComposers9520(wire)
        faults.restart({1: Fault(kind=FaultKind.LATE)})
        with pytest.raises(HardwareFault, match=r"Waited 0\.3 s"):
            wire.query(":PULSE0:PER?")
        with pytest.raises(HardwareFault):
            driver.identify()
        assert driver.identify().model == "9524"


def test_a_scripted_transport_says_that_it_was_distrusted() -> None:
    with script(("*OPC?", "0")) as transport:
        with pytest.raises(HardwareFault, match="where 1 means done"):
            wait_until_done(transport)
        assert transport.is_distrusted
