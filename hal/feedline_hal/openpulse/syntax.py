# SPDX-License-Identifier: Apache-2.0
"""From text to a syntax tree whose nodes know their place, and errors that name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

from feedline.errors import MissingExtraError
from feedline_hal.errors import OpenPulseError

from .syntax_problem import SyntaxProblem

_ENDLESS = re.compile(r"\d{4301,}")
"""Longer than Python makes integers of text."""


def parse(text: str) -> Any:
    """Parse a whole OpenQASM 3 program with OpenPulse calibrations.

    Args:
        text: The text; a byte order mark at its start, which some editors leave there, is passed over.

    Returns:
        An `openpulse.ast.Program`. The bodies of ``cal`` and ``defcal`` are parsed, and every span counts
        lines from 1 and columns from 0 in the whole text (`place` turns them into what people count).

    Raises:
        OpenPulseError: If it does not parse; names line and column.
        MissingExtraError: If `openpulse` is not installed.
    """
    return _guarded(_grammar().program, text.removeprefix("\ufeff"))


def parse_expression(text: str) -> Any:
    """Parse one expression, such as a value in an annotation; its places count from the text's own start."""
    return _guarded(_grammar().expression, text)


def place(node: Any) -> tuple[int, int]:
    """Line and column of a node, both from 1; (0, 0) if it has none."""
    span = getattr(node, "span", None)
    return (0, 0) if span is None else (span.start_line, span.start_column + 1)


def error_at(node: Any, what: str, *, remedy: str) -> OpenPulseError:
    """The error for a node of the tree: its text begins with line and column.

    Args:
        node: Where.
        what: What is wrong; a sentence.
        remedy: What to do about it.
    """
    return _error(what, remedy, *place(node))


def _error(what: str, remedy: str, line: int, column: int) -> OpenPulseError:
    where = f"line {line}, column {column}: " if line else ""
    return OpenPulseError(f"{where}{what}", remedy=remedy, line=line, column=column)


def _guarded(parser: Callable[[str], Any], text: str) -> Any:
    try:
        return parser(text)
    except SyntaxProblem as problem:
        raise _error(f"{_readable(problem)}.", _hint(problem), problem.line, problem.column + 1) from None
    except RecursionError:
        raise OpenPulseError(
            "The text is nested too deeply.", remedy="Nest fewer brackets, and add up long sums in steps."
        ) from None
    except ValueError:
        found = _ENDLESS.search(text)
        if found is None:
            raise
        line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
        what = f"The number has {len(found.group())} digits."
        raise _error(what, "Integers have 64 bits; write a float: 1e30.", line, column) from None


def _readable(problem: SyntaxProblem) -> str:
    """ANTLR's words, as people say it."""
    if problem.message.startswith("no viable alternative"):
        return f"unexpected {_quoted(problem.token)}"
    if problem.message.startswith("token recognition error"):
        character = problem.message.rpartition("at: ")[2][1:2]
        shown = f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"
        return f"unexpected character {shown}"
    message = problem.message.replace("'<EOF>'", "the end")
    return message if len(message) < 80 else f"unexpected {_quoted(problem.token)}"


def _quoted(token: str | None) -> str:
    return "end" if token in (None, "<EOF>") else f"'{token}'"


def _hint(problem: SyntaxProblem) -> str:
    if problem.token in ("port", "frame"):
        return f"Write {problem.token} without extern before it; the grammar has no extern for it."
    if problem.token == "[":
        return "Samples stand in braces: waveform w = {1.0, 0.5im};"
    if problem.token == "{" and problem.message.startswith("no viable alternative"):
        return "Samples stand in a declaration only: waveform w = {1.0, 0.5im};"
    return "Mend the text there or just before; docs/reference/openpulse.md says what is read."


def _grammar() -> ModuleType:
    try:
        from . import grammar
    except ImportError as error:
        raise MissingExtraError(
            f"OpenPulse text needs the package '{error.name}'.", remedy="pip install 'feedline[pulse]'"
        ) from error
    return grammar
