# SPDX-License-Identifier: Apache-2.0
"""Superoperators known so far: a pulse that was computed once is not computed again, whatever its phase and time."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import attrs
import numpy as np
from numpy.typing import NDArray

from .operator import Matrix

TOLERANCE = 2e-6
"""Largest difference of samples, relative to the largest sample of the pulse, up to which pulses are the same."""
_KEPT = 4096


@attrs.define(slots=True, eq=False)
class _Shelf:
    """Pulses of one length on the same transmons, and their superoperators."""

    samples: NDArray[np.complex128]
    made: Matrix


@attrs.define(slots=True, eq=False)
class Library:
    """Keeps superoperators by what they act on, their length and their samples.

    Attributes:
        hits, misses: How often one was there, and how often one was made.
    """

    hits: int = 0
    misses: int = 0
    _shelves: dict[Hashable, _Shelf] = attrs.field(factory=dict)

    def superoperators(
        self, key: Hashable, samples: NDArray[np.complex128], make: Callable[[NDArray[np.complex128]], Matrix]
    ) -> tuple[Matrix, NDArray[np.intp]]:
        """Superoperators of several pulses.

        Args:
            key: What they act on and what else they depend on.
            samples: Of each pulse, shape ``(pulses, samples)``.
            make: Makes superoperators ``(pulses, n, n)`` of samples.

        Returns:
            All on the shelf, ``(known, n, n)``, and which of them each pulse has.
        """
        key = key, samples.shape[1]
        shelf = self._shelves.get(key)
        if shelf is not None and len(shelf.samples) + len(samples) > _KEPT:
            shelf = None
        known = [] if shelf is None else list(shelf.samples)
        which, fresh = _matched(samples, known)
        self.hits += len(samples) - len(fresh)
        self.misses += len(fresh)
        if fresh:
            made = make(np.array(fresh))
            if shelf is not None:
                fresh, made = [*known, *fresh], np.concatenate([shelf.made, made])
            shelf = _Shelf(np.array(fresh), made)
            self._shelves[key] = shelf
        assert shelf is not None, "a pulse that is not on a shelf was made"
        return shelf.made, which


def _matched(
    samples: NDArray[np.complex128], known: list[NDArray[np.complex128]]
) -> tuple[NDArray[np.intp], list[NDArray[np.complex128]]]:
    """Which of the known pulses each is, and those that are new; new ones are numbered after the known ones."""
    which = np.full(len(samples), -1, dtype=np.intp)
    left, fresh = np.arange(len(samples)), []
    bound = TOLERANCE * np.abs(samples).max(axis=1)
    number = 0
    while len(left):
        if number < len(known):
            candidate = known[number]
        else:
            candidate = samples[left[0]]
            fresh.append(candidate)
        same = np.abs(samples[left] - candidate).max(axis=1) <= bound[left]
        which[left[same]] = number
        left = left[~same]
        number += 1
    return which, fresh
