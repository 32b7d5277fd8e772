# SPDX-License-Identifier: Apache-2.0
"""What circuits mean on a rack: levels, times, frequencies, pulses of one's own, racks of other shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from rack_lab import RACK, READOUT_HZ, READOUT_LO_HZ, READOUT_S

import feedline
from feedline.errors import CapabilityError
from feedline_hal import (
    Calibration,
    CalibrationSet,
    Capture,
    Frame,
    Play,
    Port,
    Schedule,
    SetFrequency,
    SetPhase,
    Waveform,
)
from feedline_hal.errors import LimitError

RATE_HZ = 1.25e9
HEARD_S = 45e-9
EAR = Frame("own_ear", Port("feedline", qubits=(0, 1)), frequency_hz=READOUT_HZ[0])


class Tone:
    """A complex tone into I and Q, or its real part into one channel; as strong in every shot."""

    def __init__(self, frequency_hz: float, *, pair: tuple[int, int] = (1, 0), phase_rad: float = 0.0) -> None:
        self._told = frequency_hz, pair, phase_rad

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        frequency_hz, pair, phase_rad = self._told
        wave = 0.1 * np.exp(1j * (2 * np.pi * frequency_hz * (times_s - HEARD_S) + phase_rad))
        return np.tile((wave.real if channel == pair[0] else wave.imag).astype(np.float32), (len(shots), 1))


def listen(duration_s: float = READOUT_S, **changes: Any) -> Calibration:
    """A gate that captures only, with its own frequency or phase if wanted."""
    first = [SetFrequency(EAR, changes["frequency"])] if "frequency" in changes else []
    first += [SetPhase(EAR, changes["phase"])] if "phase" in changes else []
    schedule = Schedule.left(*first, Capture(EAR, duration_s, kernel=Waveform.constant(duration_s)))
    arguments = tuple(changes.values())
    name = "listen" + "_".join(changes)
    return Calibration(gate=name, qubits=(0,), arguments=arguments, schedule=schedule, num_bits=1)


def sampled(backend: Any, level: str, pubs: list[Any], shots: int = 4) -> list[NDArray[Any]]:
    sampler = feedline.Sampler(backend, options={"execution": {"meas_type": level}})
    return [np.asarray(one.data.c) for one in sampler.run(pubs, shots=shots).result()]


def measured(qubits: tuple[int, ...] = (0,)) -> QuantumCircuit:
    circuit = QuantumCircuit(2, len(qubits))
    circuit.measure(qubits, range(len(qubits)))
    return circuit


def with_short_q1(backend: Any, duration_s: float = 200e-9) -> Any:
    """q1 is measured for a shorter time than q0."""
    ear = Frame("q1_own_ear", Port("feedline", qubits=(0, 1)), frequency_hz=READOUT_HZ[1])
    schedule = Schedule.left(Capture(ear, duration_s, kernel=Waveform.constant(duration_s)))
    return backend.with_calibrations(
        CalibrationSet.of([Calibration(gate="measure", qubits=(1,), schedule=schedule, num_bits=1)])
    )


def test_raw_is_padded_to_the_executions_longest_capture(make_lab: Any) -> None:
    lab = make_lab(signals={"scope": Tone(READOUT_HZ[0] - READOUT_LO_HZ)})
    (raw,) = sampled(with_short_q1(lab.backend), "raw", [measured((0, 1))])
    assert raw.shape == (4, 2, 500)
    assert not np.iscomplexobj(raw)
    assert np.abs(raw[:, 0]).max(axis=0)[-2:].any()
    assert np.abs(raw[:, 1, :250]).max() > 0.09
    assert not raw[:, 1, 250:].any()


TWO_SCOPES = RACK.replace(
    "[instruments.lo_drive]",
    """[instruments.scope2]
driver = "tektronix_mso"
address = "TCPIP::127.0.0.1::hislip0,54111::INSTR"
options = { channels = 4 }
settings = { rate_hz = 3.125e9, ch2_range_v = 0.5, ch3_range_v = 0.5 }

