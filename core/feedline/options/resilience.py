# SPDX-License-Identifier: Apache-2.0
"""``options.resilience``: which passes run, and a group of options per installed pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from feedline.errors import OptionError, nearest

from .group import OptionGroup, number, option_group

_OWN = ("passes", "max_overhead")
"""Options that belong to no pass."""


def _passes(group: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """Accept names of installed passes, and pass objects."""
    from feedline.passes import Pass

    del group, field
    if not isinstance(value, list | tuple):
        raise OptionError(
            f"resilience.passes is {value!r}.",
            remedy='It takes a list of pass names, such as ["zne"], or pass objects.',
        )
    for item in value:
        if isinstance(item, str) and item not in _installed():
            raise OptionError(f"There is no pass '{item}'.", remedy=nearest(item, _installed()))
        if not isinstance(item, str) and not isinstance(item, Pass):
            raise OptionError(
                f"resilience.passes holds {item!r}, which is not a pass.",
                remedy="A pass has name, options, stage, needs, conflicts, cost, widen and fold.",
            )


@option_group
class ResilienceOptions(OptionGroup):
    """Which passes run beside those of the level; each installed pass has a group of its own name.

    Attributes:
        passes: Names of installed passes, or pass objects for one-offs.
        max_overhead: By how much passes may multiply the variance of a result; a run that would go beyond is
            refused. ``None`` for no cap.
    """

    passes: list[Any] = attrs.field(factory=list, validator=_passes)
    max_overhead: float | None = attrs.field(default=100.0, validator=number(float, least=1, optional=True))

    def own(self, name: str) -> Any:
        """The options that were given for a pass, or ``None``."""
        return self.__dict__.get(name)

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values; passes by name."""
        names = [item if isinstance(item, str) else item.name for item in self.passes]
        own = {name: attrs.asdict(options) for name, options in self._of_passes()}
        return {"passes": names, "max_overhead": self.max_overhead, **own}

    def changed(self) -> dict[str, Any]:
        """Only what differs from the defaults."""
        told = self.to_dict()
        if told["max_overhead"] == attrs.fields_dict(type(self))["max_overhead"].default:
            del told["max_overhead"]
        return {name: value for name, value in told.items() if value or name == "max_overhead"}

    def _of_passes(self) -> list[tuple[str, Any]]:
        return [(name, value) for name, value in self.__dict__.items() if name not in _OWN]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        options = _options_of(name)()
        self.__dict__[name] = options
        return options

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            super().__setattr__(name, value)
            return
        kind = _options_of(name)
        if isinstance(value, Mapping):
            for key in value:
                if key not in (known := [field.name for field in attrs.fields(kind)]):
                    raise OptionError(f"resilience.{name} has no option '{key}'.", remedy=nearest(key, known))
            value = kind(**value)
        if not isinstance(value, kind):
            raise OptionError(f"resilience.{name} is {value!r}.", remedy=f"It takes a dict, or a {kind.__name__}.")
        self.__dict__[name] = value

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *_installed()]


def _installed() -> Iterable[str]:
    from feedline.front_door import host

    return list(host().passes)


def _options_of(name: str) -> type:
    """Class of a pass's options."""
    from feedline.front_door import make_pass

    if name not in _installed():
        raise OptionError(f"resilience has no option '{name}'.", remedy=nearest(name, [*_OWN, *_installed()]))
    return make_pass(name).options
