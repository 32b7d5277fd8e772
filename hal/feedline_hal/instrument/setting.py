# SPDX-License-Identifier: Apache-2.0
"""Settings: one value of an instrument, its unit in its name, its limits and its commands."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import attrs

from feedline_hal.errors import LimitError

from .quantity import Quantity

_FIELD = re.compile(r"\{[^}]*\}")
_NUMBER = r"[+-]?[0-9]+(?:[.][0-9]*)?(?:[eE][+-]?[0-9]+)?"
_MARGIN = 1.001
"""Steps are this much smaller than they may be: a command rounds its number, and the gate measures what is sent."""


@attrs.frozen(kw_only=True, slots=True)
class Setting:
    """One value of an instrument.

    Attributes:
        name: With its unit: ``frequency_hz``; a switch is a claim: ``is_on``, 0 or 1.
        command: What sets it, the value as a format field: ``SOUR:FREQ {:.3f}``.
        query: What asks for it.
        low, high: What the instrument takes, by its manual.
        safe: What `safe_state` sets; ``None`` leaves it; infinite for the most that the limits allow.
        step: Largest change at once, for values that must be ramped; ``None`` for no ramp.
        step_s: Time between steps of a ramp, in seconds.
        is_output: Whether it says what comes out, so that a rack file must say what is safe.
        unit: What the instrument's own unit is in ours: 1e6 for commands and replies in MHz.
        words: What stands for 0, 1, ... in commands, where numbers do not: ``("OFF", "ON")``.
        suffix: The unit that replies end in.
        parse: Makes a number, in the instrument's own unit, of a reply without its suffix.
        resolution: By how much what is read may differ from what was set.
        grid: What values are multiples of; 0 for any. Switches are 0 or 1.
        choices: The values that there are; empty for any.
        unsettles: Names of settings whose value may be another after this one was set.
    """

    name: str
    command: str
    query: str
    low: float
    high: float
    safe: float | None = None
    step: float | None = None
    step_s: float = 0.02
    is_output: bool = True
    unit: float = 1.0
    words: tuple[str, ...] = ()
    suffix: str = ""
    parse: Callable[[str], float] = float
    resolution: float = 0.0
    grid: float = 0.0
    choices: tuple[float, ...] = ()
    unsettles: tuple[str, ...] = ()

    @property
    def is_switch(self) -> bool:
        """Whether it switches an output on and off."""
        return self.name == "is_on" or self.name.endswith("_is_on")

    def behind(self, settings: Iterable[Setting]) -> list[Setting]:
        """Of some settings, those whose value comes out when this switch is closed."""
        output = self.name.removesuffix("is_on")
        return [item for item in settings if item.is_output and not item.is_switch and item.name.startswith(output)]

    @property
    def rate_name(self) -> str:
        """The quantity that says how fast it changes: ``level_v_per_s``."""
        return f"{self.name}_per_s"

    def told(self, value: float) -> str:
        """The command that sets a value."""
        return self.command.format(self.words[round(value)] if self.words else value / self.unit)

    def meant(self, command: str) -> float | None:
        """The value that a command sets: `told` backwards, to the byte; ``None`` if `told` never says it."""
        found = _pattern(self.command, self.words).fullmatch(command)
        if found is None:
            return None
        value = float(self.words.index(found[1])) if self.words else float(found[1]) * self.unit
        return value if self.told(value) == command else None

    def value_of(self, reply: str) -> float:
        """The value in a reply to the query.

        Raises:
            ValueError: If it holds none.
        """
        number = reply.strip().removesuffix(self.suffix)
        return float(self.words.index(number)) if self.words else self.parse(number) * self.unit

    def is_near(self, value: float, other: float) -> bool:
        """Whether two values are the same, as closely as the instrument can tell."""
        return abs(value - other) <= max(self.resolution, 1e-9 * abs(other))

    def quantities(self) -> tuple[Quantity, ...]:
        """What a rack file may call it, its rate of change included."""
        own = Quantity(
            name=self.name,
            low=self.low,
            high=self.high,
            is_output=self.is_output and not self.is_switch,
            choices=(0.0, 1.0) if self.is_switch else self.choices,
        )
        if self.step is None:
            return (own,)
        rate = Quantity(name=self.rate_name, low=0.0, high=self.step / self.step_s, is_setting=False)
        return own, rate

    def within(self, limits: tuple[float, float] | None) -> tuple[float, float]:
        """Its own limits, narrowed by the rack's."""
        low, high = limits or (-math.inf, math.inf)
        return max(self.low, low), min(self.high, high)

    def safe_within(self, limits: tuple[float, float]) -> float:
        """What `safe_state` sets.

        Raises:
            ValueError: If it leaves the value alone.
        """
        if self.safe is None:
            raise ValueError(f"{self.name} has no safe value")
        if math.isfinite(self.safe):
            return self.safe
        return math.floor(limits[1] / self.grid) * self.grid if self.grid else limits[1]

    def checked(self, value: float, limits: tuple[float, float], instrument: str) -> float:
        """The value, if it may be sent.

        Raises:
            LimitError: If it is beyond the limits, or no finite number; names instrument, value and limits.
        """
        low, high = limits
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not low <= number <= high:
            raise LimitError(
                f"{instrument}: {self.name} is {value!r}.", remedy=f"Use a value from {low:.12g} to {high:.12g}."
            )
        grid = 1.0 if self.is_switch else self.grid
        if grid and not (number / grid).is_integer():
            raise LimitError(
                f"{instrument}: {self.name} is {value!r}.",
                remedy=f"Use a multiple of {grid:.12g} from {low:.12g} to {high:.12g}.",
            )
        if self.choices and number not in self.choices:
            offered = ", ".join(f"{item:.12g}" for item in self.choices if low <= item <= high)
            raise LimitError(f"{instrument}: {self.name} is {value!r}.", remedy=f"Use one of {offered}.")
        return number

    def steps(self, now: float, target: float) -> list[float]:
        """Values on the way from one to the other, the last being the target."""
        if self.step is None or now == target:
            return [target]
        count = math.ceil(abs(target - now) / self.step * _MARGIN)
        return [now + (target - now) * index / count for index in range(1, count)] + [target]


@lru_cache(maxsize=4096)
def _pattern(command: str, words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for the commands of a template; the group is the first field. Others are compared by `meant`."""
    field = "|".join(map(re.escape, words)) or _NUMBER
    first, *others = _FIELD.split(command)
    return re.compile(re.escape(first) + f"({field})" + f"(?:{field})".join(map(re.escape, others)))
