# SPDX-License-Identifier: Apache-2.0
"""Qiskit's control flow as branches, loops and jumps on numbered bits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr
from qiskit.circuit.controlflow import CASE_DEFAULT

from .assign import assigned
from .condition import bits_of
from .flow import Branch, Condition, Flow, Jump, Loop

Read = Callable[[Any], Flow]
Places = Mapping[Clbit, int]


def branch(operation: Any, read: Read, places: Places) -> Branch:
    """An ``if`` or ``switch``."""
    if operation.name == "if_else":
        yes, *no = operation.blocks
        cases: list[tuple[tuple[int, ...] | None, Flow]] = [((1,), read(yes))]
        cases += [(None, read(block)) for block in no]
        return Branch(condition=condition_of(operation.condition, places), cases=tuple(cases))
    cases = []
    for labels, block in operation.cases_specifier():
        is_default = any(label is CASE_DEFAULT for label in labels)
        cases.append((None if is_default else tuple(int(label) for label in labels), read(block)))
    return Branch(condition=condition_of(operation.target, places), cases=tuple(cases), is_switch=True)


def loop(operation: Any, read: Read, places: Places) -> Flow:
    """A ``while``, or a ``for``: one whose body depends on the loop's parameter is written out."""
    if operation.name == "while_loop":
        body = read(operation.blocks[0])
        return (Loop(body=body, condition=condition_of(operation.condition, places)),)
    indices, parameter, block = operation.params
    if parameter is None or parameter not in block.parameters:
        return (Loop(body=read(block), count=len(indices)),)
    turns = [read(assigned(block, {parameter: index})) for index in indices]
    if not any(map(_breaks, turns)):
        return tuple(Loop(body=turn, count=1) for turn in turns)
    # A break ends all turns, not its own alone: one more loop around them, which it leaves too.
    return (Loop(body=tuple(Loop(body=_leaving(turn), count=1) for turn in turns), count=1),)


def _breaks(flow: Flow) -> bool:
    """Whether a turn has a break of its own; those of loops in it are theirs."""
    return any(
        any(_breaks(inner) for _, inner in item.cases) if isinstance(item, Branch) else item == Jump("break")
        for item in flow
        if isinstance(item, Branch | Jump)
    )


def _leaving(flow: Flow) -> Flow:
    """The turn, its own breaks leaving the loop around all turns."""
    found: list[Any] = []
    for item in flow:
        if isinstance(item, Branch):
            item = attrs.evolve(item, cases=tuple((labels, _leaving(inner)) for labels, inner in item.cases))
        found.append(Jump("break", levels=2) if item == Jump("break") else item)
    return tuple(found)


def jump(operation: Any) -> Jump:
    """A ``break`` or ``continue``."""
    return Jump(operation.name.removesuffix("_loop"))


def condition_of(subject: Any, places: Places) -> Condition:
    """What decides: a bit, a register, a pair of one of them and a value, or an expression."""
    if isinstance(subject, expr.Expr):
        bits = bits_of(subject)
        return Condition(
            tuple(places[bit] for bit in bits), expression=subject, bits={bit: places[bit] for bit in bits}
        )
    value = None
    if isinstance(subject, tuple):
        subject, value = subject[0], int(subject[1])
    bits = tuple(subject) if isinstance(subject, ClassicalRegister) else (subject,)
    return Condition(tuple(places[bit] for bit in bits), value)
