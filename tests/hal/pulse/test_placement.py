# SPDX-License-Identifier: Apache-2.0
"""When instructions happen: by hand on small schedules, as laws on random ones."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedline_hal import Barrier, Delay, Frame, Grid, Play, Port, Schedule, SetFrequency, ShiftPhase, Waveform
from feedline_hal.errors import PulseError
from feedline_hal.pulse.instruction import Instruction, frames_of
from feedline_hal.pulse.schedule import Alignment, Placed

FRAMES = [Frame(f"f{index}", Port(f"p{index}"), frequency_hz=5e9) for index in range(4)]
F, G, H, _ = FRAMES
TICKS = Grid(dt_s=1e-9).ticks


def play(frame: Frame, ticks: int) -> Play:
    return Play(frame, Waveform.constant(ticks * 1e-9))


def starts(schedule: Schedule) -> list[int]:
    return [placed.start_ticks for placed in schedule.place(TICKS)[0]]


def test_left_lets_every_frame_go_on_as_soon_as_it_can() -> None:
    """The example of OpenPulse's chapter on timing: 100 dt, a delay of 20 dt, a barrier."""
    schedule = Schedule.left(play(F, 100), Delay(20e-9, F), Barrier([F, G]), play(G, 100))
    assert starts(schedule) == [0, 100, 120, 120]
    assert schedule.duration(TICKS) == 220


def test_changes_sit_at_the_clock_of_their_frame_and_take_no_time() -> None:
    schedule = Schedule.left(ShiftPhase(F, 1), play(F, 10), SetFrequency(F, 1), ShiftPhase(G, 1), play(F, 5))
    assert starts(schedule) == [0, 0, 10, 0, 10]
    assert [placed.duration_ticks for placed in schedule.place(TICKS)[0]] == [0, 10, 0, 0, 5]


def test_a_delay_on_several_frames_begins_at_the_latest_clock() -> None:
    """OpenQASM 3, "Delays": a delay on several qubits is a synchronisation point."""
    schedule = Schedule.left(play(F, 10), Delay(5e-9, [F, G]), play(G, 1))
    assert starts(schedule) == [0, 10, 15]


def test_right_lets_all_frames_end_together() -> None:
    schedule = Schedule.right(play(F, 10), play(G, 4), ShiftPhase(G, 1), play(G, 3))
    assert starts(schedule) == [0, 3, 7, 7]


def test_right_of_a_barrier_waits_as_long_as_it_can() -> None:
    schedule = Schedule.right(play(F, 10), play(G, 4), Barrier([F, G]), play(F, 6))
    assert starts(schedule) == [0, 6, 10, 10]


def test_sequential_waits_for_all_frames() -> None:
    schedule = Schedule.sequential(play(F, 10), ShiftPhase(H, 1), play(G, 4), play(F, 3))
    assert starts(schedule) == [0, 10, 10, 14]


def test_parallel_begins_together() -> None:
    schedule = Schedule.parallel(Schedule.left(play(F, 10), play(F, 2)), play(G, 4), play(H, 5))
    assert starts(schedule) == [0, 10, 0, 0]
    assert schedule.duration(TICKS) == 12


def test_an_inner_schedule_is_placed_as_a_whole() -> None:
    inner = Schedule.left(play(G, 5), play(F, 2))
    schedule = Schedule.left(play(F, 10), inner, play(F, 1), play(G, 1))
    assert starts(schedule) == [0, 10, 10, 15, 15]


def test_a_parallel_schedule_with_one_frame_twice_is_refused() -> None:
    words = r"Frame 'f0' is in two items of a parallel schedule.*\n  -> Put what follows each other .*Schedule.left"
    with pytest.raises(PulseError, match=words):
        Schedule.parallel(play(F, 10), Schedule.left(play(G, 1), ShiftPhase(F, 1))).place(TICKS)
    assert starts(Schedule.parallel(ShiftPhase(F, 1), play(F, 10), Barrier([F, G]))) == [0, 0, 0]


