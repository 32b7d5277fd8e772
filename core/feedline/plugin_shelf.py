# SPDX-License-Identifier: Apache-2.0
"""Where registered entries stand: one register per hook, and who registered what."""

from __future__ import annotations

from typing import cast

import attrs

from .errors import PluginError
from .registry import (
    BackendEntry,
    DriverEntry,
    LevelEntry,
    NamedEntry,
    PassEntry,
    ProgramEntry,
    install_line,
    missing_modules,
)

Entry = NamedEntry | LevelEntry
REGISTERS: dict[str, type] = {
    "backends": BackendEntry,
    "drivers": DriverEntry,
    "passes": PassEntry,
    "levels": LevelEntry,
    "programs": ProgramEntry,
}
"""What each hook ``feedline_register_<...>`` registers."""


@attrs.define(kw_only=True, slots=True)
class PluginRow:
    """One row of the table of plugins.

    Attributes:
        name: The plugin's name: its entry point's, or its file's.
        distribution, version: The package that it came in; empty for a file.
        registers: What it registers: ``backend aer``, ``pass zne``, ...
        state: ``ok``, ``missing extra`` or ``failed``.
        why: Why it failed, or the command that installs what is missing.
    """

    name: str
    distribution: str = ""
    version: str = ""
    registers: tuple[str, ...] = ()
    state: str = "ok"
    why: str = ""


class PluginShelf:
    """The entries of all plugins.

    Attributes:
        backends, drivers, passes, programs: Entries by name.
        levels: Resilience levels, in the order of registration.
    """

    def __init__(self) -> None:
        self.backends: dict[str, BackendEntry] = {}
        self.drivers: dict[str, DriverEntry] = {}
        self.passes: dict[str, PassEntry] = {}
        self.programs: dict[str, ProgramEntry] = {}
        self.levels: list[LevelEntry] = []
        self._placed: dict[str, list[tuple[str, Entry]]] = {}

    def place(self, kind: str, row: PluginRow, entry: Entry) -> None:
        """Take in what a plugin registers.

        Raises:
            PluginError: If it is of another type, or its name is taken.
        """
        of_type = REGISTERS[kind]
        if not isinstance(entry, of_type):
            raise PluginError(
                f"Plugin '{row.name}': feedline_register_{kind} registered {entry!r}.",
                remedy=f"Call register with a feedline.registry.{of_type.__name__}.",
            )
        if isinstance(entry, LevelEntry):
            self.levels.append(entry)
        else:
            if not entry.distribution:
                entry = attrs.evolve(entry, distribution=row.distribution)
            register = cast("dict[str, NamedEntry]", getattr(self, kind))
            if entry.name in register:
                raise taken(row.name, word(entry), entry.name, self.owner(register[entry.name]))
            register[entry.name] = entry
        self._placed.setdefault(row.name, []).append((kind, entry))

    def clear(self, plugin: str) -> None:
        """Take away everything that a plugin registered."""
        for kind, entry in self._placed.pop(plugin, []):
            if isinstance(entry, LevelEntry):
                self.levels[:] = [level for level in self.levels if level is not entry]
            else:
                del getattr(self, kind)[entry.name]

    def owner(self, entry: Entry) -> str:
        """Name of the plugin that registered the entry, else ``""``."""
        for plugin, placed in self._placed.items():
            if any(entry is own for _, own in placed):
                return plugin
        return ""

    def row(self, row: PluginRow, other: tuple[str, ...]) -> PluginRow:
        """The row of a loaded plugin: what it registered, what else it does, and what it lacks."""
        placed = [entry for _, entry in self._placed.get(row.name, [])]
        words = tuple(
            f"{entry.primitive} level {entry.level}" if isinstance(entry, LevelEntry) else f"{word(entry)} {entry.name}"
            for entry in placed
        )
        lacking = [entry for entry in placed if not isinstance(entry, LevelEntry) and missing_modules(entry)]
        return attrs.evolve(
            row,
            registers=words + other,
            state="missing extra" if lacking else "ok",
            why="; ".join(dict.fromkeys(map(install_line, lacking))),
        )


def taken(plugin: str, kind: str, name: str, owner: str) -> PluginError:
    """The error for a name that something else has."""
    whose = f"plugin '{owner}'" if owner else "Feedline"
    return PluginError(
        f"Plugin '{plugin}' registers the {kind} '{name}', which {whose} has.",
        remedy=f"Rename the {kind} in one of them, or uninstall it.",
    )


def word(entry: NamedEntry) -> str:
    """What an entry is: ``backend``, ``pass``, ..."""
    return type(entry).__name__.removesuffix("Entry").lower()
