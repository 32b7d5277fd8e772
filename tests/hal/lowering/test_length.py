# SPDX-License-Identifier: Apache-2.0
"""How long programs last at least."""

from __future__ import annotations

from types import SimpleNamespace

from feedline_hal.lowering.flow import Branch, Condition, Jump, Loop
from feedline_hal.lowering.length import least_ticks

BIT = Condition((0,), 1)
BLOCK = SimpleNamespace(duration_ticks=10)


def branch(*flows, is_whole: bool = False):
    labels = [(number,) for number in range(len(flows) - is_whole)] + [None] * is_whole
    return Branch(condition=BIT, cases=tuple(zip(labels, flows, strict=True)))


def test_the_shortest_way_counts() -> None:
    """Through branches, and not at all where no label may fit."""
    assert least_ticks((BLOCK, branch((BLOCK,)), BLOCK)) == 20
    assert least_ticks((BLOCK, branch((BLOCK, BLOCK), (BLOCK,), is_whole=True), BLOCK)) == 30


def test_loops_count_their_turns_unless_they_may_be_left() -> None:
    """A break of a loop inside another leaves the outer one alone, unless it says otherwise."""
    assert least_ticks((Loop(body=(BLOCK,), count=7), BLOCK)) == 80
    assert least_ticks((Loop(body=(BLOCK,), condition=BIT), BLOCK)) == 10
    leaving = branch((Jump("break"),))
    assert least_ticks((Loop(body=(BLOCK, leaving, BLOCK), count=7), BLOCK)) == 20
    inner = Loop(body=(BLOCK, leaving), count=3)
    assert least_ticks((Loop(body=(inner, BLOCK), count=7),)) == 140
    inner = Loop(body=(BLOCK, branch((Jump("break", levels=2),))), count=1)
    assert least_ticks((Loop(body=(inner, BLOCK), count=1), BLOCK)) == 20
