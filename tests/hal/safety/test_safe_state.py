# SPDX-License-Identifier: Apache-2.0
"""From whatever state somebody left an instrument in, its safe state is reached, and reached again."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hal.safety.settable_bench import BENCHES, Wire
from tests.hal.safety.test_tektronix_awg_attack import RANGES, left_loud
from tests.hal.safety.test_tektronix_awg_attack import Wire as AwgWire

from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.errors import FeedlineError
from feedline_hal.safety import Gate, SettableGuard


def left(name: str, emulator: Any, data: st.DataObject) -> None:
    """What a hand on the front panel may have set."""
    if name == "gs200":
        emulator.range_v = data.draw(st.sampled_from([1.0, 10.0, 30.0]))
        emulator.level_v = round(data.draw(st.floats(-1.2, 1.2)), 4)
        emulator.is_on = data.draw(st.sampled_from([0.0, 1.0]))
    elif name == "sgs100a":
        emulator.frequency_hz, emulator.power_dbm = data.draw(st.floats(1e6, 12e9)), data.draw(st.floats(-120, 25))
        emulator.is_on = data.draw(st.sampled_from([0.0, 1.0]))
    elif name == "rudat":
        emulator.attenuation_db = data.draw(st.integers(0, 480)) / 4
    elif name == "synthhd":
        for channel in emulator.channels:
            channel |= {
                "f": data.draw(st.floats(10, 15000)),
                "W": data.draw(st.floats(-70, 20)),
                "h": 1,
                "r": 1,
                "E": 1,
            }
    else:
        for number in (1, 2):
            emulator.process(f":CH{number}:PWR:{data.draw(st.integers(-20, 20))}dBm".encode())
            emulator.process(f":CH{number}:PWR:RF:ON".encode())


def is_safe(name: str, emulator: Any) -> bool:
    if name == "gs200":
        return bool(abs(emulator.level_v) < 1e-9 and not emulator.is_on)
    if name == "rudat":
        return bool(emulator.attenuation_db == 60)
    if name == "synthhd":
        return not (emulator.a_is_on or emulator.b_is_on)
    if name == "holzworth":
        return not any(emulator.process(f":CH{number}:PWR:RF?".encode()) == b"ON" for number in (1, 2))
    return not emulator.is_on


@pytest.mark.parametrize("name", BENCHES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_settable_instruments_get_to_safe_from_any_state(name: str, data: st.DataObject) -> None:
    """A bias is let down in steps that are never larger than is safe, and takes its level divided by its rate."""
    bench, clock = BENCHES[name], [0.0]
    emulator = bench.make()
    left(name, emulator, data)
    start_v = abs(getattr(emulator, "level_v", 0.0))
    guard = bench.kind.guard(bench.ranges)
    assert isinstance(guard, SettableGuard)
    guard._now = lambda: clock[0]

    def sleep(duration_s: float) -> None:
        clock[0] += duration_s

    known = {item.name for item in bench.kind.quantities({"channels": 2} if name == "holzworth" else None)}
    limits = {key: ends for key, ends in bench.ranges.items() if key in known}
    options = {"channels": 2} if name == "holzworth" else None
    gate = Gate(Wire(emulator), guard, bench.ranges)  # type: ignore[arg-type]
    driver = bench.kind(gate, limits=limits, options=options, sleep=sleep)
    for _ in range(2):
        driver.safe_state()
        assert is_safe(name, emulator)
    if name == "gs200":
        levels = [float(line.split()[1]) for line in emulator.log if line.startswith(b":SOUR:LEV ")]
        steps = [abs(after - before) for before, after in pairwise(levels)]
        assert max(steps, default=0.0) <= 5e-3 + 1e-6
        assert clock[0] <= start_v / 0.25 * 1.01 + 1.0


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_an_awg_gets_to_safe_from_any_state(data: st.DataObject) -> None:
    """Running, loud, without its guard knowing anything; also if each command is lost in turn."""
    awg = left_loud()
    for number in (1, 2):
        awg.process(f"OUTPut{number}:STATe {data.draw(st.integers(0, 1))}".encode())
        awg.process(f"SOURce{number}:VOLTage:OFFSet {data.draw(st.floats(-2, 2)):.3f}".encode())
    if data.draw(st.booleans()):
        awg.process(b"AWGControl:RUN")
        awg.clock.wait(1.0, awg.interrupt)
    wire = AwgWire(awg)
    driver = TektronixAwg5200(
        Gate(wire, TektronixAwg5200.guard(RANGES), RANGES),  # type: ignore[arg-type]
        limits=RANGES,
        options={"channels": 2},
        sleep=lambda duration_s: None,
    )
    wire.breaks = data.draw(st.booleans())
    if wire.breaks:  # every command arrives, and every one fails
        with pytest.raises(FeedlineError):
            driver.safe_state()
    else:
        driver.safe_state()
        driver.safe_state()
    assert awg.run_state == 0
    assert not any(output.is_on for output in awg.outputs.values())
    assert not math.isnan(awg.rate_hz)
