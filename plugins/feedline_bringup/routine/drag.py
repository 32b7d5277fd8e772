# SPDX-License-Identifier: Apache-2.0
"""DRAG: the quadrature of drive pulses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter

from feedline_bringup.edit import (
    play_of,
    reshaping,
    variant,
    with_beta,
    with_derivative,
)
from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Measured, fit
from feedline_bringup.state import State
from feedline_hal.gate.pulse_gate import PulseGate

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

from .shared import evolved, found, only_value


class Drag(Routine):
    """Factor of the derivative at which a pulse and its inverse cancel.

    Source: Motzoi et al., Phys. Rev. Lett. 103, 110501 (2009); Lucero et al., Phys. Rev. A 82, 042339 (2010).
    """

    name = "drag"
    title = "DRAG: quadrature at which a pulse and its inverse cancel"
    shots = 500
    reach_s = 1.2e-9
    points = 25
    repeats = (4, 12)

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """``sx`` and ``sx`` turned by pi, several times."""
        beta = Parameter("beta_s")
        made = []
        for qubit in qubits:
            pulse = play_of(state.calibrations, "sx", (qubit,))
            change = reshaping(pulse, with_derivative(pulse.waveform, beta))
            made.append(variant(state.calibrations, "sx", (qubit,), "sx_drag", change, beta))
        sweeps = []
        for repeats in self.repeats:
            circuit = measuring(backend.num_qubits, qubits)
            for qubit in qubits:
                for turn in (0.0, np.pi) * repeats:
                    circuit.rz(turn, qubit)
                    circuit.append(PulseGate("sx_drag", 1, [beta]), [qubit])
                    circuit.rz(-turn, qubit)
            values = {beta: np.linspace(-self.reach_s, self.reach_s, self.points)}
            sweeps.append(Sweep(circuit=measured(circuit, qubits), values=values))
        return [Plan(sweeps=tuple(sweeps), shots=self.shots, calibrations=tuple(made))]

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """``offset - cos(n slope (beta - best)) / 2`` for all n at once, the readout being scaled."""
        betas = only_value(plan) * 1e9
        each = [signals(state, qubits, one) for one in data]
        return [self._finding(qubit, betas, [one[qubit] for one in each]) for qubit in qubits]

    def _finding(self, qubit: int, betas: Array, each: Sequence[tuple[Array, Array]]) -> Finding:
        counts = np.repeat(self.repeats, len(betas))
        y, error = (np.concatenate([one[place] for one in each]) for place in (0, 1))

        def model(x: Array, slope: float, best: float, offset: float) -> Array:
            return np.asarray(offset - 0.5 * np.cos(x[1] * slope * (x[0] - best)), dtype=np.float64)

        x = np.stack([np.tile(betas, len(each)), counts.astype(float)])
        limits = {"slope": (1e-3, 1.0), "best": (float(betas[0]), float(betas[-1]))}
        fits = [
            fit(model, x, y, error, {"slope": slope, "best": best, "offset": 0.5}, **limits)
            for slope in (0.02, 0.05, 0.1, 0.2)
            for best in (-0.5, 0.0, 0.5)
        ]
        fitted = min(fits, key=lambda one: one.chi_squared)
        lines = fitted(x).reshape(len(each), -1)
        curves = [
            Curve(x=betas, y=one[0], error=one[1], line=(betas, line), label=f"{repeats} times")
            for one, line, repeats in zip(each, lines, self.repeats, strict=True)
        ]
        best = fitted["best"]
        problem = fitted.problem or ("" if best.error < 0.1 else "the best factor is not clear")
        values = {"beta_s": Measured(best.value * 1e-9, best.error * 1e-9)}
        return found(qubit, values, curves, ("factor of the derivative (ns)", "signal"), problem)

    def propose(self, state: State, finding: Finding) -> State:
        """Both pulses have that factor."""
        made = state.calibrations
        for gate in ("sx", "x"):
            made = with_beta(made, gate, finding.qubits[0], finding.value("beta_s"))
        return evolved(state, made)
