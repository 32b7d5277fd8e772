# SPDX-License-Identifier: Apache-2.0
"""Settings of a Tektronix oscilloscope that are told and asked for under one header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs

from .call import Call
from .dialect import Reply, command
from .header import Header, short_form

Value = bool | int | float | str
_Handler = TypeVar("_Handler", bound=Callable[[Any, Call], Reply])


@attrs.frozen(slots=True)
class Register:
    """One setting; its default says what it is: a switch, a whole number, a number, one of some words.

    Attributes:
        notation: Its header as the manual prints it.
        default: After ``*RST``; a word in capitals.
        words: Words that it takes, as the manual prints them.
        low, high: Range of a number.
    """

    notation: str
    default: Value
    words: tuple[str, ...] = ()
    low: float = float("-inf")
    high: float = float("inf")

    def read(self, call: Call) -> Value:
        """The value in a command.

        Raises:
            ScpiError: If it is none.
        """
        if isinstance(self.default, bool):
            return call.flag(0)
        if self.words:
            short = call.choice(0, *self.words)
            return next(word.upper() for word in self.words if short_form(word) == short)
        number = call.number(0, self.low, self.high)
        return round(number) if isinstance(self.default, int) else number

    def told(self, value: Value, *, is_verbose: bool) -> str:
        """The value as the instrument prints it."""
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, float):
            return engineering(value)
        if self.words and not is_verbose:
            return next(short_form(word) for word in self.words if word.upper() == value)
        return str(value)


def engineering(value: float) -> str:
    """A number as the instrument prints it: ``15.6250E-6``."""
    if value == 0:
        return "0.0E+0"
    digits, exponent = f"{value:.8E}".split("E")
    shift = int(exponent) % 3
    return f"{float(digits) * 10**shift:.{8 - shift}f}E{int(exponent) - shift:+d}"


def every(registers: Sequence[Register], *, is_query: bool) -> Callable[[_Handler], _Handler]:
    """Declare a method as the answer to all of them."""

    def declare(handler: _Handler) -> _Handler:
        for register in registers:
            notation, count = (f"{register.notation}?", 0) if is_query else (register.notation, 1)
            handler = command(notation, count)(handler)
        return handler

    return declare


class RegisterFile:
    """The values of registers, each by the numbers in its header: ``CH<x>:SCAle`` has one per channel.

    Args:
        registers: Which there are.
    """

    def __init__(self, registers: Sequence[Register]) -> None:
        self._registers = {register.notation: register for register in registers}
        self._headers = [(Header.parse(register.notation), register) for register in registers]
        self._values: dict[tuple[str, tuple[int, ...]], Value] = {}

    def find(self, call: Call) -> Register:
        """The register that a command or query is about."""
        sent = call.header.removesuffix("?")
        return next(register for header, register in self._headers if header.match(sent) is not None)

    def reset(self) -> None:
        """All to their defaults."""
        self._values.clear()

    def __call__(self, notation: str, *numbers: int) -> Any:
        """A value."""
        return self._values.get((notation, numbers), self._registers[notation].default)

    def set(self, notation: str, value: Value, *numbers: int) -> None:
        """Change a value."""
        self._values[notation, numbers] = value
