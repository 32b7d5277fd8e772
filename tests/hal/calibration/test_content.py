# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from qiskit.circuit import Parameter

from feedline_hal import Calibration, CalibrationSet, Capture, Frame, Play, Port, Schedule, ShiftPhase
from feedline_hal.calibration.content import content_id
from feedline_hal.calibration.merge import with_ports


def test_id_has_sixteen_hexadecimal_digits(lab) -> None:
    assert lab().id.startswith("cal-")
    int(lab().id.removeprefix("cal-"), 16)
    assert len(lab().id) == 20


def test_id_is_the_same_in_every_process(lab) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from conftest import make_lab; print(make_lab().id)"
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.strip() == lab().id


def test_what_does_not_count_leaves_the_id(lab) -> None:
    """Other Parameter objects, their names, order, names of schedules, metadata, limits of ports."""
    cals = lab()
    named = [attrs.evolve(one, schedule=attrs.evolve(one.schedule, name="other")) for one in cals.calibrations]
    same = [
        lab(),
        lab(theta="a name of mine"),
        attrs.evolve(cals, calibrations=cals.calibrations[::-1]),
        attrs.evolve(cals, calibrations=named),
        attrs.evolve(cals, frames=dict(reversed(cals.frames.items()))),
        attrs.evolve(cals, metadata={"who": "me"}),
        with_ports(cals, [attrs.evolve(port, max_amplitude=0.25) for port in cals.ports.values()]),
    ]
    assert {content_id(other) for other in same} == {cals.id}


def change(cals: CalibrationSet, which: str, **changes: object) -> CalibrationSet:
    changed = [attrs.evolve(one, **changes) if one.gate == which else one for one in cals.calibrations]
    return attrs.evolve(cals, calibrations=changed)


def test_what_counts_changes_the_id(lab) -> None:
    cals = lab()
    right = Schedule.right(*cals.find("cz", [0, 1]).schedule.items)
    others = [
        lab(amplitude=0.1183),
        lab(frequency_hz=5.1003e9),
        change(cals, "cz", error=0.02),
        change(cals, "cz", schedule=right),
        change(cals, "cz", qubits=[1, 0]),
        change(cals, "rx", bounds=[(0, 1)]),
        change(cals, "sx", gate="x"),
        attrs.evolve(cals, calibrations=cals.calibrations[:-1]),
        CalibrationSet(ports=cals.ports, frames=cals.frames),
        CalibrationSet(ports=cals.ports),
    ]
    assert len({cals.id, *(other.id for other in others)}) == len(others) + 1


@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_kind_and_slot_of_a_capture_count(drive: Frame, lab, kind: str) -> None:
    kernel = next(item for item in lab().find("measure", [0]).schedule.instructions() if isinstance(item, Capture))

    def measured(**changes: object) -> str:
        capture = attrs.evolve(kernel, frame=drive, **changes)
        bits = 0 if capture.slot is None else 1
        return CalibrationSet.of(
            [Calibration(gate="measure", qubits=[0], schedule=Schedule.left(capture), num_bits=bits)]
        ).id

    assert measured(kind=kind, slot=None) != measured(kind=kind) != measured(kind={"v1": "v2", "v2": "v1"}[kind])


def test_minus_zero_is_zero(drive: Frame, lab) -> None:
    play = next(item for item in lab().find("sx", [0]).schedule.instructions() if isinstance(item, Play))
    ids = {
        CalibrationSet.of([Calibration(gate="rx", qubits=[0], arguments=[zero], schedule=Schedule.left(play))]).id
        for zero in (0.0, -0.0, 0)
    }
    assert len(ids) == 1


def test_an_expression_that_came_down_to_a_number_counts_as_the_number() -> None:
    """Qiskit keeps the parameter of 0*theta; the text of it is a plain number, and reads as the same set."""
    theta = Parameter("theta")
    frame = Frame("f", Port("p"), frequency_hz=5e9)
    made = [
        Calibration(gate="rz", qubits=(0,), arguments=(theta,), schedule=Schedule((ShiftPhase(frame, value),)))
        for value in (0 * theta, 0.0)
    ]
    assert CalibrationSet.of(made[:1]).id == CalibrationSet.of(made[1:]).id


def test_angles_and_thresholds_count_because_bits_depend_on_them(lab) -> None:
    ids = {lab().id}
    for readout in ({}, {"q0": {"angle_rad": 0.1, "threshold": 0.02}}, {"q0": {"angle_rad": 0.1, "threshold": 0.03}}):
        noted = attrs.evolve(lab(), metadata={"readout": readout, "who": "me"})
        assert noted.id == attrs.evolve(lab(), metadata={"readout": readout}).id
        ids.add(noted.id)
    assert len(ids) == 4


@pytest.mark.parametrize("key", ["qubits", "readout"])
def test_what_was_measured_of_qubits_counts(lab, key: str) -> None:
    """So a set with a newer T1 is another one, and a store that never overwrites keeps both."""
    first, second = (attrs.evolve(lab(), metadata={key: {"q0": {"t1_s": t1_s}}}) for t1_s in (4e-5, 5e-5))
    assert len({lab().id, first.id, second.id}) == 3
