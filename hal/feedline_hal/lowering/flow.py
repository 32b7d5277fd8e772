# SPDX-License-Identifier: Apache-2.0
"""Control flow of a program, the same at every stage: blocks, branches, loops, jumps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs


@attrs.frozen(slots=True)
class Condition:
    """What a branch or loop depends on.

    Attributes:
        clbits: Classical bits of the circuit, the lowest first.
        value: What they must be for ``if`` and ``while``; ``None`` where an expression decides, or for ``switch``.
        expression: Qiskit's classical expression, or ``None``.
        bits: Index of each of Qiskit's bits in the expression.
    """

    clbits: tuple[int, ...]
    value: int | None = None
    expression: Any = None
    bits: Any = attrs.field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """A plain record."""
        shown = {"clbits": list(self.clbits), "value": self.value}
        return shown if self.expression is None else {**shown, "expression": str(self.expression)}

    def word(self, bits: Sequence[int]) -> int:
        """The number that the bits spell, or the value of the expression; ``bits`` are all of the circuit's.

        Raises:
            CapabilityError: If the expression holds what is not evaluated here.
        """
        if self.expression is not None:
            from .condition import evaluate

            return evaluate(self.expression, self.bits, bits)
        return sum(int(bits[clbit]) << place for place, clbit in enumerate(self.clbits))

    def holds(self, bits: Sequence[int]) -> bool:
        """Whether an ``if`` or ``while`` goes on."""
        word = self.word(bits)
        return bool(word) if self.value is None else word == self.value


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Branch:
    """One of several flows, by measured bits.

    Attributes:
        condition: What decides: for ``if`` its truth (1 or 0) is the label, for ``switch`` its word.
        cases: Labels (``None`` for all that are left) and the flow for them.
        is_switch: Whether the word is the label.
    """

    condition: Condition
    cases: tuple[tuple[tuple[int, ...] | None, Flow], ...]
    is_switch: bool = False

    def choose(self, bits: Sequence[int]) -> Flow:
        """The flow that measured bits lead to; empty if no label fits."""
        label = self.condition.word(bits) if self.is_switch else int(self.condition.holds(bits))
        for labels, flow in self.cases:
            if labels is None or label in labels:
                return flow
        return ()


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Loop:
    """A flow again and again: ``count`` times, or while the condition holds."""

    body: Flow
    count: int | None = None
    condition: Condition | None = None


@attrs.frozen(slots=True)
class Jump:
    """Leave (``break``) or restart (``continue``) a loop: the innermost one, or that many levels out."""

    kind: str
    levels: int = 1


Flow = tuple[Any, ...]
"""Blocks (of whatever the stage has), `Branch`, `Loop` and `Jump`, in order."""


def mapped(flow: Flow, change: Callable[[Any], Any]) -> Flow:
    """The same flow with every block changed."""
    found: list[Any] = []
    for item in flow:
        if isinstance(item, Branch):
            cases = tuple((labels, mapped(inner, change)) for labels, inner in item.cases)
            found.append(attrs.evolve(item, cases=cases))
        elif isinstance(item, Loop):
            found.append(attrs.evolve(item, body=mapped(item.body, change)))
        else:
            found.append(item if isinstance(item, Jump) else change(item))
    return tuple(found)


def blocks_of(flow: Flow) -> Iterator[Any]:
    """Every block, those in branches and loops included, in order of the text."""
    for item in flow:
        if isinstance(item, Branch):
            for _, inner in item.cases:
                yield from blocks_of(inner)
        elif isinstance(item, Loop):
            yield from blocks_of(item.body)
        elif not isinstance(item, Jump):
            yield item
