# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
import pickle
from functools import partial

import attrs
import pytest
from qiskit.circuit import Parameter

from feedline_hal import Calibration, CalibrationSet, Capture, Frame, Play, Port, Schedule, ShiftPhase, Waveform
from feedline_hal.errors import CalibrationError

PULSE = Waveform.constant(8e-9, 0.5)


def test_of_collects_the_frames_and_ports_that_schedules_use(lab) -> None:
    cals = lab()
    kinds = ("capture", "drive", "readout")
    assert sorted(cals.frames) == [f"q{qubit}_{kind}_frame" for qubit in range(2) for kind in kinds]
    assert sorted(cals.ports) == ["q0_drive", "q0_readout", "q1_drive", "q1_readout"]


def test_set_cannot_be_changed_through_what_it_was_made_of(lab) -> None:
    whole = lab()
    frames, metadata = dict(whole.frames), {"who": ["me"]}
    cals = attrs.evolve(whole, frames=frames, metadata=metadata)
    frames.clear()
    metadata["who"].append("you")
    assert len(cals.frames) == 6
    assert cals.metadata == {"who": ["me"]}
    with pytest.raises(TypeError):
        cals.frames["new"] = None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        cals.calibrations = ()


def test_sets_are_equal_by_content_and_copy(lab) -> None:
    cals = lab()
    assert cals == lab()
    assert cals != lab(amplitude=0.119)
    assert len({cals, lab(), lab(amplitude=0.119)}) == 2
    assert copy.deepcopy(cals) == cals == copy.copy(cals)
    assert pickle.loads(pickle.dumps(cals)) == cals
    assert cals != "cals"


def refused(words: str, *calibrations: Calibration, **more: object) -> None:
    make = (
        partial(CalibrationSet, calibrations=calibrations, **more) if more else partial(CalibrationSet.of, calibrations)
    )
    with pytest.raises(CalibrationError, match=words):
        make()


def test_frame_on_a_port_that_the_set_has_not_is_refused(drive: Frame) -> None:
    words = r"Frame 'q0_drive_frame' is on port 'q0_drive', which the calibration set has not.\n  -> .*mean 'q0_driv'"
    refused(words, frames={drive.name: drive}, ports={"q0_driv": Port("q0_driv")})


def test_frame_on_another_port_of_the_same_name_is_refused(drive: Frame) -> None:
    refused(
        "on a port 'q0_drive' that differs from the calibration set's.\n  -> Use one Port object",
        frames={drive.name: drive},
        ports={"q0_drive": Port("q0_drive", max_amplitude=0.5)},
    )


def test_frame_with_a_parameter_is_refused(drive: Frame) -> None:
    floating = attrs.evolve(drive, frequency_hz=Parameter("f"))
    refused(
        "Frame 'q0_drive_frame' depends on f.\n  -> Give the frame a number",
        frames={drive.name: floating},
        ports={"q0_drive": drive.port},
    )


def test_name_that_is_not_the_things_own_is_refused(drive: Frame) -> None:
    refused("port 'q0_drive' is kept under the name 'drive'", ports={"drive": drive.port})
    refused(
        "frame 'q0_drive_frame' is kept under the name 'f'.\n  -> Use 'q0_drive_frame' as the key",
        frames={"f": drive},
        ports={"q0_drive": drive.port},
    )


def test_calibration_on_a_frame_that_the_set_has_not_is_refused(drive: Frame) -> None:
    one = Calibration(gate="x", qubits=[0], schedule=Schedule.left(Play(drive, PULSE)))
    refused("x q0 uses frame 'q0_drive_frame', which the calibration set has not.\n  -> Add", one, frames={})


def test_calibration_on_a_frame_tuned_otherwise_is_refused(drive: Frame) -> None:
    tuned = attrs.evolve(drive, frequency_hz=5.2e9)
    refused(
        "y q0 uses a frame 'q0_drive_frame' that differs from the calibration set's.\n  -> Use one Frame",
        Calibration(gate="x", qubits=[0], schedule=Schedule.left(Play(drive, PULSE))),
        Calibration(gate="y", qubits=[0], schedule=Schedule.left(Play(tuned, PULSE))),
    )


