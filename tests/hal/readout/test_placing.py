# SPDX-License-Identifier: Apache-2.0
"""Results of captures stand where the circuit put them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.primitives import BitArray

from feedline.errors import InputError
from feedline_hal.readout import by_clbit, pack_bits


@given(st.integers(0, 20), st.data())
def test_packed_bits_are_read_by_qiskits_bit_array(shots: int, data: st.DataObject) -> None:
    """Oracle: `BitArray` reads the bytes; the classical bit 0 is the last character of its strings."""
    num_clbits = data.draw(st.integers(1, 20))
    clbits = data.draw(st.lists(st.integers(-1, num_clbits - 1), max_size=8))
    bits = np.random.default_rng(shots).integers(2, size=(shots, len(clbits))).astype(bool)
    packed = pack_bits(bits, clbits, -(-num_clbits // 8))
    assert packed.dtype == np.uint8
    words = ["0" * num_clbits] * shots
    for capture, clbit in enumerate(clbits):
        for shot in range(shots):
            if clbit >= 0:
                place = num_clbits - 1 - clbit
                words[shot] = words[shot][:place] + str(int(bits[shot, capture])) + words[shot][place + 1 :]
    assert BitArray(packed, num_clbits).get_bitstrings() == words


def test_last_of_several_captures_stands() -> None:
    bits = np.array([[True, False, True]])
    assert pack_bits(bits, [0, 0, -1], 1).tolist() == [[0]]
    assert pack_bits(bits, [0, 9, 0], 2).tolist() == [[0, 1]]
    assert pack_bits(bits, [2, 9, 9], 2).tolist() == [[2, 4]]


def test_points_and_samples_are_placed_alike(rng: np.random.Generator) -> None:
    points = rng.normal(size=(2, 5, 3))
    placed = by_clbit(points, [4, -1, 0], 6)
    assert placed.shape == (2, 5, 6)
    assert (placed[..., 4] == points[..., 0]).all()
    assert (placed[..., 0] == points[..., 2]).all()
    assert not placed[..., [1, 2, 3, 5]].any()
    samples = rng.normal(size=(5, 3, 7))
    placed = by_clbit(samples, [4, -1, 0], 6, axis=-2)
    assert placed.shape == (5, 6, 7)
    assert (placed[:, 4] == samples[:, 0]).all()
    assert not placed[:, 1].any()


def test_captures_without_a_classical_bit_of_the_circuit_are_refused() -> None:
    with pytest.raises(InputError, match=r"belong to classical bits \[0\] of 8"):
        pack_bits(np.zeros((3, 2), dtype=bool), [0], 1)
    with pytest.raises(InputError, match=r"belong to classical bits \[0, 8\] of 8"):
        pack_bits(np.zeros((3, 2), dtype=bool), [0, 8], 1)
    with pytest.raises(InputError, match="or -1"):
        by_clbit(np.zeros((3, 2, 4)), [0, 1, 2], 3, axis=-2)
