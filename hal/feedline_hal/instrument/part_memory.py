# SPDX-License-Identifier: Apache-2.0
"""What is in an instrument's memory, as far as it was put there by us."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from .assembly import Assembly, Part


@attrs.define(slots=True)
class PartMemory:
    """Programs that an instrument holds, the one that was used last at the end.

    A program is there with all of its parts or not at all; parts are shared. Nothing here talks to the instrument.

    Attributes:
        max_parts: How many parts it keeps.
        max_samples: What they may take together, in samples.
        max_programs: How many programs it keeps.
    """

    max_parts: int
    max_samples: int
    max_programs: int
    _programs: dict[str, Assembly] = attrs.field(factory=dict, init=False)
    _parts: dict[str, Part] = attrs.field(factory=dict, init=False)

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
        staying = {item.id: item for item in kept} | {assembly.id: assembly}
        olds = [item for key, item in self._programs.items() if key not in staying]
        needed = {part.name: part for item in [*olds, *staying.values()] for part in item.parts}
        count = len(olds) + len(staying)
        users = _users([*olds, *staying.values()])
        taken = sum(part.memory_samples for part in needed.values())
        for old in olds:
            if self._fits(needed, taken, count):
                break
            count -= 1
            for name in {part.name for part in old.parts}:
                users[name] -= 1
                if not users[name]:
                    taken -= needed.pop(name).memory_samples
        if not self._fits(needed, taken, count):
            return None
        return [part for name, part in reversed(self._parts.items()) if name not in needed]

    def add(self, assembly: Assembly) -> None:
        """Take note that a program is there, and was used now."""
        self._programs.pop(assembly.id, None)
        self._programs[assembly.id] = assembly
        for part in assembly.parts:
            self._parts.setdefault(part.name, part)
        while len(self._programs) > self.max_programs:  # those that have no part of their own leave here
            del self._programs[next(iter(self._programs))]

    def remove(self, parts: Iterable[Part]) -> None:
        """Take note that parts are gone, and with them the programs that need them."""
        gone = {part.name for part in parts}
        for name in gone:
            self._parts.pop(name, None)
        for key, item in list(self._programs.items()):
            if any(part.name in gone for part in item.parts):
                del self._programs[key]

    def clear(self) -> None:
        """Nothing is there any more."""
        self._programs.clear()
        self._parts.clear()

    def _fits(self, parts: dict[str, Part], taken: int, programs: int) -> bool:
        return len(parts) <= self.max_parts and taken <= self.max_samples and programs <= self.max_programs


def _users(programs: Iterable[Assembly]) -> dict[str, int]:
    users: dict[str, int] = {}
    for program in programs:
        for name in {part.name for part in program.parts}:
            users[name] = users.get(name, 0) + 1
    return users