@st.composite
def instruction(draw: st.DrawFn) -> Instruction:
    kind = draw(st.sampled_from(["play", "play", "play", "delay", "phase", "barrier"]))
    frames = draw(st.lists(st.sampled_from(FRAMES), min_size=1, max_size=3, unique_by=lambda frame: frame.name))
    ticks = draw(st.integers(1, 20))
    if kind == "delay":
        return Delay(ticks * 1e-9, frames)
    if kind == "barrier":
        return Barrier(frames)
    return play(frames[0], ticks) if kind == "play" else ShiftPhase(frames[0], ticks)


def schedules(alignments: list[Alignment]) -> st.SearchStrategy[Schedule]:
    return st.recursive(
        instruction(),
        lambda items: st.builds(Schedule, st.lists(items, max_size=6), alignment=st.sampled_from(alignments)),
        max_leaves=15,
    ).map(lambda item: item if isinstance(item, Schedule) else Schedule.left(item))


ORDERED = [Alignment.LEFT, Alignment.RIGHT, Alignment.SEQUENTIAL]


def on(frame: Frame, placed: tuple[Placed, ...]) -> list[Placed]:
    return [entry for entry in placed if frame in frames_of(entry.instruction)]


def end(placed: Placed) -> int:
    return placed.start_ticks + placed.duration_ticks


@given(schedules(ORDERED))
@settings(max_examples=50, deadline=None)
def test_no_frame_does_two_things_at_once_and_the_order_is_kept(schedule: Schedule) -> None:
    placed, total = schedule.place(TICKS)
    assert [entry.instruction for entry in placed] == list(schedule.instructions())
    assert all(0 <= entry.start_ticks and end(entry) <= total for entry in placed)
    assert total == max(map(end, placed), default=0)
    for frame in FRAMES:
        for before, after in pairwise(on(frame, placed)):
            assert end(before) <= after.start_ticks


@given(st.lists(instruction(), max_size=12))
@settings(max_examples=50, deadline=None)
def test_right_is_left_seen_backwards(items: list[Instruction]) -> None:
    right, total = Schedule.right(*items).place(TICKS)
    left, same = Schedule.left(*reversed(items)).place(TICKS)
    assert total == same
    assert [total - end(entry) for entry in right] == [entry.start_ticks for entry in reversed(left)]


@given(st.lists(schedules(ORDERED), max_size=4))
@settings(max_examples=30, deadline=None)
def test_sequential_lasts_as_long_as_all_items_and_parallel_as_the_longest(items: list[Schedule]) -> None:
    totals = [item.duration(TICKS) for item in items]
    assert Schedule.sequential(*items).duration(TICKS) == sum(totals)
    own = [Schedule.left(Delay(ticks * 1e-9, frame)) for ticks, frame in zip(totals, FRAMES, strict=False)]
    assert Schedule.parallel(*own).duration(TICKS) == max(totals, default=0)


@given(st.lists(instruction(), max_size=12))
@settings(max_examples=30, deadline=None)
def test_no_alignment_is_shorter_than_left_or_longer_than_sequential(items: list[Instruction]) -> None:
    left, right, one_by_one = (
        kind(*items).duration(TICKS) for kind in (Schedule.left, Schedule.right, Schedule.sequential)
    )
    assert left == right <= one_by_one


@given(schedules(ORDERED))
@settings(max_examples=30, deadline=None)
def test_an_inner_schedule_lies_as_it_would_alone(schedule: Schedule) -> None:
    alone, _ = schedule.place(TICKS)
    inside, _ = Schedule.left(Delay(7e-9, FRAMES), schedule).place(TICKS)
    shift = 7 if schedule.frames() else 0
    assert [entry.start_ticks for entry in inside[1:]] == [entry.start_ticks + shift for entry in alone]
