# SPDX-License-Identifier: Apache-2.0
"""A transport whose wire is another framework's object: ``frequency 5e9`` sets a value of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import HardwareFault

_T = TypeVar("_T")


class ObjectTransport(ABC):
    """Gives values to an object and asks it for them. A `Transport`, so that a gate can stand before it.

    Args:
        instrument: The other framework's object.
        name: What errors call the instrument.
        words: What the object takes and gives for a number, by parameter; numbers themselves for others.
    """

    def __init__(self, instrument: Any, name: str, words: Mapping[str, Mapping[float, object]]) -> None:
        self.instrument = instrument
        self._name = name
        self._words = words
        self._is_closed = False

    @property
    def name(self) -> str:
        """What errors call the instrument."""
        return self._name

    @abstractmethod
    def set_value(self, parameter: str, value: object) -> None:
        """Have the object set a value."""

    @abstractmethod
    def get_value(self, parameter: str) -> object:
        """Have the object ask for a value."""

    @abstractmethod
    def identity(self) -> str:
        """The four fields of ``*IDN?``, separated by commas."""

    @abstractmethod
    def release(self) -> None:
        """Have the object let go of its connection."""

    def write(self, command: str) -> None:
        """Set a value: ``frequency 5e9``.

        Raises:
            HardwareFault: If the object raises anything, or is closed.
        """
        parameter, _, number = command.partition(" ")
        value = float(number)
        words = self._words.get(parameter)
        self._carefully(command, lambda: self.set_value(parameter, value if words is None else words[value]))

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        """Ask for a value, ``frequency?``, or who it is, ``*IDN?``. The object's own timeout is in force.

        Raises:
            HardwareFault: If the object raises anything, gives what is no number, or is closed.
        """
        del timeout_s
        if command == "*IDN?":
            return self._carefully(command, self.identity)
        parameter = command.removesuffix("?")
        found = self._carefully(command, lambda: self.get_value(parameter))
        for number, word in self._words.get(parameter, {}).items():
            if word == found:
                return repr(number)
        return str(float(found)) if isinstance(found, (bool, int, float, np.number)) else str(found)

    def write_block(self, command: str, samples: NDArray[np.generic]) -> None:
        """Refused: values are numbers."""
        raise self._no_blocks(command)

    def write_all(self, lines: Sequence[tuple[str, NDArray[np.generic] | None]]) -> None:
        """Set values one after the other; samples are refused before anything is set."""
        for command, samples in lines:
            if samples is not None:
                raise self._no_blocks(command)
        for command, _ in lines:
            self.write(command)

    def query_block(self, command: str, dtype: str, *, timeout_s: float | None = None) -> NDArray[np.generic]:
        """Refused: values are numbers."""
        raise self._no_blocks(command)

    def query_blocks(
        self, command: str, dtype: str, shape: tuple[int, int], *, timeout_s: float | None = None
    ) -> NDArray[np.generic]:
        """Refused: values are numbers."""
        raise self._no_blocks(command)

    def distrust(self) -> None:  # noqa: B027 - nothing to do: the connection is the object's own
        """Nothing: the connection is the object's own."""

    def close(self) -> None:
        """Close the object; may be called twice."""
        if not self._is_closed:
            self._carefully("close", self.release)
            self._is_closed = True

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _carefully(self, command: str, call: Callable[[], _T]) -> _T:
        if self._is_closed:
            raise HardwareFault(
                f"{self._name} is closed; {command!r} was not carried out.",
                remedy="Open it again.",
                instrument=self._name,
                command=command,
            )
        try:
            return call()
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise HardwareFault(
                f"{self._name}: {type(self.instrument).__name__} raised {told} at {command!r}.",
                remedy="Try the same with the instrument object alone.",
                instrument=self._name,
                command=command,
                reply=told,
            ) from error

    def _no_blocks(self, command: str) -> HardwareFault:
        return HardwareFault(
            f"{self._name}: {command!r} has a block, and an adapted instrument has values only.",
            remedy="Write a driver for it.",
            instrument=self._name,
            command=command,
        )
