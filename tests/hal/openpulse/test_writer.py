# SPDX-License-Identifier: Apache-2.0
"""Text that people read: units, names, parameters; and what has no text is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter

from feedline_hal import (
    Calibration,
    CalibrationSet,
    Capture,
    Delay,
    Frame,
    Grid,
    Play,
    Port,
    Schedule,
    SetFrequency,
    ShiftPhase,
    Waveform,
)
from feedline_hal.errors import OpenPulseError

PORTS = {name: Port(name) for name in ("d0", "d1", "r0")}
FRAMES = {name: Frame(name, PORTS[port], frequency_hz=5e9) for name, port in (("f", "d0"), ("g", "d1"), ("r", "r0"))}
F, G, R = FRAMES["f"], FRAMES["g"], FRAMES["r"]
GRID = Grid(dt_s=1e-9)
THETA, TAU = Parameter("theta"), Parameter("tau_")


def made(*items: Any, arguments: tuple[Any, ...] = (), **fields: Any) -> CalibrationSet:
    schedule = items[0] if len(items) == 1 and isinstance(items[0], Schedule) else Schedule(items)
    calibration = Calibration(gate="x", qubits=(0,), arguments=arguments, schedule=schedule, **fields)
    return CalibrationSet(ports=PORTS, frames=FRAMES, calibrations=(calibration,))


def statements(calibrations: CalibrationSet) -> list[str]:
    """The lines of the defcal's body; the text must read as the same set."""
    text = calibrations.to_openpulse()
    assert CalibrationSet.from_openpulse(text).id == calibrations.id
    return [line.strip() for line in text.partition("defcal x")[2].splitlines()[1:-1]]


def test_whole_text_is_as_people_would_write_it() -> None:
    calibrations = made(
        Play(F, Waveform.drag(32e-9, 0.1182, sigma_s=8e-9, beta_s=1.5e-9)),
        ShiftPhase(F, -math.pi / 2),
        Capture(R, 1e-6, kernel=Waveform.constant(1e-6)),
        num_bits=1,
        error=2e-4,
    )
    assert calibrations.to_openpulse() == (
        "OPENQASM 3.0;\n"
        'defcalgrammar "openpulse";\n'
        "\n"
        "cal {\n"
        "  extern constant(complex[float[64]], duration) -> waveform;\n"
        "  extern drag(complex[float[64]], duration, duration, float[64]) -> waveform;\n"
        "  extern capture_v2(frame, waveform) -> bit;\n"
        "  port d0;\n"
        "  port d1;\n"
        "  port r0;\n"
        "  frame f = newframe(d0, 5.0e9, 0.0);\n"
        "  frame g = newframe(d1, 5.0e9, 0.0);\n"
        "  frame r = newframe(r0, 5.0e9, 0.0);\n"
        "}\n"
        "\n"
        "@feedline.error 0.0002\n"
        "defcal x $0 -> bit {\n"
        "  play(f, drag(0.1182, 32ns, 8ns, 1.5e-09));\n"
        "  shift_phase(f, -pi/2);\n"
        "  bit b = capture_v2(r, constant(1.0, 1000ns));\n"
        "  return b;\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (ShiftPhase(F, THETA / 2), "shift_phase(f, 0.5*theta);"),
        (Play(F, Waveform.constant(8e-9, 0.2 * THETA.sin())), "play(f, constant(0.2*sin(theta), 8ns));"),
        (Play(F, Waveform.constant(8e-9, (1j * THETA).exp())), "play(f, constant(exp(1.0im*theta), 8ns));"),
        (ShiftPhase(F, THETA.arctan()), "shift_phase(f, arctan(theta));"),
        (SetFrequency(F, 5e9 + 1e6 * THETA), "set_frequency(f, 1000000.0*theta + 5000000000.0);"),
        (Delay(THETA, (F, G)), "delay[theta] f, g;"),
        (Delay(2 * THETA + 3e-9, (F,)), "delay[2.0*theta + 3ns] f;"),
        (Delay(1e-8 * THETA.sin() + 1e-8, (F,)), "delay[(1e-08 + 1e-08*sin(theta)) * 1s] f;"),
    ],
)
def test_parameters_are_written_as_arithmetic(item: Any, line: str) -> None:
    assert statements(made(item, arguments=(THETA,))) == [line]


@pytest.mark.parametrize(
    ("items", "kinds"),
    [
        ([ShiftPhase(F, THETA), Delay(TAU, (F,))], "angle theta, duration tau_"),
        ([SetFrequency(F, 1e9 * THETA), ShiftPhase(F, TAU)], "float theta, angle tau_"),
        ([Delay(TAU * THETA, (F,)), ShiftPhase(F, THETA)], "float theta, duration tau_"),
        ([Delay(TAU, (F,)), ShiftPhase(F, TAU)], "angle theta, float tau_"),
    ],
)
def test_types_of_parameters_follow_from_where_they_stand(items: list[Any], kinds: str) -> None:
    assert f"defcal x({kinds}) $0 {{" in made(*items, arguments=(THETA, TAU)).to_openpulse()


