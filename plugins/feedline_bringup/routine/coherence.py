# SPDX-License-Identifier: Apache-2.0
"""Routines for T1 and T2, and the matrix of reading errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter

from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Measured, decay, fit
from feedline_bringup.state import State

from .shared import apart, curve_of
from .sounding import prepared

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend


class _Decay(Routine):
    """Something that decays with a delay."""

    fact: ClassVar[str]
    shots = 800
    points = 20
    guess_s = 40e-6

    def delays_s(self, backend: PulseBackend) -> Array:
        """Delays up to some four times of a usual time, the short ones closer, each of two equal parts."""
        dt_s = 2 * backend.grid.dt_s * backend.grid.granularity_ticks
        longest_s = min(4 * self.guess_s, 0.8 * (backend.grid.max_duration_s or np.inf))
        delays_s = longest_s * np.linspace(0, 1, self.points) ** 1.5
        rounded: Array = np.round(delays_s / dt_s) * dt_s
        return rounded

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """An exponential."""
        delays_s = plan.about["delays_s"]
        return [self._finding(qubit, delays_s, *both) for qubit, both in signals(state, qubits, data[0]).items()]

    def _finding(self, qubit: int, delays_s: Array, y: Array, error: Array) -> Finding:
        begin = {"amplitude": float(y[0] - y[-1]), "time": self.guess_s * 1e6, "offset": float(y[-1])}
        fitted = fit(decay, delays_s * 1e6, y, error, begin, time=(0.1, 5000.0))
        time = fitted["time"]
        problem = fitted.problem or ("" if time.error < 0.3 * time.value else "the time is not clear")
        return Finding(
            qubits=(qubit,),
            values={self.fact: Measured(time.value * 1e-6, time.error * 1e-6)},
            curves=(curve_of(delays_s * 1e6, y, error, fitted),),
            labels=("delay (µs)", "signal"),
            problem=problem,
        )

    def propose(self, state: State, finding: Finding) -> State:
        """The time is noted."""
        return state.knowing(finding.qubits[0], **{self.fact: finding.value(self.fact)})


class T1(_Decay):
    """How long a qubit stays in 1."""

    name = "t1"
    title = "T1: how long 1 lasts"
    fact = "t1_s"

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """``x`` and a delay."""
        delay, delays_s = Parameter("delay_s"), self.delays_s(backend)
        circuit = measuring(backend.num_qubits, qubits)
        for qubit in qubits:
            circuit.x(qubit)
            circuit.delay(delay, qubit, "s")
        sweep = Sweep(circuit=measured(circuit, qubits), values={delay: delays_s})
        return [Plan(sweeps=(sweep,), shots=self.shots, about={"delays_s": delays_s})]


class T2Echo(_Decay):
    """How long a qubit keeps its phase, slow changes of its frequency aside."""

    name = "t2"
    title = "T2: how long the phase lasts, by an echo"
    fact = "t2_s"

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """``sx``, half a delay, ``x``, the other half, ``sx``; neighbours one after the other.

        What is left of a coupling is not undone where both of a pair get their ``x`` at once.
        """
        delays_s = self.delays_s(backend)
        return [self._plan(group, delays_s, backend.num_qubits) for group in apart(state, qubits)]

    def _plan(self, group: Sequence[int], delays_s: Array, num_qubits: int) -> Plan:
        half = Parameter("half_s")
        circuit = measuring(num_qubits, group)
        for qubit in group:
            circuit.sx(qubit)
            circuit.delay(half, qubit, "s")
            circuit.x(qubit)
            circuit.delay(half, qubit, "s")
            circuit.sx(qubit)
        sweep = Sweep(circuit=measured(circuit, group), values={half: delays_s / 2})
        return Plan(sweeps=(sweep,), shots=self.shots, about={"delays_s": delays_s, "qubits": group})


class Assignment(Routine):
    """How often 0 is read as 1 and 1 as 0."""

    name = "assignment"
    title = "How often 0 and 1 are misread"
    shots = 8000

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """All in 0, and each in 1."""
        return [Plan(sweeps=prepared(state, backend.num_qubits, qubits), shots=self.shots)]

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """Shares beyond the threshold."""
        found = []
        for place, qubit in enumerate(qubits):
            facts = state.fact(qubit)
            if facts.angle_rad is None or facts.threshold is None:
                found.append(Finding(qubits=(qubit,), problem="angle and threshold are not known"))
                continue
            along = [(data[one][0, :, place] * np.exp(-1j * facts.angle_rad)).real for one in (0, place + 1)]
            shares = [float((one > facts.threshold).mean()) for one in along]
            errors = [max((share * (1 - share) / len(along[0])) ** 0.5, 1 / len(along[0])) for share in shares]
            values = {"misread_0": Measured(shares[0], errors[0]), "misread_1": Measured(1 - shares[1], errors[1])}
            problem = "" if shares[1] - shares[0] > 0.3 else "0 and 1 are hardly told apart"
            curve = Curve(x=np.arange(2), y=np.array(shares), error=np.array(errors))
            labels = ("prepared", "read as 1")
            found.append(Finding(qubits=(qubit,), values=values, curves=(curve,), labels=labels, problem=problem))
        return found

    def propose(self, state: State, finding: Finding) -> State:
        """Both are noted."""
        names = ("misread_0", "misread_1")
        return state.knowing(finding.qubits[0], **{name: finding.value(name) for name in names})
