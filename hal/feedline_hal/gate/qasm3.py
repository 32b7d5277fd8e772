# SPDX-License-Identifier: Apache-2.0
"""Pulse boxes and carried pulse gates in OpenQASM 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qiskit.circuit import Annotation
from qiskit.circuit.annotation import OpenQASM3Serializer

from feedline.serialization import qasm3_dumps, qasm3_loads

from .annotation import PulseAnnotation
from .carrier import Carried, GateAnnotation


class PulseQASM3(OpenQASM3Serializer):
    """Writes ``@feedline.pulse`` and ``@feedline.pulse.gate``, each followed by JSON."""

    def dump(self, annotation: Annotation) -> Any:
        """What follows the annotation's name."""
        if isinstance(annotation, PulseAnnotation):
            return annotation.payload
        return annotation.carried.to_text(qasm3_dumps) if isinstance(annotation, GateAnnotation) else NotImplemented

    def load(self, namespace: str, payload: str) -> Any:
        """The way back."""
        if namespace == PulseAnnotation.namespace:
            return PulseAnnotation.of(payload)
        if namespace == GateAnnotation.namespace:
            return GateAnnotation(Carried.of_text(payload, qasm3_loads))
        return NotImplemented


def declared(program: Any) -> Any:
    """A parsed program with empty declarations of the gates that carrying boxes call.

    Qiskit's importer refuses calls of gates that are not declared; the declarations are not used.
    """
    from openqasm3 import ast, parse

    known = {item.name.name for item in program.statements if isinstance(item, ast.QuantumGateDefinition)}
    lines = []
    for call in _calls(program):
        name = call.name.name
        if name not in known:
            known.add(name)
            arguments = ", ".join(f"p{index}" for index in range(len(call.arguments)))
            qubits = ", ".join(f"q{index}" for index in range(len(call.qubits)))
            lines.append(f"gate {name}{f'({arguments})' if arguments else ''} {qubits} {{}}")
    if not lines:
        return program
    first = next((k for k, item in enumerate(program.statements) if not isinstance(item, ast.Include)), 0)
    program.statements[first:first] = parse("\n".join(lines)).statements
    return program


def _calls(node: Any) -> Iterator[Any]:
    """Calls of gates in boxes that carry pulse gates, wherever they are in the program."""
    from openqasm3 import ast

    if isinstance(node, list):
        for item in node:
            yield from _calls(item)
    elif isinstance(node, ast.Box) and any(note.keyword == GateAnnotation.namespace for note in node.annotations):
        yield from (item for item in node.body if isinstance(item, ast.QuantumGate))
    elif isinstance(node, ast.QASMNode):
        for value in vars(node).values():
            if isinstance(value, list | ast.QASMNode):
                yield from _calls(value)
