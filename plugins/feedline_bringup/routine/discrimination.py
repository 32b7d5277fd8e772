# SPDX-License-Identifier: Apache-2.0
"""Angle and threshold: where the points of 0 end and those of 1 begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from feedline_bringup.experiment import Curve, Finding, Plan, Routine
from feedline_bringup.fitting import Array, Measured, fit
from feedline_bringup.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from feedline_hal.backend import PulseBackend

from .sounding import prepared


class Discrimination(Routine):
    """Angle and threshold from the clouds of 0 and 1."""

    name = "discrimination"
    title = "Angle and threshold between the clouds of 0 and 1"
    shots = 4000
    bins = 80

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Points without and with ``x``."""
        return [Plan(sweeps=prepared(state, backend.num_qubits, qubits), shots=self.shots)]

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """Two Gaussians for both histograms at once, as each cloud holds points of the other level."""
        return [
            self._finding(qubit, [data[one][0, :, place] for one in (0, place + 1)])
            for place, qubit in enumerate(qubits)
        ]

    def _finding(self, qubit: int, clouds: Sequence[NDArray[Any]]) -> Finding:
        angle_rad = float(np.angle(clouds[1].mean() - clouds[0].mean()))
        along = [(cloud * np.exp(-1j * angle_rad)).real.astype(float) for cloud in clouds]
        edges = np.histogram_bin_edges(np.concatenate(along), self.bins)
        counts = np.concatenate([np.histogram(one, edges)[0] for one in along])
        middles = (edges[1:] + edges[:-1]) / 2
        total = len(along[0]) * (edges[1] - edges[0])
        zero, one = np.median(along[0]), np.median(along[1])
        size = float(np.abs(edges[-1] - edges[0]))
        begin = {"zero": zero, "one": one, "sigma": along[0].std(), "mixed_0": 0.02, "mixed_1": 0.9}
        limits = {"sigma": (size / 200, size), "mixed_0": (-0.01, 0.6), "mixed_1": (0.3, 1.01)}

        def model(x: Array, zero: float, one: float, sigma: float, mixed_0: float, mixed_1: float) -> Array:
            bells = [np.exp(-0.5 * ((x - at) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi)) for at in (zero, one)]
            both = [bells[0] * (1 - part) + bells[1] * part for part in (mixed_0, mixed_1)]
            return np.asarray(total * np.concatenate(both), dtype=np.float64)

        found = fit(model, middles, counts, np.sqrt(counts + 1.0), begin, **limits)
        values = {name: found[name] for name in ("zero", "one", "sigma", "mixed_0", "mixed_1")}
        values["angle_rad"] = Measured(
            angle_rad, found["sigma"].value / max(abs(one - zero), 1e-12) / len(along[0]) ** 0.5
        )
        middle = (found["zero"].value + found["one"].value) / 2
        values["threshold"] = Measured(middle, found["zero"].error)
        apart = abs(found["one"].value - found["zero"].value) / found["sigma"].value
        problem = found.problem or ("" if apart > 1 else f"the clouds are {apart:.2f} standard deviations apart")
        half = len(middles)
        lines = found(middles)
        curves = tuple(
            Curve(x=middles, y=counts[part], line=(middles, lines[part]), label=f"{level} prepared")
            for level, part in ((0, slice(0, half)), (1, slice(half, None)))
        )
        return Finding(
            qubits=(qubit,), values=values, curves=curves, labels=("position on the line", "shots"), problem=problem
        )

    def draw(self, axes: Axes, finding: Finding) -> None:
        """Histograms, and the border."""
        super().draw(axes, finding)
        axes.axvline(finding.value("threshold"), color="0.5", linestyle=":")

    def propose(self, state: State, finding: Finding) -> State:
        """Points are read along that line."""
        names = ("angle_rad", "threshold", "zero", "one")
        return state.knowing(finding.qubits[0], **{name: finding.value(name) for name in names})
