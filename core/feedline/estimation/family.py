# SPDX-License-Identifier: Apache-2.0
"""Families: parameter points that see the same observables are measured together."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(slots=True, eq=False)
class Family:
    """A block of a pub: every point is measured for every observable, so that arrays stay dense.

    Attributes:
        points: Flat indices of the parameter sets, shape ``(p,)``.
        observables: Flat indices of the observables, shape ``(o,)``.
        place: Flat index in the pub's result of each entry, shape ``(entries,)``.
        row, column: Where in the ``(p, o)`` block each entry stands, shape ``(entries,)``.
    """

    points: NDArray[np.intp]
    observables: NDArray[np.intp]
    place: NDArray[np.intp]
    row: NDArray[np.intp]
    column: NDArray[np.intp]


def families(points: tuple[int, ...], observables: tuple[int, ...]) -> list[Family]:
    """Split a pub so that no point is measured for an observable that it is not asked for.

    Args:
        points, observables: Shapes of the parameter sets and of the observables, which broadcast.

    Returns:
        One family if each point meets each observable; else one per distinct set of observables.
    """
    shape = np.broadcast_shapes(points, observables)
    num_points, num_observables = int(np.prod(points, dtype=int)), int(np.prod(observables, dtype=int))
    if 0 in shape:
        return []
    point = np.broadcast_to(np.arange(num_points).reshape(points), shape).ravel()
    observable = np.broadcast_to(np.arange(num_observables).reshape(observables), shape).ravel()
    if len(point) == num_points * num_observables:
        everything = np.arange(len(point))
        return [Family(np.arange(num_points), np.arange(num_observables), everything, point, observable)]
    order = np.lexsort((observable, point))
    starts = np.searchsorted(point[order], np.arange(num_points))
    groups: dict[bytes, list[NDArray[np.intp]]] = {}
    for places in np.split(order, starts[1:]):
        groups.setdefault(observable[places].tobytes(), []).append(places)
    return [_family(blocks, point, observable) for blocks in groups.values()]


def _family(blocks: list[NDArray[np.intp]], point: NDArray[np.intp], observable: NDArray[np.intp]) -> Family:
    places = np.concatenate(blocks)
    rows = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
    columns = np.tile(np.arange(len(blocks[0])), len(blocks))
    return Family(point[[block[0] for block in blocks]], observable[blocks[0]], places, rows, columns)
