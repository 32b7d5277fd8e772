# SPDX-License-Identifier: Apache-2.0
"""What the parser refuses; `feedline_hal.openpulse.syntax` makes errors of it."""

from __future__ import annotations


class SyntaxProblem(Exception):
    """The text does not parse.

    Args:
        message: Why, in ANTLR's words.
        line: From 1.
        column: From 0, as the parser counts.
        token: The token that does not fit, if one was found.
    """

    def __init__(self, message: str, line: int, column: int, token: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.token = token
