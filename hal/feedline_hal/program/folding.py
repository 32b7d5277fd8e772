# SPDX-License-Identifier: Apache-2.0
"""Folding: what is known when the text is read stands as a literal in what Qiskit's importer gets."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs
from qiskit.circuit import ParameterExpression

from feedline_hal.errors import OpenPulseError
from feedline_hal.openpulse.interpreter import Interpreter
from feedline_hal.openpulse.kind import Kind, Typed
from feedline_hal.openpulse.syntax import error_at

from .tree import ast

_COMPUTED = (
    ast.BinaryExpression,
    ast.Cast,
    ast.DurationOf,
    ast.FunctionCall,
    ast.Identifier,
    ast.SizeOf,
    ast.UnaryExpression,
)
_NUMBERS = frozenset({Kind.BOOL, Kind.INT, Kind.UINT, Kind.FLOAT, Kind.ANGLE, Kind.DURATION})


@attrs.define(slots=True)
class Folding:
    """Replaces expressions by their values.

    Attributes:
        interpreter: Knows constants and variables.
        hidden: Names that mean something else where the walk is: a gate's formals, a run-time loop's variable.
    """

    interpreter: Interpreter
    hidden: frozenset[str] = frozenset()

    @contextmanager
    def hiding(self, names: Iterable[str]) -> Iterator[None]:
        """Names that stand for something unknown for a while."""
        before = self.hidden
        self.hidden = before | frozenset(names)
        try:
            yield
        finally:
            self.hidden = before

    def __call__(self, node: Any) -> Any:
        """A copy of a tree with everything known in it replaced by literals; places stay what they were."""
        if isinstance(node, list):
            return [self(item) for item in node]
        if not isinstance(node, ast.QASMNode):
            return node
        if isinstance(node, _COMPUTED):
            typed = self.value(node)
            if typed is not None:
                return literal(typed, node)
        made = copy.copy(node)
        for field, value in vars(node).items():
            if isinstance(value, ast.QASMNode | list) and field not in ("name", "span"):
                setattr(made, field, self(value))
        return made

    def value(self, node: Any) -> Typed | None:
        """The value of an expression, ``None`` if it is only known when the program runs.

        Raises:
            OpenPulseError: If all its parts are known, and they do not fit together.
        """
        if not all(self.is_known(name) for name in names_in(node)):
            return None
        return self.interpreter.evaluate(node)

    def is_known(self, identifier: Any) -> bool:
        """Whether a name stands for a number that is known when the text is read."""
        if identifier.name in self.hidden or identifier.name.startswith("$"):
            return False
        try:
            typed = self.interpreter.evaluate(identifier)
        except OpenPulseError:
            return False  # a qubit, a gate, or a name that the importer refuses
        return typed.kind in _NUMBERS and not isinstance(typed.value, ParameterExpression)


def names_in(node: Any) -> Iterator[Any]:
    """Every identifier in a tree that stands for a value; names of functions do not."""
    if isinstance(node, list):
        for item in node:
            yield from names_in(item)
    elif isinstance(node, ast.Identifier):
        yield node
    elif isinstance(node, ast.QASMNode):
        for field, value in vars(node).items():
            is_name_of_function = field == "name" and isinstance(node, ast.FunctionCall)
            if isinstance(value, ast.QASMNode | list) and field != "span" and not is_name_of_function:
                yield from names_in(value)


def literal(typed: Typed, node: Any) -> Any:
    """A literal that stands where the node stood.

    Raises:
        OpenPulseError: If circuits have no literals of its kind.
    """
    kind, value = typed.kind, typed.value
    if kind is Kind.BOOL:
        made = ast.BooleanLiteral(bool(value))
    elif kind in (Kind.INT, Kind.UINT):
        made = ast.IntegerLiteral(int(value))
    elif kind in (Kind.FLOAT, Kind.ANGLE):
        made = ast.FloatLiteral(float(value))
    elif kind is Kind.DURATION:
        made = ast.DurationLiteral(float(f"{value:.15g}"), ast.TimeUnit.s)  # 3 * 4 ns is 12 ns
    else:
        raise error_at(
            node,
            f"A value of type {kind} stands outside cal and defcal.",
            remedy="Circuits take numbers, angles and durations; use it inside cal or defcal.",
        )
    made.span = node.span
    return made


def at(made: Any, node: Any) -> Any:
    """A new node, placed where another stands."""
    made.span = node.span
    return made
