# SPDX-License-Identifier: Apache-2.0
"""What is left of a program becomes a circuit: Qiskit's importer, asked from one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister

from feedline.circuit_file import importer_problem
from feedline.errors import MissingExtraError
from feedline_hal.errors import OpenPulseError

from .tree import ast


def imported(statements: Sequence[Any]) -> QuantumCircuit:
    """Make a circuit of statements without calibrations.

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
    try:
        circuit = convert(ast.Program(list(statements)), annotation_handlers=_handlers())
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


def _handlers() -> dict[str, Any]:
    return {}


def _remedy(what: str) -> str:
    if "not supported" in what:
        return "Circuits have nothing of the kind; write it out in gates, or do it outside the program."
    if "not defined" in what:
        return 'Declare it, write a defcal for it, or include "stdgates.inc".'
    return "Correct the text at this place."
