# SPDX-License-Identifier: Apache-2.0
"""Flips before final measurements: frames that take in the one-qubit gates in front of them."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.transpiler import Target

from feedline import rotation
from feedline.errors import CapabilityError
from feedline.execution import Execution
from feedline.frames import FrameKind, frame_parameters
from feedline.gate_run import GateRuns, angles_of
from feedline.rewriting import FinalMeasure, columns_of, unused_name, with_axis, with_flips
from feedline.rotation import Floats
from feedline.structure import freeze

AXIS = "measure_randomization"
"""Name of the axis of flips."""


@attrs.frozen(slots=True, eq=False)
class _Frame:
    """A frame before a measurement.

    Attributes:
        final: The measurement.
        kind: How it is made.
        places: Gates that it takes in, indices in ``circuit.data``, descending.
        parameters: Its parameters.
    """

    final: FinalMeasure
    kind: FrameKind
    places: list[int]
    parameters: Sequence[Parameter]


def flipped(
    execution: Execution, finals: Sequence[FinalMeasure], flips: NDArray[np.bool_], target: Target
) -> Execution:
    """An execution with an axis of flips, which are undone in its bits.

    Args:
        execution: What is widened.
        finals: Its final measurements.
        flips: Which of their bits are flipped, shape ``(*sweep, count, finals)``.
        target: What the backend has.
    """
    runs = GateRuns(columns_of(execution), execution.sweep)
    frames = _frames(execution.circuit, finals, runs, target)
    columns: dict[Parameter, Floats] = {}
    for number, frame in enumerate(frames):
        data = execution.circuit.data
        euler = angles_of(runs.run(data[place] for place in reversed(frame.places)))
        values = _values(frame.kind, euler, flips[..., number])
        columns.update(zip(frame.parameters, np.moveaxis(values, -1, 0), strict=True))
    count = flips.shape[-2]
    circuit = freeze(_with_frames(execution.circuit, frames))
    shots = -(-execution.shots // count)
    wide = with_axis(execution, AXIS, count, circuit=circuit, columns=columns, shots=shots)
    return with_flips(wide, {final.clbit: flips[..., number] for number, final in enumerate(finals)})


def empty_circuit(
    qubits: Sequence[int], flips: NDArray[np.bool_], width: int, target: Target
) -> tuple[QuantumCircuit, Floats]:
    """A calibration's circuit: flips and measurements of the same qubits, and nothing else.

    Returns:
        The circuit, bit i measured on the i-th qubit, and its values, shape ``(count, parameters)``.
    """
    circuit = QuantumCircuit(width, name="trex")
    circuit.add_register(ClassicalRegister(len(qubits), "trex"))
    kinds = [kind_of(target, qubit) for qubit in qubits]
    parameters = frame_parameters("trex", sum(kind.num_parameters for kind in kinds))
    values = []
    for number, (qubit, kind) in enumerate(zip(qubits, kinds, strict=True)):
        own, parameters = parameters[: kind.num_parameters], parameters[kind.num_parameters :]
        kind.append(circuit, qubit, own)
        values.append(_values(kind, np.zeros(3), flips[..., number]))
    circuit.measure(list(qubits), range(len(qubits)))
    return freeze(circuit), np.concatenate(values, axis=-1)


def kind_of(target: Target, qubit: int) -> FrameKind:
    """How a qubit is flipped before a measurement.

    Raises:
        CapabilityError: If its gates do not allow it.
    """
    kind = FrameKind.of(target, qubit, is_measured=True)
    if kind is None:
        raise CapabilityError(
            f"trex: qubit {qubit} has no gates whose angles flip it (rz and sx, u, r, or two of rx, ry, rz).",
            remedy="Leave the pass out, or add such gates to the backend's target.",
        )
    return kind


def _values(kind: FrameKind, euler: Floats, flips: NDArray[np.bool_]) -> Floats:
    """Values of a run's frame with flips behind it, shape ``(*sweep, count, parameters)``."""
    none = np.zeros((), dtype=np.bool_)
    parts = rotation.between_paulis(euler[..., None, :], (none, none), (flips, none))
    return kind.values(np.stack(np.broadcast_arrays(*parts), axis=-1))


def _frames(circuit: QuantumCircuit, finals: Sequence[FinalMeasure], runs: GateRuns, target: Target) -> list[_Frame]:
    places = _trailing_runs(circuit, finals, runs)
    kinds = [kind_of(target, final.qubit) for final in finals]
    taken = {parameter.name.split("[")[0] for parameter in circuit.parameters}
    left = iter(frame_parameters(unused_name("trex", taken), sum(kind.num_parameters for kind in kinds)))
    return [
        _Frame(final, kind, places[final.qubit], [next(left) for _ in range(kind.num_parameters)])
        for final, kind in zip(finals, kinds, strict=True)
    ]


def _trailing_runs(circuit: QuantumCircuit, finals: Sequence[FinalMeasure], runs: GateRuns) -> dict[int, list[int]]:
    """By qubit, the one-qubit gates directly before its final measurement, descending."""
    at = {final.place: final.qubit for final in finals}
    found: dict[int, list[int]] = {final.qubit: [] for final in finals}
    waiting, is_open = set(found), set[int]()
    for place in range(len(circuit.data) - 1, -1, -1):
        if not waiting and not is_open:
            break
        item = circuit.data[place]
        if place in at:
            waiting.discard(at[place])
            is_open.add(at[place])
            continue
        qubits = [circuit.find_bit(bit).index for bit in item.qubits]
        if len(qubits) == 1 and qubits[0] in is_open and runs.gate(item) is not None:
            found[qubits[0]].append(place)
        else:
            is_open.difference_update(qubits)
    return found


def _with_frames(circuit: QuantumCircuit, frames: Sequence[_Frame]) -> QuantumCircuit:
    """The circuit with frames in place of the gates that they take in."""
    at = {frame.final.place: frame for frame in frames}
    gone = {place for frame in frames for place in frame.places}
    first = min({*at, *gone}, default=len(circuit.data))
    out = circuit.copy()
    tail = list(circuit.data[first:])
    del out.data[first:]
    for place, item in enumerate(tail, first):
        if place in gone:
            continue
        if place in at:
            at[place].kind.append(out, at[place].final.qubit, at[place].parameters)
        out.append(item, copy=False)
    return out
