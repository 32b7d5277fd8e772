# SPDX-License-Identifier: Apache-2.0
"""Durations as people write them: 90, "90s", "2h 30m"."""

from __future__ import annotations

import re
from typing import Any

from feedline.errors import OptionError

_UNIT_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "ms": 1e-3}
_PART = re.compile(r"(\d+(?:\.\d*)?)\s*(d|h|min|ms|m|s)\b\s*")


def seconds(value: Any, name: str) -> float:
    """Read a duration.

    Args:
        value: Seconds as a number, or text such as ``"2h 30m"``, ``"90s"``, ``"1.5h"``.
        name: What the error calls it.

    Returns:
        Seconds, above 0.

    Raises:
        OptionError: If it is not a duration.
    """
    text = re.sub(r"(?<=[a-z])(?=\d)", " ", value.strip().lower()) if isinstance(value, str) else ""
    total = 0.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        total = float(value)
    elif text and not _PART.sub("", text):
        total = sum(float(amount) * _UNIT_S[unit] for amount, unit in _PART.findall(text))
    if not 0 < total < float("inf"):
        raise OptionError(
            f"{name} is {value!r}, which is not a duration.",
            remedy='Use seconds (90) or text with d, h, m, s ("2h 30m"), above zero.',
        )
    return total
