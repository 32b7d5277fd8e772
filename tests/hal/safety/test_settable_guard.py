# SPDX-License-Identifier: Apache-2.0
"""Nothing unsafe gets past the gate of a settable instrument; the emulator's own state is the judge, not the guard."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hal.safety.settable_bench import BENCHES, Bench, Wire, commands

from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.safety import Gate, SettableGuard

STEPS = (0.005, -0.005, 0.004, 0.006, -0.1, 0.1, 0.3)
TRIES = settings(max_examples=100, deadline=None)


class Judge:
    """Looks at the emulator before and after: what changed, what comes out."""

    def __init__(self, bench: Bench, emulator: Any) -> None:
        self.bench = bench
        self.emulator = emulator
        self.switches = [item for item in bench.kind.settings if item.is_switch]
        self.outputs = [item for item in bench.kind.settings if item.is_output and item.name in bench.ranges]
        self.before = self.look()
        self.moved_s = -math.inf

    def look(self) -> dict[str, float]:
        return {item.name: float(getattr(self.emulator, item.name)) for item in self.outputs}

    def check(self, command: str, now_s: float) -> None:
        after = self.look()
        for item in self.outputs:
            old, new = self.before[item.name], after[item.name]
            if old == new:
                continue
            low, high = self.bench.ranges[item.name]
            slack = 1e-8 * max(abs(low), abs(high))
            safe = item.safe
            is_retreat = safe is not None and min(old, safe) <= new <= (high if safe == math.inf else max(old, safe))
            assert is_retreat or low - slack <= new <= high + slack, f"{command!r}: {item.name} {old} to {new}"
            if item.step is not None:
                rate = self.bench.ranges[item.rate_name][1]
                allowed = rate * min(now_s - self.moved_s, item.step_s)
                assert abs(new - old) <= allowed * (1 + 1e-6), f"{command!r}: {abs(new - old)} V at once"
                self.moved_s = now_s
        self.before = after

    def check_outputs(self, command: str) -> None:
        for switch in self.switches:
            if not hasattr(self.emulator, switch.name) or not getattr(self.emulator, switch.name):
                continue
            for item in switch.behind(self.outputs):
                low, high = self.bench.ranges[item.name]
                slack = 1e-8 * max(abs(low), abs(high))
                assert low - slack <= self.before[item.name] <= high + slack, (
                    f"{command!r}: {switch.name} with {item.name} at {self.before[item.name]}"
                )


def attempt(action: Callable[[], object]) -> None:
    try:
        action()
    except (LimitError, HardwareFault):
        return


@pytest.mark.parametrize("name", BENCHES)
@TRIES
@given(data=st.data())
def test_no_command_gets_an_unsafe_value_past_the_gate(name: str, data: st.DataObject) -> None:
    """By writing, asking, asking for blocks; with pulled cables, waits, and hands on the front panel in between."""
    bench = BENCHES[name]
    emulator, clock = bench.make(), [0.0]
    for quantity, value in bench.starts.items():
        setattr(emulator, quantity, value)
    guard = bench.kind.guard(bench.ranges)
    assert isinstance(guard, SettableGuard)
    guard._now = lambda: clock[0]
    wire, judge = Wire(emulator), Judge(bench, emulator)
    gate = Gate(wire, guard, bench.ranges)  # type: ignore[arg-type]
    said = commands(bench)
    queries = [item.query for item in judge.outputs + judge.switches]
    for _ in range(data.draw(st.integers(1, 20))):
        clock[0] += data.draw(st.sampled_from([0.0, 0.001, 0.02, 3600.0]))
        steps = [item.told(judge.before[item.name] + step) for item in judge.outputs if item.step for step in STEPS]
        command = data.draw(st.one_of(said, st.sampled_from(queries), st.sampled_from(steps or queries)))
        wire.breaks = data.draw(st.integers(0, 9)) == 9
        asks = command in queries and data.draw(st.integers(0, 9)) < 9
        verb = "query" if asks else data.draw(st.sampled_from(["write", "write", "query", "query_block"]))
        arguments = (command, "<f4") if verb == "query_block" else (command,)
        attempt(lambda: getattr(gate, verb)(*arguments))  # noqa: B023 - called now
        judge.check(command, clock[0])
        judge.check_outputs(command)
        if data.draw(st.integers(0, 9)) == 9 and bench.starts:
            for quantity, value in bench.starts.items():  # somebody at the front panel, while the line was down
                setattr(emulator, quantity, value)
            setattr(emulator, judge.switches[0].name, 0.0)
            guard.forget()
            judge.before = judge.look()


def gated(name: str, ranges: Any = None) -> tuple[Gate, Any, SettableGuard, list[float]]:
    bench, clock = BENCHES[name], [0.0]
    if ranges is not None:
        bench = attrs.evolve(bench, ranges=ranges)
    emulator, guard = bench.make(), bench.kind.guard(bench.ranges)
    guard._now = lambda: clock[0]
    return Gate(Wire(emulator), guard, bench.ranges), emulator, guard, clock  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "command"), [(name, item) for name, bench in BENCHES.items() for item in bench.nasty])
def test_what_the_driver_does_not_write_to_the_byte_is_refused(name: str, command: str) -> None:
    """Default deny: the emulator hears nothing of it, asked or written."""
    gate, emulator, _, _ = gated(name)
    for verb in (gate.write, gate.query):
        with pytest.raises(LimitError):
            verb(command)
    assert emulator.log == []


def test_unknown_values_keep_an_output_off_until_they_are_set_or_read() -> None:
    """And again after everything was forgotten."""
    gate, emulator, guard, _ = gated("synthhd")
    with pytest.raises(
        LimitError, match=r"a_frequency_hz to a value that is not known[\s\S]*Set it, or read it, first"
    ):
        gate.write("C0E1r1h1")
    gate.write("C0f5000.0000000")
    with pytest.raises(LimitError, match="a_frequency_hz to a value that is not known"):
        gate.write("C0E1r1h1")  # it may not have been taken
    assert gate.query("C0f?") == "5000.0000000"
    gate.write("C1W-5.000")
    with pytest.raises(LimitError, match="a_power_dbm to a value that is not known"):
        gate.write("C0E1r1h1")
    assert gate.query("C0W?") == "0.000"
    gate.write("C0E1r1h1")
    assert emulator.a_is_on
    assert not emulator.b_is_on
    guard.forget()
    with pytest.raises(LimitError, match="not known"):
        gate.write("C0E1r1h1")


def test_a_jump_after_a_long_rest_is_refused() -> None:
    """An hour of rest does not make 100 mV slow; nor is the first command after connecting one."""
    gate, emulator, _, clock = gated("gs200")
    with pytest.raises(LimitError, match="level_v_per_s"):
        gate.write(":SOUR:LEV 5.000000E-03")
    assert gate.query(":SOUR:LEV?") == "+0.000000E+00"
    gate.write(":SOUR:LEV 5.000000E-03")
    clock[0] = 3600.0
    with pytest.raises(LimitError, match="level_v_per_s to 5"):
        gate.write(":SOUR:LEV 1.050000E-01")
    assert emulator.level_v == 5e-3


def test_a_level_beyond_the_safe_range_may_come_back() -> None:
    """In steps, towards 0; not away from it."""
    gate, emulator, _, _ = gated("gs200")
    emulator.level_v = 0.8
    gate.query(":SOUR:LEV?")
    with pytest.raises(LimitError, match=r"level_v to 0\.805"):
        gate.write(":SOUR:LEV 8.050000E-01")
    gate.write(":SOUR:LEV 7.950000E-01")
    assert emulator.level_v == 0.795


def test_a_range_is_changed_only_while_the_output_is_off() -> None:
    """The level is unknown after it, until it is read."""
    gate, emulator, _, _ = gated("gs200")
    gate.query(":SOUR:LEV?")
    with pytest.raises(LimitError, match="level_v to a value that is not known"):
        gate.write(":SOUR:RANG 1E+01")
    gate.query(":OUTP?")
    gate.write(":SOUR:RANG 1E+01")
    assert emulator.range_v == 10
    with pytest.raises(LimitError, match="not known"):
        gate.write(":OUTP 1")
    gate.query(":SOUR:LEV?")
    gate.write(":OUTP 1")
    assert emulator.is_on
    gate.write(":SOUR:RANG 1E+01")  # as it is already


def test_an_error_in_the_queue_makes_everything_unknown() -> None:
    """What was told last may not have been taken."""
    gate, emulator, _, _ = gated("gs200")
    gate.query(":SOUR:LEV?")
    gate.query(":OUTP?")
    assert gate.query(":SYST:ERR?").startswith("0")
    emulator.level_v = 20.0
    emulator.range_v = 30.0
    gate.write(":SOUR:RANG 1E+00")  # refused by the instrument: 20 V do not fit
    gate.query(":SOUR:LEV?")
    assert gate.query(":SYST:ERR?").startswith("-221")
    with pytest.raises(LimitError, match="not known"):
        gate.write(":OUTP 1")


def test_an_attenuator_may_always_attenuate_more_up_to_what_is_safe() -> None:
    """From beyond its safe range, too: 10 dB to 15 dB where 20 to 60 are safe."""
    gate, emulator, _, _ = gated("rudat")
    emulator.attenuation_db = 10.0
    gate.query(":ATT?")
    gate.write(":SETATT=15.00")
    for refused in (12, 61):
        with pytest.raises(LimitError, match=f"attenuation_db to {refused}"):
            gate.write(f":SETATT={refused}.00")
    assert emulator.attenuation_db == 15


def test_a_value_that_the_instrument_ignored_is_no_value() -> None:
    """It goes to 15 GHz and says nothing of 20 GHz; its frequency stays at 1 GHz, which is not safe."""
    ranges = {**BENCHES["synthhd"].ranges, "a_frequency_hz": (4e9, 24e9)}
    gate, emulator, _, _ = gated("synthhd", ranges)
    gate.write("C0f20000.0000000")
    gate.write("C0W0.000")
    gate.query("C0W?")
    for said in ("not known", "a_frequency_hz to 1e[+]09"):
        with pytest.raises(LimitError, match=said):
            gate.write("C0E1r1h1")
        gate.query("C0f?")
    assert not emulator.a_is_on


def test_errors_that_are_cleared_away_unseen_are_taken_for_the_worst() -> None:
    gate, emulator, _, _ = gated("sgs100a")
    emulator.power_dbm = 20.0
    gate.write("SOUR:FREQ 5000000000.000")
    gate.write("SOUR:POW -5.00")
    gate.write("*CLS")
    gate.query("SYST:ERR?")
    with pytest.raises(LimitError, match="not known"):
        gate.write("OUTP:STAT 1")


@pytest.mark.parametrize(
    ("name", "command"), [("synthhd", "C0f?"), ("synthhd", "+"), ("gs200", ":SYST:ERR?"), ("holzworth", ":CH1:PWR?")]
)
def test_an_answer_that_nobody_reads_is_not_asked_for(name: str, command: str) -> None:
    """It would be taken for the answer to the next question: of another value, of another output."""
    gate, *_ = gated(name)
    with pytest.raises(LimitError, match="nobody would read what comes"):
        gate.write(command)


def test_an_instrument_that_answers_everything_is_always_listened_to() -> None:
    gate, emulator, _, _ = gated("holzworth")
    with pytest.raises(LimitError, match="nobody would read what comes"):
        gate.write(":CH1:PHASE:0.0deg")
    assert gate.query(":CH1:PHASE:0.0deg")
    assert ":CH1:PHASE:0.0deg" in [line.decode() for line in emulator.log]


@pytest.mark.parametrize("query", ["*tst?", "*CAL?", "cal:all?", ":CALibration:FREQ:MEAS?", "DIAG:TEST?", "SENS:CAL?"])
def test_questions_that_make_an_instrument_do_something_are_refused(query: str) -> None:
    """Self tests and calibrations put out what they like."""
    gate, emulator, _, _ = gated("sgs100a")
    with pytest.raises(LimitError, match="is not a command that the gate knows"):
        gate.query(query)
    assert not emulator.log


def test_a_value_that_is_there_already_is_no_jump_however_coarse_the_clock() -> None:
    gate, emulator, _, _ = gated("gs200")
    gate.query(":SOUR:LEV?")
    for _ in range(3):
        gate.write(":SOUR:LEV 5.000000E-03")
    with pytest.raises(LimitError, match="level_v_per_s"):
        gate.write(":SOUR:LEV 5.100000E-03")
    assert emulator.level_v == 5e-3
