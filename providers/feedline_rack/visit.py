# SPDX-License-Identifier: Apache-2.0
"""Visits to single instruments of a rack: each on its own, so that one that is silent does not hide the others."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from feedline import front_door
from feedline.errors import FeedlineError
from feedline_hal.instrument.role import Settable
from feedline_hal.rack.claim import Claim
from feedline_hal.rack.instrument_lane import InstrumentLane
from feedline_hal.rack.schema import RackSpec


@attrs.frozen(kw_only=True, slots=True)
class Visit:
    """What came of a visit.

    Attributes:
        name, driver, address: Of the instrument.
        identity: Who it says it is; empty if it did not say.
        values: Its settings, by name.
        took_s: How long it took to answer.
        error: What went wrong; ``None`` for nothing.
    """

    name: str
    driver: str
    address: str
    identity: str = ""
    values: Mapping[str, float] = attrs.field(factory=dict)
    took_s: float = 0.0
    error: FeedlineError | None = None


Errand = Callable[[Any], Mapping[str, float]]
"""What is done with a driver that answered; gives values to show."""


class Visitor:
    """Holds connections to some instruments of a rack; those that fail are tried again on the next round.

    Args:
        spec: The rack file.
        names: Which instruments; all if empty.
        addresses: Where emulators stand in for some.
    """

    def __init__(self, spec: RackSpec, names: Iterable[str] = (), addresses: Mapping[str, str] | None = None) -> None:
        chosen = list(names) or list(spec.instruments)
        where = addresses or {}
        self._lanes = {
            name: InstrumentLane(
                spec.instruments[name], front_door.driver(spec.instruments[name].driver), where.get(name, "")
            )
            for name in chosen
        }
        self._claim: Claim | None = None

    @contextlib.contextmanager
    def claimed(self) -> Iterator[Visitor]:
        """Hold the instruments for as long as the block lasts.

        Raises:
            HardwareFault: If another process uses one of them.
        """
        self._claim = Claim((name, lane.address) for name, lane in self._lanes.items())
        try:
            yield self
        finally:
            for lane in self._lanes.values():
                lane.close()
            self._claim.release()

    def round(self, errand: Errand) -> list[Visit]:
        """Visit all of them side by side."""
        futures = {name: lane.submit(self._visit, lane, errand) for name, lane in self._lanes.items()}
        return [future.result() for future in futures.values()]

    def _visit(self, lane: InstrumentLane, errand: Errand) -> Visit:
        began_s = time.monotonic()
        spec = lane.spec
        identity, values, error = "", {}, None
        try:
            identity = str(lane.open() if lane.driver is None else lane.driver.identify())
            values = dict(errand(lane.driver))
        except FeedlineError as caught:
            error = caught
        return Visit(
            name=spec.name,
            driver=spec.driver,
            address=lane.address,
            identity=identity,
            values=values,
            took_s=time.monotonic() - began_s,
            error=error,
        )


def ask_nothing(driver: Any) -> Mapping[str, float]:
    """For visits that only ask who it is."""
    del driver
    return {}


def read_values(driver: Any) -> Mapping[str, float]:
    """Every setting of a settable instrument, as it says itself."""
    if not isinstance(driver, Settable):
        return {}
    return {name: driver.read(name) for name in driver.limits()}


def make_safe(driver: Any) -> Mapping[str, float]:
    """Bring it into its safe state."""
    driver.safe_state()
    return read_values(driver)
