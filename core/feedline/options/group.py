# SPDX-License-Identifier: Apache-2.0
"""Option groups: attrs classes that refuse what they do not know, and show themselves."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, Self, TypeVar, dataclass_transform

import attrs

from feedline.errors import OptionError, nearest

T = TypeVar("T", bound=type)


@dataclass_transform(kw_only_default=True, field_specifiers=(attrs.field,))
def option_group(cls: T) -> T:
    """Make an attrs class of an option group; its signature lists the options, for tab completion."""
    made = attrs.define(kw_only=True, slots=False, init=False, on_setattr=attrs.setters.NO_OP)(cls)
    for field in attrs.fields(made):  # attrs takes defaults off the class, and completion looks there
        setattr(made, field.name, _shown_default(field))
    made.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # inspect honours it
        [
            inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type)
            for field in attrs.fields(made)
        ]
    )
    return made


@attrs.define(kw_only=True, slots=False, init=False, on_setattr=attrs.setters.NO_OP)
class OptionGroup:
    """Base of every group of options.

    Subclasses are classes decorated with `option_group` whose fields carry validators. A group can be
    made from keywords, from a mapping (`of`), and changed by attribute or with `update`; every way
    checks names and values alike.
    """

    def __init__(self, **values: Any) -> None:
        self.__attrs_init__()
        self.update(**values)

    @classmethod
    def of(cls, value: Any) -> Self:
        """Make a group from a group, a mapping or ``None`` (the defaults).

        Raises:
            OptionError: If a name is unknown, or a value is not one that the option takes.
        """
        if value is None:
            return cls()
        if type(value) is cls:
            return value.copy()
        if isinstance(value, OptionGroup):
            value = value.changed()  # another kind of group: what it has changed must exist here
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            group = cls()
            group.update(**value)
            return group
        raise OptionError(
            f"{cls.__name__} cannot be made from {type(value).__name__} {value!r}.",
            remedy=f"Pass a dict, or a {cls.__name__}.",
        )

    def update(self, **values: Any) -> None:
        """Set several options; a mapping for a nested group changes only what it names."""
        for name, value in values.items():
            setattr(self, name, value)

    def copy(self) -> Self:
        """An independent copy, nested groups included."""
        fresh = object.__new__(type(self))
        for name, value in self.__dict__.items():
            fresh.__dict__[name] = value.copy() if isinstance(value, OptionGroup | list) else value
        return fresh

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values."""
        return {
            field.name: value.to_dict() if isinstance(value := getattr(self, field.name), OptionGroup) else value
            for field in attrs.fields(type(self))
        }

    def changed(self) -> dict[str, Any]:
        """Only what differs from the defaults, nested."""
        default = _default(type(self)).__dict__
        out: dict[str, Any] = {}
        for name, value in self.__dict__.items():
            if isinstance(value, OptionGroup):
                if inner := value.changed():
                    out[name] = inner
            elif value != default[name]:
                out[name] = value
        return out

    def __setattr__(self, name: str, value: Any) -> None:
        fields = attrs.fields_dict(type(self))
        if name not in fields:
            raise OptionError(f"{type(self).__name__} has no option '{name}'.", remedy=nearest(name, fields))
        current = self.__dict__.get(name)
        if isinstance(current, OptionGroup):
            if isinstance(value, Mapping):
                current.update(**value)
                return
            value = type(current).of(value)
        field = fields[name]
        if field.validator is not None:
            field.validator(self, field, value)
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise OptionError(
            f"{type(self).__name__} has no option '{name}'.",
            remedy=nearest(name, attrs.fields_dict(type(self))),
        )

    def _repr_html_(self) -> str:
        """A table for notebooks; what was changed is bold."""
        rows = "".join(
            f"<tr><td style='text-align:left'><code>{html.escape(name)}</code></td>"
            f"<td style='text-align:left'>{'<b>' if bold else ''}{html.escape(repr(value))}"
            f"{'</b>' if bold else ''}</td></tr>"
            for name, value, bold in self.rows()
        )
        return f"<table><tr><th colspan='2'>{type(self).__name__}</th></tr>{rows}</table>"

    def rows(self, prefix: str = "") -> list[tuple[str, Any, bool]]:
        """Name, value and whether it was changed, of every option, nested ones with dots."""
        rows: list[tuple[str, Any, bool]] = []
        default = _default(type(self))
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if isinstance(value, OptionGroup):
                rows += value.rows(f"{prefix}{field.name}.")
            else:
                rows.append((prefix + field.name, value, value != getattr(default, field.name)))
        return rows


_DEFAULTS: dict[type, Any] = {}


def _default(kind: type) -> Any:
    """A group with nothing changed, to compare with."""
    if kind not in _DEFAULTS:
        _DEFAULTS[kind] = kind()
    return _DEFAULTS[kind]


Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def _shown_default(field: attrs.Attribute[Any]) -> Any:
    factory = getattr(field.default, "factory", None)
    return field.default if factory is None else factory()


def refuse(group: Any, field: attrs.Attribute[Any], value: Any, wanted: str) -> OptionError:
    """The error for a value that an option does not take."""
    return OptionError(
        f"{type(group).__name__}.{field.name} is {value!r}.",
        remedy=f"It takes {wanted}; the default is {_shown_default(field)!r}.",
    )


def one_of(*choices: Any) -> Validator:
    """Accept one of a few values."""
    names = [choice for choice in choices if isinstance(choice, str)]

    def check(group: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if not any(value is choice or (value == choice and type(value) is type(choice)) for choice in choices):
            found = nearest(value, names).split("?") if isinstance(value, str) else []
            hint = f" ({found[0]}?)" if len(found) > 1 else ""  # else nothing is near
            raise refuse(group, field, value, "one of " + ", ".join(map(repr, choices)) + hint)

    return check


def number(kind: type, *, above: float | None = None, least: float | None = None, optional: bool = False) -> Validator:
    """Accept a finite number; booleans and nan are not numbers here."""
    wanted = {int: "a whole number", float: "a number"}[kind]
    wanted += f" above {above:g}" if above is not None else f" of at least {least:g}" if least is not None else ""
    wanted += " or None" if optional else ""

    def check(group: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if value is None and optional:
            return
        good = not isinstance(value, bool) and isinstance(value, Integral if kind is int else Real)
        good = good and abs(float(value)) < float("inf")
        good = good and (above is None or value > above) and (least is None or value >= least)
        if not good:
            raise refuse(group, field, value, wanted)

    return check


def flag(*, optional: bool = False) -> Validator:
    """Accept ``True`` or ``False`` (or ``None``)."""
    return one_of(True, False, None) if optional else one_of(True, False)


def texts(group: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """Accept a list of strings."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise refuse(group, field, value, "a list of strings")
