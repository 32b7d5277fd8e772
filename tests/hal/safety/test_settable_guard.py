# SPDX-License-Identifier: Apache-2.0
"""Nothing unsafe gets past the gate of a settable instrument; the emulator's own state is the judge, not the guard."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedline_hal.drivers.holzworth_hs9000 import HolzworthHs9000
from feedline_hal.drivers.mini_circuits_rudat import MiniCircuitsRudat
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.drivers.windfreak_synthhd import WindfreakSynthhd
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.emulator.holzworth_hs9000 import EmulatedHs9000
from feedline_hal.emulator.mini_circuits_rudat import EmulatedRudat
from feedline_hal.emulator.rohde_schwarz_sgs100a import EmulatedSgs100a
from feedline_hal.emulator.windfreak_synthhd import EmulatedSynthhd, LetterReader
from feedline_hal.emulator.yokogawa_gs200 import EmulatedGs200
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.safety import Gate, SettableGuard

Range = tuple[float, float]
STEPS = (0.005, -0.005, 0.004, 0.006, -0.1, 0.1, 0.3)
TRIES = settings(max_examples=100, deadline=None)


class Wire:
    """Carries commands to an emulator at once; may lose its connection after it has carried one."""

    name = "bench"

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator
        self.breaks = False
        self._reader = LetterReader() if isinstance(emulator, EmulatedSynthhd) else None

    def _send(self, command: str) -> bytes | None:
        message = command.encode()
        messages = [message] if self._reader is None else [*self._reader.feed(message), *self._reader.finish()]
        replies = [self.emulator.process(item) for item in messages]
        if self.breaks:
            raise HardwareFault("The cable was pulled.", remedy="Plug it in.", instrument="bench")
        return replies[-1] if replies else None

    def write(self, command: str) -> None:
        self._send(command)

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        reply = self._send(command)
        if reply is None:
            raise HardwareFault("Nothing came.", remedy="Ask something.", instrument="bench")
        return reply.decode()

    def query_block(self, command: str, dtype: str, *, timeout_s: float | None = None) -> np.ndarray:
        self._send(command)
        return np.zeros(0)


@attrs.frozen
class Bench:
    kind: Any
    make: Callable[[], Any]
    ranges: Mapping[str, Range]
    nasty: tuple[str, ...]
    starts: Mapping[str, float]


LO: Mapping[str, Range] = {"frequency_hz": (4e9, 6e9), "power_dbm": (-30.0, 0.0), "phase_deg": (-360.0, 360.0)}
RF_NASTY = ("*RST", "*RCL 1", "*TST?", "SYST:PRES")
BENCHES = {
    "sgs100a": Bench(
        RohdeSchwarzSgs100a,
        EmulatedSgs100a,
        LO,
        (*RF_NASTY, "SOUR:POW 20", "SOUR:POW MAX", "sour:pow 20.00", "SOUR:FREQ 9e9", "OUTP ON", "SOUR:POW 0;POW 20"),
        {"frequency_hz": 10e9, "power_dbm": 20.0},
    ),
    "holzworth": Bench(
        HolzworthHs9000,
        lambda: EmulatedHs9000(channels=2),
        {f"{output}_{name}": limits for output in ("ch1", "ch2") for name, limits in LO.items()},
        (*RF_NASTY, ":CH1:FREQ:9GHz", ":CH1:FREQ:9GHz?", ":CH2:PWR:20", ":ch1:pwr:rf:on", ":CH1:PWR:20.00dBm?"),
        {},
    ),
    "synthhd": Bench(
        WindfreakSynthhd,
        EmulatedSynthhd,
        {f"{output}_{name}": limits for output in "ab" for name, limits in LO.items()},
        ("f9000f?", "C0f5000", "C0", "C1", "f9000.0000000", "C0f9000.0000000f?", "h1", "E1r1h1", "W20", "W20W?", "c1",
         "C0W-5.000W15.000", "C0f5e3", "C0f?f9000?", "C0f5000.0000000W20", "C0E1r1h1W20.000", "x1", "e", "-f9000?"),
        {},
    ),
    "rudat": Bench(
        MiniCircuitsRudat, EmulatedRudat, {"attenuation_db": (20.0, 60.0)},
        (":SETATT=0", "SETATT=10", ":SETATT=10.00?", ":setatt=10.00", ":SETATT=1e1", ":SETATT=200.00"), {},
    ),
    "gs200": Bench(
        YokogawaGs200,
        EmulatedGs200,
        {"level_v": (-0.5, 0.5), "level_v_per_s": (0.0, 0.25), "range_v": (0.01, 30.0)},
        ("*RST", ":SOUR:LEV 0.4", ":SOUR:LEV MAX", ":SOUR:FUNC CURR", ":SOUR:RANG 10", ":OUTP ON", ":SOUR:LEV:AUTO 1",
         ":PROG:RUN", ":SOUR:LEV 1.000000E-01?", ":sour:lev 3.000000E-01"),
        {"level_v": 0.8},
    ),
}  # fmt: skip


def commands(bench: Bench) -> st.SearchStrategy[str]:
    """What the driver writes, good values and bad; pieces of it; what an enemy would write."""

    def told(setting: Any) -> st.SearchStrategy[str]:
        low, high = bench.ranges.get(setting.name, (setting.low, setting.high))
        if setting.is_switch:
            return st.sampled_from([setting.told(0), setting.told(1)])
        near = st.floats(low, high) | st.floats(setting.low, setting.high) | st.sampled_from([low, high, 0.0])
        ranges = st.sampled_from([0.01, 0.1, 1.0, 10.0, 30.0])
        return (ranges if setting.name == "range_v" else near).map(setting.told)

    given_ranges = tuple(bench.ranges)
    own = [item for item in bench.kind.settings if item.is_switch or item.name in given_ranges]
    canonical = st.sampled_from(own).flatmap(told)
    fragments = st.sampled_from(bench.nasty) | canonical
    joined = st.lists(fragments, min_size=2, max_size=3).map("".join)
    spoilt = st.builds(lambda text, tail: text + tail, fragments, st.sampled_from("?; 019.e\t"))
    return st.one_of(canonical, canonical, fragments, joined, spoilt, st.sampled_from([item.query for item in own]))


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
            is_retreat = safe is not None and min(old, safe) <= new <= max(old, safe)
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
                assert low * (1 - 1e-8) - 1e-9 <= self.before[item.name] <= high * (1 + 1e-8) + 1e-9, (
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


def gated(name: str) -> tuple[Gate, Any, SettableGuard, list[float]]:
    bench, clock = BENCHES[name], [0.0]
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


def test_an_attenuator_may_always_attenuate_more() -> None:
    """From beyond its safe range, too: 10 dB to 15 dB where 20 are safe."""
    gate, emulator, _, _ = gated("rudat")
    emulator.attenuation_db = 10.0
    gate.query(":ATT?")
    gate.write(":SETATT=15.00")
    with pytest.raises(LimitError, match="attenuation_db to 12"):
        gate.write(":SETATT=12.00")
    assert emulator.attenuation_db == 15
