# SPDX-License-Identifier: Apache-2.0
"""Sampler: shots stay as they were read, what is corrected stands in the metadata."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from feedline import Sampler

sys.path.insert(0, str(Path(__file__).parent))
from misreading import misread, options


def measured() -> QuantumCircuit:
    register = QuantumRegister(2)
    first, last = ClassicalRegister(1, "first"), ClassicalRegister(2, "last")
    circuit = QuantumCircuit(register, first, last)
    circuit.h(0)
    circuit.measure(0, first[0])
    circuit.reset(0)
    circuit.x(0)
    circuit.x(1)
    circuit.measure([0, 1], last)
    return circuit


def test_samplers_shots_stay_and_quasi_probabilities_are_told() -> None:
    """Final bits are 11; the bit of the middle measurement is left as it was read. Five bars, of 20,000 shots."""
    raw = Sampler(misread(), {"default_shots": 20_000, "simulator": {"seed_simulator": 3}}).run([measured()])
    result = Sampler(misread(), options(3, 20_000)).run([measured()]).result()[0]
    assert result.data.last.get_counts() == raw.result()[0].data.last.get_counts()
    info = result.metadata["passes"][0]["readout"]
    assert info["shots"] == "left as they were read"
    assert info["clbits"] == [1, 2]
    quasi, stds = info["quasi_probabilities"][0], info["quasi_stds"][0]
    assert quasi.shape == (8,)
    assert quasi.sum() == pytest.approx(1)
    assert (np.abs(quasi[:6]) < 5 * stds[:6] + 0.01).all()  # 0.01: the calibration's own noise
    assert quasi[6:].sum() == pytest.approx(1, abs=0.02)
    np.testing.assert_allclose(info["z"][0][1:], -1, atol=0.02)


def test_sampler_without_bits_to_correct_says_so() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    circuit.h(0)
    result = Sampler(misread(), options()).run([circuit]).result()[0]
    assert "no classified bits of a final measurement" in result.metadata["passes"][0]["readout"]["why"]
