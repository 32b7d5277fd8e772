# SPDX-License-Identifier: Apache-2.0
"""The bridge to samplomatic: quantum programs in, quantum program results out.

The only module that imports samplomatic, which is not 1.0 yet; `feedline.primitives.executor` says which
versions it is written for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import PauliLindbladMap
from samplomatic.quantum_program import (
    ChunkPart,
    ChunkSpan,
    ChunkTiming,
    CircuitItem,
    QuantumProgram,
    QuantumProgramItemResult,
    QuantumProgramResult,
    SamplexItem,
)
from samplomatic.serialization import samplex_to_json

from feedline.runtime.codec import register_codec

Span = tuple[float, float, int, int]
"""When the device worked on an item, in seconds since the epoch, which item, and how many elements."""


class ItemResult(QuantumProgramItemResult):
    """Data of one program item, by name of register or samplex output.

    Args:
        data: Arrays whose leading axes are the item's shape.
        spans: When the device took them.
    """

    def __init__(self, data: dict[str, NDArray[Any]], spans: Sequence[Span] = ()) -> None:
        super().__init__(data)
        self.spans = tuple(spans)

    @property
    def timing(self) -> ChunkTiming:
        """When the device worked on this item, chunk by chunk."""
        return _timing(self.spans)


class ProgramResult(QuantumProgramResult):
    """Result of a quantum program: one `ItemResult` per item, and what the program passed through.

    Args:
        items: Results of the items, in the program's order.
        passthrough_data: The program's own, unchanged.
        metadata: Backend, shots, measurement level, seed of the randomizations.
    """

    def __init__(
        self,
        items: Sequence[ItemResult],
        passthrough_data: Any = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(items, passthrough_data=passthrough_data)
        self.metadata = dict(metadata or {})

    @property
    def timing(self) -> ChunkTiming:
        """When the device worked, chunk by chunk; chunks of one device call share a span."""
        return _timing([span for item in self for span in item.spans])


def _timing(spans: Iterable[Span]) -> ChunkTiming:
    parts: dict[tuple[float, float], dict[int, int]] = {}
    for start, stop, item, size in spans:
        sizes = parts.setdefault((start, stop), {})
        sizes[item] = sizes.get(item, 0) + size
    return ChunkTiming(
        ChunkSpan(
            start=datetime.fromtimestamp(start, UTC),
            stop=datetime.fromtimestamp(stop, UTC),
            parts=[ChunkPart(idx_item=item, size=size) for item, size in sizes.items()],
        )
        for (start, stop), sizes in sorted(parts.items())
    )


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Asked:
    """One program item, made concrete.

    Attributes:
        circuit: The circuit, as it was given.
        values: Its parameter values, shape ``(*shape, n_parameters)``.
        outputs: What a samplex gave besides parameter values: bit flips, Pauli signs, ...
        chunk_size: Most elements that go down in one execution, or ``None``.
    """

    circuit: QuantumCircuit
    values: NDArray[np.float64]
    outputs: Mapping[str, NDArray[Any]]
    chunk_size: int | None


def is_program(value: Any) -> bool:
    """Whether it is samplomatic's quantum program."""
    return isinstance(value, QuantumProgram)


def is_item(value: Any) -> bool:
    """Whether it is an item that a program can be made of."""
    return isinstance(value, CircuitItem | SamplexItem)


def ask(item: CircuitItem | SamplexItem, rng: np.random.Generator) -> Asked:
    """Make a program item concrete: take its arguments, or sample its randomizations."""
    outputs: dict[str, NDArray[Any]] = {}
    if isinstance(item, CircuitItem):
        values = item.circuit_arguments
    else:
        outputs = _sample(item, rng)
        values = outputs.pop("parameter_values", np.empty((*item.shape, 0)))
    values = np.asarray(values, dtype=np.float64)
    return Asked(circuit=item.circuit, values=values, outputs=outputs, chunk_size=item.chunk_size)


def _sample(item: SamplexItem, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Sample an item's randomizations.

    A samplex samples many randomizations for one set of arguments. Axes along which the arguments have
    length 1 (or no axis at all) are randomizations, drawn in one call; the others are looped over.
    """
    arguments = item.samplex_arguments
    looped = (1,) * (len(item.shape) - arguments.ndim) + arguments.shape
    is_looped = [length != 1 for length in looped]
    drawn = tuple(length for length, loop in zip(item.shape, is_looped, strict=True) if not loop)
    intrinsic = {spec.name: (spec.shape[1:], spec.dtype) for spec in item.samplex.outputs().specs}
    out = {name: np.empty((*item.shape, *shape), dtype=dtype) for name, (shape, dtype) in intrinsic.items()}
    for place in np.ndindex(looped):
        own = place[len(looped) - arguments.ndim :]
        bound = arguments[own] if arguments.ndim else arguments
        sampled = item.samplex.sample(bound, num_randomizations=int(np.prod(drawn)), rng=rng, max_workers=1)
        at = tuple(where if loop else slice(None) for where, loop in zip(place, is_looped, strict=True))
        for name, (shape, _) in intrinsic.items():
            out[name][at] = sampled[name].reshape(*drawn, *shape)
    return out


def record(program: QuantumProgram) -> tuple[list[QuantumCircuit], dict[str, NDArray[Any]], dict[str, Any]]:
    """What the job store keeps of a program: circuits, arrays, and everything else."""
    arrays: dict[str, NDArray[Any]] = {}
    items = []
    for index, item in enumerate(program.items):
        kept: dict[str, Any] = {"shape": list(item.shape), "chunk_size": item.chunk_size}
        if isinstance(item, CircuitItem):
            arrays[f"item{index}.circuit_arguments"] = item.circuit_arguments
        elif isinstance(item, SamplexItem):
            kept["samplex"] = samplex_to_json(item.samplex)
            kept["samplex_arguments"] = {name: _plain(value) for name, value in item.samplex_arguments.items()}
        items.append(kept)
    data = {
        "shots": int(program.shots),
        "meas_level": program.meas_level,
        "items": items,
        "passthrough_data": program.passthrough_data,
    }
    return [item.circuit for item in program.items], arrays, data


def _plain(value: Any) -> Any:
    if isinstance(value, PauliLindbladMap):
        terms = [[paulis, list(qubits), float(rate)] for paulis, qubits, rate in value.to_sparse_list()]
        return {"num_qubits": value.num_qubits, "pauli_lindblad": terms}
    return value


def _packed(data: NDArray[Any]) -> Any:
    """Bits take a bit each in the store."""
    return {"shape": list(data.shape), "bits": np.packbits(data)} if data.dtype == np.bool_ else data


def _unpacked(data: Any) -> NDArray[Any]:
    if isinstance(data, np.ndarray):
        return data
    size = int(np.prod(data["shape"], dtype=np.int64))
    return np.unpackbits(data["bits"], count=size).view(np.bool_).reshape(data["shape"])


register_codec(
    "executor_item",
    ItemResult,
    lambda item: {"data": {name: _packed(data) for name, data in item.items()}, "spans": item.spans},
    lambda tree: ItemResult({name: _unpacked(data) for name, data in tree["data"].items()}, tree["spans"]),
)
register_codec(
    "executor_result",
    ProgramResult,
    lambda result: {
        "items": list(result),
        "passthrough_data": result.passthrough_data,
        "metadata": result.metadata,
    },
    lambda tree: ProgramResult(tree["items"], tree["passthrough_data"], tree["metadata"]),
)
