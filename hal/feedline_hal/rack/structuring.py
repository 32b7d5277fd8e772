# SPDX-License-Identifier: Apache-2.0
"""Tables of a file as records: cattrs makes them, every mistake is kept with its path."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import attrs
from cattrs import (
    AttributeValidationNote,
    BaseValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, override

from feedline.errors import nearest

from . import value as values
from .bound import KEY, Bound
from .mistake import Mistake
from .place import Keys, line_at
from .schema import Channel, InstrumentSpec, Range
from .value import WrongValueError

_Record = TypeVar("_Record")
_Reader = Callable[[str, Any], Any]

_READERS: dict[Any, _Reader] = {
    str: values.to_text,
    bool: values.to_claim,
    int: values.to_whole,
    float: values.to_number,
    Channel: values.to_channel,
    Range: values.to_range,
    tuple[int, ...]: values.to_qubits,
    Mapping[str, Any]: values.to_table,
}


def structured(
    table: Mapping[str, Any], kind: type[_Record], *, keys: Keys, lines: Mapping[Keys, int], given: Mapping[str, Any]
) -> tuple[_Record | None, list[Mistake]]:
    """A record of a table, or its mistakes.

    Args:
        table: What the file says.
        kind: Which record.
        keys: Where it is in the file.
        lines: Lines of the file's keys.
        given: Fields that the table's place says, not its keys: ``name``.
    """
    foreign = [key for key in table if key in given]
    mistakes = [_unknown(keys, key, kind, lines, given) for key in foreign]
    which: Any = kind
    try:
        made = _converter(which).structure({**table, **given}, kind)
    except BaseValidationError as error:
        for path, cause, owner in _causes(error, keys, kind):
            mistakes += _mistakes_of(path, cause, owner, lines, given)
        return None, mistakes
    return (None if mistakes else made), mistakes


@functools.cache
def _converter(kind: type[Any]) -> Converter:
    """What makes a record, and the records in it."""
    converter = Converter(detailed_validation=True)
    _register(kind, converter)
    return converter


def _register(kind: type[Any], converter: Converter) -> None:
    hints = get_type_hints(kind)
    hooks: dict[str, Any] = {}
    for field in attrs.fields(kind):
        inner = _record_in(hints[field.name])
        if inner is None:
            hooks[field.name] = override(struct_hook=_field_hook(field, hints[field.name]))
        else:
            _register(inner, converter)
            hooks[field.name] = override(struct_hook=converter.get_structure_hook(inner))
    make = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True, **hooks)

    def hook(value: Any, of: Any) -> Any:
        values.to_table("", value)
        return make(value, of)

    converter.register_structure_hook(kind, hook)


def _record_in(hint: Any) -> type[Any] | None:
    """The record that a field holds, or may hold."""
    kinds = [one for one in (hint, *get_args(hint)) if isinstance(one, type) and attrs.has(one)]
    return kinds[0] if kinds and get_origin(hint) in (None, UnionType) else None


def _field_hook(field: attrs.Attribute[Any], kind: Any) -> Callable[[Any, Any], Any]:
    """Reads one field; TOML has no null, so an optional value is read as the value."""
    name, bound = field.name, field.metadata.get(KEY)
    if kind == Mapping[str, float]:
        return lambda value, _: _each(name, value, values.to_setting)
    if kind == Mapping[str, Range]:
        return lambda value, _: _each(name, value, values.to_range)
    reader = next((found for known, found in _READERS.items() if kind in (known, known | None)), None)
    if reader is None:  # tables of records, which the reader of the file gives as they are
        return lambda value, _: value
    return lambda value, _: _bounded(name, reader(name, value), bound)


def _bounded(name: str, value: Any, bound: Bound | None) -> Any:
    if bound is not None and not bound.has(value):
        unit = values.unit_of(name)
        raise WrongValueError(f"is {value:g}.", f"Give a number {bound}{f', in {unit}' if unit else ''}.")
    return value


def _each(name: str, value: Any, reader: _Reader) -> dict[str, Any]:
    """Every entry of a table, all mistakes together."""
    made: dict[str, Any] = {}
    wrong: list[Exception] = []
    for key, item in values.to_table(name, value).items():
        try:
            made[key] = reader(key, item)
        except WrongValueError as error:
            error.__notes__ = [IterableValidationNote(f"In {name}", key, Any)]
            wrong.append(error)
    if wrong:
        raise IterableValidationError(f"In {name}", wrong, dict)
    return made


def _causes(error: BaseException, path: Keys, owner: Any) -> Iterator[tuple[Keys, BaseException, Any]]:
    """Single mistakes in what cattrs raises, with the path to each and the record that it is in."""
    if not isinstance(error, BaseValidationError):
        yield path, error, owner
        return
    inner = error.cl if attrs.has(error.cl) else owner
    for cause in error.exceptions:
        note = next((item for item in getattr(cause, "__notes__", ()) if isinstance(item, str)), "")
        step: Keys = ()
        if isinstance(note, AttributeValidationNote):
            step = (note.name,)
        elif isinstance(note, IterableValidationNote):
            step = (str(note.index),)
        yield from _causes(cause, (*path, *step), inner)


def _mistakes_of(
    path: Keys, cause: BaseException, owner: Any, lines: Mapping[Keys, int], given: Mapping[str, Any]
) -> list[Mistake]:
    if isinstance(cause, ForbiddenExtraKeysError):
        return [_unknown(path, key, cause.cl, lines, given) for key in sorted(cause.extra_fields)]
    if isinstance(cause, WrongValueError):
        return [Mistake(dotted(path), cause.what, cause.remedy, line_at(lines, path))]
    if isinstance(cause, KeyError):
        return [Mistake(dotted(path), "is missing.", _missing_remedy(path[-1], owner), line_at(lines, path[:-1]))]
    raise cause


def _missing_remedy(key: str, owner: Any) -> str:
    if owner is InstrumentSpec:
        example = "yokogawa_gs200" if key == "driver" else "TCPIP::10.0.0.5::4000::SOCKET"
        return f'Give one: {key} = "{example}".'
    return f"Give {key}."


def _unknown(keys: Keys, key: str, kind: Any, lines: Mapping[Keys, int], given: Mapping[str, Any]) -> Mistake:
    known = [field.name for field in attrs.fields(kind) if field.name not in given]
    return Mistake(dotted((*keys, key)), "is no key of this table.", nearest(key, known), line_at(lines, (*keys, key)))


def dotted(keys: Keys) -> str:
    """Keys as one path."""
    return ".".join(keys)
