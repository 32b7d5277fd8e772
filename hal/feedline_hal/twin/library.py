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
_AT_ONCE = 64
Samples = NDArray[np.complex128]


@attrs.define(slots=True, eq=False)
class _Shelf:
    """Pulses of one length on the same transmons, their marks, and their superoperators."""

    samples: Samples
    marks: NDArray[np.float64]
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
        self, key: Hashable, samples: Samples, make: Callable[[Samples], Matrix]
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
        bound = TOLERANCE * np.abs(samples).max(axis=1)
        marks = _marks(samples)
        which = np.full(len(samples), -1, dtype=np.intp)
        if shelf is not None:
            _find(which, samples, (marks, bound), shelf)
        left = np.flatnonzero(which < 0)
        known = self.misses
        if len(left) or shelf is None:
            fresh = samples[left][_distinct(samples[left])]
            if shelf is not None and len(shelf.samples) + len(fresh) > _KEPT:
                shelf, fresh = None, samples[_distinct(samples)]
                which[:] = -1
            shelf = self._grown(shelf, fresh, make)
            self._shelves[key] = shelf
            _find(which, samples, (marks, bound), shelf)
        self.hits += len(samples) - (self.misses - known)
        return shelf.made, which

    def _grown(self, shelf: _Shelf | None, fresh: Samples, make: Callable[[Samples], Matrix]) -> _Shelf:
        """A shelf with new pulses, no two of them alike."""
        self.misses += len(fresh)
        made = np.concatenate([make(fresh[place : place + _AT_ONCE]) for place in range(0, len(fresh), _AT_ONCE)])
        if shelf is not None:
            fresh, made = np.concatenate([shelf.samples, fresh]), np.concatenate([shelf.made, made])
        return _Shelf(fresh, _marks(fresh), made)


def _marks(samples: Samples) -> NDArray[np.float64]:
    """A number for each pulse that differs no more than its samples do."""
    weights = np.exp(1j * np.arange(samples.shape[1]) ** 2)
    marks: NDArray[np.float64] = (samples @ weights).real / max(samples.shape[1], 1)
    return marks


def _distinct(samples: Samples) -> list[int]:
    """Places of pulses that are not alike."""
    marks, bound = _marks(samples), TOLERANCE * np.abs(samples).max(axis=1)
    order = np.argsort(marks, kind="stable")
    found: list[int] = []
    left = np.ones(len(samples), dtype=bool)
    for number, place in enumerate(order.tolist()):
        if not left[place]:
            continue
        found.append(place)
        stop = int(np.searchsorted(marks, marks[place] + bound[place], side="right", sorter=order))
        near = order[number:stop]
        near = near[left[near]]
        same = np.abs(samples[near] - samples[place]).max(axis=1) <= np.minimum(bound[near], bound[place]) / 2
        left[near[same]] = False
    return found


def _find(
    which: NDArray[np.intp],
    samples: Samples,
    measures: tuple[NDArray[np.float64], NDArray[np.float64]],
    shelf: _Shelf,
) -> None:
    """Fill in the numbers of those on the shelf."""
    marks, bound = measures
    order = np.argsort(shelf.marks, kind="stable")
    ordered = shelf.marks[order]
    candidate = np.searchsorted(ordered, marks - bound)
    left = np.flatnonzero((which < 0) & (candidate < len(ordered)))
    while len(left):
        left = left[candidate[left] < len(ordered)]
        left = left[ordered[candidate[left]] <= marks[left] + bound[left]]
        known = order[candidate[left]]
        same = np.abs(samples[left] - shelf.samples[known]).max(axis=1, initial=0.0) <= bound[left]
        which[left[same]] = known[same]
        left = left[~same]
        candidate[left] += 1
