# SPDX-License-Identifier: Apache-2.0
"""What idle qubits suffer: always-on ZZ and a quasi-static detuning between instantaneous gates, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Delay, Gate, Parameter
from qiskit.circuit.library import CXGate, CZGate, Measure, RZGate, SXGate, XGate
from qiskit.quantum_info import Statevector
from qiskit.transpiler import InstructionProperties, Target


def line(count: int, *, x_s: float | None = 40e-9, dt: float | None = 1e-9, **constraints: int) -> Target:
    """A line of qubits."""
    target = Target(num_qubits=count, dt=dt, **constraints)
    for gate, seconds in ((RZGate(Parameter("angle")), 0.0), (SXGate(), 40e-9), (XGate(), x_s), (Measure(), 400e-9)):
        if seconds is not None:
            target.add_instruction(gate, {(q,): InstructionProperties(duration=seconds) for q in range(count)})
    pairs = [(q, q + 1) for q in range(count - 1)] + [(q + 1, q) for q in range(count - 1)]
    for entangler in (CZGate(), CXGate()):
        target.add_instruction(entangler, {pair: InstructionProperties(duration=80e-9) for pair in pairs})
    target.add_instruction(Delay(Parameter("t")), {(q,): None for q in range(count)})
    return target


def idling(count: int, idle_dt: int) -> QuantumCircuit:
    """All qubits in |+>, which wait; then back to |0>."""
    circuit = QuantumCircuit(count)
    for qubit in range(count):
        circuit.rz(np.pi / 2, qubit)
        circuit.sx(qubit)
        circuit.rz(np.pi / 2, qubit)
    for qubit in range(count):
        circuit.delay(idle_dt, qubit)
    return circuit


def events(circuit: QuantumCircuit, target: Target) -> tuple[list[tuple[float, Gate, list[int]]], float]:
    """Gates with the middle of each in seconds, as early as possible, and when the last ends."""
    now = np.zeros(circuit.num_qubits)
    found = []
    for item in circuit.data:
        qubits = [circuit.find_bit(bit).index for bit in item.qubits]
        start = now[qubits].max()
        if item.name in ("barrier", "measure"):
            now[qubits] = start
            continue
        if item.name == "delay":
            now[qubits] = start + item.operation.duration * (target.dt if item.operation.unit == "dt" else 1.0)
            continue
        length = target[item.name][tuple(qubits)].duration
        found.append((start + length / 2, item.operation, qubits))
        now[qubits] = start + length
    return sorted(found, key=lambda event: event[0]), float(now.max())


def final_state(circuit: QuantumCircuit, target: Target, zz_hz: float, detuning_hz: NDArray[np.float64]) -> Statevector:
    """The state behind a circuit without measurements.

    Args:
        circuit: Bound.
        target: Says how long gates take.
        zz_hz: By how much a neighbour in 1 shifts a qubit, for neighbours on the line.
        detuning_hz: Of each qubit.
    """
    count = circuit.num_qubits
    z = 1 - 2 * ((np.arange(1 << count)[:, None] >> np.arange(count)) & 1)
    energy = np.pi * (z @ detuning_hz) + np.pi / 2 * zz_hz * (z[:, :-1] * z[:, 1:]).sum(axis=1)
    state, before = Statevector.from_int(0, 1 << count), 0.0
    found, end = events(circuit, target)
    for time, gate, qubits in [*found, (end, None, [])]:
        state = Statevector(np.exp(-1j * energy * (time - before)) * state.data)
        before = time
        if gate is not None:
            state = state.evolve(gate, qubits)
    return state
