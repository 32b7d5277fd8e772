# SPDX-License-Identifier: Apache-2.0
"""Rules of instruments: addresses, settings, safe ranges."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from feedline.errors import InputError, nearest
from feedline_hal.instrument.quantity import Quantity
from feedline_hal.rack.bench import Bench, BenchPart
from feedline_hal.rack.mistake import Mistake
from feedline_hal.rack.schema import InstrumentSpec
from feedline_hal.rack.value import unit_of
from feedline_hal.transport.opening import make_transport

_FROM_ZERO = ("_per_s", "_duty")
"""How quantities end that are 0 in the safe state."""


def addresses(bench: Bench) -> Iterator[Mistake]:
    """Addresses are well-formed, and no two instruments are at one."""
    known: dict[str, str] = {}
    for name, spec in bench.spec.instruments.items():
        path = f"instruments.{name}.address"
        if not spec.address:
            yield Mistake(path, "is empty.", "Give its VISA address, or ASRL and the device of its serial line.")
            continue
        part = bench.parts.get(name)
        try:
            if part is None or not hasattr(part.kind, "connect"):  # one that connects itself has forms of its own
                make_transport(spec.address, name=name, library=spec.library)
        except InputError as error:
            yield Mistake(path, error.what.removeprefix(f"{name}: "), error.remedy)
            continue
        if spec.baud and not spec.address.upper().startswith("ASRL"):
            yield Mistake(f"instruments.{name}.baud", "is for serial lines only.", "Leave it out.")
        if spec.baud < 0:
            yield Mistake(f"instruments.{name}.baud", f"is {spec.baud}.", "Give bits per second: 9600, 115200.")
        other = known.setdefault(spec.address.casefold(), name)
        if other != name:
            yield Mistake(path, f"is that of '{other}' too.", "Give each instrument its own address.")


def options(bench: Bench) -> Iterator[Mistake]:
    """Options are given to drivers that take some."""
    for name, part in bench.parts.items():
        takes_any = hasattr(part.kind, "connect") or "options" in inspect.signature(part.kind).parameters
        if part.spec.options and not takes_any:
            yield Mistake(
                f"instruments.{name}.options", f"are not taken by driver '{part.spec.driver}'.", "Leave them out."
            )


def settings(bench: Bench) -> Iterator[Mistake]:
    """Settings exist, can be set, and are within the instrument's limits and the safe range."""
    for name, part in bench.parts.items():
        settable = {key: item for key, item in part.quantities.items() if item.is_setting}
        for key, value in part.spec.settings.items():
            path = f"instruments.{name}.settings.{key}"
            if key not in settable:
                yield Mistake(path, f"is no setting of driver '{part.spec.driver}'.", nearest(key, settable))
                continue
            yield from _within(path, value, settable[key], part.spec)


def _within(path: str, value: float, quantity: Quantity, spec: InstrumentSpec) -> Iterator[Mistake]:
    if not quantity.low <= value <= quantity.high:
        reach = span(quantity.name, quantity.low, quantity.high)
        yield Mistake(path, f"is {value:.9g}, beyond what the instrument does.", f"Give a value {reach}.")
        return
    if quantity.choices and value not in quantity.choices:
        offered = ", ".join(f"{item:.9g}" for item in quantity.choices)
        yield Mistake(path, f"is {value:.9g}, which the instrument has not.", f"Give one of {offered}.")
        return
    safe = spec.safe.get(quantity.name)
    if safe is not None and not safe[0] <= value <= safe[1]:
        remedy = f"The safe range is {span(quantity.name, *safe)} (instruments.{spec.name}.safe)."
        yield Mistake(path, f"is {value:.9g}, which is not safe.", remedy)


def safe_ranges(bench: Bench) -> Iterator[Mistake]:
    """Every output has a safe range; every safe range is of a quantity and within the instrument's limits."""
    for name, part in bench.parts.items():
        path = f"instruments.{name}.safe"
        for key, (low, high) in part.spec.safe.items():
            quantity = part.quantities.get(key)
            if quantity is None:
                what = f"is no quantity of driver '{part.spec.driver}'."
                yield Mistake(f"{path}.{key}", what, nearest(key, part.quantities))
            elif low < quantity.low or high > quantity.high:
                reach = span(key, quantity.low, quantity.high)
                what = f"is [{low:.9g}, {high:.9g}], beyond what the instrument does."
                yield Mistake(f"{path}.{key}", what, f"Stay within {reach.removeprefix('from ')}.")
            elif low > 0 and key.endswith(_FROM_ZERO):
                what = f"is [{low:.9g}, {high:.9g}], without 0: what rests, or is off, would not be safe."
                yield Mistake(f"{path}.{key}", what, f"Write [0, {high:.9g}].")
        yield from _missing(path, part)


def _missing(path: str, part: BenchPart) -> Iterator[Mistake]:
    absent = [item for item in part.quantities.values() if item.is_output and item.name not in part.spec.safe]
    if absent:
        lines = "\n".join(f"      {safe_line(item)}" for item in absent)
        what = f"has no range for {', '.join(item.name for item in absent)}."
        yield Mistake(path, what, f"Add to [{path}], with what your device bears:\n{lines}")


def safe_line(quantity: Quantity) -> str:
    """The line of a rack file that gives a quantity a safe range; the numbers are for a person to fill in."""
    reach = span(quantity.name, quantity.low, quantity.high)
    return f"{quantity.name} = [LOW, HIGH]  # the instrument: {reach}"


def span(name: str, low: float, high: float) -> str:
    """A range in words: ``from 1e+06 to 1.275e+10 hertz``."""
    return f"from {low:.9g} to {high:.9g} {unit_of(name)}".rstrip()
