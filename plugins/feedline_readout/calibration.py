# SPDX-License-Identifier: Apache-2.0
"""The calibration: every measured qubit in 0 and in 1, in balanced patterns."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline.errors import CapabilityError, OptionError
from feedline.execution import Execution
from feedline.frames import FrameKind
from feedline.passes import Estimate, PassContext
from feedline.reading import Reading
from feedline.rewriting import ordered_values, shots_each
from feedline.structure import freeze

ROLE = "readout"
AXIS = "pattern"
_LEAST_SHOTS = 8192
_MOST_PATTERNS = 16


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Calibrated:
    """What the calibration's executions were, for the fold.

    Attributes:
        qubits: The measured qubits, ascending.
        patterns: Whether each of them was prepared in 1, shape ``(patterns, qubits)``.
        shots: Of each pattern.
    """

    qubits: tuple[int, ...]
    patterns: NDArray[np.bool_]
    shots: int

    def levels(self, estimate: Estimate, *, symmetric: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Contrast and middle of each qubit's sign.

        A qubit in 0 is read with the mean sign ``middle + contrast``, in 1 with ``middle - contrast``.

        Returns:
            Two arrays of shape ``(1 + replicates, qubits)``.
        """
        means = np.moveaxis(estimate.mean, estimate.axis(AXIS), 1)
        ones = self.patterns / self.patterns.sum(axis=0)
        zeros = ~self.patterns / (~self.patterns).sum(axis=0)
        of_one, of_zero = (means * ones).sum(axis=1), (means * zeros).sum(axis=1)
        middle = np.zeros_like(of_one) if symmetric else (of_zero + of_one) / 2
        return (of_zero - of_one) / 2, middle


def patterns(num_qubits: int) -> NDArray[np.bool_]:
    """Which qubits are in 1 in which pattern: columns of a Hadamard matrix (Sylvester's).

    Each qubit is in 1 in half of the patterns, and so is each neighbour of it meanwhile, so that crosstalk
    of neighbours averages as in a random string. Beyond 15 qubits columns repeat.

    Returns:
        Shape ``(patterns, num_qubits)``.
    """
    count = 2
    while count <= num_qubits and count < _MOST_PATTERNS:
        count *= 2
    column = 1 + np.arange(num_qubits) % (count - 1)
    odd: NDArray[np.bool_] = (np.bitwise_count(np.arange(count)[:, None] & column) & 1).astype(np.bool_)
    return odd


def calibration_shots(plan_shots: int, context: PassContext, count: int) -> int:
    """Shots of each of so many patterns.

    Raises:
        OptionError: If the option gives a pattern no shot, or more than the backend takes.
    """
    asked, most = context.options.calibration_shots, context.backend.capabilities.max_shots
    if asked is None:
        each = shots_each(max(_LEAST_SHOTS, plan_shots), count)
        return each if most is None else min(each, most)
    each = shots_each(asked, count)
    if asked < count or (most is not None and each > most):
        bound = f"to {count * most} " if most is not None else ""
        raise OptionError(
            f"readout.calibration_shots is {asked}, for {count} patterns.",
            remedy=f"Use {count} {bound}shots here, at least one a pattern; by default as many as a point of the "
            f"plan takes, at least {_LEAST_SHOTS}.",
        )
    return each


def calibration(qubits: Sequence[int], like: Execution, context: PassContext, plan_shots: int) -> list[Execution]:
    """Executions that measure the qubits in each pattern: one template, or one for each pattern.

    Where a qubit has no gates with free angles, patterns are circuits of their own.

    Raises:
        CapabilityError: If a qubit has no such gates and no X.
    """
    made = patterns(len(qubits))
    shots = calibration_shots(plan_shots, context, len(made))
    target, width = context.backend.target, like.circuit.num_qubits
    kinds = [FrameKind.of(target, qubit, is_measured=True) for qubit in qubits]
    common = attrs.evolve(
        like,
        circuit=freeze(QuantumCircuit()),
        values=np.zeros((1, 0)),
        shots=shots,
        seed=None if like.seed is None else int(context.rng.integers(2**31)),
        axes=(AXIS,),
        pub=-1,
        role=ROLE,
        coords={},
        reading=_reading(len(qubits)),
        flips=None,
        tag=None,
    )
    if all(kind is not None for kind in kinds):
        return [_templated(common, [kind for kind in kinds if kind is not None], qubits, width)]
    for qubit in qubits:
        if not target.instruction_supported("x", None if target.num_qubits is None else (qubit,)):
            raise CapabilityError(
                f"Pass 'readout' cannot prepare qubit {qubit} in 1: it has no X gate and no gates with free angles.",
                remedy="Leave the pass out, or give the target an X gate there.",
            )
    return [
        attrs.evolve(common, circuit=_fixed(qubits, pattern, width), values=np.zeros((0,)), axes=(), coords={AXIS: row})
        for row, pattern in enumerate(made)
    ]


def _templated(common: Execution, kinds: Sequence[FrameKind], qubits: Sequence[int], width: int) -> Execution:
    made = patterns(len(qubits))
    circuit, angles = _template(tuple(kinds), tuple(qubits), width)
    columns: dict[Parameter, NDArray[np.float64]] = {}
    for place, (kind, mine) in enumerate(zip(kinds, angles, strict=True)):
        columns |= dict(zip(mine, kind.paulis(made[:, place], np.zeros(len(made), np.bool_)).T, strict=True))
    return attrs.evolve(common, circuit=circuit, values=ordered_values(circuit, columns, (len(made),)))


@functools.lru_cache(maxsize=64)
def _template(
    kinds: tuple[FrameKind, ...], qubits: tuple[int, ...], width: int
) -> tuple[QuantumCircuit, tuple[tuple[Parameter, ...], ...]]:
    """The circuit whose parameters prepare any pattern, and those of each qubit; one object for the same qubits."""
    circuit = QuantumCircuit(width, len(qubits), name="readout")
    angles = []
    for place, (kind, qubit) in enumerate(zip(kinds, qubits, strict=True)):
        mine = tuple(Parameter(f"readout_{place}_{index}") for index in range(kind.num_parameters))
        kind.append(circuit, qubit, mine)
        angles.append(mine)
    circuit.barrier()
    circuit.measure(list(qubits), range(len(qubits)))
    return freeze(circuit), tuple(angles)


def _fixed(qubits: Sequence[int], pattern: NDArray[np.bool_], width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width, len(qubits), name="readout")
    for qubit, one in zip(qubits, pattern, strict=True):
        if one:
            circuit.x(qubit)
    circuit.barrier()
    circuit.measure(list(qubits), range(len(qubits)))
    return freeze(circuit)


def _reading(count: int) -> Reading:
    """The sign of each bit."""
    width = 8 * -(-count // 8)
    parity = np.packbits(np.eye(width, dtype=np.uint8)[::-1][:count], axis=1)
    nothing = np.zeros_like(parity)
    return Reading(terms=np.arange(count), parity=parity, mask=nothing, value=nothing)
