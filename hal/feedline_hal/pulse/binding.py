# SPDX-License-Identifier: Apache-2.0
"""Parameters in records: which ones are left, and what takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from .frame import Frame
from .value import bound, parameters_of
from .waveform import Waveform

if TYPE_CHECKING:
    from qiskit.circuit import Parameter

Record = TypeVar("Record")


def parameters_in(record: Any) -> frozenset[Parameter]:
    """Parameters that an instruction depends on, in its frames and waveforms too."""
    found: frozenset[Parameter] = frozenset()
    for _, value in _fields(record):
        for item in value if isinstance(value, tuple) else (value,):
            found |= item.free if isinstance(item, Frame | Waveform) else parameters_of(item)
    return found


def with_values(record: Record, values: Mapping[Parameter, Any]) -> Record:
    """The instruction with parameters replaced by numbers or expressions; checked again."""
    if parameters_in(record).isdisjoint(values):
        return record
    new = {name: _bound(value, values) for name, value in _fields(record)}
    return attrs.evolve(record, **new)  # type: ignore[misc]  # every instruction is an attrs record


def _fields(record: Any) -> list[tuple[str, Any]]:
    return [(field.name, getattr(record, field.name)) for field in attrs.fields(type(record))]


def _bound(value: Any, values: Mapping[Parameter, Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(_bound(item, values) for item in value)
    if isinstance(value, Frame | Waveform):
        return value.bind(values)
    return bound(value, values)
