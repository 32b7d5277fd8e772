# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from qiskit.circuit import Parameter

from feedline_hal import Barrier, Capture, Delay, Frame, Grid, Play, Port, Schedule, ShiftPhase, Waveform
from feedline_hal.errors import GridError, PulseError
from feedline_hal.pulse.schedule import Alignment

F = Frame("f", Port("p"), frequency_hz=5e9)
G = Frame("g", Port("p2"), frequency_hz=6e9)
A, B = Parameter("a"), Parameter("b")


def play(frame: Frame, duration_s: Any = 10e-9, amplitude: Any = 1.0) -> Play:
    return Play(frame, Waveform.constant(duration_s, amplitude))


def test_constructors_say_the_alignment() -> None:
    for alignment in Alignment:
        made = getattr(Schedule, alignment)(play(F), play(G), name="made")
        assert made == Schedule([play(F), play(G)], alignment=alignment)
        assert made.name == "made"


def test_schedules_are_values_and_the_name_is_none_of_them() -> None:
    one, other = Schedule.left(play(F), name="one"), Schedule.left(play(F), name="other")
    assert one == other
    assert hash(one) == hash(other) == hash(copy.deepcopy(one))
    assert one != Schedule.right(play(F))


def test_adding_appends_an_item_and_a_schedule_as_a_whole() -> None:
    inner = Schedule.parallel(play(F), play(G))
    outer = Schedule.sequential(play(F), name="outer") + ShiftPhase(F, 1) + inner
    assert outer == Schedule.sequential(play(F), ShiftPhase(F, 1), inner)
    assert outer.name == "outer"
    assert list(outer.instructions()) == [play(F), ShiftPhase(F, 1), play(F), play(G)]
    with pytest.raises(TypeError, match="unsupported operand"):
        outer + 3  # type: ignore[operator]


def test_frames_come_once_and_in_order() -> None:
    schedule = Schedule.left(play(G), Schedule.left(Barrier([F, G]), play(F)))
    assert schedule.frames() == (G, F)


def test_duration_is_that_of_the_longest_frame() -> None:
    schedule = Schedule.left(play(F, 10e-9), Delay(5e-9, F), play(G, 12e-9))
    assert schedule.duration_s == pytest.approx(15e-9)
    assert schedule.duration(Grid(dt_s=0.5e-9).ticks) == 30
    assert Schedule().duration_s == 0.0


def test_parameters_are_bound_in_every_place() -> None:
    def make(a: Any, b: Any) -> Schedule:
        frame = Frame("f", Port("p"), frequency_hz=5e9 + a)
        inner = Schedule.right(Capture(frame, b, kernel=Waveform.constant(b, a)), Delay(2 * b, [frame, G]))
        return Schedule.left(play(frame, b, a), ShiftPhase(frame, a * b), inner, name="rabi")

    template = make(A, B)
    assert template.free == {A, B}
    half = template.bind({B: 10e-9})
    assert half.free == {A}
    assert half.name == "rabi"
    assert half.bind({A: 0.5}) == make(0.5, 10e-9)
    assert half.bind({B: 1.0}) is half
    assert template.bind({A: B, B: A}) == make(B, A)


def test_unbound_durations_are_named() -> None:
    schedule = Schedule.left(play(F, A))
    with pytest.raises(PulseError, match=r"Play on 'f' still depends on a.\n  -> Bind the parameters first"):
        schedule.place(Grid(dt_s=1e-9).ticks)
    with pytest.raises(PulseError, match="Play on 'f' still depends on a"):
        _ = schedule.duration_s


def test_durations_off_the_grid_name_the_instruction() -> None:
    schedule = Schedule.left(play(F), Delay(2.5e-9, [F, G]))
    with pytest.raises(GridError, match=r"Delay on 'f, g' is 2.5 ns long.*\n  -> .* 2 ns and 3 ns"):
        schedule.place(Grid(dt_s=1e-9).ticks)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Schedule.left(3), r"3 is neither an instruction nor a schedule.\n  -> Give Play, Capture"),
        (lambda: Schedule([[play(F)]]), r"\[Play\(.*is neither an instruction nor a schedule"),
        (lambda: Schedule.left(Waveform.constant(1e-9)), r"<Waveform constant 1 ns.*is neither an instruction"),
        (lambda: Schedule([], alignment="centre"), r"alignment is 'centre'.\n  -> Give one of left, right, sequential"),
    ],
)
def test_a_schedule_refuses_what_it_cannot_place(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(PulseError, match=words):
        make()


def test_a_schedule_nested_too_deep_is_refused() -> None:
    deep = Schedule.left(play(F))
    for _ in range(63):
        deep = Schedule.left(deep)
    assert deep.duration_s == pytest.approx(10e-9)
    with pytest.raises(PulseError, match="Schedule: nested more than 64 levels deep, or contains itself"):
        Schedule.left(deep)


def test_two_frames_with_one_name_are_refused_when_placed() -> None:
    twin = Frame("f", Port("p"), frequency_hz=5.1e9)
    schedule = Schedule.left(play(F), play(twin))
    with pytest.raises(PulseError, match=r"Two different frames are called 'f'.\n  -> Use one Frame object"):
        schedule.place(Grid(dt_s=1e-9).ticks)
    assert repr(schedule) == "<Schedule left: 2 items on f>"


def test_a_schedule_says_in_short_what_it_is() -> None:
    assert repr(Schedule.right(play(F), play(G), name="x")) == "<Schedule 'x' right: 2 items on f, g>"
    assert repr(Schedule.left(play(F))) == "<Schedule left: 1 item on f>"
    assert repr(Schedule()) == "<Schedule left: 0 items on no frame>"
