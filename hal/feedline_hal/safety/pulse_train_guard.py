# SPDX-License-Identifier: Apache-2.0
"""The guard of pulse generators whose timer is ``:PULSE0`` and whose first output is ``:PULSE1``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .guard import Effect, Guard
from .settable_guard import NUMBER, SCPI_QUERY

OUTPUTS = "abcdefgh"
"""Names of outputs: the first is ``:PULSE1``."""
TIMER = 0
_COMMAND = re.compile(r"(?P<header>:PULSE(?P<number>[0-8]):(?P<key>[A-Z:]+)) (?P<value>\S+)")
_QUERY = re.compile(SCPI_QUERY)
_NUMBER = re.compile(NUMBER)
_TIMER_WORDS: Mapping[str, tuple[str, ...]] = {
    "MODE": ("BURS",),
    "TRIG:MODE": ("DIS",),
    "GATE:MODE": ("DIS",),
    "STATE": ("ON", "OFF"),
}
_TIMER_NUMBERS: tuple[str, ...] = ("PER", "BCOUNTER")
_OUTPUT_WORDS: Mapping[str, tuple[str, ...]] = {
    "CMODE": ("NORM",),
    "CGATE": ("DIS",),
    "SYNC": ("T0",),
    "POL": ("NORM",),
    "OUTP:MODE": ("TTL", "ADJ"),
    "STATE": ("ON", "OFF"),
}
_OUTPUT_NUMBERS: tuple[str, ...] = ("WIDT", "DELAY", "OUTP:AMPL")
_SHAPING = ("WIDT", "POL", "MUX", "OUTP:MODE", "STATE")
"""What changes how long an output is high, or which level counts."""


def header(number: int, key: str) -> str:
    """A command's header: ``:PULSE1:WIDT``."""
    return f":PULSE{number}:{key}"


def own_timer(number: int) -> str:
    """The parameter of ``MUX`` that connects an output to its own timer alone."""
    return str(1 << (number - 1))


class PulseTrainGuard(Guard):
    """Computes each output's duty and level, and the rate of triggers, from what was sent.

    An output that is known to be off has no effects. While the timer is known to stand still, what is not known
    yet is no effect either: switching the timer on is refused until all of it is known.

    Args:
        ranges: Safe ranges by quantity; they tell which outputs there are and which have a level.
    """

    def __init__(self, ranges: Mapping[str, tuple[float, float]]) -> None:
        given = [name for name in OUTPUTS if f"{name}_duty" in ranges]
        self._numbers = [OUTPUTS.index(name) + 1 for name in given or OUTPUTS]
        self._adjustable = {number for number in self._numbers if f"{OUTPUTS[number - 1]}_level_v" in ranges}
        self._known: dict[str, str] = {}

    def effects(self, command: str, block: NDArray[np.generic] | None) -> Sequence[Effect] | None:
        """What a command would do; see `Guard`."""
        if block is not None:
            return None
        if _QUERY.fullmatch(command):
            return ()
        found = _COMMAND.fullmatch(command)
        if found is None or not _is_known(int(found["number"]), found["key"], found["value"]):
            return None
        number, key = int(found["number"]), found["key"]
        after = self._known | {found["header"]: found["value"]}
        is_stopped = after.get(header(TIMER, "STATE")) == "OFF"
        return [
            effect
            for effect in self._all(number, key, after)
            if not is_stopped or math.isfinite(effect.low) or self._is_foreign(effect)
        ]

    def commit(self, command: str, block: NDArray[np.generic] | None) -> None:
        """Take note that a command went out."""
        found = _COMMAND.fullmatch(command)
        if found is not None:
            self._known[found["header"]] = found["value"]

    def forget(self) -> None:
        """Know nothing any more."""
        self._known.clear()

    def _is_foreign(self, effect: Effect) -> bool:
        """Whether it is the level of an output that is to have none."""
        return effect.quantity.endswith("_level_v") and OUTPUTS.index(effect.quantity[0]) + 1 not in self._adjustable

    def _all(self, number: int, key: str, after: Mapping[str, str]) -> Iterator[Effect]:
        starts = number == TIMER and key == "STATE" and after[header(TIMER, "STATE")] == "ON"
        if starts or (number == TIMER and key in ("PER", "MODE")):
            period_s = _value(after, TIMER, "PER") if header(TIMER, "MODE") in after else math.nan
            rate_hz = 1 / period_s if period_s else math.inf
            yield Effect("trigger_rate_hz", rate_hz, rate_hz)
            for live in self._live(self._numbers, after):
                yield from self._output(live, after)
        elif key == "OUTP:AMPL":
            level_v = _value(after, number, key)
            yield Effect(f"{OUTPUTS[number - 1]}_level_v", level_v, level_v)
        elif number != TIMER and key in _SHAPING:
            for live in self._live([number], after):
                yield from self._output(live, after)
            if number not in self._adjustable and after.get(header(number, "OUTP:MODE")) == "ADJ":
                yield self._level(number, after)

    def _live(self, numbers: Iterable[int], after: Mapping[str, str]) -> Iterator[int]:
        return (number for number in numbers if after.get(header(number, "STATE")) != "OFF")

    def _output(self, number: int, after: Mapping[str, str]) -> Iterator[Effect]:
        is_settled = all(header(number, key) in after for key in ("POL", "MUX", "OUTP:MODE"))
        period_s = _value(after, TIMER, "PER")
        duty = _value(after, number, "WIDT") / period_s if is_settled and period_s else math.nan
        yield Effect(f"{OUTPUTS[number - 1]}_duty", duty, duty)
        if number in self._adjustable:
            yield self._level(number, after)

    def _level(self, number: int, after: Mapping[str, str]) -> Effect:
        is_ttl = after.get(header(number, "OUTP:MODE")) == "TTL"
        level_v = math.nan if is_ttl else _value(after, number, "OUTP:AMPL")
        return Effect(f"{OUTPUTS[number - 1]}_level_v", level_v, level_v)


def _is_known(number: int, key: str, value: str) -> bool:
    """Whether a driver sends it."""
    words, numbers = (_TIMER_WORDS, _TIMER_NUMBERS) if number == TIMER else (_OUTPUT_WORDS, _OUTPUT_NUMBERS)
    if number != TIMER and key == "MUX":
        return value == own_timer(number)
    if key in numbers:
        return _NUMBER.fullmatch(value) is not None
    return value in words.get(key, ())


def _value(after: Mapping[str, str], number: int, key: str) -> float:
    return float(after.get(header(number, key), "nan"))