def test_two_calibrations_for_one_key_are_refused_literals_compared_by_value(drive: Frame) -> None:
    body = Schedule.left(Play(drive, PULSE))
    one = Calibration(gate="rx", qubits=[0], arguments=[0.1 + 0.2], schedule=body)
    other = Calibration(gate="rx", qubits=[0], arguments=[0.3], schedule=body)
    refused("There are two calibrations for rx\\(0.3\\) q0.\n  -> Keep one of them", one, other)
    formal = [
        Calibration(gate="rx", qubits=[0], arguments=[Parameter(name)], schedule=body) for name in ("theta", "phi")
    ]
    refused("There are two calibrations for rx\\(phi\\) q0", *formal)
    CalibrationSet.of([one, formal[0], attrs.evolve(one, qubits=[1]), attrs.evolve(one, qubits=[None])])


def test_schedule_with_a_parameter_that_is_no_argument_is_refused(drive: Frame) -> None:
    theta, phi = Parameter("theta"), Parameter("phi")
    refused(
        "rz\\(theta\\) q0: the schedule depends on phi; the arguments are theta.\n  -> Name each parameter",
        Calibration(gate="rz", qubits=[0], arguments=[theta], schedule=Schedule.left(ShiftPhase(drive, phi))),
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gate": ""}, "A calibration's gate is ''.\n  -> Give the name"),
        ({"qubits": [-1]}, "Calibration of 'x': qubit -1 is no physical qubit.\n  -> Give whole numbers from 0"),
        ({"qubits": [True]}, "qubit True is no physical qubit"),
        ({"qubits": [1.0]}, "qubit 1.0 is no physical qubit"),
        ({"qubits": [2, 2]}, "Calibration of 'x' names a qubit twice: \\[2, 2\\]"),
        ({"arguments": [float("nan")]}, "Calibration of 'x': argument nan is neither a finite number nor a Parameter"),
        ({"arguments": ["theta"]}, "argument 'theta' is neither"),
        ({"arguments": [Parameter("a"), Parameter("a")]}, "x\\(a, a\\) q0: two arguments have the same name"),
        ({"bounds": [(0, 1)]}, "x q0: 1 bounds for 0 arguments.\n  -> Give one pair"),
        ({"arguments": [Parameter("a")], "bounds": [(1, 0)]}, "x\\(a\\) q0: \\(1, 0\\) are no bounds"),
        ({"arguments": [Parameter("a")], "bounds": [(1,)]}, "x\\(a\\) q0: \\(1,\\) are no bounds"),
        ({"num_bits": 1}, "x q0: num_bits is 1, but its captures give none.\n  -> Give num_bits=n and one capture"),
    ],
)
def test_calibration_that_contradicts_itself_is_refused(drive: Frame, changes: dict, words: str) -> None:
    given = {"gate": "x", "qubits": [0], "schedule": Schedule.left(Play(drive, PULSE)), **changes}
    refused(words, Calibration(**given))


def test_captures_that_give_other_bits_than_promised_are_refused(drive: Frame) -> None:
    kernel = Waveform.constant(400e-9)
    twice = Schedule.left(Capture(drive, 400e-9, kernel=kernel), Capture(drive, 400e-9, kernel=kernel))
    given = Calibration(gate="measure", qubits=[0], schedule=twice, num_bits=1)
    refused("measure q0: num_bits is 1, but its captures give the bits \\[0, 0\\]", given)


def test_metadata_that_is_no_json_is_refused() -> None:
    refused("metadata is no JSON: .*\n  -> Use texts, numbers", metadata={"when": object()})
    refused("metadata is no JSON", metadata={"error": float("nan")})


def test_repr_fits_a_line(lab) -> None:
    found = lab()
    assert repr(found) == f"<CalibrationSet {found.id}: 9 calibrations, 2 qubits, {len(found.frames)} frames>"
    assert repr(CalibrationSet()).endswith(": 0 calibrations, 0 qubits, 0 frames>")
