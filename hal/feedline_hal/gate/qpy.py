# SPDX-License-Identifier: Apache-2.0
"""Pulse boxes and carried pulse gates in QPY."""

from __future__ import annotations

import base64
from typing import Any

from qiskit.circuit import Annotation, QuantumCircuit
from qiskit.circuit.annotation import QPYSerializer

from feedline.serialization import qpy_bytes, qpy_circuits

from .annotation import PulseAnnotation
from .carrier import Carried, GateAnnotation


class PulseQPY(QPYSerializer):
    """Writes annotations of the namespace ``feedline.pulse``: a word that tells the kind, and JSON."""

    def dump_annotation(self, namespace: str, annotation: Annotation) -> Any:
        """An annotation as bytes."""
        del namespace
        if isinstance(annotation, PulseAnnotation):
            return f"box {annotation.payload}".encode()
        if isinstance(annotation, GateAnnotation):
            return f"gate {annotation.carried.to_text(_written)}".encode()
        return NotImplemented

    def load_annotation(self, payload: bytes) -> Annotation:
        """The way back."""
        kind, _, text = bytes(payload).decode().partition(" ")
        return PulseAnnotation.of(text) if kind == "box" else GateAnnotation(Carried.of_text(text, _read))


def _written(ideal: QuantumCircuit) -> str:
    return base64.b64encode(qpy_bytes([ideal])).decode()


def _read(text: str) -> QuantumCircuit:
    return qpy_circuits(base64.b64decode(text))[0]
