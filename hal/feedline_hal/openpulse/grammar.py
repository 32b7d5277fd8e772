# SPDX-License-Identifier: Apache-2.0
"""The `openpulse` parser, driven so that every node and every error has its place in the file.

The package parses the file first and the text between the braces of ``cal`` and ``defcal`` after, counting
lines from 1 again. Here the inner lexers begin to count where the text begins, and characters that no rule
takes are errors and not lines on stderr. This is the only module that imports `openpulse`.
"""

from __future__ import annotations

import re
from typing import Any

from openpulse import ast
from openpulse.parser import CommonTokenStream, InputStream, OpenPulseNodeVisitor, openpulseLexer, openpulseParser
from openqasm3.parser import ErrorListener, QASM3ParsingError, QASMNodeVisitor, get_span, qasm3Lexer, qasm3Parser

from .syntax_problem import SyntaxProblem


class _Raise(ErrorListener):
    """Stops at the first error; there is nothing to recover for."""

    def syntaxError(self, _recognizer: Any, symbol: Any, line: int, column: int, msg: str, _error: Any) -> None:
        raise SyntaxProblem(msg, line, column, None if symbol is None else symbol.text)


_RAISE = _Raise()
_COMMENT = re.compile(r"""//[^\r\n]*|/\*.*?\*/|"[^"\r\n]*"|'[^'\r\n]*'""", re.DOTALL)
_PLACED = re.compile(r"L(\d+):C(\d+): (.*)")


def program(text: str) -> Any:
    """The syntax tree of a whole program, bodies of ``cal`` and ``defcal`` included: an `openpulse.ast.Program`."""
    tree = _parser(qasm3Lexer(InputStream(_without_braces_in_comments(text))), qasm3Parser).program()
    if tree.start.type == tree.start.EOF:  # the visitor asks for the end of what has none
        raise SyntaxProblem("the text says nothing", tree.start.line, tree.start.column, tree.start.text)
    try:
        return _ProgramVisitor().visitProgram(tree)
    except QASM3ParsingError as error:
        found = _PLACED.match(str(error))
        line, column, message = found.groups() if found else (1, 0, str(error))
        raise SyntaxProblem(message, int(line), int(column)) from None


def _without_braces_in_comments(text: str) -> str:
    """The same text, every place kept: the grammar counts braces in bodies, those in comments too."""

    def blanked(found: re.Match[str]) -> str:
        whole = found.group()
        return whole if whole[0] in "\"'" else whole.replace("{", " ").replace("}", " ")

    return _COMMENT.sub(blanked, text)


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
    parser = _parser(lexer, openpulseParser)
    tree = parser.calibrationBlock()
    rest = parser.getTokenStream().LT(1)
    if rest.type != rest.EOF:  # the rule ends where no statement begins, and says nothing of what follows
        raise SyntaxProblem(f"unexpected '{rest.text}'", rest.line, rest.column, rest.text)
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
