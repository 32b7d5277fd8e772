# SPDX-License-Identifier: Apache-2.0
"""Programs as text: OpenQASM 3 for primitives and ``run``; a plugin reads those that hold pulses."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from .processor import Backend

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_SINGLE_BIT = re.compile(r"\bbit\s+(\w+)\s*[;=]")
_PULSES = re.compile(r"\bdefcalgrammar\b|\bdefcal\b|\bcal\s*\{")


class TextProgram(ABC):
    """What a plugin makes of a text: a circuit, and what it takes to run it."""

    @property
    @abstractmethod
    def circuit(self) -> QuantumCircuit:
        """The program as a circuit; gates that the text defines in pulses are in it by name."""

    @abstractmethod
    def place(self, items: Sequence[Any], backend: Backend) -> tuple[Backend, Sequence[QuantumCircuit]]:
        """Make a backend that knows the gates of all programs among the items of one call.

        Args:
            items: Circuits and programs of the call, this one among them.
            backend: Where they are to run.

        Returns:
            The backend, and the circuit of each item; each means on it what it would mean alone.

        Raises:
            CapabilityError: If the backend plays no pulses.
            InputError: If items contradict each other.
        """


@attrs.frozen(slots=True, eq=False)
class Placed:
    """Pubs without programs in them, and the backend that they run on."""

    pubs: Sequence[Any]
    backend: Backend


def holds_pulses(text: str) -> bool:
    """Whether an OpenQASM text has calibrations or pulses in it."""
    return _PULSES.search(_COMMENT.sub(" ", text)) is not None


def read_program(text: str, name: str = "") -> QuantumCircuit | TextProgram:
    """Read OpenQASM text.

    Args:
        text: OpenQASM 2 or 3, with or without OpenPulse.
        name: What errors call it; the path if it is a file's, which names the circuit too.

    Returns:
        A circuit if the text holds no pulses, else what the plugin that reads it made of it.

    Raises:
        InputError: If it cannot be understood; names line and column, from 1.
        MissingExtraError: If nothing that reads it is installed.
    """
    if not holds_pulses(text):
        from .circuit_file import circuit_of_text

        return _bits_named(circuit_of_text(text, name or "The text"), text)
    from .front_door import host

    program = host().read_program(text, name)
    if program is None:
        raise MissingExtraError(
            f"{name or 'The text'} holds pulses (cal or defcal), and no plugin that is loaded reads them.",
            remedy="pip install 'feedline[pulse]'; `feedline plugins` says what is loaded and what failed.",
        )
    return program


def load_programs(path: str | os.PathLike[str]) -> list[QuantumCircuit | TextProgram]:
    """Load all circuits of a file, or the program that it is.

    Args:
        path: A file of OpenQASM 2 or 3, with or without OpenPulse, or QPY; the content decides.

    Raises:
        InputError: If it cannot be read or understood; names file, line and column, from 1.
        MissingExtraError: If what reads it is not installed.
    """
    from .circuit_file import load_circuits, text_of

    text = text_of(path)
    return list(load_circuits(path)) if text is None else [read_program(text, os.fspath(path))]


def placed(pubs: Any, backend: Backend, what: str = "Pub") -> Placed:
    """Put circuits in place of texts and programs, and find the backend that runs them.

    Args:
        pubs: As given to a primitive or to ``run``: circuits, texts, programs, or tuples that begin
            with one.
        backend: Where they are to run.
        what: What errors call one of them.

    Raises:
        InputError: If a text cannot be understood, or programs contradict each other.
        CapabilityError: If the backend plays no pulses.
    """
    from qiskit import QuantumCircuit

    if isinstance(pubs, QuantumCircuit) or not isinstance(pubs, Iterable | TextProgram):
        return Placed(pubs, backend)
    if isinstance(pubs, str | TextProgram):
        raise InputError(
            f"run() was given one {'text' if isinstance(pubs, str) else 'program'} instead of a list.",
            remedy="Write run([program]).",
        )
    given = list(pubs)
    heads = [pub[0] if isinstance(pub, tuple) and pub else pub for pub in given]
    if not any(isinstance(head, str | TextProgram) for head in heads if not isinstance(head, QuantumCircuit)):
        return Placed(given, backend)
    items: Sequence[Any] = [
        read_program(head, f"{what} {index}") if isinstance(head, str) else head for index, head in enumerate(heads)
    ]
    leader = next((item for item in items if isinstance(item, TextProgram)), None)
    if leader is not None:
        backend, items = leader.place(items, backend)
    made = [(item, *pub[1:]) if isinstance(pub, tuple) else item for item, pub in zip(items, given, strict=True)]
    return Placed(made, backend)


def _bits_named(circuit: QuantumCircuit, text: str) -> QuantumCircuit:
    """The circuit, its single bits (``bit b;``) in registers of their names: results show registers."""
    from qiskit.circuit import ClassicalRegister

    loose = [bit for bit in circuit.clbits if not circuit.find_bit(bit).registers]
    names = _SINGLE_BIT.findall(_COMMENT.sub(" ", text))
    for name, bit in zip(names, loose, strict=False):
        circuit.add_register(ClassicalRegister(bits=[bit], name=name))
    return circuit
