# SPDX-License-Identifier: Apache-2.0
"""Windows of one channel that lie together: their weights in one matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from .window import Window

COLUMNS = 1 << 10
"""Most samples of a record that are multiplied at once: their weights stay in the cache."""

FACTORS = 1 << 18
"""Most products that one call of BLAS sums up. OpenBLAS stays on its caller's thread up to here; beyond, threads
that wait for each other cost more than they bring, the more so while other threads load and read instruments."""

PORTION = 1 << 17
"""About how many samples are made floating point at once: 512 KiB of them, which stay in the cache."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Bank:
    """Weights of windows that overlap, as one real matrix.

    Attributes:
        channel: Whose samples they are for.
        start, stop: Samples of the record that they cover.
        captures: Numbers of the windows, shape ``(k,)``.
        weights: Shape ``(stop - start, 2 k)``, single precision: real and imaginary part of each window's
            weight side by side, 0 where it does not reach.
        sums: Of each window's weights, shape ``(k,)``: what a constant 1 V gives.
    """

    channel: int
    start: int
    stop: int
    captures: NDArray[np.intp]
    weights: NDArray[np.float32]
    sums: NDArray[np.complex128]

    def add(self, data: NDArray[np.signedinteger], scale_v: float, constant_v: float, out: Complex) -> None:
        """Add to ``out``, shape ``(records, captures)``, what records give: ``data * scale_v + constant_v``.

        Args:
            data: Of the channel, shape ``(records, samples)``, in any byte order.
            scale_v: Volts of a step.
            constant_v: Volts of a sample that reads 0.
            out: Integrated points so far.
        """
        width = min(self.stop - self.start, COLUMNS)
        rows = min(max(1, PORTION // width), max(1, len(data)))
        floats = np.empty((rows, width), dtype=np.float32)
        product = np.empty((rows, 2 * len(self.captures)), dtype=np.float32)
        constant = (self.sums * constant_v).astype(np.complex64)
        for top in range(0, len(data), rows):
            some = data[top : top + rows]
            points = np.zeros((len(some), len(self.captures)), dtype=np.complex64)
            for left in range(self.start, self.stop, width):
                right = min(left + width, self.stop)
                # Flat, so that a narrower last part is as contiguous as the others.
                part = floats.reshape(-1)[: len(some) * (right - left)].reshape(len(some), right - left)
                np.copyto(part, _native(some[:, left:right]), casting="same_kind")
                _multiply(part, self.weights[left - self.start : right - self.start], product[: len(some)])
                points += product[: len(some)].view(np.complex64)
            points *= np.float32(scale_v)
            points += constant
            out[top : top + rows, self.captures] += points


Complex = NDArray[np.complex64]


def _multiply(some: NDArray[np.float32], weights: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Matrix product in steps of several records, which NumPy goes through in one call."""
    step = max(1, FACTORS // weights.size)
    whole = len(some) // step * step
    width, columns = weights.shape
    np.matmul(some[:whole].reshape(-1, step, width), weights, out=out[:whole].reshape(-1, step, columns))
    np.matmul(some[whole:], weights, out=out[whole:])


def _native(data: NDArray[np.signedinteger]) -> NDArray[np.signedinteger]:
    """The same in the machine's byte order: swapping first is faster than converting from the other."""
    return data if data.dtype.isnative else data.byteswap().view(data.dtype.newbyteorder())


def banks(windows: Sequence[Window], rate_hz: float) -> Iterator[Bank]:
    """Weights of all windows: one matrix for those of a channel that overlap, others apart."""
    weights = [window.weights(rate_hz) for window in windows]
    for channel in sorted({channel for window in windows for channel in window.channels}):
        mine = sorted(
            (number for number, window in enumerate(windows) if channel in window.channels),
            key=lambda number: windows[number].start,
        )
        for together in _overlapping(mine, windows):
            factors = [1j ** windows[number].channels.index(channel) for number in together]
            columns = [factor * weights[number] for factor, number in zip(factors, together, strict=True)]
            yield _bank(channel, together, windows, columns)


def _overlapping(numbers: Sequence[int], windows: Sequence[Window]) -> Iterator[list[int]]:
    """Windows, ordered by start, in groups that share no sample with each other."""
    group: list[int] = []
    stop = 0
    for number in numbers:
        if group and windows[number].start >= stop:
            yield group
            group = []
        group.append(number)
        stop = max(stop, windows[number].stop)
    if group:
        yield group


def _bank(channel: int, numbers: list[int], windows: Sequence[Window], columns: list[NDArray[np.complex128]]) -> Bank:
    start = min(windows[number].start for number in numbers)
    stop = max(windows[number].stop for number in numbers)
    matrix = np.zeros((stop - start, len(numbers)), dtype=np.complex64)
    for column, number in enumerate(numbers):
        matrix[windows[number].start - start : windows[number].stop - start, column] = columns[column]
    return Bank(
        channel=channel,
        start=start,
        stop=stop,
        captures=np.array(numbers, dtype=np.intp),
        weights=matrix.view(np.float32),
        sums=np.array([column.sum() for column in columns], dtype=np.complex128),
    )
