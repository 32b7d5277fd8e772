# SPDX-License-Identifier: Apache-2.0
"""What plugins register: typed entries, one class per hook."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from .processor import Backend
    from .passes import Pass


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
        distribution: What to install; ours by default.
        argument: What the part after the colon means (``FILE``), if the backend cannot do without.
    """

    name: str
    make: Callable[..., Backend]
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = ()
    distribution: str = "feedline"
    argument: str = ""


@attrs.frozen(kw_only=True, slots=True)
class DriverEntry:
    """An instrument driver by name, ``<maker>_<model>``; ``make`` gives its class."""

    name: str
    make: Callable[[], type]
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = ()
    distribution: str = "feedline"


@attrs.frozen(kw_only=True, slots=True)
class PassEntry:
    """A pass by name; ``make`` gives the pass object (imports belong inside it)."""

    name: str
    make: Callable[[], Pass]
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = ()
    distribution: str = "feedline"


@attrs.frozen(kw_only=True, slots=True)
class LevelEntry:
    """A resilience level: which passes it asks for, for one primitive (``estimator``, ``sampler``).

    Several entries of one level add up. A pass of a level that a backend cannot serve is left out
    and the metadata says so.
    """

    level: int
    passes: tuple[str, ...]
    primitive: str = "estimator"


@attrs.frozen(kw_only=True, slots=True)
class ProgramEntry:
    """A program by name: a parametrised routine that runs beside the device."""

    name: str
    make: Callable[[], Callable[..., Any]]
    summary: str = ""
    extra: str = ""
    modules: tuple[str, ...] = ()
    distribution: str = "feedline"
