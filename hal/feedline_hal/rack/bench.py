# SPDX-License-Identifier: Apache-2.0
"""A rack's instruments without a connection: what their drivers say that they can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import attrs

from feedline.errors import FeedlineError, nearest
from feedline.registry import DriverEntry, install_line, missing_modules
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.instrument.quantity import Quantity
from feedline_hal.instrument.sequence import SequencerCapabilities
from feedline_hal.instrument.triggering import CoordinatorCapabilities

from .instrument_lane import make_driver
from .mistake import Mistake
from .schema import InstrumentSpec, RackSpec

Able = SequencerCapabilities | DigitizerCapabilities | CoordinatorCapabilities


@attrs.frozen(kw_only=True, slots=True, eq=False)
class BenchPart:
    """An instrument as its driver describes it.

    Attributes:
        spec: What the rack file says.
        kind: The driver's class.
        quantities: What it puts out or sets, by name.
        able: What it can do; ``None`` for one that has values only.
    """

    spec: InstrumentSpec
    kind: type[Any]
    quantities: Mapping[str, Quantity]
    able: Able | None

    @property
    def role(self) -> str:
        """What it is, in a word."""
        names = {
            SequencerCapabilities: "sequencer",
            DigitizerCapabilities: "digitizer",
            CoordinatorCapabilities: "coordinator",
        }
        return names.get(type(self.able), "settable")


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Bench:
    """A rack file and the instruments whose drivers are known.

    Attributes:
        spec: The rack file.
        parts: Instruments by name; those with an unknown driver are missing.
    """

    spec: RackSpec
    parts: Mapping[str, BenchPart]

    def of_role(self, role: str) -> list[str]:
        """Names of the instruments of a role."""
        return [name for name, part in self.parts.items() if part.role == role]


def benched(spec: RackSpec, entries: Mapping[str, DriverEntry]) -> tuple[Bench, list[Mistake]]:
    """Instruments without a connection, and what is wrong with their drivers and options.

    Args:
        spec: The rack file.
        entries: Drivers by name, as plugins offer them.
    """
    parts: dict[str, BenchPart] = {}
    mistakes: list[Mistake] = []
    for name, instrument in spec.instruments.items():
        found = _part(instrument, entries)
        if isinstance(found, Mistake):
            mistakes.append(found)
        else:
            parts[name] = found
    return Bench(spec=spec, parts=parts), mistakes


def _part(spec: InstrumentSpec, entries: Mapping[str, DriverEntry]) -> BenchPart | Mistake:
    path = f"instruments.{spec.name}"
    entry = entries.get(spec.driver)
    if entry is None:
        from feedline.front_door import failures_note

        remedy = nearest(spec.driver, entries) + failures_note()
        return Mistake(f"{path}.driver", f'is "{spec.driver}", which no plugin offers.', remedy)
    missing = missing_modules(entry)
    if missing:
        return Mistake(f"{path}.driver", f"needs {', '.join(missing)}, not installed here.", f"{install_line(entry)}.")
    try:
        kind: type[Any] = entry.make()
        quantities = {item.name: item for item in kind.quantities(spec.options)}
        return BenchPart(spec=spec, kind=kind, quantities=quantities, able=_able(spec, kind, quantities))
    except FeedlineError as error:
        return Mistake(f"{path}.options", f"are not taken: {error.what}", error.remedy)


def _able(spec: InstrumentSpec, kind: type[Any], quantities: Mapping[str, Quantity]) -> Able | None:
    """What it can do, asked of a driver whose wire refuses everything."""
    if not hasattr(kind, "capabilities"):
        return None
    ranges = {name: spec.safe.get(name, (item.low, item.high)) for name, item in quantities.items()}
    able: Able = make_driver(kind, _NoWire(spec.name), ranges, spec.options).capabilities()
    return able


def offline_driver(spec: InstrumentSpec, kind: type[Any]) -> Any:
    """A driver that is connected to nothing: it says what it can do, and assembles.

    Args:
        spec: What the rack file says of the instrument.
        kind: The driver's class, of a role that has capabilities.
    """
    ranges = {item.name: spec.safe.get(item.name, (item.low, item.high)) for item in kind.quantities(spec.options)}
    return make_driver(kind, _NoWire(spec.name), ranges, spec.options)


class _NoWire:
    """Stands where the connection will be; nothing may be sent yet."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, verb: str) -> NoReturn:
        raise HardwareFault(
            f"The driver of {self.name} would {verb} before it is connected.",
            remedy="Its capabilities must not need a connection; report this to its authors.",
            instrument=self.name,
        )
