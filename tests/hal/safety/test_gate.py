# SPDX-License-Identifier: Apache-2.0
"""The gate between several threads."""

from __future__ import annotations

import threading

import pytest
from tests.hal.safety.test_tektronix_awg_attack import RANGES, Wire, is_kept, left_loud, ramp, recipe, send

from feedline_hal.errors import LimitError
from feedline_hal.safety import Gate
from feedline_hal.safety.tektronix_awg_guard import TektronixAwgGuard


class SlowWire(Wire):
    """Takes its time with an amplitude."""

    def __init__(self) -> None:
        super().__init__(left_loud())
        self.is_carrying, self.is_done = threading.Event(), threading.Event()

    def write(self, command: str) -> None:
        if command == "SOURce1:VOLTage 1.5":
            self.is_carrying.set()
            self.is_done.wait(0.2)
        super().write(command)


def test_what_one_thread_raises_another_does_not_switch_on() -> None:
    """Each alone was safe when it was looked at: more amplitude while it is off, the output while that is small."""
    wire = SlowWire()
    gate = Gate(wire, TektronixAwgGuard(RANGES), RANGES)  # type: ignore[arg-type]
    for line in recipe(ramp(1.0), 0.6, 0.0, 1e6):
        assert not send(gate, wire, line)
    gate.write("AWGControl:STOP")
    gate.write("OUTPut1:STATe 0")
    gate.write("AWGControl:RUN")
    other = threading.Thread(target=gate.write, args=("SOURce1:VOLTage 1.5",))
    other.start()
    assert wire.is_carrying.wait(5)
    with pytest.raises(LimitError, match="ch1_voltage_v"):
        gate.write("OUTPut1:STATe 1")
    wire.is_done.set()
    other.join(5)
    assert not wire.awg.outputs[1].is_on
    assert is_kept(wire.awg)


def test_commands_that_are_not_all_safe_are_not_sent_at_all() -> None:
    """The last of them is too loud; the one before it would have been safe alone. The gate relies on nothing then."""
    wire = Wire(left_loud())
    gate = Gate(wire, TektronixAwgGuard(RANGES), RANGES)  # type: ignore[arg-type]
    lines = [*recipe(ramp(1.0), 0.6, 0.0, 1e6), ("SOURce1:VOLTage 1.5", None)]
    lines = [line for line in lines if line[0] not in ("TRIGGERS", "SYSTem:ERRor?", "*OPC?")]
    before = len(wire.awg.log)
    with pytest.raises(LimitError, match="nothing was sent"):
        gate.write_all(lines)
    assert len(wire.awg.log) == before
    with pytest.raises(LimitError, match="not known"):
        gate.write("AWGControl:RUN")


def test_what_would_be_answered_is_not_among_several_commands() -> None:
    wire = Wire(left_loud())
    before = len(wire.awg.log)
    with pytest.raises(LimitError, match="nobody would read"):
        Gate(wire, TektronixAwgGuard(RANGES), RANGES).write_all([("*CLS", None), ("*OPC?", None)])  # type: ignore[arg-type]
    assert len(wire.awg.log) == before
