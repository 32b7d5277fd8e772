# SPDX-License-Identifier: Apache-2.0
"""Angles as people write them."""

from __future__ import annotations

import math

_DENOMINATORS = (1, 2, 3, 4, 6, 8)


def angle_text(radians: float, *, pi: str = "pi") -> str:
    """``pi/2``, ``-3pi/4``, ``0``, else the number in radians with three digits: ``0.731``."""
    for denominator in _DENOMINATORS:
        multiple = radians / math.pi * denominator
        whole = round(multiple)
        if abs(multiple - whole) < 1e-9 * max(1.0, abs(multiple)) and abs(whole) <= 16 * denominator:
            if not whole:
                return "0"
            factor = {1: "", -1: "-"}.get(whole, str(whole))
            return f"{factor}{pi}{f'/{denominator}' if denominator > 1 else ''}"
    return f"{radians:.3f}" if abs(radians) >= 5e-4 else f"{radians:.1e}"
