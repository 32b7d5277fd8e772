# SPDX-License-Identifier: Apache-2.0
"""Changes of calibration sets change what they say, everywhere, and nothing else."""

from __future__ import annotations

import math

import pytest

from feedline_bringup.edit import (
    capture_of,
    drive_frame,
    play_of,
    scaled,
    with_beta,
    with_capture_delay,
    with_frequency,
    with_phases,
    with_soft_tone,
)
from feedline_bringup.state import State
from feedline_hal import Calibration, CalibrationSet, Capture, Delay, Frame, Play, Port, Schedule, ShiftPhase, Waveform


@pytest.fixture
def cals() -> CalibrationSet:
    frames = [Frame(f"q{k}", Port(f"d{k}"), frequency_hz=5e9 + k * 1e8) for k in (0, 1)]
    sound, listen = (Frame(name, Port("readout"), frequency_hz=7e9) for name in ("sound", "listen"))
    coupler = Frame("c", Port("coupler"), frequency_hz=0.0)
    made = []
    for k, frame in enumerate(frames):
        for gate, amplitude in (("sx", 0.1), ("x", 0.2)):
            pulse = Waveform.drag(40e-9, amplitude, sigma_s=10e-9, beta_s=0.0)
            made.append(Calibration(gate=gate, qubits=(k,), schedule=Schedule.left(Play(frame, pulse))))
    cz = Schedule.left(Play(coupler, Waveform.constant(40e-9, 0.5)), ShiftPhase(frames[0], 0.25))
    made += [Calibration(gate="cz", qubits=order, schedule=cz) for order in ((0, 1), (1, 0))]
    long = Waveform.constant(200e-9, 0.3)
    read = Schedule.left(Play(sound, long), Capture(listen, 200e-9, kernel=Waveform.constant(200e-9)))
    made.append(Calibration(gate="measure", qubits=(0,), schedule=read, num_bits=1))
    return CalibrationSet.of(made)


def test_frequency_changes_in_every_gate_of_the_frame(cals: CalibrationSet) -> None:
    made = with_frequency(cals, drive_frame(cals, 0), 5.005e9)
    assert {play_of(made, gate, (0,)).frame.frequency_hz for gate in ("sx", "x")} == {5.005e9}
    assert drive_frame(made, 1) == drive_frame(cals, 1)


def test_amplitude_of_one_gate_is_scaled_alone(cals: CalibrationSet) -> None:
    made = scaled(cals, "x", (0,), 1.25)
    assert play_of(made, "x", (0,)).waveform.amplitude == pytest.approx(0.25)
    assert play_of(made, "sx", (0,)).waveform.amplitude == 0.1


def test_gates_on_pairs_change_in_both_orders(cals: CalibrationSet) -> None:
    made = with_phases(scaled(cals, "cz", (0, 1), 0.5), "cz", (0, 1), {"q0": 0.5, "q1": -1.0})
    for order in ((0, 1), (1, 0)):
        assert play_of(made, "cz", order).waveform.amplitude == pytest.approx(0.25)
        items = made.find("cz", order).schedule.instructions()
        shifts = {item.frame.name: item.phase_rad for item in items if isinstance(item, ShiftPhase)}
        assert shifts == {"q0": pytest.approx(0.75), "q1": pytest.approx(-1.0)}


def test_derivative_is_set(cals: CalibrationSet) -> None:
    pulse = play_of(with_beta(cals, "sx", 0, -3e-10), "sx", (0,)).waveform
    assert dict(pulse.parameters)["beta_s"] == -3e-10


def test_capture_delay_replaces_the_one_before(cals: CalibrationSet) -> None:
    made = with_capture_delay(with_capture_delay(cals, 0, 5e-9), 0, 8e-9)
    delays = [one for one in made.find("measure", (0,)).schedule.instructions() if isinstance(one, Delay)]
    assert [(one.duration_s, one.frames) for one in delays] == [(8e-9, (capture_of(made, 0).frame,))]


def test_soft_tone_keeps_its_length(cals: CalibrationSet) -> None:
    tone = play_of(with_soft_tone(cals, 0, 8e-9), "measure", (0,)).waveform
    assert tone.duration_s == 200e-9
    assert abs(tone.sample(1e9)[0]) < 0.02 * 0.3


def test_state_keeps_numbers_through_the_metadata(cals: CalibrationSet) -> None:
    state = State(calibrations=cals).knowing(0, t1_s=4e-5, angle_rad=0.3, threshold=0.1, zero=0.0, one=0.2)
    again = State.of(state.to_set(note="x"))
    assert again.fact(0) == state.fact(0)
    assert again.calibrations.calibrations == cals.calibrations
    assert math.isclose(again.signal(0, 0.1 * pytest.importorskip("numpy").exp([0.3j]))[0], 0.5)
