# SPDX-License-Identifier: Apache-2.0
"""Randomised benchmarking of CZ: layers of random gates with it, compared with the same layers without it.

A layer is ``sx`` on both qubits, CZ or nothing, and a random number of quarter turns of each frame: one of 16 Clifford
gates on each qubit, among them all that differ by a Pauli, so that errors are averaged over Paulis. As it is one pulse
only, little else decays beside what CZ adds; with two-qubit Cliffords of some 1.5 CZ and 5 pulses instead, the same
number of shots leaves an error bar several times as wide.

With CZ, a sequence begins with a random Clifford of two qubits and layers go on mixing all Paulis: what is left of
the state decays as one exponential. Without CZ nothing mixes the two qubits: what is left of each and of both together
decays by itself, and the mean over all Paulis is made of the three. Shots are signed by the flips that a sequence ends
with, so that decay is towards 0 however wrong the readout is.

Source: Proctor et al., Phys. Rev. Lett. 123, 030503 (2019) and Polloreno et al., arXiv:2302.13853, for layers instead
of Cliffords of two qubits; Gambetta et al., Phys. Rev. Lett. 109, 240504 (2012), for two qubits benchmarked at once;
Magesan et al., Phys. Rev. Lett. 109, 080505 (2012), for the comparison with and without a gate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_bringup.experiment import Curve, Finding, Plan, Routine
from feedline_bringup.fitting import Array, Fit, Measured, fit
from feedline_bringup.state import State

from .clifford import PAIR_LAYERS
from .entangling import pairs_of
from .limit import beside_limit, coherence_limit, known_times
from .pair_sequence import PairSequences

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

_SHARES = np.array([3, 3, 9]) / 15
"""Of the Paulis but the identity: on the first qubit alone, on the second alone, on both."""
_USUAL_S = 40e-6
"""Coherence time that lengths are chosen for if none is known."""
_CLEAR = 0.2
"""Largest error bar of a result, relative to it."""


class PairBenchmarking(Routine):
    """Error of CZ: average gate infidelity, with what is lost to higher levels."""

    name = "rb-pairs"
    title = "Error of CZ, by randomised benchmarking"
    shots = 150
    seeds = 24
    drawn_from: int | None = None
    """Seed of the sequences; others each time if ``None``."""
    parts = (0.15, 0.45, 0.75, 1.0)
    """Lengths beside one layer, as shares of that over which decay alone leaves 1/e: there they tell a rate best."""

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Sequences with CZ and without, a circuit for each length; pair by pair."""
        rng = np.random.default_rng(self.drawn_from)
        plans = []
        for pair in pairs_of(state, qubits):
            lengths = [self.lengths(state, pair, backend, has_cz=has_cz) for has_cz in (True, False)]
            drawn = [
                PairSequences.drawn(length, self.seeds, rng, has_cz=has_cz)
                for has_cz, some in zip((True, False), lengths, strict=True)
                for length in some
            ]
            sweeps = tuple(one.sweep(backend.num_qubits, pair) for one in drawn)
            about = {"qubits": pair, "lengths": lengths, "flips": [one.flips for one in drawn]}
            plans.append(Plan(sweeps=sweeps, shots=self.shots, about=about))
        return plans

    def lengths(self, state: State, pair: tuple[int, int], backend: PulseBackend, *, has_cz: bool) -> list[int]:
        """Numbers of layers, by the coherence times that are known, no longer than the device plays."""
        cals = state.calibrations
        pulse_s = max(cals.find("sx", (qubit,)).schedule.duration_s for qubit in pair)
        gate_s = cals.find("cz", pair).schedule.duration_s
        layer_s = pulse_s + gate_s if has_cz else pulse_s
        times_s = known_times([state.fact(qubit) for qubit in pair]) or [(_USUAL_S, _USUAL_S)] * 2
        longest = 0.75 / coherence_limit(layer_s, times_s)
        if backend.grid.max_duration_s is not None:
            ends_s = 2 * PAIR_LAYERS * (2 * pulse_s + gate_s)
            longest = min(longest, (0.8 * backend.grid.max_duration_s - ends_s) / (layer_s * self.parts[-1]))
        return sorted({1, *(max(2, round(part * longest)) for part in self.parts)})

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """``3/4 (1 - p / p without)`` of decays ``a p^m``; its error bar by leaving out sequences in turn."""
        left = [_left(state, qubits, one, flips) for one, flips in zip(data, plan.about["flips"], strict=True)]
        with_cz, without = plan.about["lengths"]
        both = _Series(with_cz, left[: len(with_cz)]), _Series(without, left[len(with_cz) :])
        found = _Decays.of(*both)
        spread = [_Decays.of(*(one.leaving_out(k) for one in both)) for k in range(len(left[0]))]
        values = {
            "error": _jackknifed(found, spread, lambda one: 0.75 * (1 - one.kept / one.kept_without)),
            "layer_error": _jackknifed(found, spread, lambda one: 0.75 * (1 - one.kept_without)),
        }
        duration_s = state.calibrations.find("cz", qubits).schedule.duration_s
        values |= beside_limit(values["error"], duration_s, [state.fact(qubit) for qubit in qubits])
        labels = ("layers", "what is left of the state")
        problem = found.problem or _unclear(values["error"])
        curves = found.curves(*both, qubits)
        return [Finding(qubits=tuple(qubits), values=values, curves=curves, labels=labels, problem=problem)]


