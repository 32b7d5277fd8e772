# SPDX-License-Identifier: Apache-2.0
"""Qiskit's classical expressions over measured bits, evaluated."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr, types

from feedline.errors import CapabilityError

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "BIT_AND": operator.and_,
    "BIT_OR": operator.or_,
    "BIT_XOR": operator.xor,
    "LOGIC_AND": lambda left, right: bool(left) and bool(right),
    "LOGIC_OR": lambda left, right: bool(left) or bool(right),
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
    "LESS": operator.lt,
    "LESS_EQUAL": operator.le,
    "GREATER": operator.gt,
    "GREATER_EQUAL": operator.ge,
    "SHIFT_LEFT": operator.lshift,
    "SHIFT_RIGHT": operator.rshift,
    "ADD": operator.add,
    "SUB": operator.sub,
    "MUL": operator.mul,
    "DIV": operator.floordiv,
}


def evaluate(node: Any, places: Mapping[Any, int], bits: Sequence[int]) -> int:
    """The value of an expression for measured bits.

    Args:
        node: Qiskit's expression.
        places: Index of each classical bit that it may hold.
        bits: All classical bits of the circuit.

    Raises:
        CapabilityError: If it holds a variable of the program, or what is unknown here.
    """
    value = _evaluate(node, places, bits)
    kind = node.type
    if isinstance(kind, types.Uint):
        return int(value) & ((1 << int(kind.width)) - 1)
    return int(value) & 1 if isinstance(kind, types.Bool) else int(value)  # Python's ~1 is -2, which is true


def bits_of(node: Any) -> tuple[Clbit, ...]:
    """The classical bits that an expression reads, each once.

    Raises:
        CapabilityError: If it reads a variable of the program.
    """
    found: dict[Clbit, None] = {}
    for variable in expr.iter_vars(node):
        if isinstance(variable.var, Clbit):
            found[variable.var] = None
        elif isinstance(variable.var, ClassicalRegister):
            found.update(dict.fromkeys(variable.var))
        else:
            raise _unknown(f"variable '{variable.name}'")
    return tuple(found)


def _evaluate(node: Any, places: Mapping[Any, int], bits: Sequence[int]) -> Any:
    if isinstance(node, expr.Value):
        return node.value
    if isinstance(node, expr.Var):
        if isinstance(node.var, Clbit):
            return int(bits[places[node.var]])
        if isinstance(node.var, ClassicalRegister):
            return sum(int(bits[places[bit]]) << index for index, bit in enumerate(node.var))
        raise _unknown(f"variable '{node.name}'")
    if isinstance(node, expr.Cast):
        inner = evaluate(node.operand, places, bits)
        return bool(inner) if isinstance(node.type, types.Bool) else inner
    if isinstance(node, expr.Index):
        return evaluate(node.target, places, bits) >> evaluate(node.index, places, bits) & 1
    if isinstance(node, expr.Unary):
        return _unary(node, evaluate(node.operand, places, bits))
    if isinstance(node, expr.Binary) and node.op.name in _BINARY:
        left, right = evaluate(node.left, places, bits), evaluate(node.right, places, bits)
        if node.op.name == "DIV" and right == 0:
            return 0  # hardware has no exception to raise in the middle of a shot
        return _BINARY[node.op.name](left, right)
    raise _unknown(str(node))


def _unary(node: Any, inner: int) -> Any:
    if node.op.name == "LOGIC_NOT":
        return not inner
    if node.op.name == "BIT_NOT":
        return ~inner
    if node.op.name == "NEGATE":
        return -inner
    raise _unknown(str(node))


def _unknown(what: str) -> CapabilityError:
    return CapabilityError(
        f"A condition depends on {what}, which pulse programs cannot evaluate.",
        remedy="Use measured bits, registers and operators on them.",
    )
