# SPDX-License-Identifier: Apache-2.0
"""What captures gave, put where the circuit's classical bits are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError

Kind = TypeVar("Kind", bound=np.generic)


def by_clbit(values: NDArray[Kind], clbits: Sequence[int], num_clbits: int, *, axis: int = -1) -> NDArray[Kind]:
    """Columns of captures as columns of classical bits.

    Args:
        values: Bits, points or samples.
        clbits: Classical bit of each capture, -1 for none. Of several captures of one the last stands.
        num_clbits: How many the circuit has.
        axis: Of the values, along which captures are counted: the last, or -2 for samples.

    Returns:
        The same with ``num_clbits`` along that axis; 0 in bits that nobody captured.

    Raises:
        InputError: If there are not as many classical bits as captures, or the circuit lacks one.
    """
    if values.shape[axis] != len(clbits) or any(clbit >= num_clbits for clbit in clbits):
        raise InputError(
            f"Captures: values of shape {values.shape} belong to classical bits {list(clbits)} of {num_clbits}.",
            remedy="Give one classical bit of the circuit for each capture, or -1.",
        )
    columns = np.moveaxis(values, axis, 0)
    out = np.zeros((num_clbits, *columns.shape[1:]), dtype=values.dtype)
    for column, clbit in zip(columns, clbits, strict=True):
        if clbit >= 0:
            out[clbit] = column
    return np.moveaxis(out, 0, axis)


def pack_bits(bits: NDArray[np.bool_], clbits: Sequence[int], num_bytes: int) -> NDArray[np.uint8]:
    """Bits of captures as `feedline.execution.Chunk` has them.

    Args:
        bits: Shape ``(..., captures)``.
        clbits: Classical bit of each capture, -1 for none. Of several captures of one the last stands.
        num_bytes: Of a shot: `feedline.execution.Execution.num_bytes`.

    Returns:
        Shape ``(..., num_bytes)``: big-endian bytes, classical bit 0 the lowest of the last.

    Raises:
        InputError: If there are not as many classical bits as captures, or they do not fit the bytes.
    """
    placed = by_clbit(bits, clbits, 8 * num_bytes)
    return np.packbits(placed[..., ::-1], axis=-1)
