# SPDX-License-Identifier: Apache-2.0
"""Outcomes: Aer's counts and probabilities as packed bits or counts, whole sweeps at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from feedline.execution import OutcomeCounts


def word_table(places: Sequence[int], num_clbits: int) -> NDArray[np.uint8]:
    """Packed classical bits of every outcome of the measured qubits.

    Args:
        places: For each classical bit the position of its qubit in the outcome; -1 if not measured.
        num_clbits: Number of classical bits.

    Returns:
        Shape ``(2**k, n_bytes)``, ``k`` being the number of measured qubits.
    """
    k = max(places, default=-1) + 1
    outcomes = np.arange(2**k)
    width = 8 * max(1, -(-num_clbits // 8))
    bits = np.zeros((2**k, width), dtype=np.uint8)
    for clbit, place in enumerate(places):
        if place >= 0:
            bits[:, width - 1 - clbit] = (outcomes >> place) & 1
    return np.packbits(bits, axis=1)


def drawn_counts(
    probabilities: NDArray[np.float64],
    shots: int,
    table: NDArray[np.uint8],
    rng: np.random.Generator,
) -> OutcomeCounts:
    """Draw shots of every point; return how often each outcome came.

    Args:
        probabilities: Shape ``(points, 2**k)``.
        shots: Shots per point.
        table: Words of the outcomes.
        rng: Randomness.
    """
    counts = rng.multinomial(shots, _normalised(probabilities))
    point, outcome = np.nonzero(counts)
    return OutcomeCounts(point=point, words=table[outcome], weight=counts[point, outcome])


def drawn_bits(
    probabilities: NDArray[np.float64],
    shots: int,
    table: NDArray[np.uint8],
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Draw shots of every point, in random order: shape ``(points, shots, n_bytes)``."""
    counts = rng.multinomial(shots, _normalised(probabilities))
    kind = np.min_scalar_type(len(table) - 1)
    outcomes = np.arange(len(table), dtype=kind)
    rows = np.stack([np.repeat(outcomes, row) for row in counts])
    bits: NDArray[np.uint8] = table[rng.permuted(rows, axis=1)]
    return bits


def counted(experiments: Sequence[Mapping[str, int]], num_bytes: int) -> OutcomeCounts:
    """Aer's counts (hex keys) of several points as one table."""
    keys = [key for counts in experiments for key in counts]
    weights = [weight for counts in experiments for weight in counts.values()]
    sizes = [len(counts) for counts in experiments]
    return OutcomeCounts(
        point=np.repeat(np.arange(len(experiments)), sizes),
        words=_words(keys, num_bytes),
        weight=np.array(weights, dtype=np.int64),
    )


def shuffled_bits(counts: OutcomeCounts, points: int, shots: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Single shots from counts, in random order.

    Shots of a simulator are exchangeable, and what is counted is the joint outcome of all classical
    bits of a shot, mid-circuit ones included: a random order loses nothing.
    """
    rows = np.repeat(np.arange(len(counts.weight)), counts.weight).reshape(points, shots)
    bits: NDArray[np.uint8] = counts.words[rng.permuted(rows, axis=1)]
    return bits


def _words(keys: Sequence[str], num_bytes: int) -> NDArray[np.uint8]:
    digits = 2 * num_bytes
    packed = bytes.fromhex("".join([key[2:].rjust(digits, "0") for key in keys]))
    return np.frombuffer(packed, dtype=np.uint8).reshape(len(keys), num_bytes)


def _normalised(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.maximum(probabilities, 0.0)  # a state's probabilities may be -1e-17
    normal: NDArray[np.float64] = clipped / clipped.sum(axis=1, keepdims=True)
    return normal
