# SPDX-License-Identifier: Apache-2.0
"""Division by factors: each Pauli's mean by what the calibration shows for the same Pauli."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.passes import Estimate

from .flipping import AXIS

BLOCK = "trex_block"
"""Coordinate that tells the fold which block of which pub it has; an axis of length 1."""
ROLE = "trex"
"""Role of calibrations."""
PROJECTED = "trex_projected"
"""Role of executions that the Paulis of projectors are read off."""

_LEAST_ERRORS = 3.0
"""A factor that is fewer of its standard errors away from 0 is not divided by."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@attrs.frozen(slots=True, eq=False)
class PauliSum:
    """A term as a sum of Paulis.

    Attributes:
        term: Index in the block.
        source: Where each Pauli's mean is among those read off for projectors.
        factor: Where each Pauli's factor is among the calibration's.
        weight: Of each Pauli.
        constant: Weight of the identity, which needs no correction.
    """

    term: int
    source: Indices
    factor: Indices
    weight: Floats
    constant: float


@attrs.frozen(slots=True, eq=False)
class BlockNote:
    """What the fold of a block must know.

    Attributes:
        terms, factor: Terms that are single Paulis of the block, and where their factors are.
        sums: Terms that are sums of Paulis read off apart.
    """

    terms: Indices
    factor: Indices
    sums: tuple[PauliSum, ...]


def divided(
    estimate: Estimate, calibration: Mapping[str, Estimate], notes: tuple[BlockNote, ...]
) -> tuple[Floats, dict[str, Any]]:
    """Means over flips, each Pauli divided by its factor.

    Returns:
        Means without the axes of flips and of the block's coordinate, and what there is to tell.
    """
    note = notes[round(float(estimate.coords[BLOCK][0]))]
    factors = calibration[ROLE].mean.mean(axis=calibration[ROLE].axis(AXIS))
    errors = factors[1:].std(axis=0, ddof=1)
    is_safe = np.abs(factors[0]) > _LEAST_ERRORS * errors
    divisors = np.where(is_safe, factors, 1.0)
    mean = _averaged(estimate)
    shape = (len(factors), *[1] * (mean.ndim - 2), -1)
    out = mean.copy()
    out[..., note.terms] = mean[..., note.terms] / divisors[:, note.factor].reshape(shape)
    if note.sums:
        paulis = _averaged(calibration[PROJECTED])
        for one in note.sums:
            used = divisors if is_safe[one.factor].all() else np.ones_like(divisors)
            parts = paulis[..., one.source] / used[:, one.factor].reshape(shape)
            out[..., one.term] = parts @ one.weight + one.constant
    return out, _told(note, factors[0], errors, is_safe, mean.shape[-1])


def _averaged(estimate: Estimate) -> Floats:
    """Mean over flips, at the block's one coordinate."""
    mean: Floats = estimate.mean.mean(axis=estimate.axis(AXIS), keepdims=True)
    return mean.squeeze(axis=(estimate.axis(AXIS), estimate.axis(BLOCK)))


def _told(
    note: BlockNote, factors: Floats, errors: Floats, is_safe: NDArray[np.bool_], num_terms: int
) -> dict[str, Any]:
    """Factor and its standard error of each term (of a sum: its smallest), and the terms that stay raw."""
    place = np.zeros(num_terms, dtype=np.intp)
    place[note.terms] = note.factor
    safe = np.ones(num_terms, dtype=np.bool_)
    safe[note.terms] = is_safe[note.factor]
    for one in note.sums:
        place[one.term] = one.factor[np.abs(factors[one.factor]).argmin()]
        safe[one.term] = is_safe[one.factor].all()
    told = {"factors": factors[place].tolist(), "factor_errors": errors[place].tolist()}
    raw = np.flatnonzero(~safe).tolist()
    if raw:
        told["left_raw"] = raw
        told["warning"] = (
            f"The readout factors of {len(raw)} terms are within {_LEAST_ERRORS:g} standard errors of 0: these terms "
            "are not corrected. Ask for more shots, or for terms on fewer qubits."
        )
    return told
