# SPDX-License-Identifier: Apache-2.0
"""Programs: whole texts of OpenQASM 3 with OpenPulse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import attrs

from feedline.program_text import TextProgram
from feedline_hal.backend import PulseBackend
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.pulse.port import Port

from .reading import Surroundings, check_syntax, read

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from feedline.processor import Backend


@attrs.frozen(slots=True, kw_only=True)
class Program(TextProgram):
    """A whole program: gates, ``cal`` and ``defcal``, in one text.

    Made by `Program.from_text`. Give it to ``Sampler.run``, ``Estimator.run`` or ``backend.run`` in place of
    a circuit; there it is read again with the device's clock, ports and frames.

    Attributes:
        text: The text.
        name: What errors call it; the path if it is a file's.
        surroundings: What it knows of the device that it is for.
    """

    text: str = attrs.field(repr=False)
    name: str = ""
    surroundings: Surroundings = attrs.field(factory=Surroundings, repr=False)

    @classmethod
    def from_text(
        cls, text: str, *, dt_s: float | None = None, ports: Iterable[Port] | None = None, name: str = ""
    ) -> Self:
        """Read a text, without a device.

        Args:
            text: OpenQASM 3 with OpenPulse.
            dt_s: What ``dt`` stands for, in seconds; without, calibrations in ``dt`` are refused.
            ports: The device's ports: the text's are these. Without, it may declare any.
            name: What errors call it.

        Raises:
            OpenPulseError: Names what is wrong, line and column, both from 1.
            MissingExtraError: If a parser is not installed.
        """
        known = None if ports is None else tuple(ports)
        program = cls(text=text, name=name, surroundings=Surroundings(dt_s=dt_s, ports=known))
        read(text, name, program.surroundings)
        return program

    @classmethod
    def for_later(cls, text: str, name: str = "") -> Self:
        """Check the syntax of a text that will be read when its device is known.

        Raises:
            OpenPulseError: If it does not parse; names line and column.
            MissingExtraError: If a parser is not installed.
        """
        check_syntax(text, name)
        return cls(text=text, name=name)

    @property
    def circuit(self) -> QuantumCircuit:
        """The program without its calibrations.

        Gates that only a ``defcal`` defines are `PulseGate` objects; ``cal`` blocks that play something are
        pulse boxes, or, if they depend on inputs, pulse gates ``cal_0``, ``cal_1``, ...
        """
        return read(self.text, self.name, self.surroundings).circuit

    @property
    def calibrations(self) -> CalibrationSet:
        """Its frames, and what its gates are in pulses."""
        return read(self.text, self.name, self.surroundings).calibrations

    @property
    def needs_pulses(self) -> bool:
        """Whether it can only run where pulses are played."""
        return bool(self.calibrations.calibrations) or self._plays_between_gates

    @property
    def _plays_between_gates(self) -> bool:
        return read(self.text, self.name, self.surroundings).plays_between_gates

    def on(self, backend: Backend) -> Self:
        """The same program as it reads on a backend: with its clock and ports, its frames and gates known by name.

        Raises:
            OpenPulseError: If it does not fit; names line and column.
        """
        there = Surroundings(dt_s=backend.dt)
        if isinstance(backend, PulseBackend):
            there = attrs.evolve(there, ports=tuple(backend.ports.values()), calibrations=backend.calibrations)
        return attrs.evolve(self, surroundings=there)

    def attach(self, backend: Backend, *, ideal: bool = False) -> Backend:
        """A backend derived from this one that knows the program's gates and frames.

        Raises:
            CapabilityError: If it plays no pulses and ``ideal`` is not set.
            CalibrationError: If the calibrations do not fit it.
        """
        from .placing import attached

        return attached(self.on(backend), backend, ideal=ideal)

    def place(self, items: Sequence[Any], backend: Backend) -> tuple[Backend, Sequence[QuantumCircuit]]:
        """A backend for all circuits and programs of one call, and their circuits.

        Raises:
            CapabilityError: If the backend plays no pulses.
            InputError: If items contradict each other.
        """
        from .placing import placed

        return placed(items, backend)
