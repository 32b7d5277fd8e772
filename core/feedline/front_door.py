# SPDX-License-Identifier: Apache-2.0
"""The front door: backends and passes by name, and any backend object made ours."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import (
    FeedlineError,
    InputError,
    MissingExtraError,
    NotFoundError,
    OptionError,
    PluginError,
    nearest,
)
from .plugin_host import PluginHost
from .registry import BackendEntry, DriverEntry, NamedEntry, PassEntry, install_line, missing_modules

if TYPE_CHECKING:
    from .passes import Pass
    from .processor import Backend

_WRAPPED: dict[int, tuple[weakref.ref[Any], weakref.ref[Any]]] = {}
_Found = TypeVar("_Found", bound=NamedEntry)


@functools.cache
def host() -> PluginHost:
    """The plugin host of this process; finds the installed plugins on first use."""
    found = PluginHost()
    found.discover()
    return found


def backends() -> list[str]:
    """Names of all backends that plugins offer, sorted."""
    return sorted(host().backends)


def backend(name: str, /, **options: Any) -> Backend:
    """Make a backend by name; what follows a colon is its argument.

    Raises:
        NotFoundError: If no plugin offers it; names the nearest.
        MissingExtraError: If what it needs is not installed; names the command that installs it.
        OptionError: If it has no such option; names the nearest.
        InputError: If it cannot do without an argument or option that is not given.
        PluginError: If its plugin raises, or makes something that is no backend.
    """
    from .processor import Backend as Made

    if not isinstance(name, str):
        raise InputError(f"A backend is made by name, not from {name!r}.", remedy="Pass the object as mode= instead.")
    head, _, argument = name.partition(":")
    entry = _find(host().backends, head, "backend")
    if entry.argument and not argument:
        raise InputError(
            f"Backend '{head}' needs {entry.argument} after a colon.",
            remedy=f"Write '{head}:{entry.argument}'.",
        )
    _check_options(entry, options)
    made = _make(entry, "Backend", lambda: entry.make(argument, **options))
    if not isinstance(made, Made):
        raise _wrong(entry, "Backend", made, "a feedline.Backend")
    return made


def make_pass(name: str) -> Pass:
    """Make a pass by name.

    Raises:
        NotFoundError: If no plugin offers it; names the nearest.
        MissingExtraError: If what it needs is not installed.
        PluginError: If its plugin raises, or makes something that is no pass.
    """
    from .passes import Pass as Made

    entry: PassEntry = _find(host().passes, name, "pass")
    made = _make(entry, "Pass", entry.make)
    if isinstance(made, type) or not isinstance(made, Made):
        raise _wrong(entry, "Pass", made, "an object with all that feedline.passes.Pass lists")
    if made.name != name:
        raise _wrong(entry, "Pass", made, f"a pass whose name is '{name}', not '{made.name}'")
    return made


def driver(name: str) -> type:
    """The class of an instrument driver by name; nothing is connected.

    Raises:
        NotFoundError: If no plugin offers it; names the nearest.
        MissingExtraError: If what it needs is not installed.
        PluginError: If its plugin raises, or gives something that is no class.
    """
    entry: DriverEntry = _find(host().drivers, name, "driver")
    made = _make(entry, "Driver", entry.make)
    if not isinstance(made, type):
        raise _wrong(entry, "Driver", made, "a class")
    return made


def wrap_backend(given: Any) -> Backend:
    """Make any backend object ours, once: the same object gives the same backend while that is in use.

    Raises:
        InputError: If no plugin takes it; says what is accepted.
        PluginError: If a plugin raises.
    """
    from .processor import Backend as Made

    if isinstance(given, Made):
        return given
    known = _WRAPPED.get(id(given))
    if known is not None and known[0]() is given:
        wrapped: Backend | None = known[1]()
        if wrapped is not None:
            return wrapped
    wrapped = host().wrap_backend(given)
    if wrapped is None:
        raise _not_accepted(given)
    _remember(given, wrapped)
    return wrapped


def _remember(given: Any, wrapped: Backend) -> None:
    number = id(given)

    def forget(_gone: weakref.ref[Any]) -> None:
        known = _WRAPPED.get(number)
        if known is not None and (known[0]() is None or known[1]() is None):
            del _WRAPPED[number]

    try:
        _WRAPPED[number] = (weakref.ref(given, forget), weakref.ref(wrapped, forget))
    except TypeError:  # no weak references to it: it is wrapped anew each time
        return


def _not_accepted(given: Any) -> InputError:
    accepted = "a Feedline backend, session or batch, or an object that a plugin wraps (any Qiskit BackendV2)"
    if isinstance(given, str):
        remedy = f"Write feedline.backend({given!r})."
    elif isinstance(given, type):
        remedy = f"Make one first: {given.__name__}(...)."
    else:
        remedy = f"Pass {accepted}."
    return InputError(f"{given!r} ({type(given).__name__}) cannot be run on: it is not {accepted}.", remedy=remedy)


def failures_note() -> str:
    """A sentence, after a blank, about plugins that failed to load; empty if none did."""
    failed = ", ".join(f"'{plugin}'" for plugin in sorted(host().failures))
    return f" Plugins that failed to load: {failed}; `feedline plugins` says why." if failed else ""


def _find(entries: Mapping[str, _Found], name: str, kind: str) -> _Found:
    entry = entries.get(name)
    if entry is None:
        raise NotFoundError(f"There is no {kind} '{name}'.", remedy=nearest(name, entries) + failures_note())
    missing = missing_modules(entry)
    if missing:
        raise MissingExtraError(
            f"{kind.capitalize()} '{name}' needs {', '.join(missing)}, not installed here.",
            remedy=f"Run: {install_line(entry)}",
        )
    return entry


def _check_options(entry: BackendEntry, options: Mapping[str, Any]) -> None:
    """Compare options with the parameters of ``make``, so that an error names the nearest."""
    try:
        signature = inspect.signature(entry.make)
    except ValueError:  # a function without a signature checks for itself
        return
    parameters = list(signature.parameters.values())
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    named = {
        parameter.name: parameter
        for parameter in parameters[1:]
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    for option in options:
        if option not in named and not takes_any:
            raise OptionError(f"Backend '{entry.name}' has no option '{option}'.", remedy=nearest(option, named))
    for parameter in named.values():
        if parameter.default is parameter.empty and parameter.name not in options:
            raise InputError(
                f"Backend '{entry.name}' needs the option '{parameter.name}'.",
                remedy=f"Write feedline.backend('{entry.name}', {parameter.name}=...).",
            )


def _make(entry: NamedEntry, kind: str, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except FeedlineError:
        raise
    except Exception as error:
        raise PluginError(
            f"{kind} '{entry.name}' of plugin '{host().owner(entry)}' raised {type(error).__name__}: {error}",
            remedy="Check its argument and options; if they are right, report this to the plugin's authors.",
        ) from error


def _wrong(entry: NamedEntry, kind: str, made: Any, wanted: str) -> PluginError:
    return PluginError(
        f"{kind} '{entry.name}' of plugin '{host().owner(entry)}' made {made!r}.",
        remedy=f"Its make function returns {wanted}; report this to the plugin's authors.",
    )
