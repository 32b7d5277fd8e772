# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter

from feedline_hal import Grid
from feedline_hal.errors import GridError, LimitError, PulseError

GRID = Grid(dt_s=0.5e-9, granularity_ticks=4, min_play_ticks=8, capture_alignment_ticks=8, max_duration_s=1e-3)


@given(st.integers(0, 10**10), st.sampled_from([1e-9, 0.5e-9, 1 / 1.8e9, 2e-9 / 9]))
@settings(max_examples=50, deadline=None)
def test_every_whole_number_of_ticks_survives_seconds(ticks: int, dt_s: float) -> None:
    assert Grid(dt_s=dt_s).ticks(ticks * dt_s, "x") == ticks


@given(st.integers(1, 10**6), st.floats(0.002, 0.998))
@settings(max_examples=50, deadline=None)
def test_nothing_between_two_ticks_is_rounded(ticks: int, fraction: float) -> None:
    with pytest.raises(GridError, match="off the grid of 1 ns"):
        Grid(dt_s=1e-9).ticks((ticks + fraction) * 1e-9, "x")


def test_a_play_longer_than_any_program_is_refused_before_it_is_sampled() -> None:
    with pytest.raises(LimitError, match="Play lasts 100000000 ns, the device allows 10000000 ns"):
        Grid(dt_s=1e-9, max_duration_s=10e-3).play_ticks(0.1, "Play")


def test_what_was_asked_and_what_the_grid_has_are_named() -> None:
    words = r"Play is 4.7 ns long, which is off the grid of 0.5 ns.\n  -> The nearest durations are 4.5 ns and 5 ns"
    with pytest.raises(GridError, match=words):
        GRID.ticks(4.7e-9, "Play")
    with pytest.raises(
        GridError, match=r"Play is 5 ns long, .* grid of 2 ns.\n  -> The nearest durations are 4 ns and 6 ns"
    ):
        GRID.play_ticks(5e-9, "Play")
    with pytest.raises(GridError, match=r"Play is 2 ns long.\n  -> The shortest play is 4 ns"):
        GRID.play_ticks(2e-9, "Play")
    with pytest.raises(GridError, match=r"Capture is 6 ns long, .* grid of 4 ns"):
        GRID.capture_ticks(6e-9, "Capture")
    with pytest.raises(GridError, match=r"Capture lasts no time.\n  -> The shortest capture is 4 ns"):
        GRID.capture_ticks(0, "Capture")
    assert (GRID.play_ticks(6e-9, "x"), GRID.capture_ticks(8e-9, "x")) == (12, 16)


def test_negative_and_unbound_durations_are_refused() -> None:
    with pytest.raises(PulseError, match=r"Delay is -1 ns long.\n  -> Give a duration of at least 0"):
        GRID.ticks(-1e-9, "Delay")
    with pytest.raises(PulseError, match="Delay still depends on t"):
        GRID.ticks(Parameter("t"), "Delay")


def test_durations_that_no_clock_counts_are_refused() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(PulseError, match=rf"Delay is {value}.\n  -> Give a finite number in seconds"):
            GRID.ticks(value, "Delay")
    for value in (1e300, 1e10):
        with pytest.raises(LimitError, match=r"Delay is .* s long, more ticks of 0.5 ns than can be counted"):
            GRID.ticks(value, "Delay")


def test_a_program_that_is_too_long_is_refused() -> None:
    GRID.check_total(2_000_000, "circuit")
    with pytest.raises(
        LimitError, match=r"circuit lasts 1000000.5 ns, the device allows 1000000 ns.\n  -> Shorten delays"
    ):
        GRID.check_total(2_000_001, "circuit")
    Grid(dt_s=1.0).check_total(10**15, "circuit")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dt_s": 0}, r"Grid: dt_s is 0.\n  -> Give a number above 0"),
        ({"dt_s": float("nan")}, "Grid: dt_s is nan"),
        ({"granularity_ticks": 0}, "Grid: granularity_ticks is 0"),
        ({"pulse_alignment_ticks": 1.5}, r"pulse_alignment_ticks is 1.5.\n  -> Give a whole number of ticks"),
        ({"max_duration_s": -1}, "Grid: max_duration_s is -1"),
        ({"feedback_s": -1e-6}, "Grid: feedback_s is -1e-06 s"),
    ],
)
def test_a_grid_refuses_numbers_that_mean_nothing(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(PulseError, match=words):
        Grid(**{"dt_s": 1e-9, **fields})
