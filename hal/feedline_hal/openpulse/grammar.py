# SPDX-License-Identifier: Apache-2.0
"""The `openpulse` parser, driven so that every node and every error has its place in the file.

The package parses the file first and the text between the braces of ``cal`` and ``defcal`` after, counting
lines from 1 again. Here the inner lexers begin to count where the text begins, and characters that no rule
takes are errors and not lines on stderr. This is the only module that imports `openpulse`.
"""

from __future__ import annotations

from typing import Any

from openpulse import ast
from openpulse.parser import CommonTokenStream, InputStream, OpenPulseNodeVisitor, openpulseLexer, openpulseParser
from openqasm3.parser import ErrorListener, QASMNodeVisitor, get_span, qasm3Lexer, qasm3Parser


class SyntaxProblem(Exception):
    """The text does not parse; line from 1 and column from 0, as the parser counts."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class _Raise(ErrorListener):
    """Stops at the first error; there is nothing to recover for."""

    def syntaxError(self, _recognizer: Any, _symbol: Any, line: int, column: int, msg: str, _error: Any) -> None:
        raise SyntaxProblem(msg, line, column)


_RAISE = _Raise()


def program(text: str) -> Any:
    """The syntax tree of a whole program, bodies of ``cal`` and ``defcal`` included: an `openpulse.ast.Program`."""
    return _ProgramVisitor().visitProgram(_parser(qasm3Lexer(InputStream(text)), qasm3Parser).program())


def expression(text: str) -> Any:
    """The syntax tree of one expression."""
    tree = _parser(openpulseLexer(InputStream(f"{text};")), openpulseParser).expressionStatement()
    visitor = OpenPulseNodeVisitor(in_defcal=False)
    return visitor.visit(tree).expression


def _parser(lexer: Any, kind: Any) -> Any:
    parser = kind(CommonTokenStream(lexer))
    for recognizer in (lexer, parser):
        recognizer.removeErrorListeners()
        recognizer.addErrorListener(_RAISE)
    return parser


def _body(token: Any, *, in_defcal: bool) -> list[Any]:
    """The statements between the braces; ``token`` is their text, ``None`` for none."""
    if token is None:
        return []
    lexer = openpulseLexer(InputStream(token.getText()))
    lexer.line, lexer.column = token.symbol.line, token.symbol.column
    tree = _parser(lexer, openpulseParser).calibrationBlock()
    if not tree.children:
        return []
    statements: list[Any] = OpenPulseNodeVisitor(in_defcal).visitCalibrationBlock(tree).body
    return statements


class _ProgramVisitor(QASMNodeVisitor):
    """Reads bodies where it meets them."""

    def visitCalStatement(self, ctx: Any) -> Any:
        """A ``cal`` block with its statements."""
        found = ast.CalibrationStatement(body=_body(ctx.CalibrationBlock(), in_defcal=False))
        found.span = get_span(ctx)
        return found

    def visitDefcalStatement(self, ctx: Any) -> Any:
        """A ``defcal`` with its statements."""
        node = super().visitDefcalStatement(ctx)
        found = ast.CalibrationDefinition(
            name=node.name,
            arguments=node.arguments,
            qubits=node.qubits,
            return_type=node.return_type,
            body=_body(ctx.CalibrationBlock(), in_defcal=True),
        )
        found.span = node.span
        return found
