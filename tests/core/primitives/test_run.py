# SPDX-License-Identifier: Apache-2.0
"""`backend.run`: its results are what Qiskit's own readers of results read."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2

import feedline


def flipped() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.x(1)
    circuit.measure([0, 1], [0, 1])
    return circuit


@pytest.mark.parametrize(("kind", "shape"), [("single", (50, 2)), ("avg", (2,))])
def test_kerneled_points_are_read_by_qiskits_result(kind: str, shape: tuple[int, ...]) -> None:
    backend = feedline.backend("pulse", seed=1)
    result = backend.run(flipped(), shots=50, meas_level=1, meas_return=kind).result()
    points = result.get_memory()
    assert points.shape == shape
    mean = points.reshape(-1, 2).mean(axis=0)
    assert mean[0].imag * mean[1].imag < 0, "qubits in different states answer from different sides"


@pytest.mark.parametrize(("kind", "shape"), [("single", (50, 2)), ("avg", (2,))])
def test_kerneled_points_reach_qiskits_own_primitives(kind: str, shape: tuple[int, ...]) -> None:
    backend = feedline.backend("pulse", seed=1)
    sampler = BackendSamplerV2(backend=backend, options={"run_options": {"meas_level": 1, "meas_return": kind}})
    points = np.asarray(sampler.run([flipped()], shots=50).result()[0].data.c)
    assert points.shape == shape
    assert np.iscomplexobj(points)
