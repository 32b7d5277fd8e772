# SPDX-License-Identifier: Apache-2.0
"""Types as text names them."""

from __future__ import annotations

from typing import Any

from .kind import Kind
from .syntax import error_at

_KINDS = {
    "BoolType": Kind.BOOL,
    "BitType": Kind.BIT,
    "IntType": Kind.INT,
    "UintType": Kind.UINT,
    "FloatType": Kind.FLOAT,
    "AngleType": Kind.ANGLE,
    "ComplexType": Kind.COMPLEX,
    "DurationType": Kind.DURATION,
    "PortType": Kind.PORT,
    "FrameType": Kind.FRAME,
    "WaveformType": Kind.WAVEFORM,
}


def kind_of(node: Any) -> Kind:
    """The kind that a type stands for.

    Raises:
        OpenPulseError: If calibrations know no such type.
    """
    name = type(node).__name__
    if name not in _KINDS:
        raise error_at(
            node,
            f"The type {name.removesuffix('Type').lower()} is not read in calibrations.",
            remedy=f"Use one of {', '.join(kind for kind in Kind if kind is not Kind.VOID)}.",
        )
    return _KINDS[name]
