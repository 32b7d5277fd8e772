# SPDX-License-Identifier: Apache-2.0
"""Circuits with one kind of control flow each, on one qubit, and the bits that they end with."""

from __future__ import annotations

from collections.abc import Callable

from qiskit import QuantumCircuit

Outcome = tuple[QuantumCircuit, list[bool]]


def if_else() -> Outcome:
    """The bit is 1, so the qubit goes back to 0."""
    circuit = _measured_one()
    with circuit.if_test((circuit.clbits[0], True)) as otherwise:
        circuit.x(0)
    with otherwise:
        circuit.id(0)
    circuit.measure(0, 1)
    return circuit, [True, False]


def for_loop() -> Outcome:
    """Three flips are one."""
    circuit = QuantumCircuit(1, 2)
    with circuit.for_loop(range(3)):
        circuit.x(0)
    circuit.measure(0, 1)
    return circuit, [False, True]


def while_loop() -> Outcome:
    """Flips while the bit is 1, once."""
    circuit = _measured_one()
    with circuit.while_loop((circuit.clbits[0], True)):
        circuit.x(0)
        circuit.measure(0, 0)
    circuit.measure(0, 1)
    return circuit, [False, False]


def switch_case() -> Outcome:
    """The register reads 1, so case 1 flips."""
    circuit = _measured_one()
    with circuit.switch(circuit.clbits[0]) as case:
        with case(False):
            circuit.id(0)
        with case(True):
            circuit.x(0)
    circuit.measure(0, 1)
    return circuit, [True, False]


def break_loop() -> Outcome:
    """The loop ends after its first flip."""
    circuit = QuantumCircuit(1, 2)
    with circuit.for_loop(range(4)):
        circuit.x(0)
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], True)):
            circuit.break_loop()
    circuit.measure(0, 1)
    return circuit, [True, True]


def continue_loop() -> Outcome:
    """Every second flip is undone by the flip after it; those that read 1 skip theirs."""
    circuit = QuantumCircuit(1, 2)
    with circuit.for_loop(range(2)):
        circuit.x(0)
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], True)):
            circuit.continue_loop()
        circuit.x(0)
    circuit.measure(0, 1)
    return circuit, [False, True]


def _measured_one() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    return circuit


FLOWS: dict[str, Callable[[], Outcome]] = {
    make.__name__: make for make in (if_else, for_loop, while_loop, switch_case, break_loop, continue_loop)
}
