# SPDX-License-Identifier: Apache-2.0
"""ISA: is a circuit made of what the target has, and if not, make it so, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
from qiskit import QuantumCircuit
from qiskit.circuit import CONTROL_FLOW_OP_NAMES, CircuitError, ParameterExpression
from qiskit.transpiler import Target, TranspilerError, generate_preset_pass_manager

from .capabilities import CONTROL_FLOW
from .errors import CapabilityError, InputError
from .own_operation import with_own_operation
from .pulse_mark import is_pinned, refuse_unrolling
from .structure import freeze, snapshot

if TYPE_CHECKING:
    from .processor import Backend

_ANYWHERE = frozenset({"barrier", "store", "break_loop", "continue_loop"})
"""Instructions that mean no operation of the device."""


def check_isa(circuit: QuantumCircuit, target: Target) -> None:
    """Refuse a circuit that the target cannot run as it stands.

    Raises:
        CapabilityError: Names the first instruction and its qubits, and what the target has instead.
    """
    width(circuit, target)
    for name, qubits, parameters in _instructions(circuit, list(range(circuit.num_qubits))):
        if not _is_supported(name, qubits, parameters, target):
            if name not in CONTROL_FLOW_OP_NAMES and target.instruction_supported(name, qubits):
                written = ", ".join(str(value) for value in parameters)
                raise CapabilityError(
                    f"Circuit '{circuit.name}' holds '{name}({written})' on qubits {qubits}, which the target has "
                    "with other values.",
                    remedy=_has_values(name, target),
                )
            raise CapabilityError(
                f"Circuit '{circuit.name}' holds '{name}' on qubits {qubits}, which the target does not have.",
                remedy=_has_instead(name, qubits, target),
            )


def is_isa(circuit: QuantumCircuit, target: Target) -> bool:
    """Whether the target can run the circuit as it stands."""
    if target.num_qubits is not None and circuit.num_qubits > target.num_qubits:
        return False
    return all(
        _is_supported(name, qubits, parameters, target)
        for name, qubits, parameters in _instructions(circuit, list(range(circuit.num_qubits)))
    )


def width(circuit: QuantumCircuit, target: Target) -> None:
    """Refuse a circuit with more qubits than the target."""
    if target.num_qubits is not None and circuit.num_qubits > target.num_qubits:
        raise CapabilityError(
            f"Circuit '{circuit.name}' has {circuit.num_qubits} qubits, the device has {target.num_qubits}.",
            remedy="Use fewer qubits, or a backend with more (`feedline backends` lists them).",
        )


@attrs.frozen(slots=True)
class Transpilation:
    """How abstract circuits are made ISA circuits.

    Attributes:
        enabled: ``False`` refuses abstract circuits instead.
        optimization_level: Qiskit's, 0 to 3.
        seed: Seed of the transpiler, or ``None``.
    """

    enabled: bool = True
    optimization_level: int = 2
    seed: int | None = None


@attrs.define(slots=True)
class IsaCache:
    """ISA circuits of one backend, by circuit object and how they were made; oldest go first."""

    backend: Backend
    size: int = 256
    made: int = 0
    _entries: dict[tuple[int, Transpilation], tuple[QuantumCircuit, QuantumCircuit]] = attrs.field(factory=dict)

    def get(self, circuit: QuantumCircuit, how: Transpilation) -> QuantumCircuit:
        """The circuit itself if it is ISA already (a snapshot, untouched), else its transpilation.

        Raises:
            CapabilityError: If it is wider than the device, holds what the device cannot do, or is
                abstract and transpilation is off.
        """
        frozen = snapshot(circuit)
        key = (id(frozen), how)
        found = self._entries.get(key)
        if found is not None and found[0] is frozen:
            return found[1]
        isa = freeze(self._make(frozen, how))
        while len(self._entries) >= self.size:
            self._entries.pop(next(iter(self._entries)))
        self._entries[key] = (frozen, isa)
        return isa

    def _make(self, circuit: QuantumCircuit, how: Transpilation) -> QuantumCircuit:
        target = self.backend.target
        width(circuit, target)
        check_control_flow(circuit, self.backend)
        circuit = self.backend.admit(circuit)
        if "box" not in target.operation_names:
            circuit = unroll_boxes(circuit)
        if is_isa(circuit, target):
            return circuit
        if not how.enabled:
            check_isa(circuit, target)
        self.made += 1
        return self._transpile(circuit, how, target)

    def _transpile(self, circuit: QuantumCircuit, how: Transpilation, target: Target) -> QuantumCircuit:
        pinned = is_pinned(circuit, target)
        is_physical = pinned or circuit.layout is not None  # OpenQASM's $0, or laid out by somebody

        def run(routing: str | None) -> QuantumCircuit:
            manager = generate_preset_pass_manager(
                optimization_level=how.optimization_level,
                backend=self.backend,
                seed_transpiler=how.seed,
                initial_layout=list(range(circuit.num_qubits)) if is_physical else None,
                routing_method=routing,
            )
            made: QuantumCircuit = manager.run(circuit)
            return made

        try:
            isa = _without_routing(run) if pinned else run(None)
        except Exception as error:
            check_isa(circuit, target)  # names the instruction if that was the cause
            raise InputError(
                f"Circuit '{circuit.name}' could not be transpiled for '{self.backend.name}': {error}",
                remedy="Transpile it yourself and pass the ISA circuit.",
            ) from error
        check_isa(isa, target)
        return self.backend.admit(isa) if pinned else isa  # routing may have moved what is pinned


def _without_routing(run: Callable[[str | None], QuantumCircuit]) -> QuantumCircuit:
    """Leave wires where they are if that can be: with routing, levels 2 and 3 take swaps for other names of wires."""
    try:
        return run("none")
    except TranspilerError:  # a gate between qubits that are not coupled
        return run(None)


def check_control_flow(circuit: QuantumCircuit, backend: Backend) -> None:
    """Refuse control flow that the backend does not declare."""
    declared = backend.capabilities.control_flow
    for name in sorted(_control_flow_names(circuit) - declared):
        raise CapabilityError(
            f"Circuit '{circuit.name}' holds '{name}', which backend '{backend.name}' does not run.",
            remedy=f"Control flow that it runs: {', '.join(sorted(declared)) or 'none'}. "
            "Unroll the circuit, or choose another backend (`feedline backends NAME` shows it).",
        )


def unroll_boxes(circuit: QuantumCircuit, keep: Callable[[Any], bool] | None = None) -> QuantumCircuit:
    """The circuit with every box replaced by its body, inside control flow too; itself if it has none.

    Args:
        circuit: The circuit.
        keep: Says of a box whether it stays, with all that is in it; none does by default.

    Raises:
        CapabilityError: If a pulse box would be unrolled: its body is not what it plays.
    """
    if not any(instruction.is_control_flow() for instruction in circuit.data):
        return circuit
    return _unrolled(circuit, keep)


def _unrolled(circuit: QuantumCircuit, keep: Callable[[Any], bool] | None) -> QuantumCircuit:
    unrolled = circuit.copy_empty_like()
    for instruction in circuit.data:
        operation = instruction.operation if instruction.is_control_flow() else None
        if operation is None or (keep is not None and operation.name == "box" and keep(operation)):
            unrolled.append(with_own_operation(instruction))
        elif operation.name == "box":
            refuse_unrolling(operation)
            _inline(unrolled, _unrolled(operation.blocks[0], keep), instruction)
        else:
            operation = operation.replace_blocks([_unrolled(block, keep) for block in operation.blocks])
            unrolled.append(operation, instruction.qubits, instruction.clbits, copy=False)
    return unrolled


def _inline(circuit: QuantumCircuit, body: QuantumCircuit, box: Any) -> None:
    try:
        circuit.compose(body, box.qubits, box.clbits, inplace=True, copy=False, inline_captures=True)
    except CircuitError as error:
        raise CapabilityError(
            f"Circuit '{circuit.name}' has a box that cannot be unrolled: {error}",
            remedy="Give variables inside boxes names of their own, or use a backend that runs boxes.",
        ) from error


def _control_flow_names(circuit: QuantumCircuit) -> set[str]:
    names: set[str] = set()
    for name in circuit.count_ops():
        names |= {name} & CONTROL_FLOW
        if name in CONTROL_FLOW_OP_NAMES:
            for instruction in circuit.get_instructions(name):
                for block in instruction.operation.blocks:
                    names |= _control_flow_names(block)
    return names


def _instructions(circuit: QuantumCircuit, wires: list[int]) -> Iterator[tuple[str, tuple[int, ...], list[Any]]]:
    """Every instruction with the qubits it ends up on, blocks included."""
    index = {bit: wire for bit, wire in zip(circuit.qubits, wires, strict=True)}
    for instruction in circuit.data:
        qubits = tuple(index[bit] for bit in instruction.qubits)
        yield instruction.name, qubits, instruction.params
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                yield from _instructions(block, list(qubits))


def _is_supported(name: str, qubits: tuple[int, ...], parameters: list[Any], target: Target) -> bool:
    if name in _ANYWHERE:
        return True
    if name in CONTROL_FLOW_OP_NAMES:
        return name in target.operation_names
    if not target.instruction_supported(name, qubits):
        return False
    if not parameters or not all(isinstance(value, int | float | ParameterExpression) for value in parameters):
        return True
    bounded = target.has_angle_bounds()
    return bool(target.instruction_supported(name, qubits, parameters=parameters, check_angle_bounds=bounded))


def _has_values(name: str, target: Target) -> str:
    if target.gate_has_angle_bounds(name):
        return f"'{name}' has bounds there: use values within what it is calibrated for, or several gates."
    values = getattr(target.operation_from_name(name), "params", [])
    written = ", ".join("any" if isinstance(value, ParameterExpression) else str(value) for value in values)
    return f"It has '{name}({written})'; optimization levels from 1 on find other gates for Qiskit's own."


def _has_instead(name: str, qubits: tuple[int, ...], target: Target) -> str:
    if name in target.operation_names:
        placed = sorted(target.qargs_for_operation_name(name) or [])[:6]
        return f"It has '{name}' on {', '.join(map(str, placed))} ...; transpile for this backend."
    names = sorted({op for op in target.operation_names if op not in CONTROL_FLOW_OP_NAMES})
    return f"It has {', '.join(names[:24])}{' ...' if len(names) > 24 else ''}; transpile for this backend."
