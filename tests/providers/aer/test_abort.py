# SPDX-License-Identifier: Apache-2.0
"""Abort takes effect between Aer calls, which are kept short."""

from __future__ import annotations

import threading
import time

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import feedline
from feedline import Execution


def slow() -> QuantumCircuit:
    """Feed-forward, so that every shot is a simulation of its own."""
    circuit = QuantumCircuit(10, 1)
    circuit.ry(Parameter("angle"), 0)
    for _ in range(10):
        circuit.h(range(10))
        circuit.measure(0, 0)
    return circuit


def test_abort_ends_a_long_sweep_without_an_error() -> None:
    circuit = slow()
    with feedline.backend("aer").open() as device:
        execution = Execution(
            circuit=circuit,
            values=np.zeros((2000, 1)),
            shots=2000,
            executable=device.compile(circuit),
        )
        chunks = device.execute([execution])
        first = next(chunks)
        assert first.points.stop - first.points.start < 2000
        threading.Timer(0.1, device.abort).start()
        began = time.monotonic()
        rest = list(chunks)
        assert time.monotonic() - began < 10
        assert 1 + len(rest) < 1000
        again = Execution(circuit=circuit, values=np.zeros((1, 1)), shots=1, executable=execution.executable)
        assert len(list(device.execute([again]))) == 1


def test_abort_of_an_idle_device_is_harmless() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with feedline.backend("aer").open() as device:
        device.abort()
        execution = Execution(circuit=circuit, values=np.zeros(0), shots=5, executable=device.compile(circuit))
        assert len(list(device.execute([execution]))) == 1


def test_time_of_a_call_stays_bounded() -> None:
    """Nothing between two chunks takes much longer than the half second that is aimed at."""
    circuit = slow()
    with feedline.backend("aer", max_parallel_threads=1).open() as device:
        execution = Execution(circuit=circuit, values=np.zeros((3, 1)), shots=3000, executable=device.compile(circuit))
        spans = [chunk.stopped_s - chunk.started_s for chunk in device.execute([execution])]
    assert max(spans) < 5
    assert len(spans) >= 3
