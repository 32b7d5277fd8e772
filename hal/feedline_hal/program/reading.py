# SPDX-License-Identifier: Apache-2.0
"""From the text of a program to its circuit and its calibrations."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.errors import OpenPulseError
from feedline_hal.openpulse.syntax import parse
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import frames_of
from feedline_hal.pulse.port import Port

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from .walk import Walk

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_FRAME = re.compile(r"\bframe\s+(\w+)")
_PORT = re.compile(r"\bport\s+(\w+)")
_PHYSICAL = re.compile(r"\$(\d+)")
_parsed = functools.lru_cache(maxsize=64)(parse)


@attrs.frozen(kw_only=True, slots=True)
class Surroundings:
    """What a program may know of the device that it is for.

    Attributes:
        dt_s: What ``dt`` stands for; ``None`` if nobody said.
        ports: The ports there are; ``None`` if the text may declare any.
        calibrations: The device's: the text knows its frames and its gates without declaring them.
    """

    dt_s: float | None = None
    ports: tuple[Port, ...] | None = None
    calibrations: CalibrationSet | None = None

    @property
    def frames(self) -> Iterable[Frame]:
        """The device's frames."""
        return () if self.calibrations is None else self.calibrations.frames.values()

    @property
    def gates(self) -> tuple[Calibration, ...]:
        """The device's gates."""
        return () if self.calibrations is None else self.calibrations.calibrations


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Reading:
    """What a text says.

    Attributes:
        circuit: Its circuit.
        calibrations: Its frames and gate definitions.
        plays_between_gates: Whether it has ``cal`` blocks that play something.
    """

    circuit: QuantumCircuit
    calibrations: CalibrationSet
    plays_between_gates: bool


@functools.lru_cache(maxsize=64)
def read(text: str, name: str, surroundings: Surroundings) -> Reading:
    """Read a whole program; the same text is read once.

    Raises:
        OpenPulseError: Names what is wrong, the file if it is one, line and column from 1.
        MissingExtraError: If a parser is not installed.
    """
    try:
        return _read(text, name, surroundings)
    except OpenPulseError as error:
        if not name:
            raise
        what = f"{name}, {error.what}" if error.line else f"{name}: {error.what}"
        raise OpenPulseError(what, remedy=error.remedy, line=error.line, column=error.column) from None


def check_syntax(text: str, name: str) -> None:
    """Refuse a text that does not even parse; what `read` would say."""
    try:
        _parsed(text)
    except OpenPulseError:
        read(text, name, Surroundings())


def _read(text: str, name: str, surroundings: Surroundings) -> Reading:
    tree = _parsed(text)  # first, for it says what to install where the parser is missing

    from feedline_hal.openpulse.interpreter import Interpreter
    from feedline_hal.openpulse.reader import check_version

    from .walk import Walk

    check_version(tree)
    bare = _COMMENT.sub(" ", text)
    declared = set(_FRAME.findall(bare))
    frames = [frame for frame in surroundings.frames if frame.name not in declared]
    interpreter = Interpreter(dt_s=surroundings.dt_s, ports=surroundings.ports, frames=frames)
    interpreter.know_ports(set(_PORT.findall(bare)))
    walk = Walk(interpreter)
    left = walk.statements(tree.statements)
    physical = {int(number) for number in _PHYSICAL.findall(bare)}
    _check_physical(physical)
    circuit, extra = _circuit(walk, left, physical, surroundings.gates)
    circuit.metadata = {"openqasm3": text}
    if Path(name).suffix:
        circuit.name = Path(name).stem
    return Reading(
        circuit=circuit,
        calibrations=_calibrations(walk, extra, declared),
        plays_between_gates=bool(walk.parts),
    )


def _check_physical(physical: set[int]) -> None:
    """Refuse a number that no device has: Qiskit makes an object of each qubit up to it."""
    from .register import MOST_QUBITS

    if max(physical, default=0) >= MOST_QUBITS:
        raise OpenPulseError(
            f"The text names qubit ${max(physical)}.", remedy=f"A program has {MOST_QUBITS} qubits at most: $0, $1, ..."
        )


def _circuit(
    walk: Walk, left: Sequence[Any], physical: set[int], device: Sequence[Calibration]
) -> tuple[QuantumCircuit, list[Calibration]]:
    """The circuit of the statements that are left, and calibrations for those that depend on inputs."""
    from .assembly import Assembly, Wires
    from .calls import STANDARD, opaque_gates
    from .importing import imported, name_loose_bits

    calibrations = walk.interpreter.calibrations
    standard = STANDARD if any(type(node).__name__ == "Include" for node in left) else frozenset[str]()
    gates = opaque_gates(walk.calls, [*calibrations, *device], frozenset(walk.definitions) | standard | {"U"})
    definitions = [gate.definition() for gate in gates.values()] + _stand_ins(walk, physical)
    statements = [*definitions, *walk.registers.unnamed_declaration(), *left]
    circuit = imported(statements, holds_written=walk.holds_written)
    name_loose_bits(circuit, [name for name, size in walk.registers.bits.items() if size is None])
    defined = {name: [item for item in calibrations if item.gate == name] for name in walk.definitions}
    assembly = Assembly(
        gates,
        {name: items for name, items in defined.items() if items},
        {part.mark: part for part in walk.parts},
        {parameter.name: parameter for parameter in circuit.parameters},
    )
    made = assembly.of(circuit, Wires.of(circuit))
    return made, list(assembly.calibrations.values())


def _stand_ins(walk: Walk, physical: set[int]) -> list[Any]:
    """Put the stand-ins of ``cal`` blocks on their qubits; returns the definitions that they need."""
    from .calls import OpaqueGate
    from .pulse_part import PortQubits

    registers = walk.registers
    calibrations = walk.interpreter.calibrations
    named = {qubit for item in calibrations for qubit in item.qubits if qubit is not None}
    everything = frozenset(range(len(registers.virtual()))) or frozenset(physical | named) or frozenset({0})
    ports = PortQubits(walk.interpreter.ports, calibrations)
    definitions = []
    for part in walk.parts:
        qubits = sorted(ports.of(part.schedule) or everything)
        part.gate.qubits = [registers.operand(qubit, part.node) for qubit in qubits]
        for measurement in part.measurements:
            measurement.measure.qubit = part.gate.qubits[0]
        definition = OpaqueGate("", 0, len(qubits)).definition()
        definition.name.name = part.mark
        definitions.append(definition)
    return definitions


def _calibrations(walk: Walk, extra: Iterable[Calibration], declared: set[str]) -> CalibrationSet:
    """What the text declares, and what its calibrations use of the device's."""
    interpreter = walk.interpreter
    calibrations = (*interpreter.calibrations, *extra)
    used = {frame.name for item in calibrations for step in item.schedule.instructions() for frame in frames_of(step)}
    frames = {name: frame for name, frame in interpreter.frames.items() if name in declared | used}
    ports = {frame.port.name: frame.port for frame in frames.values()}
    return CalibrationSet(ports=ports, frames=frames, calibrations=calibrations)
