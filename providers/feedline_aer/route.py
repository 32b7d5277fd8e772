# SPDX-License-Identifier: Apache-2.0
"""Routes: the ways an execution can go through Aer, and how each one's data are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from qiskit import QuantumCircuit

from feedline.execution import Execution

from .effort import sampled_s, state_s, trajectories_s
from .exact import Readings
from .outcome import counted, drawn_bits, drawn_counts, shuffled_bits
from .template import PROBABILITIES, Template

STREAM_STRIDE = 2113
"""Aer seeds experiment i of a call with ``seed + 2113*i``, and shot j of it with that plus j."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Portion:
    """What of an execution goes into one Aer call.

    Attributes:
        index: Place of the execution in the sequence that the device was given.
        execution: The execution.
        points: Which sweep points.
        shots: How many shots of each.
    """

    index: int
    execution: Execution
    points: slice
    shots: int

    @property
    def size(self) -> int:
        """Number of points."""
        return int(self.points.stop - self.points.start)


class Route(ABC):
    """One way through Aer for one execution.

    Attributes:
        circuit: What Aer is given.
        options: Run options; executions with equal routes and options share a call.
        point_s: Estimated seconds per sweep point.
    """

    circuit: QuantumCircuit
    options: Mapping[str, Any]
    point_s: float

    @property
    def splits_shots(self) -> bool:
        """Whether shots may be taken in several calls at no extra cost."""
        return False

    def runs_alone(self, shots: int) -> bool:
        """Whether a second experiment in the same call would share random numbers with the first."""
        del shots
        return False

    def learn(self, shots: int, metadata: Mapping[str, Any]) -> None:
        """Take note of what Aer says about how it ran."""
        del shots, metadata

    @property
    def repeats(self) -> bool:
        """Whether points without parameters must each be run."""
        return False

    @abstractmethod
    def read(self, portion: Portion, data: Sequence[Any], rng: np.random.Generator) -> dict[str, Any]:
        """Make a chunk's data from Aer's, one entry per experiment."""


class ExactRoute(Route):
    """Expectation values saved by Aer."""

    def __init__(self, template: Template, readings: Readings, options: Mapping[str, Any]) -> None:
        self.circuit = readings.circuit
        self.options = {**options, "shots": 1}
        self.point_s = state_s(template.anatomy, is_density=options.get("method") == "density_matrix")
        self.point_s += len(readings.labels) * 5e-6
        self._readings = readings

    def read(self, portion: Portion, data: Sequence[Any], rng: np.random.Generator) -> dict[str, Any]:
        """Weigh the saved values."""
        del rng
        labels = self._readings.labels
        saved = np.array([[getattr(one, label) for label in labels] for one in data], dtype=np.float64)
        values = saved @ self._readings.weights.T
        return {"expectation": np.repeat(values, portion.size, axis=0) if len(data) == 1 else values}


class ProbabilityRoute(Route):
    """Joint probabilities computed by Aer, shots drawn from them by NumPy.

    The same distribution as Aer's own sampling, which turns every shot into a string and takes ten
    times as long for small circuits.
    """

    def __init__(self, template: Template) -> None:
        self.circuit = template.probabilities
        self.options = {"method": "statevector", "shots": 1}
        self.point_s = state_s(template.anatomy) + len(template.words) * 3e-8
        self._words = template.words

    def read(self, portion: Portion, data: Sequence[Any], rng: np.random.Generator) -> dict[str, Any]:
        """Draw the shots."""
        probabilities = np.array([getattr(one, PROBABILITIES) for one in data], dtype=np.float64)
        if len(data) == 1:
            probabilities = np.repeat(probabilities, portion.size, axis=0)
        if portion.execution.memory:
            return {"bits": drawn_bits(probabilities, portion.shots, self._words, rng)}
        return {"counts": drawn_counts(probabilities, portion.shots, self._words, rng)}


class CountRoute(Route):
    """Shots taken by Aer, as counts."""

    def __init__(self, template: Template, method: str, *, is_ideal: bool, shots: int) -> None:
        self.circuit = template.binding.circuit
        self.options = {}
        self._template = template
        self._samples = template.anatomy.is_final and (is_ideal or method == "density_matrix")
        self._may_sample = template.anatomy.is_final and method == "automatic"
        is_density = method == "density_matrix"
        if not is_ideal and method == "automatic":
            is_density = template.anatomy.is_final and shots > 2**template.anatomy.active
        draws = self._samples or is_density
        self.point_s = (
            sampled_s(template.anatomy, shots, is_density=is_density)
            if draws
            else trajectories_s(template.anatomy, shots, is_density=is_density)
        )
        self._draws = draws

    @property
    def repeats(self) -> bool:
        """Every point has shots of its own."""
        return True

    @property
    def splits_shots(self) -> bool:
        """Trajectories are independent; a state that shots are drawn from would be computed again."""
        return not self._draws

    def runs_alone(self, shots: int) -> bool:
        """Shots of trajectories beyond the stride would repeat those of the next experiment."""
        if shots <= STREAM_STRIDE or self._samples:
            return False
        return not (self._may_sample and self._template.samples.get(shots, False))

    def learn(self, shots: int, metadata: Mapping[str, Any]) -> None:
        """Aer says whether it drew the shots from one state."""
        self._template.samples[shots] = bool(metadata.get("measure_sampling", False))

    def read(self, portion: Portion, data: Sequence[Any], rng: np.random.Generator) -> dict[str, Any]:
        """Pack the counts; put single shots in random order if they are asked for."""
        nothing = {"0x0": portion.shots}
        counts = counted([getattr(one, "counts", nothing) for one in data], portion.execution.num_bytes)
        if portion.execution.memory:
            return {"bits": shuffled_bits(counts, portion.size, portion.shots, rng)}
        return {"counts": counts}
