# SPDX-License-Identifier: Apache-2.0
"""A calibration set: immutable, named by the hash of its content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import frames_of
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.value import Value

from .calibration import Calibration
from .checks import check_calibrations, check_frames, check_metadata, check_names
from .lookup import Index

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .difference import Difference


def _frozen(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(given))


def _in_order(given: Iterable[Calibration]) -> tuple[Calibration, ...]:
    return tuple(given)


def _checked(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(check_metadata(metadata))


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class CalibrationSet:
    """Immutable values and gate definitions; two sets with the same content have the same id.

    Attributes:
        ports: By name.
        frames: By name.
        calibrations: In order; no two for the same gate, qubits and arguments.
        metadata: Who, when, why; JSON values. Not part of the id, but for ``readout`` and ``qubits``.

    Raises:
        CalibrationError: If a calibration uses a frame that is not in `frames`, a frame a port that is not in
            `ports`, two are for the same gate, or one contradicts itself.
    """

    ports: Mapping[str, Port] = attrs.field(factory=dict, converter=_frozen)
    frames: Mapping[str, Frame] = attrs.field(factory=dict, converter=_frozen)
    calibrations: tuple[Calibration, ...] = attrs.field(default=(), converter=_in_order)
    metadata: Mapping[str, Any] = attrs.field(factory=dict, converter=_checked)

    def __attrs_post_init__(self) -> None:
        check_names("port", self.ports)
        check_names("frame", self.frames)
        check_frames(self.frames, self.ports)
        check_calibrations(self.calibrations, self.frames)

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, CalibrationSet) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        qubits = {qubit for item in self.calibrations for qubit in item.qubits if qubit is not None}
        parts = ((self.calibrations, "calibration"), (qubits, "qubit"), (self.frames, "frame"))
        counts = (f"{len(found)} {word}{'' if len(found) == 1 else 's'}" for found, word in parts)
        return f"<CalibrationSet {self.id}: {', '.join(counts)}>"

    def __reduce__(self) -> tuple[object, ...]:
        """Copy by content; read-only mappings do not copy themselves."""
        return _rebuild, (dict(self.ports), dict(self.frames), self.calibrations, dict(self.metadata))

    @classmethod
    def of(cls, calibrations: Iterable[Calibration], *, metadata: Mapping[str, Any] | None = None) -> CalibrationSet:
        """A set of calibrations, with the frames that their schedules use and the ports of those.

        Raises:
            CalibrationError: If two schedules use different frames, or frames different ports, of one name.
        """
        given = tuple(calibrations)
        frames: dict[str, Frame] = {}
        for calibration in given:
            for item in calibration.schedule.instructions():
                for frame in frames_of(item):
                    frames.setdefault(frame.name, frame)
        ports: dict[str, Port] = {}
        for frame in frames.values():
            ports.setdefault(frame.port.name, frame.port)
        return cls(ports=ports, frames=frames, calibrations=given, metadata=metadata or {})

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

    @cached_property
    def id(self) -> str:
        """Hash of ports' names, frames and calibrations: ``cal-`` and 16 hexadecimal digits."""
        from .content import content_id

        return content_id(self)

    @cached_property
    def index(self) -> Index:
        """Calibrations by gate and qubits; what `find` goes by."""
        return Index(self.calibrations)

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


def _rebuild(
    ports: dict[str, Port], frames: dict[str, Frame], calibrations: tuple[Calibration, ...], metadata: dict[str, Any]
) -> CalibrationSet:
    return CalibrationSet(ports=ports, frames=frames, calibrations=calibrations, metadata=metadata)
