# SPDX-License-Identifier: Apache-2.0
"""Plain values of an emulated instrument: a command sets one, the same with ``?`` tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from .call import Call
from .dialect import EmulatedInstrument, Reply, command

Limits = tuple[float, float]


class Value:
    """An attribute of an `EmulatedInstrument` that is set and asked for by commands.

    Args:
        notation: The header as manuals print it, without ``?``.
        initial: What it is after ``*RST``, once `reset_values` was called.
        limits: Lowest and highest, or a function of the instrument that says them; -222 beyond. ``None`` for a
            switch: ``ON``, ``OFF``, 1, 0.
        reply: How it is told.
        then: What happens after it was set.
    """

    def __init__(
        self,
        notation: str,
        initial: float,
        limits: Limits | Callable[[Any], Limits] | None,
        *,
        reply: str = "{:.12g}",
        then: Callable[[Any], None] = lambda instrument: None,
    ) -> None:
        self._notation = notation
        self.initial = initial
        self._limits = limits
        self._reply = reply
        self._then = then

    def __set_name__(self, owner: type, name: str) -> None:
        """Put the two commands into the instrument's table."""
        self._name = f"_value_of_{name}"
        for verb, handler, notation, count in (
            ("set", self._set, self._notation, 1),
            ("tell", self._tell, f"{self._notation}?", 0),
        ):

            def answer(instrument: Any, call: Call, handler: Callable[[Any, Call], Reply] = handler) -> Reply:
                return handler(instrument, call)

            answer.__name__ = f"_{verb}_{name}"
            setattr(owner, answer.__name__, command(notation, count)(answer))

    @overload
    def __get__(self, instrument: None, owner: type) -> Value: ...

    @overload
    def __get__(self, instrument: object, owner: type) -> float: ...

    def __get__(self, instrument: object | None, owner: type) -> Value | float:
        """What it is."""
        return self if instrument is None else getattr(instrument, self._name, self.initial)

    def __set__(self, instrument: object, value: float) -> None:
        """Make it something else, whatever the limits."""
        setattr(instrument, self._name, value)

    def _set(self, instrument: Any, call: Call) -> Reply:
        if self._limits is None:
            value = float(call.flag(0))
        else:
            value = call.number(0, *(self._limits(instrument) if callable(self._limits) else self._limits))
        setattr(instrument, self._name, value)
        self._then(instrument)
        return None

    def _tell(self, instrument: Any, _call: Call) -> Reply:
        return self._reply.format(getattr(instrument, self._name, self.initial))


def reset_values(instrument: EmulatedInstrument) -> None:
    """Give every `Value` of an instrument what it is after ``*RST``."""
    for kind in type(instrument).__mro__:
        for name, item in vars(kind).items():
            if isinstance(item, Value):
                setattr(instrument, name, item.initial)
