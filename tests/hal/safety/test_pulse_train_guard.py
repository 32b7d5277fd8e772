# SPDX-License-Identifier: Apache-2.0
"""What a pulse generator's commands would do, read off their bytes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedline_hal.safety.guard import Effect
from feedline_hal.safety.pulse_train_guard import PulseTrainGuard

RANGES = {"a_duty": (0.0, 0.1), "b_duty": (0.0, 0.1), "trigger_rate_hz": (0.0, 1e5)}
SETTLED = (":PULSE0:MODE BURS", ":PULSE1:POL NORM", ":PULSE1:MUX 1", ":PULSE1:OUTP:MODE TTL")


def told(*commands: str, ranges: dict[str, tuple[float, float]] | None = None) -> PulseTrainGuard:
    guard = PulseTrainGuard(RANGES if ranges is None else ranges)
    for command in commands:
        guard.commit(command, None)
    return guard


def reach(guard: PulseTrainGuard, command: str) -> dict[str, float]:
    effects = guard.effects(command, None)
    assert effects is not None
    assert all(effect.low == effect.high or math.isnan(effect.low) for effect in effects)
    return {effect.quantity: effect.high for effect in effects}


@pytest.mark.parametrize(
    "command",
    [
        "*TRG", "*RST", "*RCL 1", ":PULSE0:MODE NORM", ":PULSE0:TRIG:MODE TRIG", ":PULSE1:POL INV", ":PULSE1:MUX 3",
        ":PULSE1:SYNC CHB", ":PULSE1:WIDT 1e-6 ", ":PULSE1:WIDT nan", ":PULSE1:WIDTH 1e-6", ":pulse1:widt 1e-6",
        ":PULSE9:STATE OFF", ":PULSE:STATE ON", ":SPULSE:STATE ON", ":INST:STATE ON", ":PULSE1:STATE 1", "",
    ],
)  # fmt: skip
def test_what_the_driver_does_not_send_is_not_known(command: str) -> None:
    assert told().effects(command, None) is None


def test_blocks_are_not_known_and_queries_are_harmless() -> None:
    guard = told()
    assert guard.effects(":PULSE1:WIDT 1", np.zeros(2)) is None
    assert guard.effects(":PULSE1:WIDT?", None) == ()
    assert guard.effects("*IDN?", None) == ()


def test_duty_is_computed_whichever_of_width_and_period_changes() -> None:
    guard = told(*SETTLED, ":PULSE2:STATE OFF", ":PULSE0:PER 0.00100000", ":PULSE1:WIDT 0.00001")
    assert reach(guard, ":PULSE1:WIDT 0.0005") == {"a_duty": pytest.approx(0.5)}
    assert reach(guard, ":PULSE0:PER 0.00002") == {"trigger_rate_hz": pytest.approx(5e4), "a_duty": pytest.approx(0.5)}


def test_what_was_never_sent_is_not_known() -> None:
    """Neither period nor width nor what else shapes an output may be left as somebody set it."""
    everything = (*SETTLED, ":PULSE2:STATE OFF", ":PULSE0:PER 0.001", ":PULSE1:WIDT 0.00001")
    assert reach(told(*everything), ":PULSE0:STATE ON") == {
        "trigger_rate_hz": pytest.approx(1e3),
        "a_duty": pytest.approx(0.01),
    }
    for missing in everything:
        guard = told(*(command for command in everything if command != missing))
        found = reach(guard, ":PULSE0:STATE ON")
        assert any(math.isnan(value) for value in found.values()), missing
    guard = told(*everything)
    guard.forget()
    assert all(math.isnan(value) for value in reach(guard, ":PULSE0:STATE ON").values())


def test_an_output_that_is_off_has_no_duty_and_gets_one_when_switched_on() -> None:
    guard = told(*SETTLED, ":PULSE1:STATE OFF", ":PULSE0:PER 0.001", ":PULSE1:WIDT 0.0009")
    assert reach(guard, ":PULSE1:WIDT 0.00095") == {}
    assert reach(guard, ":PULSE1:STATE ON") == {"a_duty": pytest.approx(0.9)}


def test_nothing_is_unknown_while_the_timer_stands_still() -> None:
    """Otherwise neither width nor period could be set first; what is known is looked at even then."""
    guard = told(*SETTLED, ":PULSE0:STATE OFF")
    assert reach(guard, ":PULSE1:WIDT 0.0005") == {}
    guard.commit(":PULSE1:WIDT 0.0005", None)
    assert reach(guard, ":PULSE0:PER 0.001") == {"trigger_rate_hz": pytest.approx(1e3), "a_duty": pytest.approx(0.5)}


def test_a_level_is_known_only_if_it_was_set_and_is_the_one_that_counts() -> None:
    ranges = {**RANGES, "a_level_v": (0.0, 5.0)}
    ready = (*SETTLED[:3], ":PULSE0:STATE OFF", ":PULSE2:STATE OFF", ":PULSE0:PER 0.001", ":PULSE1:WIDT 0.00001")
    for mode, level, expected in (("ADJ", "4.50", 4.5), ("TTL", "4.50", math.nan), ("ADJ", "", math.nan)):
        amplitude = (f":PULSE1:OUTP:AMPL {level}",) if level else ()
        guard = told(*ready, f":PULSE1:OUTP:MODE {mode}", *amplitude, ranges=ranges)
        assert reach(guard, ":PULSE0:STATE ON")["a_level_v"] == pytest.approx(expected, nan_ok=True)
    assert reach(told(*ready, ranges=ranges), ":PULSE1:OUTP:AMPL 12.00") == {"a_level_v": 12.0}


def test_an_output_without_a_level_may_not_be_made_adjustable() -> None:
    """It has no safe range, so that the gate refuses it, even while nothing runs."""
    guard = told(":PULSE0:STATE OFF")
    assert [effect.quantity for effect in guard.effects(":PULSE1:OUTP:MODE ADJ", None) or ()] == ["a_level_v"]
    assert guard.effects(":PULSE1:OUTP:AMPL 3.00", None) == [Effect("a_level_v", 3.0, 3.0)]
    assert guard.effects(":PULSE1:OUTP:MODE TTL", None) == []


@given(st.text(max_size=40))
def test_any_text_is_refused_or_understood(command: str) -> None:
    effects = told().effects(command, None)
    assert effects is None or command.startswith(":PULSE") or command.endswith("?")
