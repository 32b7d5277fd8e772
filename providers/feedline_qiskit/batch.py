# SPDX-License-Identifier: Apache-2.0
"""Batches: which points of which executions go into one job of a vendor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from qiskit import QuantumCircuit

from feedline.capabilities import MeasLevel
from feedline.execution import Execution

from .terms import Terms

JOB_SHOTS = 1_000_000
"""Shots of one job: results stream and aborts act between jobs, and results fit into memory."""


@attrs.frozen(slots=True, eq=False)
class Slice:
    """Some points of one execution."""

    index: int
    execution: Execution
    points: slice

    def circuits(self) -> list[QuantumCircuit]:
        """A bound circuit for each point."""
        circuit = self.execution.circuit
        if not circuit.num_parameters:
            return [circuit] * (self.points.stop - self.points.start)
        return [circuit.assign_parameters(point) for point in self.execution.points[self.points]]


def batches(executions: Sequence[Execution], most: int | None) -> Iterator[list[Slice]]:
    """Fill jobs with points in order; what is asked alike shares jobs.

    Args:
        executions: What is to run.
        most: Largest number of circuits of a job, or ``None``.
    """
    groups: dict[Any, list[tuple[int, Execution]]] = {}
    for index, execution in enumerate(executions):
        settings = tuple(sorted((name, repr(value)) for name, value in execution.settings.items()))
        key = (execution.shots, execution.meas_level, execution.memory, execution.seed is None, settings)
        groups.setdefault(key, []).append((index, execution))
    for group in groups.values():
        batch: list[Slice] = []
        fitting = max(1, JOB_SHOTS // max(1, group[0][1].shots))
        room = min(most or fitting, fitting)
        left = room
        for index, execution in group:
            start = 0
            while start < execution.size:
                stop = min(execution.size, start + left)
                batch.append(Slice(index, execution, slice(start, stop)))
                left -= stop - start
                start = stop
                if not left:
                    yield batch
                    batch, left = [], room
        if batch:
            yield batch


def run_options(batch: Sequence[Slice], terms: Terms, number: int) -> dict[str, Any]:
    """Options of a job: only those that the vendor knows.

    Args:
        batch: What is in the job.
        terms: What the vendor knows.
        number: Number of the job, so that jobs with one seed do not repeat each other.
    """
    execution = batch[0].execution
    options: dict[str, Any] = dict(execution.settings)
    if terms.takes_shots():
        options["shots"] = execution.shots
    if execution.meas_level != MeasLevel.CLASSIFIED:
        options["meas_level"] = 1
        if "meas_return" in terms.known:
            options["meas_return"] = "avg" if execution.meas_level == MeasLevel.AVG_KERNELED else "single"
        return _seeded(options, batch, terms, number)
    if "memory" in terms.known:
        options["memory"] = execution.memory
    if "meas_level" in terms.known and terms.defaults.get("meas_level", 2) not in (2, "classified"):
        options["meas_level"] = 2
    return _seeded(options, batch, terms, number)


def _seeded(options: dict[str, Any], batch: Sequence[Slice], terms: Terms, number: int) -> dict[str, Any]:
    seeds = [part.execution.seed for part in batch if part.execution.seed is not None]
    if seeds and "seed_simulator" in terms.known:
        word = np.random.SeedSequence([*seeds, number]).generate_state(1)[0]
        options["seed_simulator"] = int(word) >> 1  # many simulators take 31 bits
    return options
