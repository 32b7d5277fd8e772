# SPDX-License-Identifier: Apache-2.0
"""Coercion of pubs: Qiskit's own, with a short cut for what a variational loop sends."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.primitives.containers.observables_array import ObservablesArray
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.quantum_info import SparsePauliOp

from feedline.structure import parameter_names, snapshot

_Known = tuple["weakref.ref[SparsePauliOp]", tuple[bytes, ...], ObservablesArray]
_OPERATORS: dict[int, _Known] = {}


def estimator_pub(pub: Any, precision: float | None) -> EstimatorPub:
    """Coerce a pub onto a snapshot of its circuit, which the caller may change while the job runs.

    Raises:
        ValueError, TypeError: Qiskit's own, if it is no pub.
    """
    quick = _quick(pub, precision) if type(pub) is tuple and 2 <= len(pub) <= 4 else None
    if quick is not None:
        return quick
    made = EstimatorPub.coerce(pub, precision)
    return EstimatorPub(snapshot(made.circuit), made.observables, made.parameter_values, made.precision, validate=False)


def sampler_pub(pub: Any, shots: int | None) -> SamplerPub:
    """Coerce a pub onto a snapshot of its circuit, as `estimator_pub` does.

    Raises:
        ValueError, TypeError: Qiskit's own, if it is no pub.
    """
    parts = pub if type(pub) is tuple else (pub,)
    if 1 <= len(parts) <= 2 and isinstance(parts[0], QuantumCircuit):
        frozen = snapshot(parts[0])
        bindings = _bindings(frozen, parts[1] if len(parts) > 1 else None)
        if bindings is not None:
            return SamplerPub(frozen, bindings, shots, validate=False)
    made = SamplerPub.coerce(pub, shots)
    return SamplerPub(snapshot(made.circuit), made.parameter_values, made.shots, validate=False)


def _bindings(circuit: QuantumCircuit, values: Any) -> BindingsArray | None:
    """Values as they come from an optimiser, if they fit the circuit's parameters; else ``None``."""
    names = parameter_names(circuit)
    if not names:
        return BindingsArray() if values is None else None
    if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.shape[-1:] != (len(names),):
        return None
    return BindingsArray({names: values})


def _quick(pub: tuple[Any, ...], precision: float | None) -> EstimatorPub | None:
    """The pub if it is a circuit, one Pauli operator and an array that all fit; else ``None``."""
    circuit, operator = pub[0], pub[1]
    values = pub[2] if len(pub) > 2 else None
    own = pub[3] if len(pub) > 3 else None
    if not isinstance(circuit, QuantumCircuit) or type(operator) is not SparsePauliOp or own is not None:
        return None
    frozen = snapshot(circuit)
    bindings = _bindings(frozen, values)
    if bindings is None or operator.num_qubits != frozen.num_qubits:
        return None
    return EstimatorPub(frozen, _observables(operator), bindings, precision, validate=False)


def _observables(operator: SparsePauliOp) -> ObservablesArray:
    """The operator as an observables array, remembered while the operator lives unchanged."""
    paulis = operator.paulis
    content = (paulis.z.tobytes(), paulis.x.tobytes(), paulis.phase.tobytes(), operator.coeffs.tobytes())
    number = id(operator)
    known = _OPERATORS.get(number)
    if known is not None and known[0]() is operator and known[1] == content:
        return known[2]
    made = ObservablesArray.coerce(operator)
    _OPERATORS[number] = (weakref.ref(operator, lambda _gone: _OPERATORS.pop(number, None)), content, made)
    return made
