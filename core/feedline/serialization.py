# SPDX-License-Identifier: Apache-2.0
"""Circuits as QPY and OpenQASM 3, with what plugins add to circuits in them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from .errors import InputError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


class CircuitFormat(Protocol):
    """How what a plugin adds to circuits is written and read; one for each namespace of annotations."""

    def qpy(self) -> Any:
        """A new ``QPYSerializer`` for annotations of the namespace."""

    def qasm3(self) -> Any:
        """An ``OpenQASM3Serializer`` for them."""

    def wrapped(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """The circuit with its own instructions as annotated boxes, which Qiskit's formats write and read."""

    def unwrapped(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """The way back."""

    def calls(self, circuit: QuantumCircuit) -> Mapping[str, Any]:
        """Gates of a wrapped circuit that its OpenQASM 3 text calls and does not define, as ``DefcalInstruction``."""

    def declared(self, program: Any) -> Any:
        """A parsed OpenQASM 3 program with these gates declared, as Qiskit's importer wants it."""


_registered: dict[str, Callable[[], CircuitFormat]] = {}


def register_format(namespace: str, make: Callable[[], CircuitFormat]) -> None:
    """Teach files a namespace of annotations.

    A plugin's module calls it when it is imported, so that a circuit can be read in a process that has only
    loaded the plugins.

    Args:
        namespace: Of the annotations: ``feedline.pulse``.
        make: Makes the format; called when a circuit is written or read, so it may import what it needs.
    """
    _registered[namespace] = make


def qpy_dump(circuits: QuantumCircuit | Iterable[QuantumCircuit], file: str | os.PathLike[str] | BinaryIO) -> None:
    """Write circuits as QPY, pulse gates and pulse boxes included.

    Args:
        circuits: One or several.
        file: A path, or a file opened for writing bytes.
    """
    data = qpy_bytes([circuits] if hasattr(circuits, "data") else list(circuits))
    if isinstance(file, str | os.PathLike):
        Path(file).write_bytes(data)
    else:
        file.write(data)


def qpy_load(file: str | os.PathLike[str] | BinaryIO) -> list[QuantumCircuit]:
    """Read circuits that `qpy_dump` or Qiskit wrote.

    Args:
        file: A path, or a file opened for reading bytes.

    Raises:
        InputError: If it cannot be read or is damaged.
    """
    from .circuit_file import read_file, read_qpy

    if isinstance(file, str | os.PathLike):
        return read_qpy(os.fspath(file), read_file(Path(file)))
    return read_qpy(getattr(file, "name", "The file"), file.read())


def qpy_bytes(circuits: Iterable[QuantumCircuit]) -> bytes:
    """Circuits as QPY."""
    from qiskit import qpy

    formats = _formats()
    file = io.BytesIO()
    given = [_each(formats, "wrapped", circuit) for circuit in circuits]
    qpy.dump(given, file, annotation_factories={name: form.qpy for name, form in formats.items()})
    return file.getvalue()


def qpy_circuits(data: bytes) -> list[QuantumCircuit]:
    """Circuits of QPY."""
    from qiskit import qpy

    formats = _formats()
    loaded = qpy.load(io.BytesIO(data), annotation_factories={name: form.qpy for name, form in formats.items()})
    return [_each(formats, "unwrapped", circuit) for circuit in loaded]


def qasm3_dumps(circuit: QuantumCircuit) -> str:
    """Write a circuit as OpenQASM 3, pulse gates and pulse boxes included.

    A pulse box is a ``box`` that is annotated with its schedule. A pulse gate is an annotated ``box`` with a
    call of the gate in it, which the text does not define: ``calibrations.to_openpulse()`` is its ``defcal``.

    Raises:
        InputError: If OpenQASM 3 has no words for what the circuit holds.
    """
    from qiskit import qasm3

    formats = _formats()
    given = _each(formats, "wrapped", circuit)
    calls: dict[str, Any] = {}
    for form in formats.values():
        calls |= form.calls(given)
    try:
        text: str = qasm3.dumps(
            given,
            annotation_handlers={name: form.qasm3() for name, form in formats.items()},
            implicit_defcals=calls,
        )
    except qasm3.QASM3ExporterError as error:
        raise InputError(
            f"Circuit '{circuit.name}' cannot be written as OpenQASM 3: {error.message}",
            remedy="Write it as QPY: feedline.qpy_dump.",
        ) from error
    return text


def qasm3_loads(text: str) -> QuantumCircuit:
    """Read a circuit that `qasm3_dumps` wrote, or any OpenQASM 3 text that Qiskit's importer reads.

    Raises:
        InputError: If it cannot be understood; names line and column, from 1.
        MissingExtraError: If the importer is not installed.
    """
    from .circuit_file import circuit_of_text

    return circuit_of_text(text)


def openqasm3_circuit(text: str) -> QuantumCircuit:
    """The circuit of an OpenQASM 3 text; errors are those of the parser and of Qiskit's importer."""
    import openqasm3
    import qiskit_qasm3_import

    formats = _formats() if "@" in text else {}
    program = openqasm3.parse(text)
    for form in formats.values():
        program = form.declared(program)
    handlers = {name: form.qasm3() for name, form in formats.items()}
    circuit = qiskit_qasm3_import.convert(program, annotation_handlers=handlers)
    return _each(formats, "unwrapped", circuit)


def _formats() -> dict[str, CircuitFormat]:
    """The formats of all plugins; loads the plugins if nobody has."""
    from .front_door import host

    host()
    return {namespace: make() for namespace, make in _registered.items()}


def _each(formats: Mapping[str, CircuitFormat], step: str, circuit: QuantumCircuit) -> QuantumCircuit:
    for form in formats.values():
        circuit = getattr(form, step)(circuit)
    return circuit
