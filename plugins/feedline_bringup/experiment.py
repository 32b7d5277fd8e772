# SPDX-License-Identifier: Apache-2.0
"""What a routine is: a plan of circuits, an analysis, a picture, a proposal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline_hal.calibration.calibration import Calibration

from .fitting import Array, Measured
from .state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from feedline_hal.backend import PulseBackend


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Sweep:
    """One circuit and the values that it is run with; it measures the routine's qubits in order.

    Attributes:
        circuit: The circuit, with a register ``c``.
        values: By parameters, shapes ``(points,)`` or ``(points, n)``; empty for a circuit without any.
    """

    circuit: QuantumCircuit
    values: Mapping[Any, NDArray[np.float64]] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Plan:
    """What is to be measured.

    Attributes:
        sweeps: Circuits and values.
        shots: Of each point.
        level: ``kerneled`` or ``raw``.
        calibrations: Gates that the circuits use beside those of the set, or in their place.
        about: What the analysis has to know of it.
    """

    sweeps: tuple[Sweep, ...]
    shots: int
    level: str = "kerneled"
    calibrations: tuple[Calibration, ...] = ()
    about: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Curve:
    """A line of a picture.

    Attributes:
        label: What it is.
        x, y: Data.
        error: Their standard errors, if known.
        line: A fit, as x and y.
    """

    label: str = ""
    x: NDArray[Any]
    y: NDArray[Any]
    error: Array | None = None
    line: tuple[NDArray[Any], NDArray[Any]] | None = None


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Finding:
    """What was found out about a qubit or a pair.

    Attributes:
        qubits: Which.
        values: By name, with the unit in the name.
        curves: What to draw.
        labels: What is on the axes.
        problem: Why it is not to be trusted; empty if it is.
    """

    qubits: tuple[int, ...]
    values: Mapping[str, Measured] = attrs.field(factory=dict)
    curves: Sequence[Curve] = ()
    labels: tuple[str, str] = ("", "")
    problem: str = ""

    def value(self, name: str) -> float:
        """One of the values."""
        return self.values[name].value


class Routine(ABC):
    """An experiment that finds numbers of a calibration set.

    Attributes:
        name: What ``--only`` takes.
        title: One line.
        gates: Gates that it needs, beside ``measure``; qubits without them are left out.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    gates: ClassVar[tuple[str, ...]] = ("sx", "x", "rz")

    @abstractmethod
    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """What is to be measured; qubits that do not disturb each other at once."""

    @abstractmethod
    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """What the data of one plan say.

        Args:
            state: What was known.
            qubits: Which were measured.
            plan: What was measured.
            data: For each sweep ``(points, shots, qubits)``, and a last axis of samples if the level is raw.
        """

    def draw(self, axes: Axes, finding: Finding) -> None:
        """Draw data and fit."""
        for number, curve in enumerate(finding.curves):
            colour = f"C{number}"
            if curve.error is not None:
                axes.errorbar(curve.x, curve.y, curve.error, fmt=".", color=colour, label=curve.label or None)
            else:
                axes.plot(curve.x, curve.y, ".", color=colour, markersize=4, label=curve.label or None)
            if curve.line is not None:
                axes.plot(*curve.line, color=colour, linewidth=1)
        axes.set_xlabel(finding.labels[0])
        axes.set_ylabel(finding.labels[1])
        axes.locator_params(axis="x", nbins=6)
        if any(curve.label for curve in finding.curves):
            axes.legend(fontsize="small")

    def propose(self, state: State, finding: Finding) -> State:
        """The state with what was found; called for findings without a problem only."""
        return state


def measuring(num_qubits: int, qubits: Sequence[int]) -> QuantumCircuit:
    """An empty circuit with a register ``c``, a bit for each of these qubits."""
    return QuantumCircuit(num_qubits, len(qubits))


def measured(circuit: QuantumCircuit, qubits: Sequence[int]) -> QuantumCircuit:
    """The circuit, with these qubits measured at its end, at once."""
    circuit.barrier(*qubits)
    circuit.measure(list(qubits), range(len(qubits)))
    return circuit


def signals(state: State, qubits: Sequence[int], data: NDArray[Any]) -> dict[int, tuple[Array, Array]]:
    """Mean population and its standard error by qubit, shapes ``(points,)``, of data ``(points, shots, qubits)``."""
    found = {}
    for place, qubit in enumerate(qubits):
        each = state.signal(qubit, data[..., place])
        found[qubit] = each.mean(axis=1), np.maximum(each.std(axis=1) / np.sqrt(each.shape[1]), 1e-6)
    return found
