# SPDX-License-Identifier: Apache-2.0
"""Corrected bits: values are products over bits, replicates carry shot noise and the correction's noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline.errors import PluginError
from feedline.estimation.correction import Correction, corrected_sums, corrector
from feedline.estimation.redraw import Redraw, add_sums
from feedline.estimation.replicate import replicate_sums
from feedline.estimation.tally import Tally
from feedline.execution import Execution
from feedline.passes import BoundPass, PassContext
from feedline.reading import Reading
from feedline.testing import NullBackend

Term = dict[int, str]
"""What a term has on a bit: Z, 0 or 1."""


def reading(terms: list[Term], clbits: int) -> Reading:
    width = 8 * -(-clbits // 8)
    masks = np.zeros((3, len(terms), width), dtype=np.uint8)
    for row, term in enumerate(terms):
        for clbit, letter in term.items():
            masks[0 if letter == "Z" else 1, row, width - 1 - clbit] = 1
            masks[2, row, width - 1 - clbit] = letter == "1"
    parity, mask, value = np.packbits(masks, axis=2)
    return Reading(terms=np.arange(len(terms)), parity=parity, mask=mask, value=value)


def packed(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    width = 8 * -(-bits.shape[-1] // 8)
    wide = np.zeros((*bits.shape[:-1], width), dtype=np.uint8)
    wide[..., width - bits.shape[-1] :] = bits[..., ::-1]
    return np.packbits(wide, axis=-1)


def execution(terms: list[Term], clbits: int, points: int, flips: NDArray[np.bool_] | None = None) -> Execution:
    return Execution(
        circuit=QuantumCircuit(clbits, clbits),
        values=np.zeros((points, 0)),
        shots=1,
        axes=("param",),
        reading=reading(terms, clbits),
        flips=None if flips is None else packed(flips),
    )


def tallied(bits: NDArray[np.bool_], weight: NDArray[np.float64] | None = None) -> Tally:
    """Bits of shape (points, shots, clbits)."""
    points, shots = bits.shape[:2]
    rows = np.ones(points * shots) if weight is None else weight.ravel()
    return Tally(range(points), np.repeat(np.arange(points), shots), packed(bits).reshape(points * shots, -1), rows)


def means(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return sums[:, 1:] / sums[:, :1]


def by_hand(terms: list[Term], raw: Any, flips: Any, slope: Any, offset: Any) -> NDArray[np.float64]:
    """The definition, bit by bit."""
    value = np.ones((len(terms), *raw.shape[:-1]))
    for row, term in enumerate(terms):
        for clbit, letter in term.items():
            number = (slope[clbit] * (1.0 - 2.0 * raw[..., clbit]) + offset[clbit]) * (1 - 2.0 * flips[..., clbit])
            value[row] *= number if letter == "Z" else (1 + number) / 2 if letter == "0" else (1 - number) / 2
    return value


TERMS: list[Term] = [{0: "Z"}, {9: "0"}, {1: "Z", 3: "Z"}, {2: "1", 5: "Z"}, {n: "Z01"[n % 3] for n in range(8)}]


@pytest.mark.parametrize("shots", [40, 3000], ids=["resampled", "sketched"])
@pytest.mark.parametrize("flipped", [False, True])
def test_values_are_products_of_what_stands_for_the_bits(rng: np.random.Generator, shots: int, flipped: bool) -> None:
    raw = rng.random((3, shots, 10)) < 0.3
    flips = (rng.random((3, 10)) < 0.5) & flipped
    slope, offset = 1 + rng.random(10), rng.random(10) - 0.5
    correction = Correction(slope=np.tile(slope, (5, 1)), offset=np.tile(offset, (5, 1)))
    what = execution(TERMS, 10, 3, flips if flipped else None)
    weight = rng.integers(1, 4, (3, shots)).astype(float)
    outcomes = tallied(raw ^ flips[:, None, :], weight)
    sums = corrected_sums(what, [outcomes], correction, Redraw(4, lambda: np.random.default_rng(1)))
    wanted = by_hand(TERMS, raw, np.broadcast_to(flips[:, None, :], raw.shape), slope, offset)
    np.testing.assert_allclose(sums[0, 1:], (wanted * weight).sum(axis=-1), rtol=1e-9)
    np.testing.assert_allclose(sums[0, 0], weight.sum(axis=1))


def test_noise_of_the_correction_moves_replicates_as_a_correction_of_theirs_would(rng: np.random.Generator) -> None:
    """Replicates with the very same shots: what is left is the correction's noise, to first order in 0.01."""
    raw = rng.random((2, 60, 10)) < 0.3
    slope, offset = 1.2 + 0.01 * rng.normal(size=(7, 10)), 0.01 * rng.normal(size=(7, 10))
    what, outcomes = execution(TERMS, 10, 2), tallied(raw)
    drawn = Redraw(6, lambda: np.random.default_rng(3))
    moved = corrected_sums(what, [outcomes], Correction(slope=slope, offset=offset), drawn)
    same = Correction(slope=np.tile(slope[0], (7, 1)), offset=np.tile(offset[0], (7, 1)))
    still = corrected_sums(what, [outcomes], same, drawn)
    no_flips = np.zeros_like(raw)
    for replicate in range(1, 7):
        here, first = (by_hand(TERMS, raw, no_flips, slope[k], offset[k]).sum(axis=-1) for k in (replicate, 0))
        np.testing.assert_allclose(moved[replicate, 1:] - still[replicate, 1:], here - first, atol=0.2)
        assert np.abs(here - first).max() > 0.5  # the tolerance is of second order: 60 shots, 8 bits, 28 * 0.01**2


