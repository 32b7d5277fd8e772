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
SCPI_QUERY = r"(?!(?:[*:A-Za-z0-9]*[*:])?(?i:TST|TEST|CAL|DIAG))[*:A-Za-z0-9]+\?"
"""A SCPI query without parameters that leaves outputs alone: no self test, no calibration, in any spelling."""
_CLEAR = "*CLS"
_ERRORS = re.compile(r".*ERR(?:OR)?(?::[A-Z:]*)?\?")
_NO_ERROR = re.compile(r"\s*[+-]?0+\s*(?:,.*)?")


@attrs.define(slots=True)
class _Known:
    """What a setting was told last, and when; nan for what is not known. What was told may have been refused."""

    value: float = math.nan
    since_s: float = -math.inf
    is_sure: bool = True


class SettableGuard(Guard):
    """Knows each setting's command, to the byte as the driver writes it, its query, and harmless commands.

    Switching an output on has the effect of all values of that output: they must be known and safe by then, each
    read since it was told, or the error queue found empty since. A ramped value's rate is its change over the time
    since the last one, at most `Setting.step_s`: a jump after a long rest is still a jump. What a setting unsettles
    is not known until it is read, and is taken for the worst unless the output is known to be off. An error in the
    instrument's queue makes everything unknown: what was told last may not have been taken. Clearing the queue unseen
    makes unknown what was not sure by then.

    Args:
        settings: The driver's.
        harmless: Patterns of commands that change no output, matched in full.
        is_answering: Whether the instrument answers every command.
        now: Seconds that pass, as `time.monotonic`.
    """

    def __init__(
        self,
        settings: Sequence[Setting],
        *,
        harmless: Iterable[str] = (SCPI_QUERY, r"\*CLS"),
        is_answering: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = tuple(settings)
        self._queries = {item.query: [other for other in settings if other.query == item.query] for item in settings}
        self._harmless = [re.compile(pattern) for pattern in harmless]
        self._is_answering = is_answering
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

    def is_answered(self, command: str) -> bool:
        """Whether it is a question, or the instrument answers everything."""
        is_told = command.upper() == _CLEAR or self._parsed(command) is not None
        return self._is_answering or "?" in command or (not is_told and self.effects(command, None) is not None)

    def commit(self, command: str, block: NDArray[np.generic] | None) -> None:
        """Take note that a command went out."""
        found = self._parsed(command)
        if found is not None:
            setting, value = found
            if value != self._known[setting.name].value:
                for name in setting.unsettles:
                    self._known[name].value = math.nan
            self._known[setting.name] = _Known(value, self._now(), is_sure=False)
        elif command.upper() == _CLEAR:
            for known in self._known.values():
                known.value = known.value if known.is_sure else math.nan

    def hear(self, command: str, reply: str) -> None:
        """Take note of a value that was read, of an error, and of there being none."""
        if _ERRORS.fullmatch(command.upper()):
            if _NO_ERROR.fullmatch(reply) is None:
                self.forget()
            for known in self._known.values():
                known.is_sure = True
        for setting in self._queries.get(command, ()):
            known = self._known[setting.name]
            known.is_sure = True
            try:
                known.value = setting.value_of(reply)
            except ValueError:
                known.value = math.nan

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
        if safe is not None and math.isinf(safe):
            yield Effect(setting.name, value, value, rises_from=None if math.isnan(known.value) else known.value)
        else:
            is_retreat = safe is not None and min(safe, known.value) <= value <= max(safe, known.value)
            yield Effect(setting.name, value, value, is_retreat=is_retreat)
        if setting.step is not None:
            elapsed_s = min(self._now() - known.since_s, setting.step_s)
            change = abs(value - known.value)  # as it is already: no change, however coarse the clock
            rate = change / elapsed_s if elapsed_s > 0 else 0.0 if change == 0 else math.inf
            yield Effect(setting.rate_name, rate, rate)
        for other in self._settings:
            if other.name in setting.unsettles and value != known.value and not self._is_off(other):
                yield Effect(other.name, math.nan, math.nan)

    def _is_off(self, setting: Setting) -> bool:
        switches = [item for item in self._settings if item.is_switch and setting in item.behind([setting])]
        return any(self._sure(item) == 0 for item in switches)

    def _switched_on(self, switch: Setting) -> Sequence[Effect]:
        known = [(item.name, self._sure(item)) for item in switch.behind(self._settings)]
        return [Effect(name, value, value) for name, value in known]

    def _sure(self, setting: Setting) -> float:
        known = self._known[setting.name]
        return known.value if known.is_sure else math.nan
