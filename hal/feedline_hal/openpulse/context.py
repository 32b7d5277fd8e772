# SPDX-License-Identifier: Apache-2.0
"""Where a statement stands: its scope, the body it plays into, the device's facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import attrs

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Instruction
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.value import Value

from .kind import Kind
from .scope import Scope
from .syntax import error_at

MAX_STEPS = 100_000
"""Statements that one body may carry out; loops are unrolled, and one without end must be found."""


@attrs.define(slots=True)
class Body:
    """What a ``cal`` block or the body of a ``defcal`` has played so far.

    Attributes:
        label: Names it in errors: ``defcal rx(angle theta) $0``.
        owner: Names it in the names of frames that it makes: ``rx_q0``; empty in a ``cal`` block.
        instructions: In order; captures give no bit until the body returns them.
        frequencies_hz: Of frames whose frequency it has changed.
        phases_rad: Of frames whose phase it has set.
        local_frames: Frames that it has made: they begin as they were made each time.
        steps: Statements carried out.
    """

    label: str
    owner: str = ""
    instructions: list[Instruction] = attrs.field(factory=list)
    frequencies_hz: dict[str, Value] = attrs.field(factory=dict)
    phases_rad: dict[str, Value] = attrs.field(factory=dict)
    local_frames: set[str] = attrs.field(factory=set)
    steps: int = 0

    def count(self, node: Any) -> None:
        """One more statement.

        Raises:
            OpenPulseError: If there have been too many.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise error_at(
                node,
                f"{self.label} carries out more than {MAX_STEPS} statements.",
                remedy="Loops are unrolled when the text is read: make them shorter, or loop in the circuit.",
            )


@attrs.define(slots=True)
class Context:
    """What the meaning of a statement depends on.

    Attributes:
        scope: Names that are seen.
        body: What is being played into; ``None`` where nothing may be.
        dt_s: What ``dt`` stands for; the decimal fraction, so that 16000dt of 1e-9 s are 16 microseconds.
        device_ports: Ports that may be declared, by name; ``None`` for any.
        ports, frames: Declared so far, in the whole text.
        externs: Kinds that ``extern`` declarations give functions.
        moved: Frames whose frequency a body leaves changed, and which body.
        assumed: Frames whose frequency a body took for the initial one, and which body.
    """

    scope: Scope
    body: Body | None = None
    dt_s: Fraction | None = None
    device_ports: Mapping[str, Port] | None = None
    ports: dict[str, Port] = attrs.field(factory=dict)
    frames: dict[str, Frame] = attrs.field(factory=dict)
    externs: dict[str, tuple[Kind, ...]] = attrs.field(factory=dict)
    moved: dict[str, str] = attrs.field(factory=dict)
    assumed: dict[str, str] = attrs.field(factory=dict)

    @contextmanager
    def inside(self, owner: str | None = None) -> Iterator[None]:
        """A scope inside the current one."""
        outer = self.scope
        self.scope = Scope(outer, owner)
        try:
            yield
        finally:
            self.scope = outer

    @contextmanager
    def playing(self, body: Body) -> Iterator[Body]:
        """Instructions go into this body."""
        outer, self.body = self.body, body
        try:
            yield body
        finally:
            self.body = outer

    def playable(self, node: Any, what: str) -> Body:
        """The body that instructions go into.

        Raises:
            OpenPulseError: If there is none here.
        """
        if self.body is None:
            raise error_at(node, f"{what} stands outside cal and defcal.", remedy="Put it into a defcal.")
        return self.body
