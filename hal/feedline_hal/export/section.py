# SPDX-License-Identifier: Apache-2.0
"""Sections: the blocks of a program one after another, each with the decision that leads to it in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from feedline_hal.lowering.flow import Branch, Flow, Jump, Loop

from .condition_text import condition_text, word_text

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


@attrs.frozen(slots=True, eq=False)
class Section:
    """A block and how the program gets there.

    Attributes:
        block: What happens, of whatever the stage has; ``None`` for a ``break`` or ``continue``.
        caption: ``if c0 == 1``, ``else``, ``repeat 3 times``; decisions in decisions stand behind one another,
            and a block that always runs has none.
        number: Of the block, in order of the text from 0; -1 if there is none.
    """

    block: Any
    caption: str = ""
    number: int = -1

    @property
    def duration_ticks(self) -> int:
        """How long it lasts."""
        return 0 if self.block is None else int(self.block.duration_ticks)


def sections(flow: Flow, bits: Sequence[str]) -> tuple[Section, ...]:
    """All blocks in the order of the text, branches one after another.

    Args:
        flow: Of a program at any stage.
        bits: Names of the classical bits.
    """
    found: list[Section] = []
    for section in _sections(flow, "", bits):
        number = -1 if section.block is None else sum(one.block is not None for one in found)
        found.append(attrs.evolve(section, number=number))
    return tuple(found)


def bit_names(number: int, circuit: QuantumCircuit | None = None) -> list[str]:
    """Names of classical bits: the circuit's, as OpenQASM has them (``c[0]``), without one ``c0``."""
    names = [f"c{index}" for index in range(number)]
    if circuit is not None:
        for register in circuit.cregs:
            for index, bit in enumerate(register):
                place = circuit.find_bit(bit).index
                if place < number:
                    names[place] = f"{register.name}[{index}]"
    return names


def _sections(flow: Flow, caption: str, bits: Sequence[str]) -> Iterator[Section]:
    for item in flow:
        if isinstance(item, Jump):
            yield Section(None, _joined(caption, item.kind if item.levels == 1 else f"{item.kind} {item.levels} loops"))
        elif isinstance(item, Loop):
            yield from _sections(item.body, _joined(caption, _loop_text(item, bits)), bits)
        elif isinstance(item, Branch):
            for label, inner in item.cases:
                yield from _sections(inner, _joined(caption, _case_text(item, label, bits)), bits)
        else:
            yield Section(item, caption)


def _joined(outer: str, inner: str) -> str:
    return f"{outer}, {inner}" if outer else inner


def _loop_text(loop: Loop, bits: Sequence[str]) -> str:
    if loop.condition is not None:
        return f"while {condition_text(loop.condition, bits)}"
    return f"repeat {loop.count} times"


def _case_text(branch: Branch, label: tuple[int, ...] | None, bits: Sequence[str]) -> str:
    if branch.is_switch:
        asked = word_text(branch.condition, bits)
        return f"if {asked} is none of these" if label is None else f"if {asked} == {' or '.join(map(str, label))}"
    return "else" if label is None else f"if {condition_text(branch.condition, bits)}"
