# SPDX-License-Identifier: Apache-2.0
"""The plugin host: finds plugins, keeps broken ones apart, calls hooks; the only user of pluggy's manager."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pluggy

from . import hookspecs
from .errors import FeedlineError, PluginError
from .plugin_check import check_plugin, hook_arguments
from .plugin_file import load_module
from .plugin_shelf import REGISTERS, PluginRow, PluginShelf, taken

if TYPE_CHECKING:
    import click

    from .processor import Backend
    from .program_text import TextProgram
    from .registry import BackendEntry, DriverEntry, LevelEntry, NamedEntry, PassEntry, ProgramEntry
    from .runtime.event import JobEvent

GROUP = "feedline"
FILES_VARIABLE = "FEEDLINE_PLUGINS"
_OTHER_HOOKS = {
    "feedline_register_commands": "commands",
    "feedline_wrap_backend": "wraps backends",
    "feedline_read_program": "reads programs",
    "feedline_job_event": "job events",
}
_log = logging.getLogger("feedline.plugins")


class PluginHost:
    """Holds plugins and what they registered; an instance, so that two hosts never meet.

    Attributes:
        backends, drivers, passes, programs: Entries by name.
        levels: Resilience levels, in the order of registration.
        failures: Why a plugin is not there, by plugin name.
    """

    def __init__(self) -> None:
        self._shelf = PluginShelf()
        self.backends: dict[str, BackendEntry] = self._shelf.backends
        self.drivers: dict[str, DriverEntry] = self._shelf.drivers
        self.passes: dict[str, PassEntry] = self._shelf.passes
        self.programs: dict[str, ProgramEntry] = self._shelf.programs
        self.levels: list[LevelEntry] = self._shelf.levels
        self.failures: dict[str, FeedlineError] = {}
        self._failed: dict[str, PluginRow] = {}
        self._rows: dict[str, PluginRow] = {}
        self._hooks = hook_arguments(hookspecs)
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)

    def discover(self, entries: Iterable[EntryPoint] | None = None) -> None:
        """Load every installed plugin and plugin file; a broken one is recorded, the others still load.

        Args:
            entries: Entry points to load instead of those of the group ``feedline``. Ours come first,
                so that of two plugins with one name the stranger's is refused.
        """
        found = entry_points(group=GROUP) if entries is None else entries
        for entry in sorted(found, key=lambda entry: (_distribution(entry)[0] != "feedline", entry.name)):
            distribution, version = _distribution(entry)
            row = PluginRow(name=entry.name, distribution=distribution, version=version)
            if row != self._rows.get(entry.name):
                self._attempt(row, partial(self._load, entry, row))
        for path in filter(None, os.environ.get(FILES_VARIABLE, "").split(os.pathsep)):
            self._attempt(PluginRow(name=Path(path).name), partial(self.load_file, path))

    def register(self, plugin: Any, name: str) -> None:
        """Take a plugin in, wholly or not at all.

        Raises:
            PluginError: If a hook is misspelt, unmarked or asks for unknown arguments, if a registering
                hook raises, or if something of that name is registered already.
        """
        self._register(plugin, PluginRow(name=name))

    def load_file(self, path: str | Path) -> None:
        """Take in a plugin that is a single Python file, next to a rack file for instance.

        Raises:
            InputError: If there is no such file.
            PluginError: If it is broken; names path and line.
        """
        path = Path(path).expanduser().resolve()
        if not any(getattr(plugin, "__file__", None) == str(path) for plugin in self._manager.get_plugins()):
            self._register(load_module(path), PluginRow(name=path.name))

    @property
    def files(self) -> list[str]:
        """Whole paths of the plugin files that were taken in."""
        found = ((name, getattr(self._manager.get_plugin(name), "__file__", None)) for name in self._rows)
        return sorted(path for name, path in found if path is not None and Path(path).name == name)

    def plugins(self) -> list[PluginRow]:
        """Everything that was found, with what it registers and why one failed; sorted by name."""
        loaded = [
            self._shelf.row(row, tuple(words for hook, words in _OTHER_HOOKS.items() if name in dict(self._each(hook))))
            for name, row in self._rows.items()
        ]
        return sorted([*loaded, *self._failed.values()], key=lambda row: (row.name, row.distribution))

    def owner(self, entry: NamedEntry) -> str:
        """Name of the plugin that registered the entry."""
        return self._shelf.owner(entry)

    @property
    def has_job_listeners(self) -> bool:
        """Whether any plugin listens to job events; cheap."""
        return bool(self._manager.hook.feedline_job_event.get_hookimpls())

    def job_event(self, event: JobEvent) -> None:
        """Tell the listeners; one that raises is logged and the others still hear."""
        for name, call in self._each("feedline_job_event"):
            try:
                call(event=event)
            except Exception:  # noqa: BLE001 - a listener may raise anything, and the job goes on
                _log.exception("Plugin '%s' raised in feedline_job_event; the job is not affected.", name)

    def wrap_backend(self, backend: Any) -> Backend | None:
        """Wrap a foreign object; ``None`` if no plugin takes it.

        Raises:
            PluginError: If a plugin raises, or returns something that is no `Backend`.
        """
        from .processor import Backend as Wrapped

        for name, call in self._each("feedline_wrap_backend"):
            wrapped = _blamed(name, "feedline_wrap_backend", partial(call, backend=backend))
            if isinstance(wrapped, Wrapped):
                return wrapped
            if wrapped is not None:
                raise PluginError(
                    f"Plugin '{name}': feedline_wrap_backend returned {wrapped!r}.",
                    remedy="It returns a feedline.Backend, or None for what is not its own.",
                )
        return None

    def read_program(self, text: str, name: str = "") -> TextProgram | None:
        """Read a program that holds pulses; ``None`` if no plugin does.

        Raises:
            InputError: What a plugin says is wrong with the text.
            PluginError: If a plugin raises something else, or returns something that is no program.
        """
        from .program_text import TextProgram as Read

        hook = "feedline_read_program"
        for plugin, call in self._each(hook):
            try:
                program = call(text=text, name=name)
            except FeedlineError:
                raise
            except Exception as error:
                raise PluginError(
                    f"Plugin '{plugin}': {hook} raised {type(error).__name__}: {error}",
                    remedy="Report this to the plugin's authors.",
                ) from error
            if isinstance(program, Read):
                return program
            if program is not None:
                raise PluginError(
                    f"Plugin '{plugin}': {hook} returned {program!r}.",
                    remedy="It returns a feedline.program_text.TextProgram, or None for what it does not read.",
                )
        return None

    def add_commands(self, group: click.Group) -> None:
        """Let plugins add their commands; one that fails adds none and is put aside."""
        import click

        present = {*group.commands, *group.list_commands(click.Context(group))}
        for name, call in list(self._each("feedline_register_commands")):
            row, scratch = self._rows[name], click.Group(name=group.name)
            try:
                _blamed(name, "feedline_register_commands", partial(call, group=scratch))
                for command in sorted(present & scratch.commands.keys()):
                    raise taken(name, "command", command, "")
            except FeedlineError as error:
                self._remove(name)
                self._put_aside(row, error)
                continue
            group.commands.update(scratch.commands)
            present |= scratch.commands.keys()

    def _load(self, entry: EntryPoint, row: PluginRow) -> None:
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"Plugin '{row.name}': loading {entry.value} raised {type(error).__name__}: {error}",
                remedy="Reinstall or update its package; a plugin module imports no vendor SDK at its top.",
            ) from error
        self._register(plugin, row)

    def _register(self, plugin: Any, row: PluginRow) -> None:
        name = row.name
        check_plugin(plugin, name, hooks=self._hooks, options_of=self._manager.parse_hookimpl_opts)
        if name in self._rows:
            raise PluginError(
                f"A plugin named '{name}' is taken, from {self._rows[name].distribution or 'a file'}.",
                remedy="Rename the entry point or file of one of them, or uninstall it.",
            )
        self._rows[name] = row
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
            for kind in REGISTERS:
                self._collect(kind, row)
        except Exception as error:
            self._remove(name)
            if isinstance(error, FeedlineError):
                raise
            raise PluginError(
                f"Plugin '{name}' was refused: {error}", remedy="Compare it with docs/reference/hooks.md."
            ) from error

    def _collect(self, kind: str, row: PluginRow) -> None:
        """Call one registering hook of one plugin and shelve what it registers."""
        hook = f"feedline_register_{kind}"
        for name, call in self._each(hook):
            if name == row.name:
                place = partial(self._shelf.place, kind, row)
                _blamed(name, hook, partial(call, register=place))

    def _remove(self, name: str) -> None:
        """Forget a plugin and everything that it registered."""
        del self._rows[name]
        self._shelf.clear(name)
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)

    def _each(self, hook: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        """A caller of the hook for each plugin that has it, in call order."""
        plugins = self._manager.get_plugins()
        for found in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            others = [plugin for plugin in plugins if plugin is not found.plugin]
            yield found.plugin_name, self._manager.subset_hook_caller(hook, others)

    def _attempt(self, row: PluginRow, load: Callable[[], None]) -> None:
        for name in [name for name, failed in self._failed.items() if _origin(failed) == _origin(row)]:
            del self._failed[name], self.failures[name]  # tried again: an earlier failure no longer counts
        try:
            load()
        except FeedlineError as error:
            self._put_aside(row, error)

    def _put_aside(self, row: PluginRow, error: FeedlineError) -> None:
        name = row.name
        if name in self._rows or name in self.failures:
            name = f"{name} ({row.distribution or 'file'})"
        self.failures[name] = error
        self._failed[name] = attrs.evolve(row, state="failed", why=f"{error.what} {error.remedy}")


def _blamed(name: str, hook: str, call: Callable[[], Any]) -> Any:
    """Call a plugin's hook; what it raises names the plugin."""
    try:
        return call()
    except Exception as error:
        what = error.what if isinstance(error, FeedlineError) else f"{hook} raised {type(error).__name__}: {error}"
        if what.startswith(f"Plugin '{name}'"):
            raise
        remedy = error.remedy if isinstance(error, FeedlineError) else "Report this to the plugin's authors."
        raise PluginError(f"Plugin '{name}': {what}", remedy=remedy) from error


def _distribution(entry: EntryPoint) -> tuple[str, str]:
    found = getattr(entry, "dist", None)
    return (found.name, found.version) if found is not None else ("", "")


def _origin(row: PluginRow) -> tuple[str, str]:
    return row.name, row.distribution
