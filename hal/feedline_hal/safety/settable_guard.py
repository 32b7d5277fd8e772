# SPDX-License-Identifier: Apache-2.0
"""The guard of instruments whose driver is a list of settings."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.instrument.setting import Setting

from .guard import Effect, Guard

NUMBER = r"(?P<value>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
"""A number in a command, as a pattern with the group ``value``."""
SCPI_QUERY = r"(?!\*(?:TST|CAL))[*:A-Za-z0-9]+\?"
"""A SCPI query without parameters that leaves outputs alone: no self test, no calibration."""
_NO_ERROR = re.compile(r"\s*[+-]?0+\s*(?:,.*)?")


@attrs.define(slots=True)
class _Known:
    """What a setting was told last, and when; nan for what is not known."""

    value: float = math.nan
    since_s: float = -math.inf


class SettableGuard(Guard):
    """Knows each setting's command, to the byte as the driver writes it, its query, and harmless commands.

    Switching an output on has the effect of all values of that output: they must be known and safe by then. A
    ramped value's rate is its change over the time since the last one, at most `Setting.step_s`: a jump after
    a long rest is still a jump. What a setting unsettles is not known until it is read, and is taken for the
    worst unless the output is known to be off. An error in the instrument's queue makes everything unknown: what
    was told last may not have been taken.

    Args:
        settings: The driver's.
        harmless: Patterns of commands that change no output, matched in full.
        now: Seconds that pass, as `time.monotonic`.
    """

    def __init__(
        self,
        settings: Sequence[Setting],
        *,
        harmless: Iterable[str] = (SCPI_QUERY, r"\*CLS"),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = tuple(settings)
        self._queries = {item.query: [other for other in settings if other.query == item.query] for item in settings}
        self._harmless = [re.compile(pattern) for pattern in harmless]
        self._now = now
        self._known = {item.name: _Known() for item in settings}

    def effects(self, command: str, block: NDArray[np.generic] | None) -> Sequence[Effect] | None:
        """What a command would do; see `Guard`."""
        if block is not None:
            return None
        found = self._parsed(command)
        if found is None:
            is_harmless = command in self._queries or any(item.fullmatch(command) for item in self._harmless)
            return () if is_harmless else None
        setting, value = found
        if setting.is_switch:
            return self._switched_on(setting) if value else ()
        return tuple(self._changed(setting, value))

    def commit(self, command: str, block: NDArray[np.generic] | None) -> None:
        """Take note that a command went out."""
        found = self._parsed(command)
        if found is not None:
            setting, value = found
            if value != self._known[setting.name].value:
                for name in setting.unsettles:
                    self._known[name].value = math.nan
            self._known[setting.name] = _Known(value, self._now())

    def hear(self, command: str, reply: str) -> None:
        """Take note of a value that was read, and of an error that was."""
        if command.upper().endswith("ERR?") and _NO_ERROR.fullmatch(reply) is None:
            self.forget()
        for setting in self._queries.get(command, ()):
            try:
                self._known[setting.name].value = setting.value_of(reply)
            except ValueError:
                self._known[setting.name].value = math.nan

    def forget(self) -> None:
        """Know no value any more; when one was changed last stays."""
        for known in self._known.values():
            known.value = math.nan

    def _parsed(self, command: str) -> tuple[Setting, float] | None:
        for setting in self._settings:
            value = setting.meant(command)
            if value is not None:
                return setting, value
        return None

    def _changed(self, setting: Setting, value: float) -> Iterable[Effect]:
        known = self._known[setting.name]
        safe = setting.safe
        is_retreat = safe is not None and min(safe, known.value) <= value <= max(safe, known.value)
        yield Effect(setting.name, value, value, is_retreat=is_retreat)
        if setting.step is not None:
            elapsed_s = min(self._now() - known.since_s, setting.step_s)
            rate = abs(value - known.value) / elapsed_s if elapsed_s > 0 else math.inf
            yield Effect(setting.rate_name, rate, rate)
        for other in self._settings:
            if other.name in setting.unsettles and value != known.value and not self._is_off(other):
                yield Effect(other.name, math.nan, math.nan)

    def _is_off(self, setting: Setting) -> bool:
        switches = [item for item in self._settings if item.is_switch and setting in item.behind([setting])]
        return any(self._known[item.name].value == 0 for item in switches)

    def _switched_on(self, switch: Setting) -> Sequence[Effect]:
        known = [(item.name, self._known[item.name].value) for item in switch.behind(self._settings)]
        return [Effect(name, value, value) for name, value in known]
