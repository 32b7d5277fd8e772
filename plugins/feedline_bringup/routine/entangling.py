# SPDX-License-Identifier: Apache-2.0
"""Routines for CZ: its amplitude, by the conditional phase, and the phases that it leaves on both qubits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline_bringup.edit import drive_frame, play_of, reshaping, scaled, variant, with_phases
from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Measured, fit, phase_of
from feedline_bringup.state import State
from feedline_hal.gate.pulse_gate import PulseGate

from .shared import evolved

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

_ANGLES = np.arange(6) * np.pi / 3
_RATE_HZ = 1e9


def pairs_of(state: State, qubits: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs among these qubits that have a ``cz``, each in one order."""
    found: dict[frozenset[int], tuple[int, int]] = {}
    for one in state.calibrations.calibrations:
        if one.gate == "cz" and len(one.qubits) == 2 and set(one.qubits) <= set(qubits):
            first, second = (int(qubit) for qubit in one.qubits if qubit is not None)
            found.setdefault(frozenset((first, second)), (first, second))
    return list(found.values())


class ControlledPhaseAmplitude(Routine):
    """The amplitude at which the phase of one qubit changes by pi with the other's level.

    Source: Barends et al., Nature 508, 500 (2014), supplement: CZ by Ramsey fringes with control 0 and 1.

    Args:
        is_fine: Whether to look closely, with the gate several times, instead of widely.
    """

    name = "cz"
    title = "Amplitude of CZ: conditional phase and leakage"
    shots = 400
    reach, points = (0.74, 1.3), 27
    fine_reach, fine_points, fine_times = (0.985, 1.015), 13, 5

    def __init__(self, *, is_fine: bool = False) -> None:
        self.is_fine = is_fine

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Ramsey fringes of the second qubit, with the first in 0 and in 1, for each amplitude; pair by pair."""
        return [self._plan(state, pair, backend) for pair in pairs_of(state, qubits)]

    def _plan(self, state: State, pair: tuple[int, int], backend: PulseBackend) -> Plan:
        factor, angle = Parameter("factor"), Parameter("angle_rad")
        pulse = play_of(state.calibrations, "cz", pair)
        largest = float(np.abs(pulse.waveform.sample(_RATE_HZ)).max())
        low, high = self.fine_reach if self.is_fine else self.reach
        most = min(high, 0.999 * backend.ports[pulse.frame.port.name].max_amplitude / largest)
        factors = np.linspace(low, most, self.fine_points if self.is_fine else self.points)
        values = {factor: np.repeat(factors, len(_ANGLES)), angle: np.tile(_ANGLES, len(factors))}
        change = reshaping(pulse, pulse.waveform.scaled(factor))
        made = variant(state.calibrations, "cz", pair, "cz_scaled", change, factor)
        sweeps = []
        for level in (0, 1):
            circuit = measuring(backend.num_qubits, pair)
            if level:
                circuit.x(pair[0])
            circuit.sx(pair[1])
            for _ in range(self.fine_times if self.is_fine else 1):
                circuit.append(PulseGate("cz_scaled", 2, [factor]), pair)
            circuit.rz(angle, pair[1])
            circuit.sx(pair[1])
            sweeps.append(Sweep(circuit=measured(circuit, pair), values=values))
        about = {"qubits": pair, "factors": factors}
        return Plan(sweeps=tuple(sweeps), shots=self.shots, calibrations=(made,), about=about)

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """A line through the conditional phase where it passes pi and the contrast is best."""
        factors = plan.about["factors"]
        fringes = [_fringes(*signals(state, qubits, one)[qubits[1]], len(factors)) for one in data]
        (phases_0, errors_0, _), (phases_1, errors_1, contrast) = fringes
        beyond = np.angle(np.exp(1j * (phases_1 - phases_0 - np.pi)))
        errors = np.hypot(errors_0, errors_1)
        place = _crossing(beyond, contrast)
        labels = ("amplitude of CZ (relative)", "conditional phase - π (rad)")
        curves = [
            Curve(x=factors, y=beyond, error=errors, label="phase"),
            Curve(x=factors, y=contrast, label="contrast"),
        ]
        if place is None:
            problem = "the conditional phase does not pass pi with contrast"
            return [Finding(qubits=tuple(qubits), curves=curves, labels=labels, problem=problem)]
        near = slice(max(0, place - 2), place + 4) if not self.is_fine else slice(None)
        near = _connected(beyond, near, place)
        begin = {"slope": 10.0, "factor": float(factors[place])}
        found = fit(_line, factors[near], beyond[near], errors[near], begin)
        curves[0] = Curve(x=factors, y=beyond, error=errors, line=(factors[near], found(factors[near])), label="phase")
        factor = found["factor"]
        problem = found.problem or ("" if factor.error < 0.02 else "the amplitude is not clear")
        height = Measured(
            float(np.interp(factor.value, factors, contrast)), float(contrast.std() / len(contrast) ** 0.5)
        )
        values = {"factor": factor, "contrast": height}
        return [Finding(qubits=tuple(qubits), values=values, curves=curves, labels=labels, problem=problem)]

    def propose(self, state: State, finding: Finding) -> State:
        """The pulse is scaled."""
        return evolved(state, scaled(state.calibrations, "cz", finding.qubits, finding.value("factor")))


class ControlledPhases(Routine):
    """What CZ adds to the phase of each qubit while the other is in 0."""

    name = "cz-phases"
    title = "Phases of both qubits after CZ"
    shots = 400
    most = 6

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Ramsey fringes of each qubit of a pair around 0, 1, 2 ... gates."""
        plans = []
        for pair in pairs_of(state, qubits):
            angle = Parameter("angle_rad")
            sweeps = []
            for target in pair:
                for count in range(self.most + 1):
                    circuit = measuring(backend.num_qubits, pair)
                    _ramsey(circuit, pair, target, count, angle)
                    sweeps.append(Sweep(circuit=measured(circuit, pair), values={angle: _ANGLES}))
            plans.append(Plan(sweeps=tuple(sweeps), shots=self.shots, about={"qubits": pair}))
        return plans

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """A line through the phase over the number of gates."""
        counts = np.arange(self.most + 1, dtype=float)
        values, curves, problem = {}, [], ""
        for place, qubit in enumerate(qubits):
            joined = np.concatenate(data[place * len(counts) : (place + 1) * len(counts)])
            phases, errors, _ = _fringes(*signals(state, qubits, joined)[qubit], len(counts))
            step = np.angle(np.exp(1j * (phases[1] - phases[0])))
            rest = np.unwrap(phases - step * counts)
            found = fit(_sloped, counts, rest, errors, {"slope": 0.0, "offset": float(rest[0])})
            added = Measured(found["slope"].value + float(step), found["slope"].error)
            values[f"phase_{qubit}_rad"] = Measured(float(np.angle(np.exp(1j * added.value))), added.error)
            total = rest + step * counts
            line = (counts, found(counts) + step * counts)
            curves.append(Curve(x=counts, y=total, error=errors, line=line, label=f"q{qubit}"))
            if found.chi_squared > 10 or added.error > 0.05:
                problem = f"the phases of q{qubit} are not on a line (chi squared {found.chi_squared:.1f})"
        labels = ("number of CZ", "phase (rad)")
        return [Finding(qubits=tuple(qubits), values=values, curves=curves, labels=labels, problem=problem)]

    def propose(self, state: State, finding: Finding) -> State:
        """The gate ends with shifts that undo them."""
        cals = state.calibrations
        added = {drive_frame(cals, qubit).name: finding.value(f"phase_{qubit}_rad") for qubit in finding.qubits}
        return evolved(state, with_phases(cals, "cz", finding.qubits, added))


