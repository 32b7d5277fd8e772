# SPDX-License-Identifier: Apache-2.0
"""What is left of a program becomes a circuit: Qiskit's importer, asked from one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister

from feedline.circuit_file import importer_problem
from feedline.errors import MissingExtraError
from feedline.pulse_mark import NAMESPACE
from feedline_hal.errors import OpenPulseError
from feedline_hal.gate.format import PulseFormat

from .tree import ast


def imported(statements: Sequence[Any], *, holds_written: bool = False) -> QuantumCircuit:
    """Make a circuit of statements without calibrations.

    Args:
        statements: The statements.
        holds_written: Whether `feedline.qasm3_dumps` made some of them of pulse gates or pulse boxes.

    Raises:
        OpenPulseError: If Qiskit has nothing of the kind; names line and column.
        MissingExtraError: If the importer is not installed.
    """
    try:
        from qiskit_qasm3_import import convert
    except ImportError:
        raise MissingExtraError(
            "Programs need the package 'qiskit_qasm3_import'.", remedy="pip install 'feedline[pulse]'"
        ) from None
    form = PulseFormat()
    try:
        tree = ast.Program(list(statements))
        tree = form.declared(tree) if holds_written else tree
        circuit = form.unwrapped(convert(tree, annotation_handlers={NAMESPACE: form.qasm3()}))
    except Exception as error:
        line, column, what = importer_problem(error)
        where = f"line {line}, column {column}: " if line else ""
        raise OpenPulseError(f"{where}{what}", remedy=_remedy(what), line=line, column=column) from error
    return circuit


def name_loose_bits(circuit: QuantumCircuit, bits: Sequence[str]) -> None:
    """Put single bits into registers of their names, so that results show them.

    Args:
        circuit: The circuit; changed in place.
        bits: Names of the single bits, in order of declaration.
    """
    loose = [bit for bit in circuit.clbits if not circuit.find_bit(bit).registers]
    for name, bit in zip(bits, loose, strict=True):
        circuit.add_register(ClassicalRegister(bits=[bit], name=name))


def _remedy(what: str) -> str:
    if "not supported" in what:
        return "Circuits have nothing of the kind; write it out in gates, or do it outside the program."
    if "not defined" in what:
        return 'Declare it, write a defcal for it, or include "stdgates.inc".'
    return "Correct the text at this place."
