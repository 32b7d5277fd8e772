# SPDX-License-Identifier: Apache-2.0
"""The reference device: readout, reset, decisions, frames through time, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import feedline
from feedline import Sampler, Session
from feedline.errors import CapabilityError, OptionError
from feedline.execution import Execution
from feedline_hal import (
    Calibration,
    CalibrationSet,
    Capture,
    Delay,
    Frame,
    Play,
    PulseGate,
    Schedule,
    SetFrequency,
    ShiftFrequency,
    Waveform,
)
from feedline_hal.errors import LimitError
from feedline_hal.lowering.key import device_fingerprint
from feedline_hal.testing import ReferenceBackend

SHOTS = 4000
AS_IT_IS = {"transpilation": {"enable": False}}
MARGIN = 5 * 0.5 / SHOTS**0.5
"""Five standard errors of a probability, at most."""


@pytest.fixture
def backend() -> ReferenceBackend:
    return ReferenceBackend(2, seed=3)


def ones(backend: Any, circuit: QuantumCircuit, shots: int = SHOTS) -> Any:
    """How often each classical bit is 1; circuits are run as they are."""
    options = {"simulator": {"seed_simulator": 11}, **AS_IT_IS}
    result = Sampler(backend, options).run([circuit], shots=shots).result()[0]
    return result.join_data().to_bool_array(order="little").mean(axis=-2)


def calibrated(backend: ReferenceBackend, **gates: tuple[int, Schedule]) -> Any:
    """The backend with one-qubit gates of these names on these qubits."""
    made = [Calibration(gate=name, qubits=(qubit,), schedule=what) for name, (qubit, what) in gates.items()]
    own = backend.calibrations
    return backend.with_calibrations(CalibrationSet(ports=own.ports, frames=own.frames, calibrations=made))


def gate(circuit: QuantumCircuit, name: str, qubit: int = 0) -> None:
    circuit.append(PulseGate(name, 1), [qubit])


def test_integrated_points_lie_in_clouds_by_level(backend: ReferenceBackend) -> None:
    """Level 0, 1 and 2 answer with different points; single shots scatter around them, means do not."""
    ef = Frame("q0_ef_frame", backend.ports["q0_drive"], frequency_hz=4.9e9)
    lift = Schedule.left(Play(ef, Waveform.cosine(100e-9, 0.2 / math.sqrt(2))))
    own = backend.calibrations
    extra = Calibration(gate="lift", qubits=(0,), schedule=lift)
    frames = {**own.frames, ef.name: ef}
    lifted = backend.with_calibrations(CalibrationSet(ports=own.ports, frames=frames, calibrations=[extra]))
    clouds = []
    for level in range(3):
        circuit = QuantumCircuit(1, 1)
        if level:
            circuit.x(0)
        if level == 2:
            gate(circuit, "lift")
        circuit.measure(0, 0)
        options = {"execution": {"meas_type": "kerneled"}, **AS_IT_IS}
        clouds.append(Sampler(lifted, options).run([circuit], shots=500).result()[0].data.c[:, 0])
    wanted = 0.4 * backend.model.pointer(0, np.array(7e9))
    spread = 0.6 / math.sqrt(400)
    for cloud, centre in zip(clouds, wanted, strict=True):
        assert abs(np.median(cloud.real) + 1j * np.median(cloud.imag) - centre) < 5 * 1.3 * spread / math.sqrt(500)
        assert np.std(cloud.imag) == pytest.approx(spread, rel=0.25)
    assert abs(wanted[1] - wanted[0]) > 10 * spread
    options = {"execution": {"meas_type": "avg_kerneled"}, **AS_IT_IS}
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    mean = Sampler(lifted, options).run([circuit], shots=500).result()[0].data.c
    assert mean.shape == (1,)
    assert abs(mean[0] - wanted[0]) < 5 * spread / math.sqrt(500)


def test_readout_without_a_tone_is_a_coin(backend: ReferenceBackend) -> None:
    """Nothing goes in, so nothing but noise comes out."""
    ear = backend.calibrations.frames["q0_capture_frame"]
    deaf = Calibration(
        gate="measure",
        qubits=(0,),
        num_bits=1,
        schedule=Schedule.left(Capture(ear, 400e-9, kernel=Waveform.constant(400e-9))),
    )
    own = backend.calibrations
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    made = backend.with_calibrations(CalibrationSet(ports=own.ports, frames=own.frames, calibrations=[deaf]))
    assert abs(ones(made, circuit)[0] - 0.5) < MARGIN


def test_measurement_collapses_and_repeats(backend: ReferenceBackend) -> None:
    """A second measurement agrees with the first; so does the other half of a Bell pair."""
    circuit = QuantumCircuit(2, 3)
    circuit.rz(math.pi / 2, 0)
    circuit.sx(0)
    circuit.sx(1)
    circuit.cz(0, 1)
    circuit.rz(math.pi, 1)
    circuit.sx(1)
    circuit.measure(0, 0)
    circuit.measure(0, 1)
    circuit.measure(1, 2)
    bits = Sampler(backend, AS_IT_IS).run([circuit], shots=SHOTS).result()[0].data.c.to_bool_array(order="little")
    assert abs(bits[:, 0].mean() - 0.5) < MARGIN
    assert (bits[:, 0] == bits[:, 1]).all()


def test_reset_empties_every_level(backend: ReferenceBackend) -> None:
    """From a superposition, and without a trace on the other qubit."""
    circuit = QuantumCircuit(2, 2)
    circuit.x(1)
    circuit.sx(0)
    circuit.reset(0)
    circuit.measure([0, 1], [0, 1])
    assert ones(backend, circuit).tolist() == [0.0, 1.0]


def test_short_reset_leaves_what_the_rate_says(backend: ReferenceBackend) -> None:
    """Energy leaves exponentially: exp(-2 pi rate time amplitude^2)."""
    frame = backend.calibrations.frames["q0_reset_frame"]
    short = calibrated(backend, leak=(0, Schedule.left(Play(frame, Waveform.constant(20e-9, 0.6)))))
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    gate(circuit, "leak")
    circuit.measure(0, 0)
    assert abs(ones(short, circuit)[0] - math.exp(-2 * math.pi * 25e6 * 20e-9 * 0.36)) < MARGIN


def test_detuned_frame_and_virtual_z_turn_alike(backend: ReferenceBackend) -> None:
    """A frame that is 1 MHz too fast for 300 ns is 0.3 turns ahead, and rz(-0.3 turns) takes it back."""
    frame = backend.calibrations.frames["q0_drive_frame"]
    wait = Schedule.sequential(ShiftFrequency(frame, 1e6), Delay(300e-9, (frame,)), ShiftFrequency(frame, -1e6))
    detuned = calibrated(backend, wait=(0, wait))
    for turns, expected in ((-0.3, 1.0), (-0.3 + 0.5, 0.0), (-0.3 + 0.25, 0.5)):
        circuit = QuantumCircuit(1, 1)
        circuit.sx(0)
        gate(circuit, "wait")
        circuit.rz(2 * math.pi * turns, 0)
        circuit.sx(0)
        circuit.measure(0, 0)
        assert abs(ones(detuned, circuit)[0] - expected) < (MARGIN if expected == 0.5 else 1e-3)


@pytest.mark.parametrize("is_set", [False, True])
def test_frames_run_on_through_decisions(backend: ReferenceBackend, is_set: bool) -> None:
    """A decision takes 200 ns, in which a detuned frame goes on: 1.25 MHz make a quarter of a turn."""
    frame = backend.calibrations.frames["q0_drive_frame"]
    base_hz = float(frame.frequency_hz)
    begin = SetFrequency(frame, base_hz + 1.25e6) if is_set else ShiftFrequency(frame, 1.25e6)
    end = SetFrequency(frame, base_hz) if is_set else ShiftFrequency(frame, -1.25e6)
    detuned = calibrated(backend, begin=(0, Schedule.left(begin)), end=(0, Schedule.left(end)))
    for decisions, expected in ((1, 0.5), (2, 0.0), (4, 1.0)):
        circuit = QuantumCircuit(1, 2)
        circuit.sx(0)
        gate(circuit, "begin")
        for _ in range(decisions):
            with circuit.if_test((circuit.clbits[1], 1)):
                circuit.x(0)
        gate(circuit, "end")
        circuit.sx(0)
        circuit.measure(0, 0)
        assert abs(ones(detuned, circuit)[0] - expected) < (MARGIN if expected == 0.5 else 1e-3)


def test_second_frame_keeps_its_clock_through_decisions(backend: ReferenceBackend) -> None:
    """A frame 1.25 MHz above the qubit is a quarter of a turn ahead after one decision."""
    own = backend.calibrations
    off = Frame("q0_off_frame", backend.ports["q0_drive"], frequency_hz=5.2e9 + 1.25e6)
    sx = own.find("sx", (0,))
    (play,) = sx.schedule.instructions()
    assert isinstance(play, Play)
    kick = Calibration(gate="kick", qubits=(0,), schedule=Schedule.left(Play(off, play.waveform)))
    frames = {**own.frames, off.name: off}
    made = backend.with_calibrations(CalibrationSet(ports=own.ports, frames=frames, calibrations=[kick]))
    for decisions, expected in ((1, 0.5), (2, 0.0), (4, 1.0)):
        circuit = QuantumCircuit(1, 2)
        gate(circuit, "kick")
        for _ in range(decisions):
            with circuit.if_test((circuit.clbits[1], 1)):
                circuit.x(0)
        circuit.delay(48, 0, unit="ns")  # with the first pulse's 32 ns, 80 ns are a tenth of a turn
        circuit.rz(-0.2 * math.pi, 0)
        gate(circuit, "kick")
        circuit.measure(0, 0)
        found = ones(made, circuit)[0]
        # rz turns the first frame only; the second one gains 0.1 turns by its clock
        phase = 2 * math.pi * (0.25 * decisions + 0.1)
        assert abs(found - (1 + math.cos(phase)) / 2) < MARGIN + 5e-3, expected


def test_shots_take_their_own_ways_and_meet_again(backend: ReferenceBackend) -> None:
    """Flip until 0, at most five times: half of the shots stop at every turn."""
    circuit = QuantumCircuit(1, 2)
    circuit.sx(0)
    circuit.measure(0, 0)
    with circuit.for_loop(range(3)):
        with circuit.if_test((circuit.clbits[0], 0)):
            circuit.break_loop()
        circuit.sx(0)
        circuit.measure(0, 0)
    circuit.measure(0, 1)
    found = ones(backend, circuit)
    assert abs(found[0] - 1 / 16) < MARGIN
    assert found[1] == found[0]


def test_many_outcomes_stay_few_states(backend: ReferenceBackend) -> None:
    """After eight rounds of measuring and resetting every round still has the odds of the first."""
    angle = Parameter("angle")
    circuit = QuantumCircuit(2, 8)
    for turn in range(8):
        circuit.sx(0)
        circuit.rz(angle, 0)
        circuit.sx(0)
        circuit.cz(0, 1)
        circuit.sx(1)
        circuit.measure(0, turn)
        circuit.reset(0)
    angles = np.linspace(0, np.pi, 5)
    data = Sampler(backend, AS_IT_IS).run([(circuit, angles)], shots=SHOTS).result()[0].data.c
    found = data.to_bool_array().mean(axis=-2)
    np.testing.assert_allclose(found, np.repeat((1 + np.cos(angles)) / 2, 8).reshape(5, 8), atol=MARGIN)


def test_endless_loop_is_ended_with_words(backend: ReferenceBackend) -> None:
    """Nothing sets the bit, so the device's longest shot ends it."""
    circuit = QuantumCircuit(1, 1, name="endless")
    with circuit.while_loop((circuit.clbits[0], 0)):
        circuit.delay(1, 0, unit="ms")
    with pytest.raises(LimitError, match=r"'endless' goes on for more than 10 ms"):
        ones(backend, circuit, shots=1)


