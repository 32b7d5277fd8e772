# SPDX-License-Identifier: Apache-2.0
"""What plugins register: typed entries, one class per hook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import attrs

from .errors import PluginError

if TYPE_CHECKING:
    from .passes import Pass
    from .processor import Backend

PRIMITIVES = ("estimator", "sampler")


def _check_name(entry: Any, _attribute: Any, name: Any) -> None:
    kind = type(entry).__name__
    if not isinstance(name, str) or not name or any(mark.isspace() or mark == ":" for mark in name):
        raise PluginError(
            f"{kind}: name {name!r} is not a name.",
            remedy="Give a word without spaces or colons: what follows a colon is the backend's argument.",
        )


def _check_make(entry: Any, _attribute: Any, make: Any) -> None:
    if not callable(make):
        raise PluginError(
            f"{type(entry).__name__} '{entry.name}': make is {make!r}, which cannot be called.",
            remedy="Give the function that makes it, not what it makes.",
        )


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise PluginError(
            f"A registered entry holds the text '{values}' where several names are meant.",
            remedy=f"Give a tuple: ('{values}',).",
        )
    return tuple(values)


@attrs.frozen(kw_only=True, slots=True)
class BackendEntry:
    """A backend by name.

    Attributes:
        name: What users write: ``feedline.backend("name")``, ``--backend name``.
        make: Makes it: ``make(argument, **options)``. ``argument`` is what follows a colon in the
            name (``rack:lab.toml``), else ``""``. Does no I/O beyond reading that file.
        summary: One line for tables.
        extra: Extra of the distribution that the backend needs, for the install line.
        modules: Modules that come with the extra; when one is missing the error names the extra.
        distribution: What to install; the plugin's own distribution if left empty.
        argument: What the part after the colon means (``FILE``), if the backend cannot do without.
    """

    name: str = attrs.field(validator=_check_name)
    make: Callable[..., Backend] = attrs.field(validator=_check_make)
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    distribution: str = ""
    argument: str = ""


@attrs.frozen(kw_only=True, slots=True)
class DriverEntry:
    """An instrument driver by name, ``<maker>_<model>``; ``make`` gives its class."""

    name: str = attrs.field(validator=_check_name)
    make: Callable[[], type] = attrs.field(validator=_check_make)
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    distribution: str = ""


@attrs.frozen(kw_only=True, slots=True)
class PassEntry:
    """A pass by name; ``make`` gives the pass object (imports belong inside it)."""

    name: str = attrs.field(validator=_check_name)
    make: Callable[[], Pass] = attrs.field(validator=_check_make)
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    distribution: str = ""


@attrs.frozen(kw_only=True, slots=True)
class LevelEntry:
    """A resilience level: which passes it asks for, for one primitive (``estimator``, ``sampler``).

    Several entries of one level add up. A pass of a level that a backend cannot serve is left out
    and the metadata says so.
    """

    level: int = attrs.field()
    passes: tuple[str, ...] = attrs.field(converter=_texts)
    primitive: str = attrs.field(default="estimator")

    @level.validator
    def _check_level(self, _attribute: Any, level: Any) -> None:
        if not isinstance(level, int) or isinstance(level, bool) or level < 1:
            raise PluginError(
                f"LevelEntry: level is {level!r}.",
                remedy="Give a whole number from 1 on; level 0 stands for no passes.",
            )

    @primitive.validator
    def _check_primitive(self, _attribute: Any, primitive: Any) -> None:
        if primitive not in PRIMITIVES:
            raise PluginError(
                f"LevelEntry {self.level}: primitive is {primitive!r}.",
                remedy="Give 'estimator' or 'sampler'.",
            )


@attrs.frozen(kw_only=True, slots=True)
class ProgramEntry:
    """A program by name: a parametrised routine that runs beside the device."""

    name: str = attrs.field(validator=_check_name)
    make: Callable[[], Callable[..., Any]] = attrs.field(validator=_check_make)
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    distribution: str = ""


NamedEntry = BackendEntry | DriverEntry | PassEntry | ProgramEntry


def missing_modules(entry: NamedEntry) -> tuple[str, ...]:
    """Modules that the entry needs and that are not installed; nothing is imported for a plain name."""
    return tuple(module for module in entry.modules if not _is_installed(module))


def install_line(entry: NamedEntry) -> str:
    """The command that installs what the entry needs."""
    if entry.distribution and entry.extra:
        return f"pip install '{entry.distribution}[{entry.extra}]'"
    return f"pip install {' '.join(missing_modules(entry)) or entry.distribution}"


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a parent is missing, or is no package
        return False
