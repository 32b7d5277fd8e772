# SPDX-License-Identifier: Apache-2.0
"""Backends derived from others by calibration sets, and what does not fit them."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
import pytest

from feedline_hal import (
    Calibration,
    CalibrationSet,
    Capture,
    Frame,
    Play,
    Port,
    Schedule,
    SetFrequency,
    Waveform,
)
from feedline_hal.errors import CalibrationError, GridError, LimitError

sys.path.append(str(Path(__file__).parent / "gate"))
from pulse_lab import DRIVE, NS, PORTS, READOUT, THETA, calibration_set, drive, kick, lab, wave


def gate(schedule: Schedule, *qubits: int) -> CalibrationSet:
    return calibration_set(Calibration(gate="odd", qubits=qubits or (0,), schedule=schedule))


def test_a_derived_backend_has_the_new_gates_and_the_parent_has_not() -> None:
    parent = lab()
    derived = parent.with_calibrations(calibration_set(*kick(0, 2)))
    assert sorted(derived.target["kick"]) == [(0,), (2,)]
    assert derived.target["kick"][(0,)].duration == 20 * NS
    assert "kick" not in parent.target.operation_names
    assert set(parent.target.operation_names) < set(derived.target.operation_names)


def test_a_derived_backend_overrides_what_its_parent_has() -> None:
    slower = Calibration(gate="sx", qubits=(1,), schedule=Schedule.left(Play(DRIVE[1], wave(0.1, 60 * NS))))
    derived = lab().with_calibrations(calibration_set(slower))
    assert [derived.target["sx"][(q,)].duration for q in range(3)] == [20 * NS, 60 * NS, 20 * NS]


def test_derived_backends_share_the_lane_and_differ_in_calibration_id() -> None:
    parent = lab()
    derived = parent.with_calibrations(calibration_set(*kick(0)))
    again = derived.with_calibrations(calibration_set(*kick(1)))
    assert parent.device_id == derived.device_id == again.device_id
    assert lab().device_id != parent.device_id
    ids = [backend.describe()["calibration_id"] for backend in (parent, derived, again)]
    assert len(set(ids)) == 3
    assert ids[2] == again.calibrations.id  # type: ignore[attr-defined]
    assert sorted(again.target["kick"]) == [(0,), (1,)]


def test_options_of_a_derived_backend_are_its_own() -> None:
    parent = lab()
    derived = parent.with_calibrations(calibration_set(*kick(0)))
    derived.set_options(shots=7)
    assert parent.options.shots == 1024


def test_capabilities_are_what_was_declared_and_what_the_target_shows() -> None:
    capabilities = lab().capabilities
    assert capabilities.pulse_gates
    assert {"durations", "coupling", "readout_error"} <= capabilities.tokens
    assert "pulse.stretch" not in capabilities.tokens


def test_the_devices_port_limits_hold_whatever_the_set_says() -> None:
    generous = Port("q0_drive", qubits=(0,), max_amplitude=5.0)
    frame = Frame("q0_drive_frame", generous, frequency_hz=5e9)
    with pytest.raises(LimitError, match="'q0_drive'"):
        lab().with_calibrations(gate(Schedule.left(Play(frame, Waveform.constant(20 * NS, 0.95)))))
    derived = lab().with_calibrations(gate(Schedule.left(Play(frame, Waveform.constant(20 * NS, 0.5)))))
    assert derived.calibrations.ports["q0_drive"] == PORTS["q0_drive"]  # type: ignore[attr-defined]


def test_an_unknown_port_names_gate_port_and_the_nearest() -> None:
    frame = Frame("f", Port("q0_drve"), frequency_hz=5e9)
    with pytest.raises(CalibrationError, match=r"'odd q0': play is on port 'q0_drve'[^\0]*Did you mean 'q0_drive'"):
        lab().with_calibrations(gate(Schedule.left(Play(frame, wave()))))


def test_a_qubit_beyond_the_device_is_named() -> None:
    with pytest.raises(CalibrationError, match=r"'odd q7' is for qubit 7, backend 'lab' has 3 qubits[^\0]*0 to 2"):
        lab().with_calibrations(gate(drive(0), 7))


@pytest.mark.parametrize(
    ("waveform", "largest"),
    [
        (Waveform.constant(20 * NS, 0.95), "0.95"),
        (Waveform.sampled([0.1] * 19 + [0.8 + 0.6j], rate_hz=1e9), "1"),
        (Waveform.constant(20 * NS, 0.5) + Waveform.constant(20 * NS, 0.6), "1.1"),
    ],
)
def test_an_amplitude_beyond_the_port_is_refused(waveform: Waveform, largest: str) -> None:
    with pytest.raises(
        LimitError, match=rf"'odd q0' plays an amplitude of {largest} on port 'q0_drive'[^\0]*up to 0.9"
    ):
        lab().with_calibrations(gate(Schedule.left(Play(DRIVE[0], waveform))))


def test_a_frequency_beyond_the_port_is_refused() -> None:
    fast = attrs.evolve(DRIVE[0], frequency_hz=6.5e9)
    with pytest.raises(LimitError, match=r"frame 'q0_drive_frame' is at 6500000000 Hz[^\0]*4000000000 to 6000000000"):
        lab().with_calibrations(gate(Schedule.left(Play(fast, wave()))))
    with pytest.raises(LimitError, match=r"set_frequency of frame 'q0_drive_frame' is at 1000000000 Hz"):
        lab().with_calibrations(gate(Schedule.left(SetFrequency(DRIVE[0], 1e9), Play(DRIVE[0], wave()))))


@pytest.mark.parametrize("duration_s", [22 * NS, 4 * NS, 20.5 * NS])
def test_a_duration_off_the_grid_is_refused(duration_s: float) -> None:
    with pytest.raises(GridError, match=r"Calibration 'odd q0': play on 'q0_drive' is .* long"):
        lab().with_calibrations(gate(Schedule.left(Play(DRIVE[0], Waveform.constant(duration_s, 0.1)))))


def test_a_capture_off_the_grid_or_where_nothing_captures_is_refused() -> None:
    def look(frame: Frame, duration_s: float) -> CalibrationSet:
        capture = Capture(frame, duration_s, kernel=Waveform.constant(duration_s))
        return calibration_set(Calibration(gate="odd", qubits=(0,), schedule=Schedule.left(capture), num_bits=1))

    with pytest.raises(GridError, match="capture from 'q0_readout' is 1002 ns long"):
        lab().with_calibrations(look(READOUT[0], 1002 * NS))
    with pytest.raises(CalibrationError, match="captures from port 'q0_drive', which only plays"):
        lab().with_calibrations(look(DRIVE[0], 1e-6))


def test_what_depends_on_parameters_is_left_to_later() -> None:
    schedule = Schedule.left(SetFrequency(DRIVE[0], THETA * 1e12), Play(DRIVE[0], wave(THETA)))
    calibration = Calibration(gate="odd", qubits=(0,), arguments=(THETA,), schedule=schedule)
    assert "odd" in lab().with_calibrations(calibration_set(calibration)).target.operation_names


def test_a_set_that_makes_no_target_is_refused_when_attached() -> None:
    two = Calibration(gate="sx", qubits=(0, 1), schedule=drive(0))
    with pytest.raises(CalibrationError, match="'sx q0 q1' has 2 qubits"):
        lab().with_calibrations(calibration_set(two))
