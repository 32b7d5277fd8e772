# SPDX-License-Identifier: Apache-2.0
"""What a bench is made of, as text, to be sent to the process that makes it; nothing of it is loaded before."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from cattrs import Converter

from feedline.errors import NotFoundError
from feedline.front_door import host
from feedline_hal.rack.schema import Channel, RackSpec

if TYPE_CHECKING:
    from .bench import Bench

_Record = TypeVar("_Record")
_FOUND = (
    "Emulators have a process of their own: it knows drivers of installed plugins and of plugin files, "
    "not those of an object that a program registered."
)


@attrs.frozen
class Recipe:
    """How to make a bench.

    Attributes:
        make: The function that makes it, as ``module:function``.
        given: Its arguments, as JSON has them.
    """

    make: str
    given: Mapping[str, Any]

    def to_text(self) -> str:
        """As text."""
        return json.dumps([self.make, self.given])

    @classmethod
    def of(cls, text: str) -> Recipe:
        """What `to_text` made."""
        return cls(*json.loads(text))

    def __call__(self) -> Bench:
        """Make it."""
        module, _, name = self.make.partition(":")
        made: Bench = getattr(import_module(module), name)(**self.given)
        return made


def rack_recipe(spec: RackSpec, names: Iterable[str]) -> Recipe:
    """Some of a rack's instruments, at free addresses."""
    given = {"spec": plain(spec), "names": sorted(names), "files": host().files}
    return Recipe(f"{__name__}:rack_bench", given)


def rack_bench(spec: Mapping[str, Any], names: Iterable[str], files: Iterable[str]) -> Bench:
    """What `rack_recipe` asks for.

    Raises:
        NotFoundError: If a driver is not known where this is made.
        PluginError: If a plugin file cannot be loaded there.
    """
    from .bench import Bench

    for path in files:
        host().load_file(path)  # those that are here already are left as they are
    try:
        return Bench(record(spec, RackSpec), names, at_rack_addresses=False)
    except NotFoundError as error:
        error.amend(error.what, remedy=f"{error.remedy} {_FOUND}")
        raise


def plain(value: Any) -> Any:
    """A record as JSON has it."""
    return _converter().unstructure(value)


def record(value: Any, kind: type[_Record]) -> _Record:
    """What `plain` made."""
    return _converter().structure(value, kind)


@functools.cache
def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook(Path, lambda text, _: Path(text))
    converter.register_unstructure_hook(Channel, list)
    converter.register_structure_hook(Channel, lambda parts, _: Channel(*parts))
    return converter
