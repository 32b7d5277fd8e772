# SPDX-License-Identifier: Apache-2.0
"""Folding: what sampling makes of tones, and how close that comes to a tone that is listened to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import attrs
import numpy as np

_ORDERS = range(-3, 4)


@attrs.frozen(kw_only=True, slots=True)
class Ghost:
    """What sampling makes of a tone.

    Attributes:
        of_hz: The tone.
        sign: -1 for its negative frequency, which a real signal has too; 1 for its own.
        order: How many times the rate of the converter that plays is added.
        apart_hz: How far from the tone that is listened to it lies in the record.
    """

    of_hz: float
    sign: int
    order: int
    apart_hz: float


def ghosts(
    tones_hz: Sequence[float], own_hz: float, *, played_hz: float, recorded_hz: float, is_real: bool = True
) -> Iterator[Ghost]:
    """Everything that tones become in a record, the tone itself excepted.

    A converter that holds its samples also puts out each tone at multiples of its rate more and less, weaker with the
    distance; a record that is sampled folds all of that, and a real one has each at the negative frequency too. What a
    tone becomes of itself at its own, positive frequency lies as far away as the two rates say, wherever it is; it is
    left out.

    Args:
        tones_hz: All tones of a line, relative to the oscillator.
        own_hz: The one that is listened to, among them.
        played_hz: Rate of the converter that plays.
        recorded_hz: Rate of the one that records.
        is_real: Whether one channel records, and not I and Q.

    Source: Kester (ed.), The Data Conversion Handbook (Newnes, 2005), chapter 2 (sampling, images of a
    converter that holds).
    """
    for of_hz in tones_hz:
        for sign in (1, -1) if is_real else (1,):
            for order in _ORDERS:
                if sign == 1 and of_hz == own_hz:
                    continue
                apart_hz = math.remainder(sign * (of_hz + order * played_hz) - own_hz, recorded_hz)
                yield Ghost(of_hz=of_hz, sign=sign, order=order, apart_hz=apart_hz)


def nearest_ghost_hz(tones_hz: Sequence[float], *, played_hz: float, recorded_hz: float) -> float:
    """How close to any of the tones of a line, recorded by one channel, something comes; infinite without tones."""
    tones = np.asarray(tones_hz, dtype=np.float64)
    added = np.array(_ORDERS)[:, np.newaxis, np.newaxis] * played_hz
    sums, between = tones[:, np.newaxis] + tones + added, tones[:, np.newaxis] - tones + added
    apart = np.concatenate([sums.ravel(), between[:, ~np.eye(len(tones), dtype=bool)].ravel()])
    return float(np.abs(apart - recorded_hz * np.round(apart / recorded_hz)).min(initial=math.inf))
