# SPDX-License-Identifier: Apache-2.0
"""Instruments that nobody speaks to while shots are taken: are they still there, and set as they were?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from feedline_hal.instrument.settable_driver import SettableDriver
from feedline_hal.rack.open_rack import OpenRack, gather

EVERY_S = 1.0
"""How often they are asked, however many runs that is."""


class Watch:
    """Asks them side by side, each in its lane. A digitizer is left out: its lane is busy with its records.

    Args:
        rack: The instruments.
        digitizers: Names of those to leave out.
    """

    def __init__(self, rack: OpenRack, digitizers: frozenset[str]) -> None:
        self._rack = rack
        self._names = [name for name in rack.lanes if name not in digitizers]
        self._values: Mapping[str, Mapping[str, float]] = {}
        self._asked: dict[str, Future[Any]] = {}
        self._since_s = time.monotonic()

    def start(self, values: Mapping[str, Mapping[str, float]]) -> None:
        """From now on these values are expected, by instrument. Short runs do not put off when they are asked next."""
        self._values = values
        self._asked = {}

    def put_off(self) -> None:
        """Everything was set and read back just now."""
        self._since_s = time.monotonic()

    def look(self) -> None:
        """Ask if it is time to, and take note of answers that have come; waits for nobody.

        Raises:
            HardwareFault: If one does not answer, or is set otherwise.
        """
        if self._asked and all(future.done() for future in self._asked.values()):
            self.finish()
        elif not self._asked and time.monotonic() - self._since_s > EVERY_S:
            self._since_s = time.monotonic()
            self._asked = {name: self._rack.start(name, self._ask, name) for name in self._names}

    def end(self) -> None:
        """A run has ended: ask if it is time to, and wait for answers.

        Raises:
            HardwareFault: If one does not answer, or is set otherwise.
        """
        self.look()
        self.finish()

    def finish(self) -> None:
        """Wait for answers to what was asked.

        Raises:
            HardwareFault: If one does not answer, or is set otherwise.
        """
        asked, self._asked = self._asked, {}
        gather(asked)

    def _ask(self, name: str) -> None:
        driver, values = self._rack.driver(name), self._values.get(name)
        if values and isinstance(driver, SettableDriver):
            driver.verify(**values)
        else:
            driver.identify()