def test_swept_delay_shows_the_fringe_of_its_detuning(backend: ReferenceBackend) -> None:
    """Ramsey: a frame that is 5 MHz off while the delay lasts; the points are in no order of length."""
    frame = backend.calibrations.frames["q0_drive_frame"]
    begin, end = (Schedule.left(ShiftFrequency(frame, shift_hz)) for shift_hz in (5e6, -5e6))
    detuned = calibrated(backend, begin=(0, begin), end=(0, end))
    delay = Parameter("delay")
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    gate(circuit, "begin")
    circuit.delay(delay, 0, unit="s")
    gate(circuit, "end")
    circuit.sx(0)
    circuit.measure_all()
    delays_s = np.array([[0, 100, 50], [25, 150, 200]]) * 1e-9
    data = Sampler(detuned, AS_IT_IS).run([(circuit, delays_s)], shots=SHOTS).result()[0].data.meas
    found = data.to_bool_array().mean(axis=-2)[..., 0]
    np.testing.assert_allclose(found, (1 + np.cos(2 * np.pi * 5e6 * delays_s)) / 2, atol=MARGIN)


def test_swept_shape_is_sampled_for_every_point(backend: ReferenceBackend) -> None:
    """The width of a Gaussian sets its area, and so the angle."""
    sigma, frame = Parameter("sigma"), backend.calibrations.frames["q0_drive_frame"]
    own = backend.calibrations
    bell = Schedule.left(Play(frame, Waveform.gaussian(80e-9, 0.3, sigma_s=sigma)))
    shaped = Calibration(gate="bell", qubits=(0,), arguments=(sigma,), schedule=bell)
    made = backend.with_calibrations(CalibrationSet(ports=own.ports, frames=own.frames, calibrations=[shaped]))
    width = Parameter("width")
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("bell", 1, [width]), [0])
    circuit.measure_all()
    widths_s = np.array([4e-9, 8e-9, 12e-9])
    data = Sampler(made, AS_IT_IS).run([(circuit, widths_s)], shots=SHOTS).result()[0].data.meas
    found = data.to_bool_array().mean(axis=-2)[..., 0]
    areas_s = [
        0.3 * Waveform.gaussian(80e-9, 1.0, sigma_s=width_s).sample(1e9).real.sum() * 1e-9 for width_s in widths_s
    ]
    np.testing.assert_allclose(found, np.sin(np.pi * 50e6 * np.array(areas_s)) ** 2, atol=MARGIN + 1e-3)


