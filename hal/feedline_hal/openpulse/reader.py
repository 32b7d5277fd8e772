# SPDX-License-Identifier: Apache-2.0
"""From text to a calibration set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.pulse.port import Port

from .interpreter import Interpreter
from .metadata_text import is_metadata, read_metadata
from .statement import word
from .syntax import error_at, parse

_OF_PROGRAMS = frozenset(
    {
        "QuantumGate",
        "QuantumMeasurementStatement",
        "QuantumReset",
        "QuantumBarrier",
        "QuantumPhase",
        "QubitDeclaration",
        "QuantumGateDefinition",
        "ClassicalDeclaration",
        "ClassicalAssignment",
        "IODeclaration",
        "ForInLoop",
        "WhileLoop",
        "BranchingStatement",
        "SwitchStatement",
        "Box",
        "DelayInstruction",
        "SubroutineDefinition",
        "AliasStatement",
        "ExpressionStatement",
        "CompoundStatement",
    }
)


def read(text: str, *, dt_s: float | None = None, ports: Iterable[Port] | None = None) -> CalibrationSet:
    """Read OpenQASM 3 text that consists of ``cal`` and ``defcal``, constants and externs, and metadata as a pragma.

    Args:
        text: The text.
        dt_s: What ``dt`` stands for, in seconds; without, the unit ``dt`` is refused.
        ports: The device's ports: the text's ports are these, and others are refused. Without, the text
            may declare what it likes.

    Raises:
        OpenPulseError: Names what is wrong, line and column, both from 1.
        MissingExtraError: If `openpulse` is not installed.
    """
    program = parse(text)
    check_version(program)
    interpreter = Interpreter(dt_s=dt_s, ports=ports)
    metadata: dict[str, Any] | None = None
    for statement in program.statements:
        if is_metadata(statement):
            if metadata is not None:
                raise error_at(statement, "pragma feedline.metadata is given twice.", remedy="Give it once.")
            metadata = read_metadata(statement)
            continue
        if type(statement).__name__ in _OF_PROGRAMS:
            raise error_at(
                statement,
                f"'{word(statement)}' belongs to a circuit, and calibrations have none.",
                remedy="Run the whole text: `feedline run FILE`, Sampler.run([text]).",
            )
        interpreter.declare(statement)
    found = interpreter.calibration_set()
    return found if metadata is None else attrs.evolve(found, metadata=metadata)


def check_version(program: Any) -> None:
    """Refuse texts of another language version than OpenQASM 3."""
    version = program.version
    if version is not None and version.partition(".")[0] != "3":
        raise error_at(program, f"The text is OpenQASM {version}.", remedy="Write OPENQASM 3.0;")
