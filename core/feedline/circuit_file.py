# SPDX-License-Identifier: Apache-2.0
"""Circuit files: OpenQASM 2, OpenQASM 3 and QPY, told apart by their content, not by their names."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from .errors import InputError, MissingExtraError
from .serialization import openqasm3_circuit, qpy_circuits

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_VERSION = re.compile(r"\s*OPENQASM\s+(\d+)(?:\.\d+)?\s*;")
_STATEMENT = re.compile(r"\b(?:qubit|qreg|include|defcal|gate|input)\b|\$\d")
_PLACE = re.compile(r"^(?:[^\n:]*:)?(\d+),(\d+): *(.*)", re.DOTALL)
_LEXER_PLACE = re.compile(r"^L(\d+):C(\d+): *(.*)", re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FORMATS = "Feedline reads OpenQASM 2, OpenQASM 3 and QPY (qiskit.qpy.dump)."


def load_circuit(path: str | os.PathLike[str]) -> QuantumCircuit:
    """Load the one circuit of a file; see `load_circuits`.

    Raises:
        InputError: Also if a QPY file holds another number of circuits than one.
    """
    circuits = load_circuits(path)
    if len(circuits) != 1:
        raise InputError(
            f"{os.fspath(path)} holds {len(circuits)} circuits, one was expected.",
            remedy="Use feedline.circuit_file.load_circuits(path), which gives the list.",
        )
    return circuits[0]


def load_circuits(path: str | os.PathLike[str]) -> list[QuantumCircuit]:
    """Load all circuits of a file.

    Args:
        path: A file of OpenQASM 2 or 3 (one circuit) or QPY (any number); the content decides.

    Returns:
        The circuits; one without a name of its own is named after the file.

    Raises:
        InputError: If it cannot be read or understood; names file, line and column (from 1).
        MissingExtraError: If it is OpenQASM 3 and the importer is not installed.
    """
    path = Path(path)
    content = read_file(path)
    if content.startswith(b"QISKIT"):
        return read_qpy(path, content)
    circuit = _load_text(path, _decode(path, content))
    circuit.name = path.stem
    return [circuit]


def circuit_of_text(text: str, name: str = "The text") -> QuantumCircuit:
    """The circuit of OpenQASM 2 or 3 text.

    Args:
        text: The text.
        name: What errors call it; names the circuit too if it is a file's.

    Raises:
        InputError, MissingExtraError: As `load_circuits`.
    """
    circuit = _load_text(Path(name), text)
    if Path(name).suffix:
        circuit.name = Path(name).stem
    return circuit


def text_of(path: str | os.PathLike[str]) -> str | None:
    """The text of a circuit file, ``None`` if it is QPY.

    Raises:
        InputError: If it cannot be read, or is no text.
    """
    path = Path(path)
    content = read_file(path)
    return None if content.startswith(b"QISKIT") else _decode(path, content)


def read_file(path: Path) -> bytes:
    """What is in a file.

    Raises:
        InputError: If there is none, or nothing in it.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", remedy=_neighbours(path)) from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder, not a circuit file.", remedy="Name one file in it.") from None
    except PermissionError:
        raise InputError(f"{path} may not be read.", remedy="Check the file's permissions.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read: {reason}.", remedy="Check the path and the disk.") from error
    if not content.strip():
        raise InputError(f"{path} is empty.", remedy=_FORMATS)
    return content


def _neighbours(path: Path) -> str:
    """Say which files there are, if the folder exists."""
    from .errors import nearest

    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist either."
    with contextlib.suppress(OSError):
        names = [item.name for item in path.parent.iterdir() if item.suffix in {".qasm", ".qasm3", ".qpy", ".inc"}]
        if names:
            return nearest(path.name, names)
    return f"There are no .qasm or .qpy files in {path.parent.resolve()}."


def _decode(path: Path, content: bytes) -> str:
    if b"\0" in content:
        raise InputError(f"{path} is a binary file, but not QPY.", remedy=_FORMATS)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise InputError(
            f"{path}, line {line}, column {column}: byte 0x{content[error.start]:02x} is not UTF-8.",
            remedy=f"Save the file as UTF-8. {_FORMATS}",
        ) from None


def _load_text(path: Path, text: str) -> QuantumCircuit:
    bare = _COMMENT.sub(" ", text)
    version = _VERSION.match(bare)
    if version is None and not _STATEMENT.search(bare):
        raise InputError(f"{path} is text, but not OpenQASM.", remedy=_FORMATS)
    major = int(version.group(1)) if version else 3
    if major == 2:
        return _load_openqasm2(path, text)
    if major == 3:
        return _load_openqasm3(path, text)
    raise InputError(f"{path} is OpenQASM {major}.", remedy=_FORMATS)


def _load_openqasm2(path: Path, text: str) -> QuantumCircuit:
    from qiskit import qasm2

    try:
        return qasm2.loads(
            text,
            include_path=(path.parent, "."),
            custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS,  # sx, rzz, ...: what Qiskit itself writes
        )
    except qasm2.QASM2ParseError as error:
        _refuse(path, error.message, _PLACE)
    except RecursionError:
        _refuse(path, "the program is nested too deeply.", _PLACE)


