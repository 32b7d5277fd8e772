# SPDX-License-Identifier: Apache-2.0
"""The Sampler's fold: from shots to bit arrays per register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives import BitArray, DataBin, PrimitiveResult

from feedline.capabilities import MeasLevel
from feedline.errors import PluginError
from feedline.estimation.tally import tally
from feedline.execution import Chunk, Execution
from feedline.passes import BoundPass, Estimate
from feedline.plan import Part

from .registers import register_bits, register_columns
from .results import SamplerPubResult


@attrs.frozen(kw_only=True, slots=True, eq=False)
class SamplerOutline:
    """What the fold must know of a pub."""

    circuit: QuantumCircuit
    shape: tuple[int, ...]
    shots: int
    meas_level: MeasLevel
    metadata: Mapping[str, Any]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Samples:
    """A pub's shots as passes are shown them.

    Attributes:
        execution: What was executed.
        words: Its shots with the plan's flips undone, packed like `Chunk.bits`, shape
            ``(points, shots, n_bytes)``; ``None`` if they are no classified bits.
    """

    execution: Execution
    words: NDArray[np.uint8] | None


@attrs.frozen(kw_only=True, slots=True, eq=False)
class SamplerFold:
    """Shots of the points become one array per register.

    An axis that a pass added is merged into the shots, so that a randomised plan gives back the
    shape that was asked for. What passes tell of them stands under ``passes`` in the pub's metadata.
    """

    outlines: tuple[SamplerOutline, ...]
    passes: tuple[BoundPass, ...] = ()

    def reduce(self, execution: Execution, chunk: Chunk) -> NDArray[Any]:
        """The chunk's shots, with the plan's flips undone."""
        analogue = chunk.iq if chunk.raw is None else chunk.raw
        if analogue is not None:
            return analogue
        bits = chunk.bits
        assert bits is not None
        if any(hasattr(bound.technique, "fold_shots") for bound in self.passes):
            return self._through_passes(execution, chunk, bits)
        if execution.flips is not None:
            bits = bits ^ execution.flips.reshape(execution.size, 1, -1)[chunk.points]
        return bits

    def _through_passes(self, execution: Execution, chunk: Chunk, bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
        outcomes = tally(execution, chunk, self.passes, count=False)
        if len(outcomes.words) != bits.shape[0] * bits.shape[1]:
            names = ", ".join(bound.technique.name for bound in self.passes)
            raise PluginError(
                f"A pass ({names}) dropped shots, which Sampler's bit arrays cannot hold.",
                remedy="Use it with Estimator, or have it weigh shots instead.",
            )
        return outcomes.words.reshape(bits.shape)

    def fold_pub(self, pub: int, answers: Sequence[tuple[Execution, Sequence[Part]]]) -> SamplerPubResult:
        """One pub's registers."""
        outline = self.outlines[pub]
        mine = [answer for answer in answers if answer[0].pub == pub and answer[0].role == "main"]
        arrays = [_merged(execution, _gathered(execution, parts)) for execution, parts in mine]
        metadata = dict(outline.metadata)
        if told := self._told(mine, [answer for answer in answers if answer[0].role != "main"]):
            metadata["passes"] = told
        if not outline.circuit.cregs:
            return SamplerPubResult(DataBin(shape=outline.shape), metadata=metadata)
        data = _joined(outline.meas_level, arrays) if arrays else _nothing(outline)
        data = data.reshape(*outline.shape, *data.shape[1:])
        if outline.meas_level is not MeasLevel.CLASSIFIED:
            columns = register_columns(outline.circuit, data, -2 if outline.meas_level is MeasLevel.RAW else -1)
            return SamplerPubResult(DataBin(**columns, shape=outline.shape), metadata=metadata)
        sizes = {register.name: register.size for register in outline.circuit.cregs}
        fields = {
            name: BitArray(np.ascontiguousarray(bits), sizes[name])
            for name, bits in register_bits(outline.circuit, data).items()
        }
        return SamplerPubResult(DataBin(**fields, shape=outline.shape), metadata=metadata)

    def _told(
        self,
        mine: Sequence[tuple[Execution, Sequence[Part]]],
        calibrations: Sequence[tuple[Execution, Sequence[Part]]],
    ) -> list[dict[str, Any]]:
        """What passes tell of each execution's shots."""
        tellers = [bound for bound in self.passes if hasattr(bound.technique, "tell_samples")]
        if not tellers:
            return []
        calibration = {execution.role: _calibrated(execution, parts) for execution, parts in calibrations}
        told = []
        for execution, parts in mine:
            is_bits = execution.meas_level is MeasLevel.CLASSIFIED
            samples = Samples(execution=execution, words=_gathered(execution, parts) if is_bits else None)
            info: dict[str, Any] = {}
            for bound in tellers:
                info.update(bound.technique.tell_samples(samples, calibration, bound.context))  # type: ignore[attr-defined]  # optional; looked for above
            told.append(info)
        return told

    def finish(self, results: Sequence[Any], metadata: Mapping[str, Any]) -> PrimitiveResult[SamplerPubResult]:
        """All pubs' results."""
        return PrimitiveResult(list(results), metadata={**metadata, "version": 2})


