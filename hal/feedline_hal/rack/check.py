# SPDX-License-Identifier: Apache-2.0
"""Checks a rack file as a whole, offline: drivers, wiring, levels, times, calibrations; every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from .bench import Bench, benched
from .mistake import Mistake
from .place import Keys, line_at, lines_of
from .rule import calibration, instrument, port, timing
from .schema import RackSpec

if TYPE_CHECKING:
    from feedline.registry import DriverEntry

Rule = Callable[[Bench], Iterator[Mistake]]

RULES: tuple[Rule, ...] = (
    instrument.addresses,
    instrument.options,
    instrument.settings,
    instrument.safe_ranges,
    port.shapes,
    port.channels,
    port.oscillators,
    port.frequencies,
    port.levels,
    timing.rates,
    timing.triggers,
    timing.repetition,
    timing.readout,
    calibration.calibrations,
)
"""In the order in which their mistakes are told, those of one line excepted."""


def check_rack(spec: RackSpec, entries: Mapping[str, DriverEntry] | None = None) -> list[Mistake]:
    """Everything that is wrong with a rack file that could be read; nothing is connected.

    Args:
        spec: The rack file.
        entries: Drivers by name; those of the installed plugins if not given.

    Returns:
        Mistakes in the order of the file's lines; empty if there are none.
    """
    if entries is None:
        from feedline.front_door import host

        entries = host().drivers
    bench, mistakes = benched(spec, entries)
    for rule in RULES:
        mistakes.extend(rule(bench))
    lines = _lines(spec)
    found = [attrs.evolve(item, line=line_at(lines, tuple(item.path.split(".")))) for item in mistakes]
    return sorted(found, key=lambda item: item.line)


def _lines(spec: RackSpec) -> Mapping[Keys, int]:
    """Lines of the file's keys; none if the file is no longer there."""
    try:
        return lines_of(spec.path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}
