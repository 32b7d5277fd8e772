# SPDX-License-Identifier: Apache-2.0
"""Corrections of single bits, shot by shot: what readout errors took is given back before any mean is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import PluginError
from feedline.execution import Execution
from feedline.passes import BoundPass, Estimate
from feedline.plan import Part
from feedline.reading import Reading

from .redraw import Redraw, add_sums
from .tally import Tally

_BLOCK = 1 << 17
"""Elements worked on at once; keeps temporary arrays in the cache."""

_ENOUGH = 8192
"""Rows of a point that derivatives are taken from: they scale the calibration's noise, 1/sqrt(8192) is enough."""

_PARITY, _ZERO, _ONE = range(3)
"""What a term has on a bit: the sign, the projector on 0, the projector on 1."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Correction:
    """The real number that stands for a bit: ``slope * z + offset``, where z = 1 - 2 bit.

    The bit is the one that the device returned, before the plan's flips are undone.

    Attributes:
        slope, offset: By replicate and classical bit, shape ``(1 + replicates, clbits)``; 1 and 0
            leave a bit as it is.
    """

    slope: NDArray[np.float64]
    offset: NDArray[np.float64]


def corrector(passes: Sequence[BoundPass]) -> BoundPass | None:
    """The pass that corrects bits, if one does.

    Raises:
        PluginError: If two do.
    """
    found = [bound for bound in passes if hasattr(bound.technique, "fold_bits")]
    if len(found) > 1:
        raise PluginError(
            f"Passes '{found[0].technique.name}' and '{found[1].technique.name}' would both correct every bit.",
            remedy="Choose one of them; a pass that has fold_bits should name the other in its conflicts.",
        )
    return found[0] if found else None


def corrected(
    answers: Sequence[tuple[Execution, Sequence[Part]]],
    calibration: Mapping[str, Estimate],
    bound: BoundPass,
    redraw: Redraw,
) -> list[tuple[Execution, Sequence[Part]]]:
    """Answers whose parts are tallies, as sums of corrected values."""
    made: list[tuple[Execution, Sequence[Part]]] = []
    for execution, parts in answers:
        correction: Correction = bound.technique.fold_bits(execution, calibration, bound.context)  # type: ignore[attr-defined]  # optional; `corrector` looked
        sums = corrected_sums(execution, [part.data for part in parts], correction, redraw)
        made.append((execution, (Part(slice(0, execution.size), sums),)))
    return made


def uncorrected(
    answers: Sequence[tuple[Execution, Sequence[Part]]], redraw: Redraw
) -> list[tuple[Execution, Sequence[Part]]]:
    """Answers whose parts are tallies, as sums of values as they were read."""
    made: list[tuple[Execution, Sequence[Part]]] = []
    for execution, parts in answers:
        shape = (1 + redraw.replicates, int(execution.circuit.num_clbits))
        plain = Correction(slope=np.ones(shape), offset=np.zeros(shape))
        sums = corrected_sums(execution, [part.data for part in parts], plain, redraw)
        made.append((execution, (Part(slice(0, execution.size), sums),)))
    return made


def corrected_sums(
    execution: Execution, outcomes: Sequence[Tally], correction: Correction, redraw: Redraw
) -> NDArray[np.float64]:
    """Sum each term's corrected value over shots, for the sample and for replicates.

    A term's value in a shot is the product of its bits' numbers; a projector is ``(1 +- number) / 2``. Replicates
    have shot noise redrawn, and the noise of the correction to first order in each bit's slope and offset, which
    a mean is linear in.

    Returns:
        Shape ``(1 + replicates, 1 + terms, points)``; row 0 of the second axis holds the weights.
    """
    assert execution.reading is not None
    rng, size = redraw.rng(), execution.size
    total = np.zeros((size, 1 + redraw.replicates, 1 + len(execution.reading.terms)))
    groups = _groups(execution.reading, size)
    for tally in outcomes:
        _add(total, tally, groups, (execution, correction, rng))
    for group in groups:
        share = (total[:, 0, 0] / np.maximum(group.seen, 1e-300))[:, None]
        slope = (correction.slope[1:] - correction.slope[0])[:, group.clbit]
        offset = (correction.offset[1:] - correction.offset[0])[:, group.clbit]
        for change, sensitivity in zip((slope, offset), group.slopes, strict=True):
            moved = np.matmul(sensitivity.transpose(1, 0, 2), change.transpose(1, 2, 0))  # terms, points, replicates
            total[:, 1:, 1 + group.place] += (share * moved).transpose(1, 2, 0)
    return total.transpose(1, 2, 0)


@attrs.define(slots=True, eq=False)
class _Group:
    """Terms of one weight.

    Attributes:
        place: Which terms of the reading, shape ``(terms,)``.
        clbit, kind: Bits of each term and what it has there, shape ``(terms, weight)``.
        slopes: Sums over shots of the derivatives with respect to each bit's slope and offset,
            shape ``(2, points, terms, weight)``.
        seen: Shots that they are summed over, shape ``(points,)``.
    """

    place: NDArray[np.intp]
    clbit: NDArray[np.intp]
    kind: NDArray[np.intp]
    slopes: NDArray[np.float64]
    seen: NDArray[np.float64]


def _groups(reading: Reading, points: int) -> list[_Group]:
    parity, mask, value = (
        np.unpackbits(masks, axis=1)[:, ::-1].astype(np.bool_)
        for masks in (reading.parity, reading.mask, reading.value)
    )
    kinds = np.where(parity, _PARITY, np.where(mask & value, _ONE, _ZERO))
    used = parity | mask
    weights = used.sum(axis=1)
    groups = []
    for weight in np.unique(weights):
        place = np.flatnonzero(weights == weight)
        clbit = np.nonzero(used[place])[1].reshape(len(place), weight)
        kind = np.take_along_axis(kinds[place], clbit, axis=1)
        groups.append(_Group(place, clbit, kind, np.zeros((2, points, *clbit.shape)), np.zeros(points)))
    return groups


def _add(
    total: NDArray[np.float64],
    tally: Tally,
    groups: Sequence[_Group],
    how: tuple[Execution, Correction, np.random.Generator],
) -> None:
    """Add a tally's sums to those of its points, and to the derivatives."""
    execution, correction, rng = how
    counts = np.bincount(tally.point, minlength=len(tally.points))
    width = max([total.shape[2], *(group.clbit.size for group in groups)])
    is_exact = not any(np.ptp(part, axis=0).any() for part in (correction.slope, correction.offset))
    done = np.full(len(counts), _ENOUGH if is_exact else 0, dtype=np.intp)
    for rows, here in _blocks(np.argsort(tally.point, kind="stable"), counts, max(64, _BLOCK // width)):
        signs, flips = _signs(execution, tally, rows)
        weight = tally.weight[rows]
        numbers = flips * (correction.slope[0][:, None] * signs + correction.offset[0][:, None])
        values = np.ones((total.shape[2], len(rows)))
        for group in groups:
            values[1 + group.place] = _product(numbers, group)
        start, points = 0, [point for point, _ in here]
        if (done[points] < _ENOUGH).any():
            starts = np.concatenate([[0], np.cumsum([length for _, length in here])[:-1]])
            _differentiate(groups, numbers, (flips * signs * weight, flips * weight), (starts, tally.points, points))
        for point, length in here:
            part = slice(start, start + length)
            add_sums(total[tally.points[point]], values[:, part], weight[part], int(counts[point]), rng)
            done[point] += length
            start += length


def _differentiate(
    groups: Sequence[_Group],
    numbers: NDArray[np.float64],
    moves: tuple[NDArray[np.float64], NDArray[np.float64]],
    where: tuple[NDArray[np.intp], range, list[int]],
) -> None:
    """Add a block's share to the derivatives.

    Args:
        groups: What they are kept in.
        numbers: What stands for each bit, shape ``(clbits, rows)``.
        moves: What slope and offset move it by, times the weight; shape ``(clbits or 1, rows)``.
        where: Where each point's rows start, the tally's points, and which of them are here.
    """
    starts, all_points, here = where
    points = [all_points[point] for point in here]
    weight = np.add.reduceat(np.abs(moves[1][0]), starts)
    for group in groups:
        others = _others(_factors(numbers, group), group)
        share = np.where(group.kind == _PARITY, 1.0, np.where(group.kind == _ZERO, 0.5, -0.5))[..., None]
        for row, move in enumerate(moves):
            moved = others * (move[group.clbit] if len(move) > 1 else move[0])
            sums = share * np.add.reduceat(moved, starts, axis=-1)
            group.slopes[row][points] += sums.transpose(2, 0, 1)
        group.seen[points] += weight


def _blocks(
    order: NDArray[np.intp], counts: NDArray[np.intp], step: int
) -> Iterator[tuple[NDArray[np.intp], list[tuple[int, int]]]]:
    """Rows in blocks of at most `step`, with the points that they are of and how many rows of each."""
    ends = np.cumsum(counts)
    for start in range(0, len(order), step):
        stop = min(start + step, len(order))
        first = int(np.searchsorted(ends, start, side="right"))
        here = []
        while start < stop:
            until = min(stop, int(ends[first]))
            if until > start:
                here.append((first, until - start))
            start, first = until, first + 1
        yield order[stop - sum(length for _, length in here) : stop], here


def _signs(
    execution: Execution, tally: Tally, rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Signs of the bits as the device returned them, shape ``(clbits, rows)``, and -1 where they were flipped."""
    words, count = tally.words[rows], execution.circuit.num_clbits
    if execution.flips is None:
        return _unpacked(words, count), np.ones((1, len(rows)))
    flips = execution.flips.reshape(execution.size, -1)[tally.points.start + tally.point[rows]]
    return _unpacked(words ^ flips, count), _unpacked(flips, count)


def _unpacked(words: NDArray[np.uint8], count: int) -> NDArray[np.float64]:
    bits = np.unpackbits(words, axis=1)[:, ::-1][:, :count]
    return np.ascontiguousarray(1.0 - 2.0 * bits.T)


def _factors(numbers: NDArray[np.float64], group: _Group) -> list[NDArray[np.float64]]:
    """What each term has on its first bit, its second, ...; shape ``(terms, rows)`` each."""
    factors = []
    for clbit, kind in zip(group.clbit.T, group.kind.T, strict=True):
        number = numbers[clbit]
        if (kind != _PARITY).any():
            sign = np.where(kind == _ONE, -1.0, 1.0)[:, None]
            number = np.where((kind == _PARITY)[:, None], number, (1.0 + sign * number) / 2)
        factors.append(number)
    return factors


def _product(numbers: NDArray[np.float64], group: _Group) -> NDArray[np.float64]:
    """Each term's value, shape ``(terms, rows)``."""
    first, *rest = _factors(numbers, group)
    for factor in rest:
        first *= factor
    return first


def _others(factors: Sequence[NDArray[np.float64]], group: _Group) -> NDArray[np.float64]:
    """Each term's value without one of its bits, shape ``(terms, weight, rows)``."""
    others = np.ones((*group.clbit.shape, factors[0].shape[1]))
    for place in range(1, len(factors)):
        others[:, place] = others[:, place - 1] * factors[place - 1]
    behind = np.ones_like(factors[0])
    for place in range(len(factors) - 1, -1, -1):
        others[:, place] *= behind
        behind *= factors[place]
    return others
