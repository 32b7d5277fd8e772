# SPDX-License-Identifier: Apache-2.0
"""Routines for the amplitude of drive pulses: coarsely, then finely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline_bringup.edit import (
    play_of,
    reshaping,
    scaled,
    variant,
)
from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Fit, Measured, fit, main_frequency
from feedline_bringup.state import State
from feedline_hal.gate.pulse_gate import PulseGate

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

from .shared import RATE_HZ, area, curve_of, evolved, found

_FLAT, _EXPLAINED = 8.0, 0.9
"""Reduced chi squared, or else share of variance, that data of half turns on the slope may have."""
_BESIDE = 0.25
"""How far from the middle between 0 and 1 such data may lie; a qubit that never moved is flat, too."""


class Rabi(Routine):
    """Which amplitude is half a turn, coarsely."""

    name = "rabi"
    title = "Amplitude of x and sx, coarsely"
    shots = 400
    most = 2.2
    points = 41

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """The pulse of ``x``, its amplitude from nothing to about a whole turn, or to what ports allow."""
        made, values = [], {}
        circuit = measuring(backend.num_qubits, qubits)
        for qubit in qubits:
            factor = Parameter(f"factor_{qubit}")
            pulse = play_of(state.calibrations, "x", (qubit,))
            largest = float(np.abs(pulse.waveform.sample(RATE_HZ)).max())
            most = min(self.most, 0.98 * backend.ports[pulse.frame.port.name].max_amplitude / largest)
            change = reshaping(pulse, pulse.waveform.scaled(factor))
            made.append(variant(state.calibrations, "x", (qubit,), "x_scaled", change, factor))
            circuit.append(PulseGate("x_scaled", 1, [factor]), [qubit])
            values[factor] = np.linspace(0, most, self.points)
        sweep = Sweep(circuit=measured(circuit, qubits), values=values)
        return [Plan(sweeps=(sweep,), shots=self.shots, calibrations=tuple(made))]

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """``offset - amplitude cos(pi turns factor)``."""
        each = list(plan.sweeps[0].values.values())
        return [
            self._finding(qubit, factors, *both)
            for factors, (qubit, both) in zip(each, signals(state, qubits, data[0]).items(), strict=True)
        ]

    def _finding(self, qubit: int, factors: Array, y: Array, error: Array) -> Finding:
        def model(x: Array, amplitude: float, turns: float, offset: float) -> Array:
            return offset - amplitude * np.cos(np.pi * turns * x)

        guess = 2 * main_frequency(factors, y, 1.25)
        begin = {"amplitude": float(np.ptp(y)) / 2, "turns": guess, "offset": float(y.mean())}
        fitted = fit(model, factors, y, error, begin, turns=(0.3, 2.5))
        scale = Measured(1 / fitted["turns"].value, fitted["turns"].error / fitted["turns"].value ** 2)
        problem = fitted.problem or ("" if scale.error < 0.05 * scale.value else "the period is not clear")
        curve = curve_of(factors, y, error, fitted)
        return found(qubit, {"factor": scale}, (curve,), ("amplitude of x (relative)", "signal"), problem)

    def propose(self, state: State, finding: Finding) -> State:
        """The pulse of ``x`` is a half turn; that of ``sx`` has half of its area."""
        (qubit,) = finding.qubits
        made = scaled(state.calibrations, "x", (qubit,), finding.value("factor"))
        areas = [area(play_of(made, gate, (qubit,)).waveform) for gate in ("x", "sx")]
        return evolved(state, scaled(made, "sx", (qubit,), 0.5 * areas[0] / areas[1]))


class FineAmplitude(Routine):
    """Amplitude errors, added up by many pulses.

    Source: Sheldon et al., Phys. Rev. A 93, 012301 (2016), sec. II.
    """

    name = "fine-amplitude"
    title = "Amplitude of sx and x, by many pulses"
    shots = 1000
    most = 24

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """``sx`` n times; then ``x`` n times after one ``sx``."""
        plans = []
        for gate in ("sx", "x"):
            sweeps = []
            for count in range(self.most + 1):
                circuit = measuring(backend.num_qubits, qubits)
                for qubit in qubits:
                    _repeated(circuit, qubit, gate, count)
                sweeps.append(Sweep(circuit=measured(circuit, qubits)))
            plans.append(Plan(sweeps=tuple(sweeps), shots=self.shots, about={"gate": gate}))
        return plans

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """``offset - amplitude cos(begin + n (angle + error))``, the amplitude decaying."""
        gate = plan.about["gate"]
        counts = np.arange(len(data), dtype=float)
        joined = np.concatenate(data)
        return [self._finding(qubit, gate, counts, *both) for qubit, both in signals(state, qubits, joined).items()]

    def _finding(self, qubit: int, gate: str, counts: Array, y: Array, error: Array) -> Finding:
        fitted, turn = (_swung if gate == "sx" else _sloped)(counts, y, error)
        excess = fitted["excess"]
        factor = Measured(turn / (turn + excess.value), excess.error / turn)
        problem = fitted.problem or ("" if factor.error < 0.01 else "the error is not clear")
        curve = Curve(x=counts, y=y, error=error, line=(counts, fitted(counts)), label=gate)
        values = {f"{gate}_factor": factor, f"{gate}_excess_rad": excess}
        return found(qubit, values, (curve,), (f"number of {gate}", "signal"), problem)

    def propose(self, state: State, finding: Finding) -> State:
        """The pulse is scaled."""
        made = state.calibrations
        for gate in ("sx", "x"):
            if f"{gate}_factor" in finding.values:
                made = scaled(made, gate, finding.qubits, finding.value(f"{gate}_factor"))
        return evolved(state, made)


def _repeated(circuit: QuantumCircuit, qubit: int, gate: str, count: int) -> None:
    if gate == "x":
        circuit.sx(qubit)
    for _ in range(count):
        getattr(circuit, gate)(qubit)


def _swung(n: Array, y: Array, error: Array) -> tuple[Fit, float]:
    """Quarter turns from 0; and what one turn should be."""

    def model(n: Array, amplitude: float, excess: float, offset: float, rate: float) -> Array:
        return offset - amplitude * np.exp(-rate * n) * np.cos(n * (np.pi / 2 + excess))

    begin = {"amplitude": float(np.ptp(y)) / 2, "excess": 0.0, "offset": float(y.mean()), "rate": 2e-3}
    return fit(model, n, y, error, begin, excess=(-0.25, 0.25)), np.pi / 2


def _sloped(n: Array, y: Array, error: Array) -> tuple[Fit, float]:
    """Half turns on the slope between 0 and 1, whose height is known; and what one turn should be.

    Without any error the data are flat, which is what one hopes for: only data that are beside the model are a
    problem.
    """

    def model(n: Array, excess: float, offset: float) -> Array:
        return offset - 0.5 * np.cos(np.pi / 2 + n * (np.pi + excess))

    fits = [fit(model, n, y, error, {"excess": start, "offset": 0.5}) for start in (-0.08, -0.03, 0.0, 0.03, 0.08)]
    best = min(fits, key=lambda one: one.chi_squared)
    if best.chi_squared > _FLAT and best.explained < _EXPLAINED:
        return attrs.evolve(
            best, problem=f"the model does not describe the data (chi squared {best.chi_squared:.1f})"
        ), np.pi
    middle = best["offset"].value
    if not abs(middle - 0.5) < _BESIDE:
        problem = f"the data lie around {middle:.2f}, not half way from 0 to 1: the readout or sx is not calibrated"
        return attrs.evolve(best, problem=problem), np.pi
    return attrs.evolve(best, problem=""), np.pi
