# SPDX-License-Identifier: Apache-2.0
"""Qubits and bits of a program, as its text names them."""

from __future__ import annotations

from typing import Any

from feedline_hal.openpulse.syntax import error_at

from .folding import at
from .tree import ast

MOST_QUBITS = 10_000
"""More is a slip, or a trap: Qiskit makes an object of each before anything is checked."""
UNNAMED = "measured"
"""Register of the results of measurements whose text says not where they go."""


class Registers:
    """What was declared.

    Attributes:
        bits: Size of each bit register by name, ``None`` for a single bit.
        qubits: The same for virtual qubits, in order.
        unnamed_size: Number of bits for measurements that name none.
    """

    def __init__(self) -> None:
        self.bits: dict[str, int | None] = {}
        self.qubits: dict[str, int | None] = {}
        self.unnamed_size = 0
        self._unnamed: list[Any] = []

    @property
    def unnamed_name(self) -> str:
        """Name of the register for measurements that name none; free in the program."""
        name = UNNAMED
        while name in self.bits or name in self.qubits:
            name += "_"
        return name

    def declare_bits(self, node: Any) -> None:
        """Note a declaration of bits, constants folded."""
        self.bits[node.identifier.name] = _size(node.type.size)

    def declare_qubits(self, node: Any) -> None:
        """Note a declaration of qubits, constants folded.

        Raises:
            OpenPulseError: If they are too many.
        """
        size = _size(node.size)
        if size is not None and size > MOST_QUBITS:
            raise error_at(
                node, f"A register has {size} qubits.", remedy=f"A program has {MOST_QUBITS} qubits at most."
            )
        self.qubits[node.qubit.name] = size

    def bit(self, name: str, index: int, node: Any) -> Any:
        """One bit as a target of measurements."""
        size = self.bits[name]
        return at(ast.Identifier(name), node) if size is None else _indexed(name, index, node)

    def operand(self, qubit: int, node: Any) -> Any:
        """A physical qubit as the program names it: ``$2``, or the third of its virtual qubits.

        Raises:
            OpenPulseError: If it has fewer.
        """
        if not self.qubits:
            return at(ast.Identifier(f"${qubit}"), node)
        names = self.virtual()
        if qubit >= len(names):
            raise error_at(
                node,
                f"This block acts on qubit {qubit}, and the program declares {len(names)} qubits.",
                remedy="Declare more qubits, or write physical qubits: $0, $1.",
            )
        name, index = names[qubit]
        return at(ast.Identifier(name), node) if index is None else _indexed(name, index, node)

    def virtual(self) -> list[tuple[str, int | None]]:
        """Every virtual qubit: its register, and its index there."""
        return [
            (name, index) for name, size in self.qubits.items() for index in ([None] if size is None else range(size))
        ]

    def unnamed(self, measurement: Any) -> Any:
        """A target for the result of a measurement that names none."""
        operand = measurement.qubit
        size = self.qubits.get(operand.name) if isinstance(operand, ast.Identifier) else None
        if isinstance(operand, ast.IndexedIdentifier) and not _is_single(operand.indices):
            raise error_at(
                measurement, "A part of a register is measured to no bits.", remedy="Say where to: c = measure q[0:1];"
            )
        start = self.unnamed_size
        self.unnamed_size += size or 1
        if size is None:
            target = _indexed("", start, measurement)
        else:
            ends = [ast.IntegerLiteral(start), ast.IntegerLiteral(start + size - 1)]
            target = at(ast.IndexedIdentifier(ast.Identifier(""), [[ast.RangeDefinition(*ends, None)]]), measurement)
        self._unnamed.append(target)
        return target

    def unnamed_declaration(self) -> list[Any]:
        """The declaration that these targets need; names them."""
        for target in self._unnamed:
            target.name.name = self.unnamed_name
        if not self.unnamed_size:
            return []
        size = ast.BitType(ast.IntegerLiteral(self.unnamed_size))
        return [ast.ClassicalDeclaration(size, ast.Identifier(self.unnamed_name), None)]

    def condition(self, node: Any) -> Any:
        """A condition in the form that Qiskit's importer reads: a single bit is compared with true or false."""
        if not isinstance(node, ast.BinaryExpression):
            return node
        if self._is_bit(node.lhs):
            node.rhs = _truth(node.rhs)
        elif self._is_bit(node.rhs):
            node.lhs = _truth(node.lhs)
        return node

    def _is_bit(self, node: Any) -> bool:
        if isinstance(node, ast.Identifier):
            return node.name in self.bits and self.bits[node.name] is None
        return (
            isinstance(node, ast.IndexExpression)
            and isinstance(node.collection, ast.Identifier)
            and node.collection.name in self.bits
            and _is_single([node.index])
        )


def _truth(node: Any) -> Any:
    if isinstance(node, ast.IntegerLiteral) and node.value in (0, 1):
        return at(ast.BooleanLiteral(bool(node.value)), node)
    return node


def _size(node: Any) -> int | None:
    return node.value if isinstance(node, ast.IntegerLiteral) else None


def _is_single(indices: list[Any]) -> bool:
    return len(indices) == 1 and isinstance(indices[0], list) and isinstance(indices[0][0], ast.Expression)


def _indexed(name: str, index: int, node: Any) -> Any:
    return at(ast.IndexedIdentifier(ast.Identifier(name), [[ast.IntegerLiteral(index)]]), node)
