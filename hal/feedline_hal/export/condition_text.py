# SPDX-License-Identifier: Apache-2.0
"""What a branch or loop asks, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedline_hal.lowering.flow import Condition

_UNARY = {"BIT_NOT": "~", "LOGIC_NOT": "not ", "NEGATE": "-"}
_BINARY = {
    "BIT_AND": "&", "BIT_OR": "|", "BIT_XOR": "^", "LOGIC_AND": "and", "LOGIC_OR": "or", "EQUAL": "==",
    "NOT_EQUAL": "!=", "LESS": "<", "LESS_EQUAL": "<=", "GREATER": ">", "GREATER_EQUAL": ">=",
    "SHIFT_LEFT": "<<", "SHIFT_RIGHT": ">>", "ADD": "+", "SUB": "-", "MUL": "*", "DIV": "/",
}  # fmt: skip
_LONGEST = 60


def condition_text(condition: Condition, bits: Sequence[str]) -> str:
    """A condition as Python would say it: ``c0 == 1``, ``(c1 c0) == 2``, ``(c0 and not c1)``."""
    if condition.expression is not None or condition.value is None:
        return word_text(condition, bits)
    return f"{word_text(condition, bits)} == {condition.value}"


def word_text(condition: Condition, bits: Sequence[str]) -> str:
    """What decides: a bit by its name, several as ``(highest ... lowest)``, an expression written out."""
    if condition.expression is not None:
        text = _text(condition.expression, condition.bits or {}, bits)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    return _value_of([bits[index] for index in condition.clbits])


def _value_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({' '.join(reversed(names))})"


def _text(node: Any, places: Any, bits: Sequence[str]) -> str:
    """An expression of Qiskit's `qiskit.circuit.classical.expr`."""
    kind = type(node).__name__
    if kind == "Var":
        return _variable(node, places, bits)
    if kind == "Value":
        return str(int(node.value) if isinstance(node.value, bool) else node.value)
    if kind == "Cast":
        return _text(node.operand, places, bits)
    if kind == "Unary":
        return f"{_UNARY.get(node.op.name, node.op.name)}{_text(node.operand, places, bits)}"
    if kind == "Binary":
        left, right = _text(node.left, places, bits), _text(node.right, places, bits)
        return f"({left} {_BINARY.get(node.op.name, node.op.name)} {right})"
    if kind == "Index":
        return f"{_text(node.target, places, bits)}[{_text(node.index, places, bits)}]"
    return kind


def _variable(node: Any, places: Any, bits: Sequence[str]) -> str:
    """A bit by its place in the circuit, a register by its bits, a variable by its name."""
    inside = [node.var] if node.var in places else list(node.var) if hasattr(node.var, "__len__") else []
    if inside and all(bit in places for bit in inside):
        return _value_of([bits[places[bit]] for bit in inside])
    return str(getattr(node, "name", None) or getattr(node.var, "name", None) or "variable")
