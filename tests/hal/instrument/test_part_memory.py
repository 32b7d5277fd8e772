# SPDX-License-Identifier: Apache-2.0
"""What leaves an instrument's memory when something new needs room."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from feedline_hal.instrument.assembly import Assembly, Command, Part
from feedline_hal.instrument.part_memory import PartMemory


def program(*names: str, size: int = 10, switch: str = "") -> Assembly:
    parts = tuple(Part(name=name, commands=(Command(f"NEW {name}"),), memory_samples=size) for name in names)
    return Assembly(parts=parts, switch=(Command(switch),) if switch else ())


def memory(parts: int = 4, samples: int = 1000, programs: int = 10) -> PartMemory:
    return PartMemory(max_parts=parts, max_samples=samples, max_programs=programs)


def names(parts: list[Part] | None) -> list[str] | None:
    return None if parts is None else [part.name for part in parts]


def test_only_what_is_not_there_is_missing_and_each_part_once() -> None:
    there = memory()
    there.add(program("a", "b"))
    assert names(there.missing(program("b", "c", "c", "d"))) == ["c", "d"]
    assert there.holds(program("a", "b"))
    assert not there.holds(program("a"))


def test_programs_used_longest_ago_leave_first_and_shared_parts_stay() -> None:
    there = memory(parts=4)
    first, second = program("a", "b"), program("b", "c")
    there.add(first)
    there.add(second)
    there.add(program("c", "d"))
    leaving = there.leaving(program("e"), [])
    assert names(leaving) == ["a"]
    there.add(first)  # used again: now the second is the oldest, and frees nothing alone
    assert names(there.leaving(program("e"), [])) == ["d", "c"]


def test_what_plays_is_never_removed() -> None:
    there = memory(parts=3)
    playing = program("a", "b")
    there.add(playing)
    assert there.leaving(program("c", "d"), [playing]) is None
    assert names(there.leaving(program("b", "c"), [playing])) == []
    assert names(there.leaving(program("c", "d"), [])) == ["b", "a"]


def test_samples_and_programs_are_limits_too() -> None:
    there = memory(parts=100, samples=25, programs=2)
    there.add(program("a"))
    there.add(program("b"))
    assert names(there.leaving(program("c", size=5), [])) == ["a"]
    assert names(there.leaving(program("c", size=20), [])) == ["b", "a"]
    assert there.leaving(program("c", size=26), []) is None


def test_a_program_goes_with_its_first_removed_part() -> None:
    there = memory()
    there.add(program("a", "b"))
    there.remove(program("b").parts)
    assert not there.holds(program("a", "b"))
    assert names(there.missing(program("a", "b"))) == ["b"]
    there.clear()
    assert names(there.missing(program("a", "b"))) == ["a", "b"]


def test_programs_without_a_part_of_their_own_leave_too() -> None:
    there = memory(programs=2)
    for switch in "xyz":
        there.add(program("a", switch=switch))
    assert [there.holds(program("a", switch=switch)) for switch in "xyz"] == [False, True, True]


def test_samples_are_let_go_once_they_are_there() -> None:
    """An instrument holds gigabytes: a long session of sweeps would fill the computer's memory with them."""
    there = memory()
    samples = np.zeros(10, np.float32)
    alive = weakref.ref(samples)
    part = Part(name="a", commands=(Command("DATA a,", samples),), remove=(Command("DELETE a"),), memory_samples=10)
    there.add(Assembly(parts=(part,)))
    del samples, part
    gc.collect()
    assert alive() is None
    again = Assembly(parts=(Part(name="a", commands=(Command("DATA a,"),), memory_samples=10),))
    assert there.holds(again)
    leaving = there.leaving(program(*"bcde"), [])
    assert leaving is not None
    assert [command.text for part in leaving for command in part.remove] == ["DELETE a"]