@attrs.frozen(slots=True, eq=False)
class _Series:
    """What is left of the first qubit, the second and both, by length, each ``(sequences, 3)``."""

    lengths: Sequence[int]
    left: Sequence[Array]

    def leaving_out(self, sequence: int) -> _Series:
        """The same without one of the sequences."""
        return _Series(self.lengths, [np.delete(one, sequence, axis=0) for one in self.left])

    def mean(self) -> tuple[Array, Array, Array]:
        """Lengths, what is left of all three on average and its standard error, each ``(lengths,)``."""
        return self._over([one.mean(axis=1) for one in self.left])

    def single(self, place: int) -> tuple[Array, Array, Array]:
        """The same of one of the three."""
        return self._over([one[:, place] for one in self.left])

    def _over(self, left: Sequence[Array]) -> tuple[Array, Array, Array]:
        error = [max(one.std(ddof=1) / len(one) ** 0.5, 1e-3) for one in left]
        return np.array(self.lengths, dtype=float), np.array([one.mean() for one in left]), np.array(error)


@attrs.frozen(slots=True, eq=False)
class _Decays:
    """Decays with CZ, and of the three without."""

    with_cz: Fit
    without: tuple[Fit, ...]

    @classmethod
    def of(cls, with_cz: _Series, without: _Series) -> Self:
        """Fits."""
        return cls(_decay(*with_cz.mean()), tuple(_decay(*without.single(place)) for place in range(3)))

    @property
    def kept(self) -> float:
        """What a layer with CZ leaves of a Pauli on average."""
        return self.with_cz["p"].value

    @property
    def kept_without(self) -> float:
        """What a layer without CZ leaves."""
        return float(_SHARES @ [one["p"].value for one in self.without])

    @property
    def stretch(self) -> float:
        """By how much more than their noise data miss the fits; 1 if by no more."""
        return math.sqrt(max(1.0, float(np.mean([one.chi_squared for one in (self.with_cz, *self.without)]))))

    @property
    def problem(self) -> str:
        """Of the first fit that has one."""
        named = {"with CZ": self.with_cz, **dict(zip(("of one", "of the other", "of both"), self.without, strict=True))}
        return next((f"layers {name}: {one.problem}" for name, one in named.items() if one.problem), "")

    def curves(self, with_cz: _Series, without: _Series, qubits: Sequence[int]) -> list[Curve]:
        """Data and fits."""
        first, second = (f"q{qubit}" for qubit in qubits)
        drawn = [("with CZ", self.with_cz, with_cz.mean())]
        for place, name in enumerate((first, second, f"{first} and {second}")):
            drawn.append((f"without, {name}", self.without[place], without.single(place)))
        made = []
        for label, one, (x, y, error) in drawn:
            fine = np.linspace(0, x.max(), 200)
            made.append(Curve(x=x, y=y, error=error, line=(fine, one(fine)), label=label))
        return made


def _decay(lengths: Array, left: Array, error: Array) -> Fit:
    def model(m: Array, a: float, p: float) -> Array:
        return a * p**m

    fallen = max(float(left[1]), 0.05) / max(float(left[0]), 0.05)
    begin = {"a": 1.0, "p": float(np.clip(fallen ** (1 / (lengths[1] - lengths[0])), 0.1, 0.9999))}
    return fit(model, lengths, left, error, begin, p=(0.0, 1.001))


def _left(state: State, qubits: Sequence[int], data: NDArray[Any], flips: NDArray[np.intp]) -> Array:
    """Means of ``Z1``, ``Z2`` and ``Z1 Z2``, signed, of points ``(sequences, shots, 2)``: ``(sequences, 3)``."""
    signs = 1 - 2 * flips
    first, second = (
        (1 - 2 * state.signal(qubit, data[..., place])) * signs[:, place, np.newaxis]
        for place, qubit in enumerate(qubits)
    )
    return np.stack([one.mean(axis=1) for one in (first, second, first * second)], axis=1)


def _jackknifed(found: _Decays, spread: Sequence[_Decays], value: Callable[[_Decays], float]) -> Measured:
    """A value and its standard error: from what it would be without each of the sequences, and how well fits are met.

    Source: Efron and Stein, Ann. Statist. 9, 586 (1981).
    """
    each = np.array([value(one) for one in spread])
    return Measured(value(found), found.stretch * float(np.sqrt((len(each) - 1) * each.var())))


def _unclear(error: Measured) -> str:
    if error.error <= _CLEAR * error.value:
        return ""
    return f"the error of CZ is not clear: {error}"
