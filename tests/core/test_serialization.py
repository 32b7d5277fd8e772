# SPDX-License-Identifier: Apache-2.0
"""Circuits in files, whatever plugins add to them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Annotation, Gate
from qiskit.circuit.annotation import OpenQASM3Serializer

import feedline
from feedline import serialization
from feedline.errors import InputError


class Word(Annotation):
    """A word."""

    namespace = "test.word"

    def __init__(self, word: str) -> None:
        self.word = word

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and self.word == other.word


class Words(OpenQASM3Serializer):
    def dump(self, annotation: Any) -> Any:
        return annotation.word if isinstance(annotation, Word) else NotImplemented

    def load(self, namespace: str, payload: str) -> Any:
        return Word(payload)


class WordFormat:
    """What a plugin would register."""

    def qpy(self) -> Any:
        return Words().as_qpy()

    def qasm3(self) -> Any:
        return Words()

    def wrapped(self, circuit: QuantumCircuit) -> QuantumCircuit:
        return circuit

    def unwrapped(self, circuit: QuantumCircuit) -> QuantumCircuit:
        return circuit

    def calls(self, circuit: QuantumCircuit) -> Mapping[str, Any]:
        return {}

    def declared(self, program: Any) -> Any:
        return program


@pytest.fixture
def _word_format() -> Iterator[None]:
    serialization.register_format("test.word", WordFormat)
    yield
    del serialization._registered["test.word"]


@pytest.mark.usefixtures("_word_format")
def test_a_plugins_annotations_are_written_and_read(tmp_path: Path) -> None:
    circuit = QuantumCircuit(1)
    with circuit.box([Word("hello")]):
        circuit.x(0)
    feedline.qpy_dump(circuit, tmp_path / "one.qpy")
    assert feedline.qpy_load(tmp_path / "one.qpy") == [circuit]
    file = io.BytesIO()
    feedline.qpy_dump([circuit, circuit], file)
    assert feedline.qpy_load(io.BytesIO(file.getvalue())) == [circuit, circuit]
    text = feedline.qasm3_dumps(circuit)
    assert "@test.word hello" in text
    assert feedline.qasm3_loads(text) == circuit


def test_what_openqasm_has_no_words_for_is_refused_with_a_way_out() -> None:
    circuit = QuantumCircuit(1, name="opaque")
    circuit.append(Gate("mystery", 1, []), [0])
    with pytest.raises(InputError, match=r"'opaque' cannot be written as OpenQASM 3: [^\0]*feedline.qpy_dump"):
        feedline.qasm3_dumps(circuit)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 1, column \d+"):
        feedline.qasm3_loads("OPENQASM 3.0; qubit[2 q;")
    with pytest.raises(InputError, match="The file is a damaged QPY file"):
        feedline.qpy_load(io.BytesIO(b"QISKIT"))
    with pytest.raises(InputError, match="does not exist"):
        feedline.qpy_load(tmp_path / "none.qpy")
