# SPDX-License-Identifier: Apache-2.0
"""Two values as text, with as many digits as it takes to see what changed."""

from __future__ import annotations

from typing import Any

_SUFFIXES = ("_s", "_hz", "_rad")
_FREQUENCIES = ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"), (1.0, "Hz"))
_MOST_DECIMALS = 17
_SEEN = 1e-3
"""Rounding may take this share of the change."""


def name_of(what: str) -> str:
    """The name of a value without its unit: ``sigma`` of ``sigma_s``."""
    for suffix in _SUFFIXES:
        if what.endswith(suffix):
            return what.removesuffix(suffix)
    return what.replace("num_bits", "bits")


def change_text(what: str, before: Any, after: Any) -> str:
    """``0.1182 → 0.1190``, ``8 ns → 9 ns``, ``5.1000 GHz → 5.1003 GHz``.

    Args:
        what: Name of the value, its unit being the ending.
        before, after: Numbers, ``None`` or text; an empty text before stands for a change that is told as one.
    """
    if before == "":
        return str(after)
    if not _is_number(before) or not _is_number(after):
        return f"{value_text(what, before)} → {value_text(what, after)}"
    scale, unit = _unit(what, max(abs(before), abs(after)))
    old, new = complex(before) / scale, complex(after) / scale
    decimals = _decimals(old, new)
    return f"{_fixed(old, decimals)}{unit} → {_fixed(new, decimals)}{unit}"


def value_text(what: str, value: Any) -> str:
    """One value with its unit: ``24 ns``, ``0.1182``, ``5.1 GHz``."""
    if value is None:
        return "none"
    if not _is_number(value):
        return str(value)
    scale, unit = _unit(what, abs(value))
    number = complex(value) / scale
    text = f"{number.real:.10g}" if number.imag == 0 else f"{number.real:.6g}{number.imag:+.6g}j"
    return f"{text}{unit}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex)


def _unit(what: str, size: float) -> tuple[float, str]:
    if what.endswith("_s"):
        return 1e-9, " ns"
    if what.endswith("_rad"):
        return 1.0, " rad"
    if what.endswith("_hz"):
        return next(((scale, f" {unit}") for scale, unit in _FREQUENCIES if size >= scale), (1.0, " Hz"))
    return 1.0, ""


def _decimals(old: complex, new: complex) -> int:
    """The fewest decimals that show both values, or the change to a part in a thousand."""
    allowed = max(_SEEN * abs(new - old), 1e-12 * max(abs(old), abs(new)))
    for decimals in range(_MOST_DECIMALS):
        lost = max(abs(_rounded(value, decimals) - value) for value in (old, new))
        if lost <= allowed:
            return decimals
    return _MOST_DECIMALS


def _rounded(value: complex, decimals: int) -> complex:
    return complex(round(value.real, decimals), round(value.imag, decimals))


def _fixed(value: complex, decimals: int) -> str:
    real = f"{value.real:.{decimals}f}"
    return real if value.imag == 0 else f"{real}{value.imag:+.{decimals}f}j"