def _ramsey(circuit: QuantumCircuit, pair: tuple[int, int], target: int, count: int, angle: Parameter) -> None:
    circuit.sx(target)
    for _ in range(count):
        circuit.cz(*pair)
    circuit.rz(angle, target)
    circuit.sx(target)


def _fringes(y: Array, error: Array, count: int) -> tuple[Array, Array, Array]:
    """Phases, their errors and contrasts of fringes one after the other, shapes ``(count,)``."""
    rows = zip(y.reshape(count, -1), error.reshape(count, -1), strict=True)
    found = [phase_of(_ANGLES, *row) for row in rows]
    phases, errors = (np.array([getattr(one[0], name) for one in found]) for name in ("value", "error"))
    return phases, np.minimum(errors, 2.0), 2 * np.array([one[1].value for one in found])


def _crossing(beyond: Array, contrast: Array) -> int | None:
    """Place before the passage through 0 where the contrast is best."""
    places = np.flatnonzero((beyond[:-1] * beyond[1:] <= 0) & (np.abs(np.diff(beyond)) < 2.0))
    good = [int(place) for place in places if min(contrast[place], contrast[place + 1]) > 0.5]
    return max(good, key=lambda place: contrast[place] + contrast[place + 1], default=None)


def _connected(beyond: Array, within: slice, place: int) -> slice:
    """The part around a place over which the phase does not jump."""
    first, last = within.start or 0, len(beyond) if within.stop is None else min(within.stop, len(beyond))
    jumps = np.flatnonzero(np.abs(np.diff(beyond)) > 2.5) + 1
    before, after = jumps[jumps <= place], jumps[jumps > place]
    first = max(first, int(before.max())) if len(before) else first
    last = min(last, int(after.min())) if len(after) else last
    return slice(first, last)


def _line(x: Array, slope: float, factor: float) -> Array:
    return slope * (x - factor)


def _sloped(x: Array, slope: float, offset: float) -> Array:
    return slope * x + offset
