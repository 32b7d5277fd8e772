# SPDX-License-Identifier: Apache-2.0
"""What CZ leaves in higher levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter

from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Measured
from feedline_bringup.state import State

from .entangling import pairs_of

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

_STEP_S = 1e-9
"""Between delays; level 2 of one qubit and 11 turn against each other in some tens of nanoseconds."""
_MOST = 3e-3
"""Leakage of 11 that is accepted: a third of it is lost of the gate's fidelity."""
_CLEAR = 2.5e-3
"""Largest error bar of it."""


class ControlledPhaseLeakage(Routine):
    """Share of 11 that a CZ leaves in the third level of one qubit, while the other one falls to 0.

    What several gates leave adds up by amplitude, with a phase that the time between them decides; the mean over
    delays is about what each leaves, within a factor of two. The loss of the qubit that falls is seen by readout of 0
    and 1 alone; decay is taken out by the same gates with the other qubit in 0. If it is too much, the edge or the
    length of the pulse is wrong: the amplitude cannot make both the phase and the return right.

    Source: Rol et al., Phys. Rev. Lett. 123, 120502 (2019), for how leakage of pulses one after the other interferes.
    """

    name = "cz-leakage"
    title = "What CZ leaves in higher levels"
    shots = 400
    times, points = 6, 32

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Gates with delays between them, from 11 and from either qubit's 1; pair by pair."""
        grain_s = backend.grid.dt_s * backend.grid.granularity_ticks
        delays_s = np.ceil(_STEP_S / grain_s - 1e-6) * grain_s * np.arange(1, self.points + 1)
        return [self._plan(pair, delays_s, backend.num_qubits) for pair in pairs_of(state, qubits)]

    def _plan(self, pair: tuple[int, int], delays_s: Array, num_qubits: int) -> Plan:
        delay = Parameter("delay_s")
        sweeps = []
        for excited in (pair, pair[:1], pair[1:]):
            circuit = measuring(num_qubits, pair)
            for qubit in excited:
                circuit.x(qubit)
            circuit.barrier(*pair)
            for _ in range(self.times):
                circuit.cz(*pair)
                for qubit in pair:
                    circuit.delay(delay, qubit, "s")
                circuit.barrier(*pair)
            sweeps.append(Sweep(circuit=measured(circuit, pair), values={delay: delays_s}))
        return Plan(sweeps=tuple(sweeps), shots=self.shots, about={"qubits": pair, "delays_s": delays_s})

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """Of the two qubits the one that loses more, on average over delays, by gate."""
        both, *alone = (signals(state, qubits, one) for one in data)
        lost: list[Measured] = []
        curves = []
        for qubit, own in zip(qubits, alone, strict=True):
            (y, error), (y_alone, error_alone) = both[qubit], own[qubit]
            loss = 1 - y / y_alone
            errors = np.hypot(error, error_alone * y / y_alone) / np.abs(y_alone)
            lost.append(Measured(float(loss.mean()) / self.times, float(np.hypot.reduce(errors)) / len(y) / self.times))
            curves.append(Curve(x=plan.about["delays_s"] * 1e9, y=loss, error=errors, label=f"q{qubit}"))
        leakage = max(lost, key=lambda one: one.value)
        labels = (f"delay between {self.times} CZ (ns)", "share lost of 1, beyond decay")
        problem = _judged(leakage, min(float(own[qubit][0].min()) for qubit, own in zip(qubits, alone, strict=True)))
        return [
            Finding(qubits=tuple(qubits), values={"leakage": leakage}, curves=curves, labels=labels, problem=problem)
        ]


def _judged(leakage: Measured, least: float) -> str:
    if least < 0.3:
        return f"a qubit that is put into 1 reads {least:.2f} after the gates: readout or x is not calibrated"
    if leakage.error > _CLEAR:
        return f"the leakage is not clear: {leakage}"
    if leakage.value - 2 * leakage.error > _MOST:
        return f"CZ leaves {leakage} of 11 in higher levels; give its pulse another edge or length"
    return ""
