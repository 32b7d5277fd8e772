# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from qiskit.circuit import Parameter

from feedline_hal import (
    Barrier,
    Capture,
    Delay,
    Frame,
    Play,
    Port,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
    Waveform,
)
from feedline_hal.errors import PulseError
from feedline_hal.pulse.binding import parameters_in, with_values
from feedline_hal.pulse.instruction import CaptureKind, duration_of, frames_of

F = Frame("f", Port("p"), frequency_hz=5e9)
G = Frame("g", Port("p2"), frequency_hz=6e9)
W = Waveform.constant(100e-9, 0.5)
A = Parameter("a")


def test_delay_and_barrier_take_one_frame_or_many() -> None:
    assert Delay(1e-9, F) == Delay(1e-9, [F])
    assert Barrier(F) == Barrier((F,))
    assert frames_of(Barrier(frame for frame in (F, G))) == (F, G)
    assert frames_of(Play(F, W)) == (F,)


def test_only_plays_captures_and_delays_take_time() -> None:
    timed = [Play(F, W), Capture(F, 1e-7, kernel=W), Delay(1e-7, F)]
    instant = [ShiftPhase(F, 1), SetPhase(F, 1), ShiftFrequency(F, 1), SetFrequency(F, 1), Barrier(F)]
    assert [duration_of(item) for item in timed] == [100e-9] * 3
    assert [duration_of(item) for item in instant] == [0.0] * 5


def test_instructions_of_different_kinds_are_different() -> None:
    assert ShiftPhase(F, 1) == ShiftPhase(F, 1.0)
    assert ShiftPhase(F, 1) != SetPhase(F, 1)
    assert len({ShiftFrequency(F, 1), ShiftFrequency(F, 1.0), SetFrequency(F, 1)}) == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Play("f", W), r"Play: 'f' is no Frame.\n  -> Give the Frame itself, not its name or port"),
        (lambda: Play(F, 0.5), r"Play on 'f': 0.5 is no Waveform.\n  -> Make one: Waveform.constant"),
        (lambda: Delay(float("nan"), F), r"Delay on 'f': duration_s is nan.\n  -> .* in seconds"),
        (lambda: Delay(-1e-9, [F, G]), r"Delay on 'f, g': duration_s is -1e-09 s"),
        (lambda: Delay(F, 1e-9), r"Delay: 1e-09 is no Frame"),
        (lambda: Delay(1e-9, []), r"Delay names no frame.\n  -> Give the frames that it is for"),
        (lambda: Barrier(["f"]), r"Barrier: 'f' is no Frame"),
        (lambda: Barrier([]), r"Barrier names no frame"),
        (lambda: ShiftPhase(F, 1j), r"ShiftPhase on 'f': phase_rad is 1j, which is complex.\n  -> .* in radians"),
        (
            lambda: SetFrequency(F, "5e9"),
            r"SetFrequency on 'f': frequency_hz is '5e9', which is not a number.\n.* in Hz",
        ),
        (lambda: SetPhase(None, 1), r"SetPhase: None is no Frame"),
        (lambda: Capture(F, 1e-7), r"kind 'v2' \(BIT\) has no kernel.\n  -> Give kernel=Waveform.constant"),
        (lambda: Capture(F, 1e-7, kernel=3, kind="v1"), r"kind 'v1' \(IQ\) has 3 for a kernel"),
        (lambda: Capture(F, 1e-7, kernel=W, kind="v3"), r"kind 'v3' \(RAW\) takes no kernel, but has one"),
        (lambda: Capture(F, 2e-7, kernel=W), r"lasts 200 ns, its kernel 100 ns.\n  -> Give both the same duration"),
        (
            lambda: Capture(F, 1e-7, kernel=W, kind="v9"),
            r"kind is 'v9'.\n  -> Give one of 'v0' \(NOTHING\), 'v1' \(IQ\)",
        ),
        (lambda: Capture(F, 1e-7, kernel=W, slot=-1), r"slot is -1.\n  -> Give the number of a bit, from 0, or None"),
        (lambda: Capture(F, 1e-7, kernel=W, slot=True), r"slot is True"),
        (lambda: Capture(F, -1e-7, kind="v3"), r"Capture on 'f': duration_s is -1e-07 s"),
    ],
)
def test_an_instruction_refuses_what_it_cannot_use(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(PulseError, match=words):
        make()


def test_a_capture_without_a_result_needs_no_kernel() -> None:
    for kind in ("v0", "v3", "v4"):
        assert Capture(F, 1e-7, kind=kind, slot=None).kind is CaptureKind(kind)


def test_parameters_are_found_and_bound_wherever_they_stand() -> None:
    tuned = Frame("f", Port("p"), frequency_hz=5e9 + A)
    for make in (
        lambda a, frame: Play(frame, W.scaled(a)),
        lambda a, frame: Delay(a, [frame, G]),
        lambda a, frame: Capture(frame, a, kernel=Waveform.constant(a)),
        lambda a, frame: ShiftPhase(frame, 2 * a),
        lambda a, frame: SetFrequency(frame, a),
        lambda a, frame: Barrier([frame, G]),
    ):
        assert parameters_in(make(A, tuned)) == {A}
        assert with_values(make(A, tuned), {A: 0.25}) == make(0.25, tuned.bind({A: 0.25}))
        assert parameters_in(make(0.25, F)) == frozenset()


def test_what_does_not_depend_on_the_parameters_is_kept_as_it_is() -> None:
    play = Play(F, W)
    assert with_values(play, {A: 1.0}) is play
