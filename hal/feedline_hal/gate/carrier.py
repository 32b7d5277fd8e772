# SPDX-License-Identifier: Apache-2.0
"""Pulse gates in files: carried by annotated boxes, which Qiskit's formats write and read.

Neither QPY nor OpenQASM 3 brings back a class of instructions that Qiskit does not know. A box with an
annotation comes back whole, so a pulse gate is written as one: its body calls the gate by name with its
parameters (and measures once for each bit that the gate returns, so that the bits are named), and the
annotation holds the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
from qiskit.circuit import Annotation, BoxOp, CircuitInstruction, Gate, QuantumCircuit

from feedline.own_operation import with_own_operation
from feedline.pulse_mark import NAMESPACE, is_pulse_box, unpacked
from feedline_hal.errors import PulseError

from .annotation import PulseAnnotation
from .pulse_gate import PulseGate

_VERSION = 1
_AGAIN = "Write it again with feedline.qpy_dump or feedline.qasm3_dumps."


@attrs.frozen(slots=True, eq=False)
class Carried:
    """A pulse gate without its parameters, which are in the box.

    Attributes:
        name, num_qubits, num_clbits, label: The gate's.
        formals: Names of the parameters that `ideal` depends on, by place; ``None`` for others.
        ideal: What it means, over its formal parameters.
    """

    name: str
    num_qubits: int
    num_clbits: int
    label: str | None
    formals: tuple[str | None, ...]
    ideal: QuantumCircuit | None

    @classmethod
    def of(cls, gate: PulseGate) -> Carried:
        """What there is to write of a gate."""
        ideal, formals = gate.meaning
        return cls(gate.name, gate.num_qubits, gate.num_clbits, gate.label, formals, ideal)

    def to_text(self, written: Callable[[QuantumCircuit], str]) -> str:
        """One line of JSON; ``written`` makes text of the ideal meaning."""
        ideal = None if self.ideal is None else written(self.ideal)
        return json.dumps({"version": _VERSION, **attrs.asdict(attrs.evolve(self, ideal=None)), "ideal": ideal})

    @classmethod
    def of_text(cls, text: str, read: Callable[[str], QuantumCircuit]) -> Carried:
        """The way back.

        Raises:
            PulseError: If it is damaged, or of a newer version.
        """
        try:
            tree = json.loads(text)
            version, ideal, formals = tree.pop("version"), tree.pop("ideal"), tree.pop("formals")
            if version == _VERSION:
                return cls(**tree, formals=tuple(formals), ideal=None if ideal is None else read(ideal))
        except (KeyError, TypeError, ValueError) as error:
            raise PulseError(
                f"The annotation of a pulse gate is damaged: {type(error).__name__} {error}.", remedy=_AGAIN
            ) from None
        raise PulseError(
            f"A pulse gate is of version {version}, this version reads {_VERSION}.", remedy="Update feedline."
        )

    def gate(self, params: list[Any]) -> PulseGate:
        """The gate with parameters."""
        known = {} if self.ideal is None else {parameter.name: parameter for parameter in self.ideal.parameters}
        first = [
            value if formal is None else known.get(formal, value)
            for formal, value in zip(self.formals, params, strict=True)
        ]
        made = PulseGate(
            self.name, self.num_qubits, first, num_clbits=self.num_clbits, ideal=self.ideal, label=self.label
        )
        made.params = list(params)
        return made


class GateAnnotation(Annotation):
    """Says that a box carries a pulse gate; only in files and on the way there.

    Attributes:
        namespace: ``feedline.pulse.gate``.
        carried: The gate.
    """

    namespace = f"{NAMESPACE}.gate"

    def __init__(self, carried: Carried) -> None:
        self.carried = carried


def wrapped(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with every pulse gate in a box that carries it; itself if it has none.

    Custom instructions that hold pulse gates are unrolled: formats write no boxes in what they are made of.
    """
    return mapped(unpacked(circuit), _wrap)


