# SPDX-License-Identifier: Apache-2.0
"""Circuits through a rack file to emulated instruments and back: what is played, what comes of what is heard."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from rack_lab import DRIVE_HZ, DRIVE_LO_HZ, RACK, READOUT_HZ, READOUT_LO_HZ, READOUT_S

import feedline
from feedline.errors import CapabilityError
from feedline.runtime.submit import runtime
from feedline_hal import Waveform
from feedline_hal.errors import LimitError

DELAY_S = 40e-9  # of the capture line


def bell(backend: Any) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return transpile(circuit, backend, optimization_level=0)


def swept(backend: Any) -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    circuit.rz(Parameter("theta"), 0)
    circuit.sx(0)
    circuit.measure(0, 0)
    return transpile(circuit, backend, optimization_level=0)


class NumberedShots:
    """A tone for each qubit whose amplitude is the number of the frame since arming, in millivolts."""

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        assert channel == 1
        numbers = np.array(shots)[:, np.newaxis] + 1
        tones = [np.cos(2 * np.pi * (one - READOUT_LO_HZ) * times_s) for one in READOUT_HZ]
        return (1e-3 * numbers * tones[0] + 2e-3 * numbers * tones[1]).astype(np.float32)


def test_bits_are_what_the_digitizer_heard(lab) -> None:
    """The emulated digitizer answers with each shot's number in binary, the lowest qubit its last digit."""
    result = feedline.Sampler(lab.backend).run([bell(lab.backend)], shots=103).result()
    bits = result[0].data.c
    expected = [shot % 4 for shot in range(103)]
    assert [int(word, 2) for word in bits.get_bitstrings()] == expected


def test_every_channel_plays_what_the_calibrations_say(lab) -> None:
    """Against sums over pulses written out by hand in double precision; 16 bits of 0.6 V are 9 uV."""
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.sx(1)
    circuit.measure([0, 1], [0, 1])
    feedline.Sampler(lab.backend).run([transpile(circuit, lab.backend, optimization_level=0)], shots=3).result()
    awg = lab.emulator("awg")
    time_s = (np.arange(2400) + 0.5) * 1e-9
    late_s = 5e-9  # q1's line is longer by this much, so all others wait
    for qubit, amplitude, wait_s in ((0, 0.4, late_s), (1, 0.2, 0.0)):
        pulse = Waveform.drag(40e-9, amplitude, sigma_s=10e-9, beta_s=1e-9).sample(1e9)
        # both gates end when the readout begins
        x = np.zeros(2400, dtype=complex)
        start = round(wait_s * 1e9)
        x[start : start + 40] = pulse * np.exp(
            2j * np.pi * (DRIVE_HZ[qubit] - DRIVE_LO_HZ) * (time_s[start : start + 40] - wait_s)
        )
        gain, phase = (1.05, 0.02) if qubit == 0 else (1.0, 0.0)
        offset_i, offset_q = (0.002, -0.001) if qubit == 0 else (0.0, 0.0)
        full = 0.3 - max(abs(offset_i), abs(offset_q))  # the same for I and Q: else it is a gain
        i, q = x.real + math.tan(phase) * x.imag, x.imag / gain / math.cos(phase)
        for number, expected in ((2 * qubit + 1, full * i + offset_i), (2 * qubit + 2, full * q + offset_q)):
            played = awg.played(number, range(2))
            assert np.abs(played - expected).max() < 2e-5
    tone = np.zeros(2400, dtype=complex)
    first = round((40e-9 + late_s) * 1e9)
    there = slice(first, first + round(READOUT_S * 1e9))
    for frequency_hz in READOUT_HZ:
        tone[there] += 0.3 * np.exp(2j * np.pi * (frequency_hz - READOUT_LO_HZ) * (time_s[there] - late_s))
    assert np.abs(awg.played(5, range(1)) - 0.3 * tone.real).max() < 2e-5
    assert np.abs(awg.played(6, range(1)) - 0.3 * tone.imag).max() < 2e-5


def test_oscillators_and_biases_have_their_values_while_it_runs_and_are_safe_after(lab) -> None:
    feedline.Sampler(lab.backend).run([bell(lab.backend)], shots=10).result()
    drive, bias = lab.emulator("lo_drive"), lab.emulator("flux")
    assert (drive.frequency_hz, drive.power_dbm, drive.is_on) == (DRIVE_LO_HZ, 7, True)
    assert (bias.level_v, bias.is_on) == (pytest.approx(0.01), True)
    assert runtime().shutdown(timeout=30)
    assert lab.is_safe()


