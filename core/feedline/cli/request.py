# SPDX-License-Identifier: Apache-2.0
"""Requests: the circuits of a file made into pubs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError

from .observable import parse_observable
from .outcome import Labels
from .parameter import Binding, bind

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Request:
    """What is asked of a primitive, and what the answer is labelled with.

    Attributes:
        pubs: For Sampler, or with observables for Estimator.
        labels: One per pub.
        notes: What was changed so that the circuits fit the question.
    """

    pubs: Sequence[tuple[Any, ...]]
    labels: Sequence[Labels]
    notes: Sequence[str]

    @classmethod
    def of(
        cls,
        circuits: Sequence[QuantumCircuit],
        parameters: Mapping[str, NDArray[np.float64]],
        observables: Sequence[str] = (),
    ) -> Self:
        """Make pubs of circuits: bind parameters, add or remove measurements.

        Raises:
            InputError: If a parameter or an observable does not fit a circuit, or there is nothing to do.
        """
        pubs: list[tuple[Any, ...]] = []
        labels, notes = [], []
        for circuit in circuits:
            if not circuit.num_qubits:
                raise InputError(f"Circuit '{circuit.name}' has no qubits.", remedy="Declare at least one qubit.")
            binding = bind(circuit, dict(parameters))
            fitted, note = _unmeasured(circuit) if observables else _measured(circuit)
            notes += [note] if note else []
            labels.append(_labels(circuit.name, binding, observables))
            if observables:
                terms = [parse_observable(text, circuit.num_qubits) for text in observables]
                axes = (len(terms), *(1 for _ in binding.grids))
                array = np.empty(len(terms), dtype=object)
                array[:] = terms
                pubs.append((fitted, array.reshape(axes).tolist(), binding.values))
            else:
                pubs.append((fitted, binding.values))
        return cls(pubs=pubs, labels=labels, notes=notes)


def _labels(name: str, binding: Binding, observables: Sequence[str]) -> Labels:
    points = {point: binding.point(point) for point in np.ndindex(*(len(grid) for grid in binding.grids))}
    return Labels(circuit=name, parameters=points, observables=observables)


def _measured(circuit: QuantumCircuit) -> tuple[QuantumCircuit, str]:
    """The circuit, all qubits measured if it measures none."""
    if "measure" in _names(circuit):
        return circuit, ""
    measured = circuit.copy()
    measured.remove_final_measurements()  # lets go of classical bits that nothing is written to
    measured.measure_all()
    return measured, f"'{circuit.name}' measures nothing; all its qubits are measured at the end"


def _unmeasured(circuit: QuantumCircuit) -> tuple[QuantumCircuit, str]:
    """The circuit without the measurements at its end: an observable is measured instead."""
    if "measure" not in _names(circuit):
        return circuit, ""
    bare = circuit.remove_final_measurements(inplace=False)
    if circuit.count_ops().get("measure", 0) == bare.count_ops().get("measure", 0):
        return circuit, ""
    return bare, f"the final measurements of '{circuit.name}' are left out: observables are measured instead"


def _names(circuit: QuantumCircuit) -> set[str]:
    """Names of all instructions, those in blocks of control flow included."""
    return set(_each_name(circuit))


def _each_name(circuit: QuantumCircuit) -> Iterator[str]:
    for instruction in circuit.data:
        yield instruction.operation.name
        for block in getattr(instruction.operation, "blocks", ()):
            yield from _each_name(block)