def unwrapped(circuit: QuantumCircuit) -> QuantumCircuit:
    """The way back; pulse boxes get back their labels, which OpenQASM 3 does not write."""
    return mapped(circuit, _unwrap)


def mapped(
    circuit: QuantumCircuit, change: Callable[[CircuitInstruction], CircuitInstruction | None]
) -> QuantumCircuit:
    """The circuit with instructions changed, in blocks first; itself if none is."""
    made = circuit.copy_empty_like()
    is_same = True
    for item in circuit.data:
        new = item if item.is_standard_gate() else _inside(item, change)
        changed = None if new.is_standard_gate() else change(new)
        new = new if changed is None else changed  # an instruction has no truth value in Qiskit 3
        is_same = is_same and new is item
        made.append(with_own_operation(new))
    return circuit if is_same else made


def _inside(item: CircuitInstruction, change: Callable[[CircuitInstruction], CircuitInstruction | None]) -> Any:
    if not item.is_control_flow():
        return item
    old = item.operation.blocks
    new = [mapped(block, change) for block in old]
    if all(one is other for one, other in zip(new, old, strict=True)):
        return item
    return item.replace(operation=item.operation.replace_blocks(new))


def _wrap(item: CircuitInstruction) -> CircuitInstruction | None:
    gate = item.operation
    if is_pulse_box(gate):
        return item.replace(operation=_rebuilt(gate, _held(gate.body)))
    if not isinstance(gate, PulseGate):
        return None
    body = QuantumCircuit(gate.num_qubits, gate.num_clbits)
    body.append(Gate(gate.name, gate.num_qubits, list(item.params)), body.qubits)  # the operation's may be stale
    for index, bit in enumerate(body.clbits):
        body.measure(body.qubits[index % gate.num_qubits], bit)
    return item.replace(operation=BoxOp(body, annotations=[GateAnnotation(Carried.of(gate))]))


def _unwrap(item: CircuitInstruction) -> CircuitInstruction | None:
    annotation = next(iter(getattr(item.operation, "annotations", ())), None)
    if isinstance(annotation, PulseAnnotation):
        return item.replace(operation=_rebuilt(item.operation, _released(item.operation.body), annotation.name))
    return _unpacked(item, annotation.carried) if isinstance(annotation, GateAnnotation) else None


def _held(body: QuantumCircuit) -> QuantumCircuit:
    """The body with a delay of nothing on its idle qubits, which OpenQASM 3 would lose."""
    used = {bit for item in body.data for bit in item.qubits}
    made = body.copy()
    for qubit in body.qubits:
        if qubit not in used:
            made.delay(0.0, qubit, unit="s")
    return made


def _released(body: QuantumCircuit) -> QuantumCircuit:
    """The way back: a qubit with a delay of nothing alone is idle."""
    made = body.copy_empty_like()
    for item in body.data:
        is_nothing = item.name == "delay" and item.operation.duration == 0
        if not is_nothing or sum(item.qubits[0] in other.qubits for other in body.data) > 1:
            made.append(item)
    return made


def _rebuilt(box: Any, body: QuantumCircuit, label: str = "") -> BoxOp:
    return BoxOp(
        body, duration=box.duration, unit=box.unit, label=box.label or label or None, annotations=box.annotations
    )


def _unpacked(item: CircuitInstruction, carried: Carried) -> CircuitInstruction:
    body = item.operation.body
    calls = [one for one in body.data if one.name == carried.name]
    bits = [one.clbits[0] for one in body.data if one.name == "measure"]
    if len(calls) != 1 or len(bits) != carried.num_clbits:
        raise PulseError(
            f"The box that carries pulse gate '{carried.name}' does not hold its call.",
            remedy=_AGAIN,
        )
    qubits = [item.qubits[body.find_bit(bit).index] for bit in calls[0].qubits]
    clbits = [item.clbits[body.find_bit(bit).index] for bit in bits]
    return CircuitInstruction(carried.gate(list(calls[0].params)), qubits, clbits)
