# SPDX-License-Identifier: Apache-2.0
"""The one place where seconds become ticks."""

from __future__ import annotations

import attrs

from .errors import GridError, LimitError, PulseError
from .pulse.value import Value, check_duration, check_value, number, settle

TOLERANCE_TICKS = 1e-3
"""What floating point may do to a duration of 1 s at 1 GS/s and more; anything above is off the grid."""

MAX_TICKS = 2**53
"""Beyond it floating point no longer tells one tick from the next."""


@attrs.frozen(kw_only=True, slots=True)
class Grid:
    """A device's clock and what may begin and end where.

    Attributes:
        dt_s: Length of a tick.
        granularity_ticks: Every duration of a play is a multiple of it.
        min_play_ticks: A play is at least this long.
        pulse_alignment_ticks: Gates begin at multiples of it.
        capture_alignment_ticks: Captures begin at multiples of it, and last a multiple.
        max_duration_s: Longest program, ``None`` for no limit.
        feedback_s: How long a decision on a measured bit takes.
    """

    dt_s: float
    granularity_ticks: int = 1
    min_play_ticks: int = 1
    pulse_alignment_ticks: int = 1
    capture_alignment_ticks: int = 1
    max_duration_s: float | None = None
    feedback_s: float = 0.0

    def __attrs_post_init__(self) -> None:
        settle(self, dt_s=_above_zero("Grid: dt_s", self.dt_s))
        for name in ("granularity_ticks", "min_play_ticks", "pulse_alignment_ticks", "capture_alignment_ticks"):
            value = getattr(self, name)
            whole = round(_above_zero(f"Grid: {name}", value))
            if whole != value:
                raise PulseError(f"Grid: {name} is {value!r}.", remedy="Give a whole number of ticks.")
            settle(self, **{name: whole})
        if self.max_duration_s is not None:
            settle(self, max_duration_s=_above_zero("Grid: max_duration_s", self.max_duration_s))
        feedback = "Grid: feedback_s"
        settle(self, feedback_s=number(check_duration(feedback, self.feedback_s), feedback))

    def ticks(self, duration_s: Value, what: str) -> int:
        """A duration in ticks; exact but for floating point.

        Raises:
            GridError: If it does not lie on the grid; says what was asked and what the grid has.
            PulseError: If it is unbound, negative or not finite.
            LimitError: If it is beyond all that can be counted.
        """
        exact = number(check_value(what, duration_s, unit="seconds"), what) / self.dt_s
        if exact > MAX_TICKS:
            raise LimitError(
                f"{what} is {duration_s!r} s long, more ticks of {_ns(self.dt_s)} than can be counted.",
                remedy="Give a duration in seconds.",
            )
        if exact < -TOLERANCE_TICKS:
            raise PulseError(f"{what} is {_ns(exact * self.dt_s)} long.", remedy="Give a duration of at least 0.")
        whole = round(exact)
        if abs(exact - whole) > TOLERANCE_TICKS:
            raise self._off(what, exact, 1)
        return whole

    def play_ticks(self, duration_s: Value, what: str) -> int:
        """The same for a play: on the granularity, and not too short."""
        whole = self.ticks(duration_s, what)
        if whole % self.granularity_ticks:
            raise self._off(what, whole, self.granularity_ticks)
        if whole < self.min_play_ticks:
            raise GridError(
                f"{what} is {_ns(whole * self.dt_s)} long.",
                remedy=f"The shortest play is {_ns(self.min_play_ticks * self.dt_s)}.",
            )
        self.check_total(whole, what)  # before anybody computes its samples
        return whole

    def gate_ticks(self, duration_s: Value, what: str) -> int:
        """The same for a delay between gates: what follows it begins where gates may begin."""
        whole = self.ticks(duration_s, what)
        if whole % self.pulse_alignment_ticks:
            raise self._off(what, whole, self.pulse_alignment_ticks)
        return whole

    def capture_ticks(self, duration_s: Value, what: str) -> int:
        """The same for a capture."""
        whole = self.ticks(duration_s, what)
        if whole == 0:
            raise GridError(
                f"{what} lasts no time.",
                remedy=f"The shortest capture is {_ns(self.capture_alignment_ticks * self.dt_s)}.",
            )
        if whole % self.capture_alignment_ticks:
            raise self._off(what, whole, self.capture_alignment_ticks)
        return whole

    def check_total(self, total_ticks: int, what: str) -> None:
        """Refuse a program that is longer than the device allows."""
        total_s = total_ticks * self.dt_s
        if self.max_duration_s is not None and total_s > self.max_duration_s * (1 + 1e-12):
            raise LimitError(
                f"{what} lasts {_ns(total_s)}, the device allows {_ns(self.max_duration_s)}.",
                remedy="Shorten delays, or split the circuit.",
            )

    def _off(self, what: str, asked: float, step: int) -> GridError:
        below = int(asked // step) * step
        near = [_ns(ticks * self.dt_s) for ticks in (below, below + step) if ticks > 0]
        allowed = f"The nearest durations are {near[0]} and {near[1]}." if near[1:] else f"The shortest is {near[0]}."
        return GridError(
            f"{what} is {_ns(asked * self.dt_s)} long, which is off the grid of {_ns(step * self.dt_s)}.",
            remedy=allowed,
        )


def _above_zero(what: str, value: float) -> float:
    checked = number(check_value(what, value), what)
    if checked <= 0:
        raise PulseError(f"{what} is {value!r}.", remedy="Give a number above 0.")
    return checked


def _ns(seconds: float) -> str:
    return f"{seconds * 1e9:.10g} ns"
