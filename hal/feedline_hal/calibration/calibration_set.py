# SPDX-License-Identifier: Apache-2.0
"""A calibration set: immutable, named by the hash of its content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.value import Value

from .calibration import Calibration

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .difference import Difference


@attrs.frozen(kw_only=True, slots=True, eq=False)
class CalibrationSet:
    """Immutable values and gate definitions; two sets with the same content have the same id.

    Attributes:
        ports: By name.
        frames: By name.
        calibrations: In order; no two for the same gate, qubits and arguments.
        metadata: Who, when, why; JSON values. Not part of the id.
    """

    ports: Mapping[str, Port] = attrs.field(factory=dict)
    frames: Mapping[str, Frame] = attrs.field(factory=dict)
    calibrations: tuple[Calibration, ...] = attrs.field(default=(), converter=tuple)
    metadata: Mapping[str, Any] = attrs.field(factory=dict)

    @classmethod
    def from_openpulse(
        cls, text: str, *, dt_s: float | None = None, ports: Iterable[Port] | None = None
    ) -> CalibrationSet:
        """Read OpenQASM 3 text with ``cal`` and ``defcal`` blocks.

        Args:
            text: The text.
            dt_s: What ``dt`` stands for, in seconds; without, the unit ``dt`` is refused.
            ports: The device's ports: the text's ports are these, and others are refused. Without, the text
                may declare what it likes.

        Raises:
            OpenPulseError: Names what is wrong, line and column.
        """
        from feedline_hal.openpulse.reader import read

        return read(text, dt_s=dt_s, ports=ports)

    def to_openpulse(self) -> str:
        """Write it as OpenQASM 3 text that reads as the same set."""
        from feedline_hal.openpulse.writer import write

        return write(self)

    @property
    def id(self) -> str:
        """Hash of ports' names, frames and calibrations: ``cal-`` and 16 hexadecimal digits."""
        from .content import content_id

        return content_id(self)

    def diff(self, other: CalibrationSet) -> Difference:
        """What changes from this set to the other; prints as a table for people."""
        from .difference import difference

        return difference(self, other)

    def find(self, gate: str, qubits: Sequence[int], values: Sequence[Value] = ()) -> Calibration:
        """The calibration that holds for a gate: literals over parameters, named qubits over wildcards.

        Raises:
            CalibrationError: If there is none (names the nearest that exists), or two hold equally.
        """
        from .lookup import find

        return find(self, gate, tuple(qubits), tuple(values))

    def merged(self, other: CalibrationSet) -> CalibrationSet:
        """This set with the other's calibrations, ports and frames in place of its own where both have one."""
        from .merge import merged

        return merged(self, other)

    def attach(self, backend: Backend, *, ideal: bool = False) -> Backend:
        """A backend derived from this one that has these calibrations; what `Backend.with_calibrations` calls.

        Raises:
            CalibrationError: If a port or qubit does not exist there.
            CapabilityError: If the backend plays no pulses and ``ideal`` is not set.
        """
        from feedline_hal.attach import attach

        return attach(self, backend, ideal=ideal)