def test_names_that_the_language_has_are_not_given_to_parameters() -> None:
    names = tuple(Parameter(name) for name in ("pi", "f", "delay", "v[0]"))
    text = made(ShiftPhase(F, names[0] + names[1] + names[2] + names[3]), arguments=names).to_openpulse()
    assert "defcal x(angle p_pi, angle f_2, angle p_delay, angle v_0)" in text


def test_samples_are_declared_once_with_their_rate() -> None:
    wave = Waveform.sampled([0.5, 0.25 - 0.5j], rate_hz=2e9)
    calibrations = made(Play(F, wave), Play(G, wave.scaled(0.5)), Play(F, wave.then(Waveform.cosine(8e-9, 1j))))
    assert "  @feedline.rate 2.0e9\n  waveform samples_1 = {0.5, 0.25 - 0.5im};\n}" in calibrations.to_openpulse()
    assert statements(calibrations) == [
        "play(f, samples_1);",
        "play(g, scale(samples_1, 0.5));",
        "play(f, concatenate(samples_1, cosine(1.0im, 8ns)));",
    ]


def test_bit_of_a_capture_that_gives_none_is_refused() -> None:
    kernel = Waveform.constant(1e-6)
    with pytest.raises(OpenPulseError, match="x q0: bit 0 comes from a capture of kind IQ"):
        made(Capture(R, 1e-6, kernel=kernel, kind="v1"), num_bits=1).to_openpulse()


def test_port_that_is_no_name_of_the_language_is_refused() -> None:
    with pytest.raises(OpenPulseError, match="The port 'gate' cannot be written"):
        CalibrationSet(ports={"gate": Port("gate")}).to_openpulse()


def test_function_that_the_language_lacks_is_refused() -> None:
    with pytest.raises(OpenPulseError, match="has no function sign"):
        made(ShiftPhase(F, THETA.sign()), arguments=(THETA,)).to_openpulse()


def play(frame: Frame, ticks: int) -> Play:
    return Play(frame, Waveform.constant(ticks * 1e-9, 0.1))


items = st.builds(play, st.sampled_from([F, G, R]), st.integers(1, 50)) | st.builds(
    lambda ticks, frames: Delay(ticks * 1e-9, frames),
    st.integers(1, 50),
    st.lists(st.sampled_from([F, G, R]), min_size=1, max_size=2, unique=True),
)
schedules = st.recursive(
    st.lists(items, max_size=4).map(Schedule),
    lambda inner: st.builds(
        lambda content, alignment: Schedule(content, alignment=alignment),
        st.lists(items | inner, max_size=4),
        st.sampled_from(["left", "right", "sequential"]),
    ),
    max_leaves=8,
)


def plays(schedule: Schedule) -> tuple[list[Any], int]:
    placed, total = schedule.place(GRID.ticks)
    found = [
        (entry.start_ticks, entry.instruction.frame.name, entry.duration_ticks)
        for entry in placed
        if isinstance(entry.instruction, Play)
    ]
    return sorted(found), total


@given(schedules)
@settings(max_examples=50, deadline=None)
def test_alignments_are_written_so_that_everything_begins_when_it_did(schedule: Schedule) -> None:
    (read,) = CalibrationSet.from_openpulse(made(Schedule([schedule])).to_openpulse()).calibrations
    assert plays(read.schedule) == plays(schedule)


def test_parallel_schedules_begin_together() -> None:
    inner = Schedule.parallel(Schedule.left(play(F, 5), play(F, 6)), play(G, 3))
    schedule = Schedule.left(play(G, 7), inner, play(G, 1))
    (read,) = CalibrationSet.from_openpulse(made(schedule).to_openpulse()).calibrations
    assert plays(read.schedule) == plays(schedule)
    assert plays(schedule)[0] == [(0, "g", 7), (7, "f", 5), (7, "g", 3), (12, "f", 6), (18, "g", 1)]


def test_alignment_to_the_right_with_a_parameter_is_refused_by_name() -> None:
    schedule = Schedule.right(Delay(TAU, (F,)), play(G, 3))
    with pytest.raises(OpenPulseError, match=r"x\(tau_\) q0: a schedule that is aligned to the right"):
        made(schedule, arguments=(TAU,)).to_openpulse()


def test_parameter_among_durations_is_written_alike_whatever_it_came_from() -> None:
    """An expression that came down to a parameter is read back as the parameter itself."""
    texts = [
        made(ShiftPhase(F, THETA), Delay(value, (F,)), arguments=(THETA,)).to_openpulse()
        for value in (THETA, 0 + THETA)
    ]
    assert texts[0] == texts[1]
    assert "delay[theta * 1s]" in texts[0]