def _calibrated(execution: Execution, parts: Sequence[Part]) -> Estimate:
    """Means of a calibration's terms, without replicates: Sampler has no error bars that they would go into."""
    reading = execution.reading
    assert reading is not None
    words = _gathered(execution, parts)
    means = [reading.values(point).mean(axis=1) for point in words]
    shape = (1, *execution.sweep, len(reading.terms))
    return Estimate(mean=np.array(means).reshape(shape), axes=execution.axes)


def _gathered(execution: Execution, parts: Sequence[Part]) -> NDArray[Any]:
    """Parts of one execution in the order of points; each point's shots are joined as they came."""
    first: NDArray[Any] = parts[0].data
    if len(parts) == 1:
        return first
    if execution.meas_level is MeasLevel.AVG_KERNELED:
        mean = np.empty((execution.size, *first.shape[1:]), dtype=first.dtype)
        for part in parts:
            mean[part.points] = part.data
        return mean
    kind = np.result_type(*{part.data.dtype for part in parts})
    out = np.empty((execution.size, execution.shots, *first.shape[2:]), dtype=kind)
    filled = np.zeros(execution.size, dtype=np.intp)
    for part in parts:
        for point, shots in zip(range(*part.points.indices(execution.size)), part.data, strict=True):
            out[point, filled[point] : filled[point] + len(shots)] = shots
            filled[point] += len(shots)
    return out


def _merged(execution: Execution, data: NDArray[Any]) -> NDArray[Any]:
    """Merge every axis but ``param`` into the shots; data has the sweep flattened in front."""
    extra = [axis for axis in execution.axes if axis != "param"]
    if not extra:
        return data
    data = data.reshape(*execution.sweep, *data.shape[1:])
    param = execution.axes.index("param")
    data = np.moveaxis(data, param, 0)
    if execution.meas_level is MeasLevel.AVG_KERNELED:
        mean: NDArray[Any] = data.mean(axis=tuple(range(1, len(execution.axes))))
        return mean
    inner = data.shape[len(execution.axes) + 1 :]
    return data.reshape(data.shape[0], -1, *inner)


def _joined(level: MeasLevel, arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Data of all executions of a pub; shorter raw records are filled up with zeros."""
    if len(arrays) == 1:
        return arrays[0]
    if level is MeasLevel.RAW:
        longest = max(array.shape[-1] for array in arrays)
        arrays = [np.pad(array, [(0, 0)] * 3 + [(0, longest - array.shape[-1])]) for array in arrays]
    return np.concatenate(arrays, axis=0 if level is MeasLevel.AVG_KERNELED else 1)


def _nothing(outline: SamplerOutline) -> NDArray[Any]:
    """Data of an empty sweep."""
    clbits = outline.circuit.num_clbits
    if outline.meas_level is MeasLevel.CLASSIFIED:
        return np.zeros((0, outline.shots, max(1, -(-clbits // 8))), dtype=np.uint8)
    if outline.meas_level is MeasLevel.RAW:
        return np.zeros((0, outline.shots, clbits, 0))
    if outline.meas_level is MeasLevel.KERNELED:
        return np.zeros((0, outline.shots, clbits), dtype=np.complex128)
    return np.zeros((0, clbits), dtype=np.complex128)
