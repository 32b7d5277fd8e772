# SPDX-License-Identifier: Apache-2.0
"""Bounds of a rack file's numbers, kept as metadata of the records' fields; the reader goes by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

KEY = "bound"
"""Under which a field's metadata has its `Bound`."""


@attrs.frozen(kw_only=True, slots=True)
class Bound:
    """What a number may be.

    Attributes:
        low, high: Smallest and largest; ``None`` for no bound.
        is_open: Whether the smallest itself is excluded.
    """

    low: float
    high: float | None = None
    is_open: bool = False

    def has(self, number: float) -> bool:
        """Whether a number is within."""
        is_above = number > self.low if self.is_open else number >= self.low
        return is_above and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        least = f"above {self.low:g}" if self.is_open else f"of at least {self.low:g}"
        return least if self.high is None else f"{least} and at most {self.high:g}"


def at_least(low: float, *, at_most: float | None = None) -> Mapping[str, Any]:
    """Metadata of a field that is not below a number, and at most another."""
    return {KEY: Bound(low=low, high=at_most)}


def above(low: float, *, at_most: float | None = None) -> Mapping[str, Any]:
    """Metadata of a field that is above a number, and at most another."""
    return {KEY: Bound(low=low, high=at_most, is_open=True)}