[instruments.lo_drive]""",
).replace("[readout.q0]", '[triggers.scope2]\nsource = "trig.b"\nwidth_s = 1e-6\n\n[readout.q0]')
TWO_SCOPES += """
[ports.second]
qubits = [1]
capture_i = "scope2.ch2"
capture_q = "scope2.ch3"
lo = "lo_read"
lo_frequency_hz = 6.5e9
capture_delay_s = 40e-9
"""


def on_second(backend: Any) -> Any:
    """q1 is heard by the second digitizer, as I and Q, 20 MHz below its oscillator."""
    ear = Frame("q1_second", Port("second", qubits=(1,)), frequency_hz=6.48e9)
    schedule = Schedule.left(Capture(ear, 160e-9, kernel=Waveform.constant(160e-9)))
    return backend.with_calibrations(
        CalibrationSet.of([Calibration(gate="measure", qubits=(1,), schedule=schedule, num_bits=1)])
    )


def test_two_digitizers_one_of_them_with_i_and_q(make_lab: Any) -> None:
    """A pair tells a negative frequency from a positive one; raw samples are complex and as many as the longest."""
    tones = {"scope": Tone(READOUT_HZ[0] - READOUT_LO_HZ), "scope2": Tone(-20e6, pair=(2, 3), phase_rad=0.7)}
    lab = make_lab(TWO_SCOPES, signals=tones)
    backend = on_second(lab.backend)
    circuit = measured((0, 1))
    (points,) = sampled(backend, "kerneled", [circuit])
    # both captures begin together: q1's tone has turned since time 0 as its frame has
    assert np.abs(points[:, 0] - 0.1).max() < 2e-3
    assert np.abs(points[:, 1] - 0.1 * np.exp(0.7j)).max() < 2e-3
    (raw,) = sampled(backend, "raw", [circuit])
    assert (raw.shape, np.iscomplexobj(raw)) == ((4, 2, 500), True)
    assert np.abs(raw[:, 1]).max() == pytest.approx(0.1, abs=3e-3)
    (both, alone) = sampled(backend, "raw", [circuit, measured((1,))])
    assert (both.shape, alone.shape) == ((4, 2, 500), (4, 1, 500))


def test_swept_capture_frequency_is_spectroscopy(make_lab: Any) -> None:
    """The point is the tone's amplitude where the frame has its frequency, and 0 whole turns away."""
    lab = make_lab(signals={"scope": Tone(READOUT_HZ[0] - READOUT_LO_HZ)})
    frequency = Parameter("frequency")
    backend = lab.backend.with_calibrations(CalibrationSet.of([listen(frequency=frequency)]))
    circuit = QuantumCircuit(1, 1)
    circuit.append(backend.target.operation_from_name("listenfrequency"), [0], [0])
    (name,) = circuit.parameters
    offsets_hz = np.array([0.0, 1 / READOUT_S, 2 / READOUT_S, 0.0])
    (points,) = sampled(backend, "kerneled", [(circuit, {name: READOUT_HZ[0] + offsets_hz})])
    assert np.abs(np.abs(points[..., 0]).T - [0.1, 0, 0, 0.1]).max() < 3e-3


def test_swept_capture_phase_turns_the_point_back(make_lab: Any) -> None:
    lab = make_lab(signals={"scope": Tone(READOUT_HZ[0] - READOUT_LO_HZ)})
    phase = Parameter("phase")
    backend = lab.backend.with_calibrations(CalibrationSet.of([listen(phase=phase)]))
    circuit = QuantumCircuit(1, 1)
    circuit.append(backend.target.operation_from_name("listenphase"), [0], [0])
    (name,) = circuit.parameters
    phases = np.array([0.0, 0.5, 2.0])
    (points,) = sampled(backend, "kerneled", [(circuit, {name: phases})])
    turned = points[:, 0, 0] / points[0, 0, 0]
    assert np.abs(turned - np.exp(-1j * phases)).max() < 1e-3


def test_swept_delay_moves_the_pulse(lab: Any) -> None:
    delay = Parameter("wait")
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.delay(delay, 0, unit="s")
    circuit.x(0)
    circuit.measure(0, 0)
    waits_s = [0.0, 1.1e-6, 100e-9, 40e-9, 100e-9]
    in_ticks = transpile(circuit, lab.backend, optimization_level=0)  # seconds / dt, which are not quite whole
    for one in (circuit, in_ticks):
        bits = feedline.Sampler(lab.backend).run([(one, waits_s)], shots=8).result()[0].data.c
        assert (bits.shape, bits.num_shots) == ((5,), 8)
    circuit = transpile(circuit.assign_parameters([100e-9]), lab.backend, optimization_level=0)
    plan = lab.backend.lower_further(circuit, "program", values=np.zeros((1, 0)), shots=8).to_dict()
    capture = plan["digitizers"][0]["captures"][0]
    assert capture["start_s"] == pytest.approx(40e-9 + 100e-9 + 40e-9 + HEARD_S)


def test_measurement_in_the_middle_is_a_capture_of_its_own(make_lab: Any) -> None:
    lab = make_lab(signals={"scope": Tone(READOUT_HZ[0] - READOUT_LO_HZ)})
    circuit = QuantumCircuit(1, 2)
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(0, 1)
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    (points,) = sampled(lab.backend, "kerneled", [circuit])
    assert points.shape == (4, 2)
    assert np.abs(points - 0.1).max() < 2e-3  # the frame turns with the tone
    record = lab.backend.lower_further(circuit, "program", values=np.zeros((1, 0)), shots=4).to_dict()
    first, second = record["digitizers"][0]["captures"]
    assert second["first_sample"] - first["first_sample"] == round((READOUT_S + 40e-9) * RATE_HZ)


