# SPDX-License-Identifier: Apache-2.0
"""Measured values for people: ``frequency = 5.16081072 ± 0.00000061 GHz``."""

from __future__ import annotations

import math

from .fitting import Measured

_UNITS = {"hz": "Hz", "s": "s", "v": "V", "rad": "rad"}
_PREFIXES = {9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "µ", -9: "n", -12: "p"}


def told(name: str, measured: Measured) -> str:
    """A value with its standard error to two digits, the unit taken from the end of the name."""
    words, _, unit = name.rpartition("_")
    if unit not in _UNITS or not math.isfinite(measured.value):
        return f"{name} = {_figures(measured.value, measured.error)}"
    largest = max(abs(measured.value), measured.error if math.isfinite(measured.error) else 0.0)
    power = 3 * math.floor(math.log10(largest) / 3) if largest > 0 and unit != "rad" else 0
    power = min(max(power, min(_PREFIXES)), max(_PREFIXES))
    scale = 10.0**-power
    figures = _figures(measured.value * scale, measured.error * scale)
    return f"{words.replace('_', ' ')} = {figures} {_PREFIXES[power]}{_UNITS[unit]}"


def _figures(value: float, error: float) -> str:
    if not math.isfinite(error) or error <= 0:
        return f"{value:.6g}"
    decimals = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"
