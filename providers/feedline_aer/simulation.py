# SPDX-License-Identifier: Apache-2.0
"""Simulation: the one place that calls Aer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from qiskit.circuit import Parameter, QuantumCircuit
from qiskit.result import Result
from qiskit_aer import AerError, AerSimulator

from feedline.errors import ProviderError

from .task import Call
from .template import Template

Binds = dict[Parameter, list[float]]


@attrs.frozen(slots=True, eq=False)
class Experiments:
    """What Aer gave back for one portion.

    Attributes:
        data: One entry per experiment.
        metadata: Aer's own words on the first.
    """

    data: list[Any]
    metadata: Mapping[str, Any]


def simulate(simulator: AerSimulator, call: Call) -> Iterator[Experiments]:
    """Run one call; hand out what belongs to each of its portions.

    Raises:
        ProviderError: If Aer fails; keeps Aer's words.
    """
    circuits: list[QuantumCircuit] = []
    binds: list[Binds] = []
    sizes: list[int] = []
    for task, portion in call:
        payload = task.execution.executable.payload if task.execution.executable else None
        assert isinstance(payload, Template)
        if task.execution.circuit.num_parameters:
            circuits.append(task.route.circuit)
            binds.append(payload.binding.binds(task.execution.points[portion.points]))
            sizes.append(portion.size)
        else:
            copies = portion.size if task.route.repeats else 1
            circuits += [task.route.circuit] * copies
            binds += [{}] * copies
            sizes.append(copies)
    result = _result(simulator, circuits, binds, _options(call, sum(sizes)))
    return _shared_out(result, sizes)


def _options(call: Call, experiments: int) -> dict[str, Any]:
    task, portion = call[0]
    options = {"shots": portion.shots, **task.route.options}
    if task.route.repeats:
        options["seed_simulator"] = _seed(call)
    elif experiments > 1 and options.get("method") == "statevector":
        # Aer then binds while it runs instead of building a circuit per point: two to three times faster
        options["runtime_parameter_bind_enable"] = True
    return options


def _seed(call: Call) -> int:
    """A seed far from every other one: Aer's streams of neighbouring seeds overlap."""
    seed = 0
    for task, _ in call:
        seed ^= int(task.rng.integers(2**62))
    return seed


def _result(
    simulator: AerSimulator, circuits: list[QuantumCircuit], binds: list[Binds], options: dict[str, Any]
) -> Result:
    try:
        result = simulator.run(circuits, parameter_binds=binds, **options).result()
    except AerError as error:
        raise _failed(circuits, str(error)) from error
    if not result.success:
        words = {str(result.status), *(str(one.status) for one in result.results if not one.success)}
        raise _failed(circuits, "; ".join(sorted(words)))
    return result


def _failed(circuits: list[QuantumCircuit], words: str) -> ProviderError:
    names = ", ".join(sorted({f"'{circuit.name}'" for circuit in circuits})[:4])
    return ProviderError(
        f"Aer could not simulate {names}: {words}",
        remedy="Choose a method that fits the circuit (feedline.backend(..., method=...)), or fewer qubits.",
    )


def _shared_out(result: Result, sizes: list[int]) -> Iterator[Experiments]:
    start = 0
    for size in sizes:
        mine = result.results[start : start + size]
        yield Experiments([one.data for one in mine], mine[0].metadata if size else {})
        start += size
