# SPDX-License-Identifier: Apache-2.0
"""Executions: the only thing a device is asked to do, and the chunks it answers with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from .capabilities import MeasLevel
from .errors import InputError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import SparsePauliOp

    from .device import Executable
    from .reading import Reading


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Execution:
    """One circuit template, an array of parameter values, a number of shots, a measurement level.

    A device reads the first block of attributes. The second block belongs to the plan: passes and
    folds use it, devices leave it alone.

    Attributes:
        circuit: The template. Its parameters, in ``circuit.parameters`` order, are the last axis of
            `values`. Treat it as immutable: it may be shared by many executions.
        values: Parameter values of shape ``(*sweep, n_parameters)``, float64, finite.
        shots: Shots per sweep point; 0 when `observables` asks for exact expectation values.
        meas_level: How far measurements are processed.
        memory: Whether single shots matter. ``False`` allows the device to answer with counts.
        observables: Operators on the circuit's qubits whose exact expectation values are asked for.
        seed: Seed of this execution on a seeded device, else ``None``.
        settings: Values of ``options.execution`` that differ from their defaults.
        executable: What `Device.compile` made of the circuit; the runtime fills it in.

        axes: One name per sweep axis (``param``, ``randomization``, ``noise_factor``, ...).
        pub: Index of the pub (or program item) that it belongs to; -1 for what all pubs share.
        role: ``main``, or the name of a calibration.
        coords: Coordinates on axes along which sibling executions are stacked before a fold.
        reading: How terms of observables are read off the bits (Estimator), else ``None``.
        flips: Bits to undo, packed like `Chunk.bits`, shape ``(*sweep, n_bytes)``, else ``None``.
        tag: Anything that the plan's fold needs to find this execution's place again.
    """

    circuit: QuantumCircuit
    values: NDArray[np.float64]
    shots: int
    meas_level: MeasLevel = MeasLevel.CLASSIFIED
    memory: bool = True
    observables: tuple[SparsePauliOp, ...] = ()
    seed: int | None = None
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    executable: Executable | None = None

    axes: tuple[str, ...] = ()
    pub: int = 0
    role: str = "main"
    coords: Mapping[str, float] = attrs.field(factory=dict)
    reading: Reading | None = None
    flips: NDArray[np.uint8] | None = None
    tag: Any = None

    def __attrs_post_init__(self) -> None:
        """Refuse what no device can be asked."""
        shape = self.values.shape
        if self.executable is not None:  # checked when it was made without one
            return
        if not shape or shape[-1] != self.circuit.num_parameters:
            raise InputError(
                f"Execution of '{self.circuit.name}': values have shape {shape}, "
                f"the circuit has {self.circuit.num_parameters} parameters.",
                remedy="The last axis of the values holds one number per circuit parameter.",
            )
        if not np.isfinite(self.values).all():
            raise InputError(
                f"Execution of '{self.circuit.name}': parameter values hold nan or infinity.",
                remedy="Check the optimiser or the sweep that made them.",
            )

    @property
    def sweep(self) -> tuple[int, ...]:
        """Shape of the sweep: the leading axes of the values."""
        return self.values.shape[:-1]

    @property
    def size(self) -> int:
        """Number of sweep points."""
        size: int = math.prod(self.values.shape[:-1])
        return size

    @property
    def points(self) -> NDArray[np.float64]:
        """The values with the sweep flattened (C order), shape ``(size, n_parameters)``."""
        points: NDArray[np.float64] = self.values.reshape(self.size, self.values.shape[-1])
        return points

    @property
    def num_bytes(self) -> int:
        """Bytes per shot in `Chunk.bits`: ``ceil(num_clbits / 8)``, at least 1."""
        return max(1, (int(self.circuit.num_clbits) + 7) // 8)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class OutcomeCounts:
    """Counts of several sweep points in one flat table, a row per distinct outcome of a point.

    Attributes:
        point: Sweep point of each row, shape ``(rows,)``, counted from the chunk's first point.
        words: Outcome of each row, packed like `Chunk.bits`, shape ``(rows, n_bytes)``.
        weight: How often it came, shape ``(rows,)``, integer.
    """

    point: NDArray[np.intp]
    words: NDArray[np.uint8]
    weight: NDArray[np.int64]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Chunk:
    """A part of the answer: some points (and shots) of one execution.

    Exactly one of `bits`, `counts`, `iq`, `raw` and `expectation` is given. Bits are packed as in Qiskit's
    ``BitArray``: big-endian bytes, classical bit 0 of the circuit is the lowest bit of the last byte.

    Attributes:
        execution: Index of the execution in the sequence that `Device.execute` was given.
        points: Which flattened sweep points these are.
        bits: Classified shots, shape ``(points, shots, n_bytes)``, uint8.
        counts: Classified shots without their order.
        iq: Kerneled data, complex, arbitrary units, a column per classical bit:
            ``(points, shots, num_clbits)``, or ``(points, num_clbits)`` for ``avg_kerneled``.
        raw: Recorded samples in volts, a row per classical bit: ``(points, shots, num_clbits, samples)``,
            complex where I and Q are recorded, else real. All chunks of an execution have as many samples
            as its longest capture; what is shorter, and bits that nobody measured, are filled with zeros.
        expectation: Exact values, shape ``(points, n_observables)``.
        started_s, stopped_s: When the device worked on it, in seconds since the epoch; 0 if unsaid.
    """

    execution: int
    points: slice
    bits: NDArray[np.uint8] | None = None
    counts: OutcomeCounts | None = None
    iq: NDArray[np.complexfloating[Any, Any]] | None = None
    raw: NDArray[np.inexact[Any]] | None = None
    expectation: NDArray[np.float64] | None = None
    started_s: float = 0.0
    stopped_s: float = 0.0
