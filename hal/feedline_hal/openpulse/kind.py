# SPDX-License-Identifier: Apache-2.0
"""Kinds of values in OpenPulse text."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs


class Kind(StrEnum):
    """The type of a value, sizes left out: every ``float[n]`` is a double."""

    BOOL = "bool"
    BIT = "bit"
    INT = "int"
    UINT = "uint"
    FLOAT = "float"
    ANGLE = "angle"
    COMPLEX = "complex"
    DURATION = "duration"
    PORT = "port"
    FRAME = "frame"
    WAVEFORM = "waveform"
    VOID = "void"


@attrs.frozen(slots=True)
class Typed:
    """A value and its kind.

    Attributes:
        kind: Its type.
        value: By kind: ``bool``; a tuple of bits (0, 1 or a captured one); ``int``; ``float`` or a parameter
            expression; ``complex`` or an expression; seconds or an expression of seconds; `Port`, `Frame`,
            `Waveform`; ``None`` for what a call without a result gives.
    """

    kind: Kind
    value: Any
