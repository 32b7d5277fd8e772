# SPDX-License-Identifier: Apache-2.0
"""Circuit structure: snapshots that nobody mutates, and the key that compiled code is cached under."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ControlFlowOp


@attrs.define(slots=True, eq=False)
class _Known:
    """What is remembered of one circuit object while it lives."""

    reference: weakref.ref[QuantumCircuit]
    snapshot: QuantumCircuit | None = None
    key: str = ""
    parameters: tuple[str, ...] | None = None
    content: tuple[list[CircuitInstruction], list[str | None]] | None = None


_KNOWN: dict[int, _Known] = {}


def snapshot(circuit: QuantumCircuit) -> QuantumCircuit:
    """A copy of the circuit that is never changed, the same object for the same unchanged circuit.

    A circuit is mutable, so the copy is compared with it at every call; that costs a few tens of
    microseconds for a hundred gates, a tenth of copying and checking it again.
    """
    known = _known(circuit)
    if known is None:
        known = _remember(circuit)
    elif known.snapshot is None or _is_same(known, circuit):
        return circuit if known.snapshot is None else known.snapshot
    known.content = None
    known.snapshot = freeze(circuit.copy())
    return known.snapshot


def freeze(circuit: QuantumCircuit) -> QuantumCircuit:
    """Declare that the circuit is never changed from now on; it is its own snapshot."""
    if _known(circuit) is None:
        _remember(circuit)
    return circuit


def structure_key(circuit: QuantumCircuit) -> str:
    """Hash of what compiled code depends on, and of nothing else.

    In: qubits and classical bits, registers, every instruction's name, label, unit, parameters,
    bits, condition and blocks, definitions of gates that are not standard ones, global phase, the order of
    parameters. Out: the circuit's name and metadata, the identity of parameters.
    """
    known = _known(circuit)
    if known is not None and known.snapshot is None and known.key:
        return known.key
    digest = hashlib.sha256()
    for token in _tokens(circuit):
        digest.update(repr(token).encode())
        digest.update(b"\x00")
    key = digest.hexdigest()
    if known is not None and known.snapshot is None:
        known.key = key
    return key


def parameter_names(circuit: QuantumCircuit) -> tuple[str, ...]:
    """Names of the circuit's parameters in their order; remembered for a frozen circuit."""
    known = _known(circuit)
    if known is not None and known.parameters is not None:
        return known.parameters
    names = tuple(parameter.name for parameter in circuit.parameters)
    if known is not None and known.snapshot is None:
        known.parameters = names
    return names


def _known(circuit: QuantumCircuit) -> _Known | None:
    known = _KNOWN.get(id(circuit))
    return known if known is not None and known.reference() is circuit else None


def _remember(circuit: QuantumCircuit) -> _Known:
    number = id(circuit)
    known = _Known(weakref.ref(circuit, lambda _gone: _KNOWN.pop(number, None)))
    _KNOWN[number] = known
    return known


def _is_same(known: _Known, circuit: QuantumCircuit) -> bool:
    """Whether the circuit is still what the snapshot holds.

    Instruction by instruction, labels apart, since Qiskit's equality leaves them out; that also takes a
    third of the time of comparing the circuits, and grows with their length alone.
    """
    copy = known.snapshot
    assert copy is not None, "a frozen circuit is its own snapshot"
    if known.content is None:
        content = list(copy.data)
        known.content = content, [instruction.label for instruction in content]
    content, labels = known.content
    now = list(circuit.data)
    return bool(
        len(now) == len(content)
        and now == content
        and [instruction.label for instruction in now] == labels
        and copy.name == circuit.name
        and copy.layout is circuit.layout
        and copy.global_phase == circuit.global_phase
        and copy.qubits == circuit.qubits
        and copy.clbits == circuit.clbits
        and copy.qregs == circuit.qregs
        and copy.cregs == circuit.cregs
        and list(copy.iter_vars()) == list(circuit.iter_vars())
        and _is_equal(copy.metadata, circuit.metadata)
    )


def _is_equal(one: Any, other: Any) -> bool:
    """Equality that does not mind arrays, whose truth is ambiguous."""
    try:
        return bool(one == other)
    except ValueError:
        return False


def _tokens(circuit: QuantumCircuit) -> Iterator[Any]:
    """Everything that the key covers, in order."""
    yield circuit.num_qubits, circuit.num_clbits, _phase(circuit.global_phase)
    for register in (*circuit.qregs, *circuit.cregs):
        yield register.name, [circuit.find_bit(bit).index for bit in register]
    yield [parameter.name for parameter in circuit.parameters]
    for variable in circuit.iter_vars():
        yield "var", repr(variable.type), variable.name
    qubit_index = {bit: index for index, bit in enumerate(circuit.qubits)}
    clbit_index = {bit: index for index, bit in enumerate(circuit.clbits)}
    for instruction in circuit.data:
        operation = instruction.operation
        yield (
            operation.name,
            getattr(operation, "label", None),
            getattr(operation, "unit", None),
            [qubit_index[bit] for bit in instruction.qubits],
            [clbit_index[bit] for bit in instruction.clbits],
        )
        yield from _operation_tokens(operation, instruction.params, clbit_index)


def _operation_tokens(operation: Any, params: Any, clbit_index: dict[Any, int]) -> Iterator[Any]:
    """Parameters, blocks and definition; the parameters are the instruction's, the operation's may be stale.

    Binding a circuit leaves operations of custom instructions inside control flow shared with the unbound one.
    """
    if isinstance(operation, ControlFlowOp):
        yield _condition(operation, clbit_index)
        for annotation in getattr(operation, "annotations", ()):
            yield repr(annotation)
        for block in operation.blocks:
            yield from _tokens(block)
        yield "end"
        return
    for parameter in params if hasattr(operation, "params") else [repr(operation)]:
        yield _parameter(parameter)
    if not getattr(operation, "_standard_gate", None) and getattr(operation, "definition", None) is not None:
        yield from _tokens(operation.definition)


def _condition(operation: Any, clbit_index: dict[Any, int]) -> Any:
    """What decides a control-flow operation, bits by index."""
    loop = operation.params[:2] if operation.name == "for_loop" else ()
    subject = getattr(operation, "condition", None) or getattr(operation, "target", None)
    cases = [labels for labels, _ in operation.cases_specifier()] if operation.name == "switch_case" else []
    if isinstance(subject, tuple):
        bits, value = subject
        indices = [clbit_index.get(bit, -1) for bit in ([bits] if bits in clbit_index else list(bits))]
        return operation.name, indices, int(value), repr(cases), repr(loop)
    duration = getattr(operation, "duration", None)
    return operation.name, repr(subject), repr(cases), repr(loop), repr(duration)


def _phase(value: Any) -> str:
    return _parameter(value) if not isinstance(value, float | int) else repr(float(value))


def _parameter(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    if isinstance(value, QuantumCircuit):
        return structure_key(value)
    return f"{type(value).__name__}:{value}" if hasattr(value, "parameters") else repr(value)
