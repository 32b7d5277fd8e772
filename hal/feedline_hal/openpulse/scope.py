# SPDX-License-Identifier: Apache-2.0
"""The symbol table: names, what they stand for, where they are seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from feedline.errors import nearest

from .kind import UNSET, Kind, Typed
from .syntax import error_at, place


@attrs.define(slots=True)
class Symbol:
    """A declared name.

    Attributes:
        kind: Its type.
        value: Its value, or `UNSET`.
        is_const: Whether it keeps its value.
        size: Number of bits of a bit register or an integer, if given.
        line: Where it was declared.
        reader: The calibration that used its value, if one did: it may not change any more.
    """

    kind: Kind
    value: Any
    is_const: bool = False
    size: int | None = None
    line: int = 0
    reader: str | None = None


class Scope:
    """Names of a block; those of the blocks around it are seen through it.

    Args:
        parent: The block around it.
        owner: The calibration whose body this is, if it is one: names outside may be read, not assigned.
    """

    def __init__(self, parent: Scope | None = None, owner: str | None = None) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.parent = parent
        self.owner = owner

    def declare(self, name: str, symbol: Symbol, node: Any) -> None:
        """Add a name.

        Raises:
            OpenPulseError: If the block has it already.
        """
        if name in self.symbols:
            raise error_at(
                node,
                f"'{name}' is declared again; it was declared in line {self.symbols[name].line}.",
                remedy="Choose another name, or assign without a type.",
            )
        symbol.line = place(node)[0]
        self.symbols[name] = symbol

    def value(self, name: str, node: Any) -> Typed:
        """What a name stands for.

        Raises:
            OpenPulseError: If it is not declared, or has no value yet.
        """
        symbol = self.find(name, node)
        if symbol.value is UNSET:
            raise error_at(node, f"'{name}' has no value yet.", remedy=f"Assign one first: {name} = ...;")
        return Typed(symbol.kind, symbol.value)

    def find(self, name: str, node: Any) -> Symbol:
        """The symbol of a name, and who reads it."""
        owner = None
        for scope in self._chain():
            if name in scope.symbols:
                symbol = scope.symbols[name]
                symbol.reader = symbol.reader or owner
                return symbol
            owner = owner or scope.owner
        raise error_at(node, f"'{name}' is not declared.", remedy=nearest(name, self.names()))

    def target(self, name: str, node: Any) -> Symbol:
        """The symbol of a name that is to be assigned.

        Raises:
            OpenPulseError: If it may not be.
        """
        owner = None
        for scope in self._chain():
            if name in scope.symbols:
                return _assignable(name, scope.symbols[name], owner, node)
            owner = owner or scope.owner
        raise error_at(node, f"'{name}' is not declared.", remedy=nearest(name, self.names()))

    def names(self) -> set[str]:
        """All names that are seen from here."""
        return {name for scope in self._chain() for name in scope.symbols}

    def seen(self) -> dict[str, Symbol]:
        """All symbols that are seen from here."""
        return {name: symbol for scope in reversed(list(self._chain())) for name, symbol in scope.symbols.items()}

    def _chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


def _assignable(name: str, symbol: Symbol, owner: str | None, node: Any) -> Symbol:
    if symbol.is_const or symbol.kind in (Kind.PORT, Kind.FRAME):
        kind = "a constant" if symbol.is_const else f"a {symbol.kind}"
        raise error_at(node, f"'{name}' is {kind} and cannot be assigned.", remedy="Declare a variable: float x = 1.0;")
    if owner is not None:
        raise error_at(
            node,
            f"'{name}' belongs to a cal block and cannot be assigned in {owner}.",
            remedy="Declare a variable in the body.",
        )
    if symbol.reader is not None:
        raise error_at(
            node,
            f"'{name}' is assigned after {symbol.reader} used it.",
            remedy="Assign it before the defcal, or use two names.",
        )
    return symbol