def _load_openqasm3(path: Path, text: str) -> QuantumCircuit:
    try:
        import qiskit_qasm3_import
    except ImportError:
        raise MissingExtraError(
            f"{path} is OpenQASM 3, and its importer is not installed.",
            remedy="pip install 'feedline[qasm3]', or save the circuit as OpenQASM 2 or QPY.",
        ) from None
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # the lexer prints what it also raises
            return openqasm3_circuit(text)
    except qiskit_qasm3_import.ConversionError as error:
        _refuse(path, error.message, _PLACE)
    except RecursionError:
        _refuse(path, "the program is nested too deeply.", _PLACE)
    except Exception as error:  # noqa: BLE001 - the parser has no base class, the importer leaks IndexError
        _refuse_openqasm3(path, error)


def _refuse_openqasm3(path: Path, error: Exception) -> NoReturn:
    """Find out where the importer stopped: the offending token, else the statement it was at."""
    reason = error.__cause__.args[0] if error.__cause__ is not None and error.__cause__.args else None
    token = getattr(reason, "offendingToken", None)
    if token is not None:
        word = "the end of the file" if token.text == "<EOF>" else f"'{token.text}'"
        _refuse(path, f"{token.line},{token.column}: {word} is not expected here.", _PLACE)
    if _LEXER_PLACE.match(str(error)):
        _refuse(path, str(error), _LEXER_PLACE)
    line, column, what = importer_problem(error)
    _refuse(path, f"{line},{column - 1}: {what}", _PLACE)


def importer_problem(error: Exception) -> tuple[int, int, str]:
    """Where Qiskit's OpenQASM 3 importer stopped, line and column from 1, and what it says."""
    found = _PLACE.match(getattr(error, "message", ""))
    if found is not None:
        return int(found.group(1)), int(found.group(2)) + 1, _sentence(found.group(3))
    line, column = _statement(error.__traceback__)
    return line, column + 1, _sentence(str(error) or type(error).__name__)


def _statement(trace: TracebackType | None) -> tuple[int, int]:
    """Line (from 1) and column (from 0) of the innermost node that the importer was working on."""
    place = (1, 0)
    while trace is not None:
        span = getattr(trace.tb_frame.f_locals.get("node"), "span", None)
        if span is not None:
            place = (span.start_line, span.start_column)
        trace = trace.tb_next
    return place


def _refuse(path: Path, message: str, pattern: re.Pattern[str]) -> NoReturn:
    found = pattern.match(message)
    if found is None:
        raise InputError(f"{path}: {_sentence(message)}", remedy=_advice(message)) from None
    line, column, what = int(found.group(1)), int(found.group(2)) + 1, found.group(3)
    raise InputError(f"{path}, line {line}, column {column}: {_sentence(what)}", remedy=_advice(what)) from None


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _advice(what: str) -> str:
    """The remedy for a message of Qiskit's importers."""
    if "Calibration" in what or "defcal" in what:
        return "Read it with feedline.program_text.load_programs, or use the circuit without its cal and defcal blocks."
    if "not supported" in what:
        return "Qiskit's importer does not read this statement; write it out, or save the circuit as QPY."
    if "not defined" in what:
        return "Declare it, or include the file that does (OpenQASM 2: qelib1.inc, OpenQASM 3: stdgates.inc)."
    if "not expected here" in what or "needed ';'" in what:
        return "Check this place and the end of the line before it (a missing ';' is noticed late)."
    return "Correct the file at this place."


def read_qpy(name: str | os.PathLike[str], content: bytes) -> list[QuantumCircuit]:
    """The circuits of QPY; ``name`` is what errors call it.

    Raises:
        InputError: If it is damaged, of a newer version, or empty.
    """
    loaded = _guarded(name, lambda: qpy_circuits(content))
    if not loaded:
        raise InputError(f"{name} is a QPY file without circuits.", remedy="Save at least one with feedline.qpy_dump.")
    return loaded


def _guarded(path: str | os.PathLike[str], load: Callable[[], list[QuantumCircuit]]) -> list[QuantumCircuit]:
    try:
        return load()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - the compiled reader panics with what is no Exception
        text = _COLOUR.sub("", getattr(error, "message", "") or str(error))
        if "isn't supported by this Qiskit version" in text:
            raise InputError(
                f"{path} is QPY of version {_version_named(text)}, newer than this Qiskit reads.",
                remedy="Install a newer Qiskit, or save the file again with qpy.dump(..., version=...).",
            ) from None
        deepest = re.search(r"Error: ([^\n]*)", text)
        reason = deepest.group(1) if deepest else text.splitlines()[0] if text else type(error).__name__
        raise InputError(
            f"{path} is a damaged QPY file: {_sentence(reason)}", remedy="Save it again with feedline.qpy_dump."
        ) from None


def _version_named(text: str) -> str:
    """The QPY version that Qiskit's message names."""
    found = re.search(r"being read, (\d+)", text)
    return found.group(1) if found else "unknown"
