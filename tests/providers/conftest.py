# SPDX-License-Identifier: Apache-2.0
"""Driving a device directly, one execution at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit

from feedline import Backend, Chunk, Execution

Drive = Callable[..., list[Chunk]]


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Randomness seeded from the test's own name."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture
def drive() -> Drive:
    """Compile and execute one circuit on a fresh device; give its chunks."""

    def run(backend: Backend, circuit: QuantumCircuit, values: ArrayLike | None = None, **asked: Any) -> list[Chunk]:
        given = np.zeros(0) if values is None else np.asarray(values, dtype=np.float64)
        with backend.open() as device:
            execution = Execution(
                circuit=circuit,
                values=given,
                shots=asked.pop("shots", 0 if "observables" in asked else 1000),
                executable=device.compile(circuit),
                **asked,
            )
            return list(device.execute([execution]))

    return run


@pytest.fixture
def frequencies() -> Callable[[list[Chunk], int, int], NDArray[np.float64]]:
    """How often each outcome came, as shares: shape ``(points, 2**num_clbits)``."""

    def shares(chunks: list[Chunk], points: int, num_clbits: int) -> NDArray[np.float64]:
        table = np.zeros((points, 2**num_clbits))
        for chunk in chunks:
            if chunk.counts is not None:
                point, words, weight = chunk.counts.point, chunk.counts.words, chunk.counts.weight
            else:
                assert chunk.bits is not None
                size, shots = chunk.bits.shape[:2]
                point, words = np.repeat(np.arange(size), shots), chunk.bits.reshape(size * shots, -1)
                weight = np.ones(len(words), dtype=np.int64)
            outcome = [int.from_bytes(word.tobytes(), "big") for word in words]
            np.add.at(table, (point + chunk.points.start, outcome), weight)
        return table / table.sum(axis=1, keepdims=True)

    return shares
