# SPDX-License-Identifier: Apache-2.0
"""Random circuits and observables for tests against Qiskit's own primitives."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import ParameterVector


@st.composite
def unitary_circuits(draw: DrawFn, max_qubits: int = 4, max_parameters: int = 3) -> QuantumCircuit:
    """A parametric circuit without measurements, one or two quantum registers."""
    qubits = draw(st.integers(1, max_qubits))
    first = draw(st.integers(1, qubits))
    registers = [QuantumRegister(first, "a")] + ([QuantumRegister(qubits - first, "b")] if qubits > first else [])
    circuit = QuantumCircuit(*registers)
    parameters = ParameterVector("t", draw(st.integers(0, max_parameters)))
    for parameter in parameters:
        circuit.ry(parameter, draw(st.integers(0, qubits - 1)))
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(["h", "s", "x", "rz", "sx", "cx", "cz", "swap", "rzz"]))
        qubit = draw(st.integers(0, qubits - 1))
        other = (qubit + draw(st.integers(1, max(1, qubits - 1)))) % qubits
        if kind in ("cx", "cz", "swap", "rzz"):
            if other != qubit:
                _two(circuit, kind, qubit, other, draw)
        elif kind == "rz":
            circuit.rz(draw(st.floats(-3, 3)), qubit)
        else:
            getattr(circuit, kind)(qubit)
    return circuit


def _two(circuit: QuantumCircuit, kind: str, qubit: int, other: int, draw: DrawFn) -> None:
    if kind == "rzz":
        circuit.rzz(draw(st.floats(-3, 3)), qubit, other)
    else:
        getattr(circuit, kind)(qubit, other)


@st.composite
def measured_circuits(draw: DrawFn) -> QuantumCircuit:
    """A parametric circuit measured into several registers, bits in any order."""
    circuit = draw(unitary_circuits())
    qubits = circuit.num_qubits
    sizes = draw(st.lists(st.integers(1, 10), min_size=1, max_size=3))
    for number, size in enumerate(sizes):
        circuit.add_register(ClassicalRegister(size, f"c{number}"))
    order = draw(st.permutations(range(circuit.num_clbits)))
    for qubit in range(qubits):
        if qubit < len(order):
            circuit.measure(qubit, order[qubit])
    return circuit