def test_kernel_between_samples_is_refused_before_anything_is_sent(lab: Any) -> None:
    backend = with_short_q1(lab.backend, 201e-9)
    with pytest.raises(CapabilityError, match=r"captures 201 ns on port 'feedline' .* 251\.25 samples of 'scope'") as e:
        sampled(backend, "kerneled", [measured((1,))])
    assert "200.8 or 201.6 ns" in str(e.value)
    assert lab.emulator("awg").shots == 0


def test_repetition_time_is_the_options(lab: Any) -> None:
    sampler = feedline.Sampler(lab.backend, options={"execution": {"rep_delay": 50e-6}})
    sampler.run([measured()], shots=4).result()
    assert any(b"0.00005" in line or b"5e-05" in line for line in lab.emulator("trig").log)


@pytest.mark.parametrize("rep_delay", [1e-6, 1e6])
def test_repetition_time_that_cannot_be_is_refused(lab: Any, rep_delay: float) -> None:
    sampler = feedline.Sampler(lab.backend, options={"execution": {"rep_delay": rep_delay}})
    with pytest.raises(LimitError, match=r"rep_delay"):
        sampler.run([measured()], shots=4).result()
    assert lab.emulator("awg").shots == 0


def test_two_sequencers_at_different_rates(make_lab: Any) -> None:
    """The coupler has a generator of its own, at a rate of its own; both play the same shots."""
    text = RACK.replace('channel = "awg.ch7"', 'channel = "gen.ch1"').replace(
        "[instruments.scope]",
        """[instruments.gen]
driver = "keysight_33600a"
address = "TCPIP::127.0.0.1::54112::SOCKET"
options = { channels = 2 }
settings = { rate_hz = 1e9 }
[instruments.gen.safe]
ch1_voltage_v = [-0.4, 0.4]
ch2_voltage_v = [0, 0]
ch1_slew_v_per_s = [0, 1e9]
ch2_slew_v_per_s = [0, 0]

[instruments.scope]""",
    )
    text = text.replace("rate_hz = 1e9 }\n[instruments.awg.safe]", "rate_hz = 2e9 }\n[instruments.awg.safe]")
    text = text.replace("[readout.q0]", '[triggers.gen]\nsource = "trig.b"\nwidth_s = 1e-6\n\n[readout.q0]')
    lab = make_lab(text)
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.cz(0, 1)
    circuit.measure([0, 1], [0, 1])
    feedline.Sampler(lab.backend).run([transpile(circuit, lab.backend, optimization_level=0)], shots=6).result()
    played = lab.emulator("gen").played(1, range(6))
    time_s = (np.arange(played.shape[1]) + 0.5) * 1e-9 - 40e-9 - 5e-9
    inside = (time_s > 0) & (time_s < 60e-9)
    expected = np.where(inside, 0.4 * 0.5 * 0.5 * (1 - np.cos(2 * np.pi * time_s / 60e-9)), 0.0)
    assert np.abs(played - expected).max() < 2e-3
    awg = lab.emulator("awg")
    assert (awg.rate_hz, awg.shots) == (2e9, 6)
    is_driven = np.flatnonzero(np.abs(awg.played(1, range(1))[0] - 0.002) > 1e-3)
    assert is_driven[0] * 0.5e-9 >= 5e-9
    assert is_driven[-1] * 0.5e-9 < 45e-9


def test_gate_of_ones_own_is_played(lab: Any) -> None:
    drive = Frame("q0_frame", Port("q0_drive", qubits=(0,)), frequency_hz=4.9e9)
    kick = Calibration(gate="kick", qubits=(0,), schedule=Schedule.left(Play(drive, Waveform.constant(50e-9, 0.25))))
    backend = lab.backend.with_calibrations(CalibrationSet.of([kick]))
    circuit = QuantumCircuit(1, 1)
    circuit.append(backend.target.operation_from_name("kick"), [0])
    circuit.measure(0, 0)
    feedline.Sampler(backend).run([circuit], shots=3).result()
    played = lab.emulator("awg").played(1, range(1))[0]
    assert np.flatnonzero(np.abs(played - 0.002) > 1e-3).min() in (5, 6)
    assert np.abs(played - 0.002).max() == pytest.approx(0.25 * 0.298, rel=0.05)


def test_no_points_no_bits_odd_shots(lab: Any) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.rz(Parameter("angle"), 0)
    circuit.measure(0, 0)
    sampler = feedline.Sampler(lab.backend)
    empty = sampler.run([(circuit, np.zeros((0, 1)))], shots=5).result()[0].data.c
    assert (empty.shape, empty.num_shots) == ((0,), 5)
    assert lab.emulator("awg").shots == 0
    silent = QuantumCircuit(2)
    silent.x(0)
    with pytest.warns(UserWarning, match="no output classical registers"):
        job = sampler.run([silent, measured()], shots=17)
    assert len(job.result()) == 2
    assert sampler.run([measured()], shots=1).result()[0].data.c.num_shots == 1
