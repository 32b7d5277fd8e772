# SPDX-License-Identifier: Apache-2.0
"""What changed from one calibration set to another, as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from .calibration import Calibration
from .lookup import coarse_key, is_same_key
from .schedule_difference import Detail, calibration_details, frame_details

if TYPE_CHECKING:
    from .calibration_set import CalibrationSet


@attrs.frozen(slots=True)
class Change:
    """What changed in one frame or calibration.

    Attributes:
        label: ``sx q1`` or ``frame q0_drive_frame``.
        details: What in it.
    """

    label: str
    details: tuple[Detail, ...]

    def lines(self) -> list[str]:
        """A line for each detail: ``sx q1: amplitude 0.1182 → 0.1190``."""
        return [f"{self.label}: {detail}" for detail in self.details]


@attrs.frozen(kw_only=True, slots=True)
class Difference:
    """What changed; false when nothing did, and prints as lines for people.

    Attributes:
        before, after: Ids of the sets.
        added, removed: Labels: ``cz q0 q1``, ``frame q0_drive_frame``, ``port q0_drive``.
        changed: Frames and calibrations that both have, with other content.
    """

    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        lines = [line for change in self.changed for line in change.lines()]
        lines += [f"{label}: added" for label in self.added]
        lines += [f"{label}: removed" for label in self.removed]
        return "\n".join(lines) or "No difference."

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON; numbers in seconds, hertz and radians."""
        return {
            "before": self.before,
            "after": self.after,
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [
                {"label": change.label, "details": [detail.to_dict() for detail in change.details]}
                for change in self.changed
            ],
        }


def difference(before: CalibrationSet, after: CalibrationSet) -> Difference:
    """Compare two sets: ports by name, frames by value, calibrations by gate, qubits and arguments.

    What a schedule says of a frame's frequency is reported once, at the frame.
    """
    added, removed, changed = [], [], []
    for kind, old, new in (("port", before.ports, after.ports), ("frame", before.frames, after.frames)):
        added += [f"{kind} {name}" for name in new if name not in old]
        removed += [f"{kind} {name}" for name in old if name not in new]
    for name, frame in before.frames.items():
        other = after.frames.get(name)
        details = frame_details(frame, other) if other is not None else ()
        if details:
            changed.append(Change(f"frame {name}", details))
    pairs, more, fewer = _paired(before.calibrations, after.calibrations)
    for one, two in pairs:
        found = calibration_details(one, two)
        if found:
            changed.append(Change(one.label, found))
    return Difference(
        before=before.id,
        after=after.id,
        added=(*added, *(calibration.label for calibration in more)),
        removed=(*removed, *(calibration.label for calibration in fewer)),
        changed=tuple(changed),
    )


Pairs = list[tuple[Calibration, Calibration]]


def _paired(
    before: Iterable[Calibration], after: Iterable[Calibration]
) -> tuple[Pairs, list[Calibration], list[Calibration]]:
    """Calibrations for the same gate, qubits and arguments; what only the second has; what only the first has."""
    waiting: dict[tuple[object, ...], list[Calibration]] = {}
    for calibration in after:
        waiting.setdefault(coarse_key(calibration), []).append(calibration)
    pairs: Pairs = []
    fewer = []
    for calibration in before:
        match = _taken(waiting, calibration)
        if match is None:
            fewer.append(calibration)
        else:
            pairs.append((calibration, match))
    left = {id(calibration) for rest in waiting.values() for calibration in rest}
    return pairs, [calibration for calibration in after if id(calibration) in left], fewer


def _taken(waiting: Mapping[tuple[object, ...], list[Calibration]], calibration: Calibration) -> Calibration | None:
    there = waiting.get(coarse_key(calibration), [])
    for place, other in enumerate(there):
        if is_same_key(calibration, other):
            return there.pop(place)
    return None