@pytest.mark.parametrize(
    ("memory", "frames"),
    [
        (100_000, lambda shot, row: shot * 8 + row),  # all at once: frame by frame through the rows
        (40_000, lambda shot, row: shot % 5 * 8 + row),  # 40 records: five shots of eight rows a run
        (6_000, lambda shot, row: row if row < 6 else shot % 3 * 2 + row - 6),  # 6 records: six rows, then two
    ],
)
def test_every_shot_lands_where_it_belongs(
    make_lab: Callable[..., Any], memory: int, frames: Callable[[int, int], int]
) -> None:
    """Two circuits, of 7 points and of 1; a record has 1,000 samples. The signal numbers frames since the arming."""
    text = RACK.replace("options = { channels = 4 }", f"options = {{ channels = 4, memory_samples = {memory} }}")
    lab = make_lab(text, signals={"scope": NumberedShots()})
    sampler = feedline.Sampler(lab.backend, options={"execution": {"meas_type": "kerneled"}})
    points, shots = 7, 9
    both = QuantumCircuit(2, 2)  # measured when the other is, so that all records are alike
    for qubit in (0, 1, 0, 1):
        both.sx(qubit)
    both.measure([0, 1], [0, 1])
    job = sampler.run([(swept(lab.backend), np.linspace(0, 1, points)), (both,)], shots=shots)
    first, second = (np.abs(np.asarray(one.data.c)) * 1e3 for one in job.result())
    expected = np.array([[1 + frames(shot, row) for shot in range(shots)] for row in range(points + 1)])
    assert np.abs(first.reshape(points, shots) - expected[:points]).max() < 0.1
    assert np.abs(second.reshape(shots, 2) - expected[points][:, np.newaxis] * [1, 2]).max() < 0.1


def test_same_program_again_sends_no_waveform_and_a_new_angle_only_what_changed(lab) -> None:
    circuit = swept(lab.backend)
    awg = lab.emulator("awg")
    with feedline.Session(lab.backend) as session:
        sampler = feedline.Sampler(session)
        sampler.run([(circuit, [0.1])], shots=10).result()
        awg.clear_log()
        sampler.run([(circuit, [0.1])], shots=10).result()
        assert not [line for line in awg.log if b"WAVeform:DATA" in line]
        awg.clear_log()
        sampler.run([(circuit, [0.2])], shots=10).result()
        sent = [line for line in awg.log if b"WAVeform:DATA" in line]
    assert len(sent) == 2  # I and Q of the one drive line whose phase changed


def test_raw_and_averaged_levels(lab) -> None:
    raw = feedline.Sampler(lab.backend, options={"execution": {"meas_type": "raw"}})
    samples = np.asarray(raw.run([bell(lab.backend)], shots=4).result()[0].data.c)
    assert samples.shape == (4, 2, round(READOUT_S * 1.25e9))
    average = feedline.Sampler(lab.backend, options={"execution": {"meas_type": "avg_kerneled"}})
    points = np.asarray(average.run([bell(lab.backend)], shots=8).result()[0].data.c)
    assert points.shape == (2,)
    single = feedline.Sampler(lab.backend, options={"execution": {"meas_type": "kerneled"}})
    shots = np.asarray(single.run([bell(lab.backend)], shots=8).result()[0].data.c)
    assert np.allclose(points, shots.reshape(8, 2).mean(axis=0), atol=1e-5)


def test_circuit_without_a_measurement_plays(lab) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    lab.backend.run(transpile(circuit, lab.backend), shots=5).result()
    assert lab.emulator("awg").shots == 5


def test_backend_run_gives_counts(lab) -> None:
    counts = lab.backend.run(bell(lab.backend), shots=40).result().get_counts()
    assert counts == {"00": 10, "01": 10, "10": 10, "11": 10}


def test_what_the_rack_cannot_do_is_refused_before_anything_is_sent(lab) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with circuit.if_test((0, True)):
        circuit.x(0)
    with pytest.raises(CapabilityError, match="if_else"):
        feedline.Sampler(lab.backend).run([circuit], shots=5).result()
    assert lab.emulator("awg").shots == 0


def test_signals_that_add_up_beyond_full_scale_are_refused_before_anything_is_loaded(make_lab) -> None:
    lab = make_lab(RACK.replace("is_multiplexed = true", "is_multiplexed = true\nmax_amplitude = 0.5"))
    with pytest.raises(LimitError, match=r"Signals on port 'feedline' add up to 0\.59"):
        feedline.Sampler(lab.backend).run([bell(lab.backend)], shots=5).result()
    assert not [line for line in lab.emulator("awg").log if b"WAVeform:DATA" in line]


def test_shots_come_no_faster_than_instruments_take(make_lab) -> None:
    """A waveform of the AWG has 2,400 samples at least: a shorter repetition time would lose triggers."""
    text = RACK.replace("repetition_s = 20e-6", "repetition_s = 1.003e-6").replace("100e3", "500e3")
    lab = make_lab(text.replace("_duty = [0, 0.2]", "_duty = [0, 0.5]"))
    bits = feedline.Sampler(lab.backend).run([bell(lab.backend)], shots=40).result()[0].data.c
    assert bits.get_counts() == {"00": 10, "01": 10, "10": 10, "11": 10}
    assert lab.emulator("awg").shots == 40
