# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter

from feedline_hal import (
    Barrier,
    Calibration,
    CalibrationSet,
    Capture,
    Delay,
    Frame,
    Play,
    Port,
    Schedule,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
    Waveform,
)
from feedline_hal.calibration.codec import from_tree, to_tree
from feedline_hal.errors import CalibrationError

THETA, PHI = Parameter("theta"), Parameter("phi")
FRAMES = [
    Frame(f"f{index}", Port(f"port{index}", qubits=[index], max_amplitude=0.5), frequency_hz=5e9 + index, phase_rad=0.1)
    for index in range(2)
]

numbers = st.floats(-1e3, 1e3, allow_nan=False)
sizes = st.floats(-0.3, 0.3, allow_nan=False)
angles = st.one_of(numbers, st.sampled_from([THETA, -THETA, THETA + PHI, 0.5 * THETA - 1, THETA.sin() * PHI]))
amplitudes = st.one_of(sizes, st.complex_numbers(max_magnitude=0.3, allow_nan=False), st.sampled_from([0.1 * THETA]))
durations = st.integers(1, 50).map(lambda ticks: ticks * 1e-9)
frames = st.sampled_from(FRAMES)

waveforms = st.recursive(
    st.one_of(
        st.builds(Waveform.constant, durations, amplitudes),
        st.builds(Waveform.gaussian, durations, amplitudes, sigma_s=durations),
        st.builds(Waveform.drag, durations, amplitudes, sigma_s=durations, beta_s=sizes),
        st.builds(Waveform.sine, durations, amplitudes, frequency_hz=numbers, phase_rad=angles),
        st.lists(st.complex_numbers(max_magnitude=0.3, allow_nan=False), min_size=1, max_size=4).map(
            lambda samples: Waveform.sampled(samples, rate_hz=1e9)
        ),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0].then(pair[1])),
        st.tuples(inner, sizes).map(lambda pair: pair[0].scaled(pair[1])),
        inner.map(lambda wave: wave + wave),
        inner.map(lambda wave: wave * wave),
    ),
    max_leaves=3,
)
captures = st.builds(
    lambda frame, duration_s, kind: Capture(
        frame,
        duration_s,
        kernel=Waveform.constant(duration_s) if kind in ("v1", "v2") else None,
        kind=kind,
        slot=None,
    ),
    frames,
    durations,
    st.sampled_from(["v0", "v1", "v2", "v3", "v4"]),
)
instructions = st.one_of(
    st.builds(Play, frames, waveforms),
    captures,
    st.builds(Delay, durations, st.sampled_from([FRAMES[:1], FRAMES])),
    st.builds(ShiftPhase, frames, angles),
    st.builds(SetPhase, frames, angles),
    st.builds(ShiftFrequency, frames, angles),
    st.builds(SetFrequency, frames, numbers),
    st.just(Barrier(FRAMES)),
)
schedules = st.recursive(
    instructions,
    lambda inner: st.builds(
        Schedule,
        st.lists(inner, max_size=3),
        alignment=st.sampled_from(["left", "right", "sequential", "parallel"]),
        name=st.sampled_from(["", "inner"]),
    ),
    max_leaves=5,
).map(lambda item: item if isinstance(item, Schedule) else Schedule.left(item))
qubits = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=2, unique_by=lambda q: q or object())


@given(st.lists(st.tuples(schedules, st.one_of(st.none(), st.floats(0, 1))), max_size=3), st.text(max_size=5))
@settings(max_examples=50, deadline=None)
def test_set_comes_back_the_same(bodies: list[tuple[Schedule, float | None]], note: str) -> None:
    cals = CalibrationSet(
        ports={frame.port.name: frame.port for frame in FRAMES},
        frames={frame.name: frame for frame in FRAMES},
        calibrations=[
            Calibration(
                gate=f"g{place}",
                qubits=[place, None],
                arguments=[THETA, 0.25, PHI],
                schedule=body,
                bounds=[(-1, 1), None, None],
                error=error,
            )
            for place, (body, error) in enumerate(bodies)
        ],
        metadata={"note": note},
    )
    tree, arrays = to_tree(cals)
    again = from_tree(json.loads(json.dumps(tree)), arrays)
    assert again == cals
    assert (again.ports, again.frames, again.metadata) == (cals.ports, cals.frames, cals.metadata)
    assert json.dumps(to_tree(again)[0]) == json.dumps(tree)
    for old, new in zip(cals.calibrations, again.calibrations, strict=True):
        values = dict(zip((one for one in new.arguments if isinstance(one, Parameter)), (0.3, 0.7), strict=True))
        same = {THETA: 0.3, PHI: 0.7}
        assert repr(new.schedule.bind(values)) == repr(old.schedule.bind(same))
        assert attrs.evolve(new, arguments=(), bounds=(), schedule=Schedule()) == attrs.evolve(
            old, arguments=(), bounds=(), schedule=Schedule()
        )


def test_numbers_come_back_to_the_last_bit(drive: Frame) -> None:
    third = Waveform.drag(24e-9 / 3, 0.1 + 0.2, sigma_s=1e-9 / 3, beta_s=-1 / 3)
    cals = CalibrationSet.of([Calibration(gate="x", qubits=[0], schedule=Schedule.left(Play(drive, third)))])
    tree, arrays = to_tree(cals)
    again = from_tree(json.loads(json.dumps(tree)), arrays)
    assert again.calibrations == cals.calibrations


def test_samples_are_kept_once_in_the_arrays(drive: Frame) -> None:
    wave = Waveform.sampled([0.1, 0.2j], rate_hz=1e9)
    twice = Schedule.left(Play(drive, wave), Play(drive, wave.scaled(0.5)))
    tree, arrays = to_tree(CalibrationSet.of([Calibration(gate="x", qubits=[0], schedule=twice)]))
    assert [samples.tolist() for samples in arrays.values()] == [[0.1, 0.2j]]
    assert "0.2" not in json.dumps(tree)


def test_names_of_formal_parameters_and_schedules_come_back(lab) -> None:
    tree, arrays = to_tree(lab(theta="angle of mine"))
    again = from_tree(tree, arrays)
    assert again.find("rx", [0], [0.5]).label == "rx(angle of mine) q0"
    assert again.find("cz", [0, 1]).schedule.name == "cz"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tree: tree.update(format=2), r"is of format 2, this version reads 1.\n  -> Update feedline"),
        (lambda tree: tree.pop("frames"), r"This is no stored calibration set: KeyError 'frames'.\n  -> Give what"),
        (lambda tree: tree["calibrations"][0].update(schedule=7), "This is no stored calibration set: TypeError"),
        (lambda tree: tree["calibrations"][0].update(qubits=[-1]), "qubit -1 is no physical qubit"),
        (lambda tree: tree["ports"]["q0_drive"].update(colour=1), "This is no stored calibration set: TypeError"),
    ],
)
def test_tree_that_is_none_is_refused(lab, change: Any, words: str) -> None:
    tree, arrays = to_tree(lab())
    change(tree)
    with pytest.raises(CalibrationError, match=words):
        from_tree(tree, arrays)


def test_text_of_an_expression_is_never_executed(lab) -> None:
    tree, arrays = to_tree(lab())
    (turn,) = (one for one in tree["calibrations"] if one["gate"] == "rx" and one["qubits"] == [0])
    turn["schedule"]["items"][0]["waveform"]["amplitude"] = {"text": "().__class__"}
    with pytest.raises(CalibrationError, match="Attribute is not in the grammar"):
        from_tree(tree, arrays)