def test_seed_of_the_backend_makes_runs_repeat() -> None:
    """Two devices with one seed draw alike, shot by shot; the runs of one device differ."""
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    circuit.measure_all()
    drawn = []
    for _ in range(2):
        backend = feedline.backend("pulse", num_qubits=1, seed=4)
        drawn += [Sampler(backend).run([circuit], shots=64).result()[0].data.meas.array for _ in range(2)]
    assert (drawn[0] == drawn[2]).all()
    assert (drawn[1] == drawn[3]).all()
    assert (drawn[0] != drawn[1]).any()


def test_derived_backend_is_served_by_the_open_device(backend: ReferenceBackend) -> None:
    """One lane: a session on the backend takes jobs of what was derived from it, and tells their code apart."""
    frame = backend.calibrations.frames["q0_drive_frame"]
    lazy = calibrated(backend, x=(0, Schedule.left(Delay(32e-9, (frame,)))))
    assert lazy.device_id == backend.device_id
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.measure_all()
    with backend.open() as device:
        before = device.fingerprint
        assert device.adopt(lazy)
        assert device.fingerprint != before
        assert device.fingerprint[: len(device_fingerprint(lazy))] == device_fingerprint(lazy)
        assert not device.adopt(ReferenceBackend(2))
    for one, counts in ((backend, {"1": 20}), (lazy, {"0": 20}), (backend, {"1": 20})):
        assert Sampler(one, AS_IT_IS).run([circuit], shots=20).result()[0].data.meas.get_counts() == counts
    with Session(lazy) as session:
        found = Sampler(session, AS_IT_IS).run([circuit], shots=20).result()[0].data.meas.get_counts()
    assert found == {"0": 20}


