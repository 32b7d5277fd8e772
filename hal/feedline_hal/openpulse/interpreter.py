# SPDX-License-Identifier: Apache-2.0
"""The meaning of calibration text: what it declares, and what its statements play.

One interpreter reads one text, statement by statement, in order. `feedline_hal.openpulse.reader` feeds it
texts of calibrations, `feedline_hal.program` whole programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import attrs

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.lookup import coarse_key, is_same_key
from feedline_hal.errors import CalibrationError, OpenPulseError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule

from . import expression
from .annotation import annotations_of
from .captured import Captured
from .context import Body, Context
from .declaration import declare_constant, declare_extern
from .definition import define, number_captures
from .frame_function import check_frequency
from .kind import Kind, Typed
from .scope import Scope, Symbol
from .statement import carry_out, refuse
from .syntax import error_at, place


@attrs.frozen(kw_only=True, slots=True)
class Block:
    """What the statements of a ``cal`` block do.

    Attributes:
        schedule: The instructions, aligned to the left; empty if the block only declares. Its captures that
            a bit variable that is seen holds have the slots 0, 1, ... in order of capture.
        bits: Bit variables that hold bits captured in this block, by name, those of the scopes around
            included: the slot of each of their bits, ``None`` for a bit that is no capture of this block.
    """

    schedule: Schedule
    bits: Mapping[str, tuple[int | None, ...]]


class Interpreter:
    """Symbols, ports, frames and calibrations of one text.

    Args:
        dt_s: What ``dt`` stands for, in seconds; without, the unit is refused.
        ports: The device's ports, which the text's ports must be; ``None`` if the text may declare any.
        frames: The device's frames that the text knows without declaring them.

    Attributes:
        calibrations: Defined so far.
    """

    def __init__(
        self, *, dt_s: float | None = None, ports: Iterable[Port] | None = None, frames: Iterable[Frame] = ()
    ) -> None:
        if dt_s is not None and not (math.isfinite(dt_s) and dt_s > 0):
            raise OpenPulseError(f"dt_s is {dt_s!r}.", remedy="Give the device's sample time in seconds: 1e-9.")
        tick = None if dt_s is None else Fraction(repr(float(dt_s)))
        known = None if ports is None else {port.name: port for port in ports}
        self._context = Context(Scope(), dt_s=tick, device_ports=known)
        for frame in frames:
            self._context.ports[frame.port.name] = frame.port
            self._context.frames[frame.name] = frame
            self._context.scope.symbols[frame.name] = Symbol(Kind.FRAME, frame)
        self._lines: dict[int, int] = {}
        self._seen: dict[tuple[object, ...], list[Calibration]] = {}
        self.calibrations: list[Calibration] = []
        self._takes: dict[str, Callable[[Any], None]] = {
            "CalibrationGrammarDeclaration": self._grammar,
            "CalibrationStatement": self._cal,
            "CalibrationDefinition": self._defcal,
            "Include": self._include,
            "ConstantDeclaration": lambda node: declare_constant(node, self._context),
            "ExternDeclaration": lambda node: declare_extern(node, self._context),
        }

    @property
    def ports(self) -> Mapping[str, Port]:
        """Ports declared so far, by name."""
        return self._context.ports

    @property
    def frames(self) -> Mapping[str, Frame]:
        """Frames declared so far, by name; those of bodies have names such as ``measure_q0_f``."""
        return self._context.frames

    def know_ports(self, but: Collection[str] = ()) -> None:
        """Let the text use the device's ports without declaring them, but for those that it declares itself."""
        for name, port in (self._context.device_ports or {}).items():
            if name not in but:
                self._context.ports[name] = port
                self._context.scope.symbols[name] = Symbol(Kind.PORT, port)

    def declare(self, statement: Any) -> None:
        """Take one statement of the top level that declares: ``cal``, ``defcal``, ``const``, ``extern``, ...

        Args:
            statement: A node of the tree from `feedline_hal.openpulse.syntax.parse`.

        Raises:
            OpenPulseError: If it is wrong, or is none of these, or if a ``cal`` block plays something.
        """
        name = type(statement).__name__
        if name not in self._takes:
            raise refuse(statement)
        self._takes[name](statement)

    def run(self, statements: Sequence[Any]) -> Block:
        """Carry out the statements of a ``cal`` block of a whole program, or classical statements beside it.

        What they declare stays declared in the current scope.

        Raises:
            OpenPulseError: If one is wrong, or depends on what is only known when the program runs.
        """
        context = self._context
        with context.playing(Body("the cal block")) as body:
            left = carry_out(statements, context)
            if left is not None:
                raise error_at(left.node, f"'{left.way.value}' stands in a cal block.", remedy="Leave it out.")
            for frame, frequency in body.frequencies_hz.items():
                if frequency != context.frames[frame].frequency_hz:
                    context.moved.setdefault(frame, body.label)
                    check_frequency(context, frame, statements[0])
        bits = self._captured(body)
        return Block(schedule=Schedule(body.instructions), bits=bits)

    def evaluate(self, node: Any) -> Typed:
        """The value and kind of an expression in the current scope.

        Raises:
            OpenPulseError: If something in it is not declared, of a wrong type, or not defined.
        """
        return expression.evaluate(node, self._context)

    def assign(self, name: str, kind: Kind, value: Any) -> None:
        """Declare a variable in the current scope, or overwrite it: what an unrolled loop of a program needs."""
        self._context.scope.symbols[name] = Symbol(kind, value)

    def names(self) -> set[str]:
        """Names that the current scope sees."""
        return self._context.scope.names()

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A scope inside the current one; what is declared in it is forgotten after."""
        with self._context.inside():
            yield

    def calibration_set(self) -> CalibrationSet:
        """Ports, frames and calibrations so far."""
        try:
            return CalibrationSet(
                ports=self._context.ports, frames=self._context.frames, calibrations=tuple(self.calibrations)
            )
        except CalibrationError as error:
            raise OpenPulseError(error.what, remedy=error.remedy) from None

    def _captured(self, body: Body) -> dict[str, tuple[int | None, ...]]:
        """Number the captures of a block that variables hold."""
        positions: list[int] = []
        holders: dict[str, tuple[Any, ...]] = {}
        for name, symbol in self._context.scope.seen().items():
            if symbol.kind is Kind.BIT and any(isinstance(bit, Captured) for bit in symbol.value):
                fresh = [bit.position for bit in symbol.value if isinstance(bit, Captured) and bit.body is body]
                positions += fresh
                if fresh:
                    holders[name] = symbol.value
        slots = {position: slot for slot, position in enumerate(sorted(set(positions)))}
        number_captures(body, slots)
        return {
            name: tuple(slots[bit.position] if isinstance(bit, Captured) and bit.body is body else None for bit in bits)
            for name, bits in holders.items()
        }

    def _grammar(self, node: Any) -> None:
        annotations_of(node, set())
        if node.name != "openpulse":
            raise error_at(
                node, f"The calibration grammar '{node.name}' is not read.", remedy='Write defcalgrammar "openpulse";'
            )

    def _cal(self, node: Any) -> None:
        annotations_of(node, set())
        block = self.run(node.body)
        if block.schedule.items:
            first = type(block.schedule.items[0]).__name__
            raise error_at(
                node,
                f"This cal block plays something ({first}): it is part of a program, not of a calibration set.",
                remedy="Put it into a defcal; or run the whole text: `feedline run FILE`, Sampler.run([text]).",
            )

    def _defcal(self, node: Any) -> None:
        calibration = define(node, self._context)
        same = self._seen.setdefault(coarse_key(calibration), [])
        for other in same:
            if is_same_key(calibration, other):
                raise error_at(
                    node,
                    f"There are two defcals for {calibration.label}; the first is in line {self._lines[id(other)]}.",
                    remedy="Keep one, or make their qubits or literal values differ.",
                )
        same.append(calibration)
        self._lines[id(calibration)] = place(node)[0]
        self.calibrations.append(calibration)

    def _include(self, node: Any) -> None:
        annotations_of(node, set())
        if node.filename not in ("stdgates.inc", "qelib1.inc"):
            raise error_at(
                node,
                f"'{node.filename}' is not included: files are not searched for.",
                remedy="Put its text here; stdgates.inc may stay.",
            )