def test_sketched_replicates_spread_as_resampled_ones() -> None:
    """Covariances of terms of 50,000 shots against the sample's; 2,000 replicates of 1,024 runs: 5 %, 5 sigma 25 %."""
    rng = np.random.default_rng(5)
    raw = rng.random((1, 50_000, 3)) < np.array([0.1, 0.4, 0.5])
    raw[..., 2] ^= raw[..., 1]
    terms: list[Term] = [{0: "Z"}, {1: "Z"}, {1: "Z", 2: "Z"}, {0: "1", 1: "0"}]
    what = execution(terms, 3, 1)
    values = by_hand(terms, raw, np.zeros_like(raw), np.ones(3), np.zeros(3))[:, 0]
    wanted = np.cov(values) / 50_000
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    for outcomes in (tallied(raw), counted(raw)):
        sums = replicate_sums(what, outcomes, Redraw(2000, lambda: np.random.default_rng(6)))
        found = np.cov(means(sums)[1:, :, 0].T)
        assert (np.abs(found - wanted) < 0.25 * scale).all()


def counted(raw: NDArray[np.bool_]) -> Tally:
    """Rows that stand for one to four shots each."""
    order = np.lexsort(raw[0].T)
    groups = [
        chunk
        for word in np.split(order, np.flatnonzero(np.diff(packed(raw)[0, order, 0])) + 1)
        for chunk in np.array_split(word, max(1, len(word) // 3))
    ]
    first = np.array([chunk[0] for chunk in groups])
    weight = np.array([len(chunk) for chunk in groups], dtype=float)
    return tallied(raw[:, first], weight[None])


def test_sums_of_parts_are_those_of_the_whole(rng: np.random.Generator) -> None:
    values, weight = rng.normal(size=(3, 5000)), np.ones(5000)
    sums, parts = np.zeros((3, 3)), np.zeros((3, 3))
    add_sums(sums, values, weight, 5000, np.random.default_rng(1))
    for start in range(0, 5000, 700):
        part = slice(start, start + 700)
        add_sums(parts, values[:, part], weight[part], 5000, np.random.default_rng(1))
    np.testing.assert_allclose(parts[0], sums[0])
    np.testing.assert_allclose(sums[0], values.sum(axis=1))


@pytest.mark.parametrize("weight", [1, 4, 8])
def test_reported_bars_cover_and_values_are_unbiased(weight: int) -> None:
    """A known channel on 400 repeats of 400 shots, each with a calibration of its own of 1,000 shots a state.

    The 2 sigma interval of a normal distribution covers 95.4 %; of 400 repeats 92 % is 3.3 standard deviations lower.
    The mean of the values is within 5 standard errors of the truth.
    """
    rng = np.random.default_rng(17)
    error = np.array([0.02 + 0.01 * (np.arange(weight) % 4), 0.05 + 0.01 * (np.arange(weight) % 3)])
    term: list[Term] = [{clbit: "Z" for clbit in range(weight)}]
    true = rng.random((400, 400, weight)) < 0.1
    raw = true ^ (rng.random(true.shape) < np.where(true, error[1], error[0]))
    exact = 0.8**weight
    found = []
    for repeat in range(400):
        shots = rng.binomial(1000, error[..., None], (2, weight, 1))[..., 0] / 1000
        again = rng.binomial(1000, shots, (128, 2, weight)) / 1000
        measured = np.concatenate([shots[None], again])
        contrast, middle = 1 - measured.sum(axis=1), measured[:, 1] - measured[:, 0]
        correction = Correction(slope=1 / contrast, offset=-middle / contrast)
        what = execution(term, weight, 1)
        sums = corrected_sums(what, [tallied(raw[repeat : repeat + 1])], correction, Redraw(128, lambda: rng))
        mean = means(sums)[:, 0, 0]
        found.append((mean[0], mean[1:].std(ddof=1)))
    value, bar = np.array(found).T
    assert (np.abs(value - exact) < 2 * bar).mean() >= 0.92
    assert abs(value.mean() - exact) < 5 * value.std() / np.sqrt(400)
    assert np.median(bar) == pytest.approx(value.std(), rel=0.15)  # 4 % of the spread of 400, 6 % of a bar


def test_two_passes_that_correct_bits_are_refused_by_name() -> None:
    class Corrects:
        def __init__(self, name: str) -> None:
            self.name = name

        def fold_bits(self) -> None:
            """Never called."""

    context = PassContext(options=None, backend=NullBackend(1), rng=np.random.default_rng(1))
    bound = [BoundPass(Corrects(name), context) for name in ("one", "other")]  # type: ignore[arg-type]
    assert corrector(bound[:1]) is bound[0]
    assert corrector([]) is None
    with pytest.raises(PluginError, match="'one' and 'other' would both correct"):
        corrector(bound)
