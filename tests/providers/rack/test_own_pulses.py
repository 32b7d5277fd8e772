# SPDX-License-Identifier: Apache-2.0
"""Pulses of one's own on a rack: boxes in circuits, OpenPulse programs, captures whose length is swept."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import feedline
from feedline_hal import Calibration, CalibrationSet, Capture, Frame, Play, Port, Schedule, Waveform, pulse_box

DRIVE = Frame("q0_frame", Port("q0_drive", qubits=(0,)), frequency_hz=4.9e9)
OFFSET_V, FULL_V = 0.002, 0.298
PROGRAM = """OPENQASM 3.0;
defcalgrammar "openpulse";
include "stdgates.inc";
cal {
  extern constant(complex[float[64]], duration) -> waveform;
  port q0_drive;
  frame mine = newframe(q0_drive, 5.0e9, 0.0);
}
defcal x $0 { play(mine, constant(0.25, 60ns)); }
bit[1] c;
x $0;
c[0] = measure $0;
"""


def driven(lab: Any) -> np.ndarray:
    """What is played on I of q0's drive, of full scale."""
    return (lab.emulator("awg").played(1, range(1))[0] - OFFSET_V) / FULL_V


def test_pulse_box_is_played_as_it_says(lab: Any) -> None:
    circuit = QuantumCircuit(1, 1)
    with pulse_box(circuit, Schedule.left(Play(DRIVE, Waveform.constant(80e-9, 0.15)))):
        circuit.x(0)
    circuit.measure(0, 0)
    bits = feedline.Sampler(lab.backend).run([circuit], shots=6).result()[0].data.c
    assert bits.num_shots == 6
    played = driven(lab)
    assert np.abs(played).max() < 0.16
    assert np.flatnonzero(np.abs(played) > 0.01).max() == 5 + 80 - 1


def test_openpulse_program_is_played_as_it_says(lab: Any) -> None:
    """A frame at the oscillator's frequency: I is the envelope, turned by the mixer's correction of nothing."""
    result = feedline.Sampler(lab.backend).run([PROGRAM], shots=6).result()
    assert result[0].data.c.num_shots == 6
    expected = np.zeros(2400)
    expected[5:65] = 0.25
    assert np.abs(driven(lab) - expected).max() < 1e-4


def test_raw_of_captures_that_get_longer_is_padded_over_all_packs(lab: Any) -> None:
    """Points of other lengths are in packs of their own; all have the samples of the longest."""
    length = Parameter("length")
    ear = Frame("long_ear", Port("feedline", qubits=(0, 1)), frequency_hz=6.55e9)
    capture = Capture(ear, length, kernel=Waveform.constant(length))
    gate = Calibration(gate="listen", qubits=(0,), arguments=(length,), schedule=Schedule.left(capture), num_bits=1)
    backend = lab.backend.with_calibrations(CalibrationSet.of([gate]))
    circuit = QuantumCircuit(1, 1)
    circuit.append(backend.target.operation_from_name("listen"), [0], [0])
    sampler = feedline.Sampler(backend, options={"execution": {"meas_type": "raw"}})
    lengths_s = [160e-9, 3.2e-6, 800e-9]
    (name,) = circuit.parameters
    raw = np.asarray(sampler.run([(circuit, {name: lengths_s})], shots=3).result()[0].data.c)
    assert raw.shape[-1] == 4000
    for samples, row in zip((200, 4000, 1000), raw.reshape(3, 3, 4000), strict=True):
        assert row[:, samples - 2 : samples].any()
        assert not row[:, samples:].any()