def test_raw_captures_are_refused_by_name(backend: ReferenceBackend) -> None:
    """The device integrates; it does not hand out traces or counts."""
    ear = backend.calibrations.frames["q0_capture_frame"]
    raw = calibrated(backend, listen=(0, Schedule.left(Capture(ear, 400e-9, kind="v3", slot=None))))
    circuit = QuantumCircuit(1)
    gate(circuit, "listen")
    with raw.open() as device, pytest.raises(CapabilityError, match=r"capture_v3 on port 'q0_readout'"):
        device.compile(circuit)


def test_options_of_the_backend_are_checked() -> None:
    with pytest.raises(OptionError, match="num_qubits is 3"):
        feedline.backend("pulse", num_qubits=3)
    with pytest.raises(OptionError, match=r"'x\.toml' was given"):
        feedline.backend("pulse:x.toml")
    assert feedline.backend("pulse", fractional=True).target.instruction_supported("rzz", (1, 0))


def test_sweep_of_a_thousand_points_runs_at_once(backend: ReferenceBackend) -> None:
    """Every point has its own amplitude; the populations are those of the rotation."""
    angle = Parameter("angle")
    fractional = ReferenceBackend(1, seed=1, fractional=True)
    circuit = QuantumCircuit(1, 1)
    circuit.rx(angle, 0)
    circuit.measure(0, 0)
    angles = np.linspace(-7, 7, 1000)
    with fractional.open() as device:
        execution = Execution(
            circuit=circuit, values=angles[:, None], shots=400, executable=device.compile(circuit), seed=2
        )
        chunks = list(device.execute([execution]))
    found = np.concatenate([np.unpackbits(chunk.bits, axis=-1)[..., -1].mean(axis=1) for chunk in chunks])
    assert np.abs(found - np.sin(angles / 2) ** 2).max() < 5 * 0.5 / 20
