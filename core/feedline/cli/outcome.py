# SPDX-License-Identifier: Apache-2.0
"""Outcomes: results as flat rows, the same for tables, JSON and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Labels:
    """What the request says of one pub and its result does not.

    Attributes:
        circuit: Name of the circuit.
        parameters: Values of the swept parameters, by sweep point.
        observables: The observables as they were written, first axis of the values.
    """

    circuit: str = ""
    parameters: Mapping[tuple[int, ...], Mapping[str, float]] = attrs.field(factory=dict)
    observables: Sequence[str] = ()


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Counted:
    """Counts of one circuit at one point of its sweep."""

    circuit: str
    parameters: Mapping[str, float]
    shots: int
    registers: Sequence[tuple[str, int]]
    counts: Mapping[str, int]

    def row(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "circuit": self.circuit,
            "parameters": dict(self.parameters),
            "shots": self.shots,
            "registers": dict(self.registers),
            "counts": dict(self.counts),
        }


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Estimated:
    """One expectation value."""

    circuit: str
    parameters: Mapping[str, float]
    observable: str
    value: float
    standard_error: float

    def row(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "circuit": self.circuit,
            "parameters": dict(self.parameters),
            "observable": self.observable,
            "value": self.value,
            "standard_error": self.standard_error,
        }


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Raw:
    """Data that are neither counts nor expectation values: IQ points, program items."""

    circuit: str
    name: str
    data: Any

    def row(self) -> dict[str, Any]:
        """The same for JSON; complex numbers are pairs."""
        data = np.asarray(self.data)
        if np.iscomplexobj(data):
            data = np.stack([data.real, data.imag], axis=-1)
        return {
            "circuit": self.circuit,
            "name": self.name,
            "shape": list(np.shape(self.data)),
            "data": data.tolist(),
        }


Outcome = Counted | Estimated | Raw


def outcomes(result: Any, labels: Sequence[Labels] = ()) -> list[Outcome]:
    """Flatten any job's result.

    Args:
        result: Of Sampler, Estimator, Executor or ``Backend.run``.
        labels: One per pub; without them pubs are numbered.

    Returns:
        A row per point (counts), per point and observable (values), or per array (anything else).
    """
    from qiskit.result import Result

    if isinstance(result, Result):
        return _of_run(result)
    out: list[Outcome] = []
    for index, pub in enumerate(result):
        label = labels[index] if index < len(labels) else Labels(circuit=f"pub {index}")
        if not hasattr(pub, "data"):
            out += [Raw(circuit=f"item {index}", name=name, data=data) for name, data in pub.items()]
        elif "evs" in pub.data:
            out += _estimated(pub.data, label)
        else:
            out += sampled(pub, label)
    return out


def _of_run(result: Any) -> list[Outcome]:
    out: list[Outcome] = []
    for index, experiment in enumerate(result.results):
        counts = dict(result.get_counts(index)) if hasattr(experiment.data, "counts") else {}
        sizes = [tuple(item) for item in getattr(experiment.header, "creg_sizes", None) or ()]
        bare = {bits.replace(" ", ""): count for bits, count in counts.items()}
        name = getattr(experiment.header, "name", None) or f"circuit {index}"
        out.append(Counted(circuit=name, parameters={}, shots=experiment.shots, registers=sizes, counts=_sorted(bare)))
    return out


def _estimated(data: Any, label: Labels) -> list[Outcome]:
    values, errors = np.asarray(data["evs"]), np.broadcast_to(data["stds"], np.shape(data["evs"]))
    out: list[Outcome] = []
    for index in np.ndindex(values.shape):
        named = len(label.observables) > 0
        point = index[1:] if named else index
        out.append(
            Estimated(
                circuit=label.circuit,
                parameters=_parameters(label, point),
                observable=label.observables[index[0]] if named else "",
                value=float(values[index]),
                standard_error=float(errors[index]),
            )
        )
    return out


def sampled(pub: Any, label: Labels) -> list[Outcome]:
    """Flatten what Sampler gave for one pub."""
    from qiskit.primitives import BitArray

    registers = [(name, item.num_bits) for name, item in pub.data.items() if isinstance(item, BitArray)]
    if not registers or len(registers) < len(pub.data):
        return [Raw(circuit=label.circuit, name=name, data=item) for name, item in pub.data.items()]
    bits = pub.join_data()
    return [
        Counted(
            circuit=label.circuit,
            parameters=_parameters(label, point),
            shots=bits.num_shots,
            registers=registers,
            counts=_sorted(bits.get_counts(point)),
        )
        for point in np.ndindex(bits.shape)
    ]


def _parameters(label: Labels, point: tuple[int, ...]) -> Mapping[str, float]:
    known = label.parameters.get(point)
    if known is not None:
        return known
    return {f"point[{axis}]": float(index) for axis, index in enumerate(point)}


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
