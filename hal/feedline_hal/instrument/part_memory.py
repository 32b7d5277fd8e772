# SPDX-License-Identifier: Apache-2.0
"""What is in an instrument's memory, as far as it was put there by us."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from .assembly import Assembly, Part


@attrs.frozen(slots=True)
class _Taken:
    """How many parts with samples, and how many samples."""

    parts: int = 0
    samples: int = 0

    def plus(self, parts: Iterable[Part], sign: int = 1) -> _Taken:
        sizes = [part.memory_samples for part in parts]
        return _Taken(self.parts + sign * sum(size > 0 for size in sizes), self.samples + sign * sum(sizes))

    def minus(self, parts: Iterable[Part]) -> _Taken:
        return self.plus(parts, -1)


@attrs.define(slots=True)
class PartMemory:
    """Programs that an instrument holds, the one that was used last at the end.

    A program is there with all of its parts or not at all; parts are shared. Nothing here talks to the instrument.
    Samples are not kept: an instrument's memory may be larger than the computer's.

    Attributes:
        max_parts: How many parts it keeps that take samples.
        max_samples: What they may take together, in samples.
        max_programs: How many programs it keeps.
    """

    max_parts: int
    max_samples: int
    max_programs: int
    _programs: dict[str, Assembly] = attrs.field(factory=dict, init=False)
    _parts: dict[str, Part] = attrs.field(factory=dict, init=False)
    _taken: _Taken = attrs.field(factory=_Taken, init=False)

    def holds(self, assembly: Assembly) -> bool:
        """Whether a program is there, with everything it needs."""
        return assembly.id in self._programs

    def missing(self, assembly: Assembly) -> list[Part]:
        """Parts of a program that are not there, in order, each once."""
        return list({part.name: part for part in assembly.parts if part.name not in self._parts}.values())

    def leaving(self, assembly: Assembly, kept: Iterable[Assembly]) -> list[Part] | None:
        """Parts that have to go before a program fits: of the programs that were not used for longest.

        Args:
            assembly: The program that comes.
            kept: Programs that stay: what plays.

        Returns:
            Parts in the order in which they are to be removed, what was put there last first; ``None`` if it does
            not fit beside what stays.
        """
        missing = self.missing(assembly)
        if self._fits(self._taken.plus(missing), len(self._programs) + 1):
            return []
        staying = {item.id: item for item in kept} | {assembly.id: assembly}
        olds = [item for key, item in self._programs.items() if key not in staying]
        users = _users([*olds, *staying.values()])
        taken = _Taken().plus({part.name: part for item in [*olds, *staying.values()] for part in item.parts}.values())
        count = len(olds) + len(staying)
        for old in olds:
            if self._fits(taken, count):
                break
            count -= 1
            taken = taken.minus(_freed(old, users))
        if not self._fits(taken, count):
            return None
        return [part for name, part in reversed(self._parts.items()) if not users.get(name)]

    def add(self, assembly: Assembly) -> None:
        """Take note that a program is there, and was used now."""
        known = self._programs.pop(assembly.id, None)
        self._taken = self._taken.plus(self.missing(assembly))
        for part in assembly.parts:
            if part.name not in self._parts:
                self._parts[part.name] = attrs.evolve(part, commands=())
        if known is None:
            known = attrs.evolve(assembly, parts=tuple(self._parts[part.name] for part in assembly.parts))
        self._programs[assembly.id] = known
        while len(self._programs) > self.max_programs:  # those that have no part of their own leave here
            del self._programs[next(iter(self._programs))]

    def remove(self, parts: Iterable[Part]) -> None:
        """Take note that parts are gone, and with them the programs that need them."""
        gone = {part.name for part in parts}
        self._taken = self._taken.minus([self._parts.pop(name) for name in gone if name in self._parts])
        for key, item in list(self._programs.items()):
            if any(part.name in gone for part in item.parts):
                del self._programs[key]

    def clear(self) -> None:
        """Nothing is there any more."""
        self._programs.clear()
        self._parts.clear()
        self._taken = _Taken()

    def _fits(self, taken: _Taken, programs: int) -> bool:
        return taken.parts <= self.max_parts and taken.samples <= self.max_samples and programs <= self.max_programs


def _freed(program: Assembly, users: dict[str, int]) -> list[Part]:
    """Parts that nobody uses any more without a program; counts it out."""
    freed = []
    for part in {part.name: part for part in program.parts}.values():
        users[part.name] -= 1
        if not users[part.name]:
            freed.append(part)
    return freed


def _users(programs: Iterable[Assembly]) -> dict[str, int]:
    users: dict[str, int] = {}
    for program in programs:
        for name in {part.name for part in program.parts}:
            users[name] = users.get(name, 0) + 1
    return users
