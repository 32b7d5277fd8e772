# SPDX-License-Identifier: Apache-2.0
"""What changed in a frame, a waveform or a schedule: what it is, the old value, the new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Instruction, frames_of
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.value import Value
from feedline_hal.pulse.waveform import Waveform

from .calibration import Calibration
from .change_text import change_text, name_of
from .expression import expression_text
from .tree import KINDS, formal_parameters, positional_names

Pair = tuple[Any, Any]


@attrs.frozen(slots=True)
class Detail:
    """One value that changed.

    Attributes:
        where: Which instruction, ``play 2 on q0_drive_frame``; empty where there is only one play.
        what: Which value, with its unit: ``sigma_s``.
        before, after: Numbers in seconds, hertz or radians, or text.
    """

    where: str
    what: str
    before: Any
    after: Any

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        name = f"{name_of(self.what)} " if self.what else ""
        return f"{where}{name}{change_text(self.what, self.before, self.after)}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON; complex numbers as real and imaginary part."""
        return {
            "where": self.where,
            "what": self.what,
            "before": _json(self.before),
            "after": _json(self.after),
        }


def frame_details(before: Frame, after: Frame) -> tuple[Detail, ...]:
    """What changed in a frame."""
    found = []
    if before.port.name != after.port.name:
        found.append(Detail("", "port", before.port.name, after.port.name))
    for name in ("frequency_hz", "phase_rad"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found.append(Detail("", name, old, new))
    return tuple(found)


def calibration_details(before: Calibration, after: Calibration) -> tuple[Detail, ...]:
    """What changed in a calibration; what its formal parameters are called does not matter."""
    names = positional_names(before) | positional_names(after)
    formal = {
        f"p{place}": item.name for place, item in enumerate(formal_parameters(before)) if isinstance(item, Parameter)
    }
    found = list(_Walk(names, formal).schedules(before.schedule, after.schedule))
    for name in ("num_bits", "error"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found.append(Detail("", name, old, new))
    old_bounds, new_bounds = _bounds(before), _bounds(after)
    if old_bounds != new_bounds:
        found.append(Detail("", "bounds", old_bounds, new_bounds))
    return tuple(found)


@attrs.frozen(slots=True)
class _Walk:
    """Walks two schedules pairwise.

    Attributes:
        names: Formal parameters of both by place.
        shown: What the first one calls them.
    """

    names: Mapping[Parameter, str]
    shown: Mapping[str, str]

    def schedules(self, before: Schedule, after: Schedule) -> Iterator[Detail]:
        """What changed from one schedule to another."""
        old, new = list(before.instructions()), list(after.instructions())
        if len(old) != len(new):
            yield Detail("", "", _counted(len(old), "instruction"), str(len(new)))
            return
        places = _places(old)
        for one, two, where in zip(old, new, places, strict=True):
            yield from self.instructions(one, two, where)
        if _nesting(before) != _nesting(after):
            yield Detail("", "alignment", _nesting(before), _nesting(after))

    def instructions(self, before: Instruction, after: Instruction, where: str) -> Iterator[Detail]:
        """What changed from one instruction to another."""
        if type(before) is not type(after):
            here = where or f"{KINDS[type(before)]} on {_frames(before)}"
            yield Detail(here, "", KINDS[type(before)], KINDS[type(after)])
            return
        if _frames(before) != _frames(after):
            yield Detail(where, "frame", _frames(before), _frames(after))
        for field in attrs.fields(type(before)):
            if field.name in ("frame", "frames"):
                continue
            old, new = getattr(before, field.name), getattr(after, field.name)
            if isinstance(old, Waveform) and isinstance(new, Waveform):
                inside = f"{where} kernel".strip() if field.name == "kernel" else where
                yield from self.waveforms(old, new, inside)
            else:
                yield from self.values(field.name, (old, new), where)

    def waveforms(self, before: Waveform, after: Waveform, where: str) -> Iterator[Detail]:
        """What changed from one waveform to another."""
        yield from self.values("shape", (before.shape, after.shape), where)
        yield from self.values("duration_s", (before.duration_s, after.duration_s), where)
        yield from self.values("amplitude", (before.amplitude, after.amplitude), where)
        old, new = dict(before.parameters), dict(after.parameters)
        for name in dict.fromkeys((*old, *new)):
            yield from self.values(name, (old.get(name), new.get(name)), where)
        if len(before.parts) != len(after.parts):
            yield Detail(where, "", _counted(len(before.parts), "part"), str(len(after.parts)))
        else:
            for number, (one, two) in enumerate(zip(before.parts, after.parts, strict=True), 1):
                yield from self.waveforms(one, two, f"{where} part {number}".strip())
        yield from _samples(before.samples, after.samples, where)

    def values(self, what: str, pair: Pair, where: str) -> Iterator[Detail]:
        """Whether a value changed."""
        old, new = (self._plain(value) for value in pair)
        if old != new:
            yield Detail(where, what, self._named(old), self._named(new))

    def _plain(self, value: Value | str | None) -> Any:
        return expression_text(value, self.names) if isinstance(value, ParameterExpression) else value

    def _named(self, value: Any) -> Any:
        if isinstance(value, str):
            for position, name in self.shown.items():
                value = value.replace(position, name)
        return value


def _samples(before: Any, after: Any, where: str) -> Iterator[Detail]:
    if len(before) != len(after):
        yield Detail(where, "", _counted(len(before), "sample"), str(len(after)))
        return
    apart = np.abs(np.asarray(before, dtype=complex) - np.asarray(after, dtype=complex))
    count = int(np.count_nonzero(apart))
    if count:
        yield Detail(where, "", "", f"{count} of {_counted(len(before), 'sample')}, by at most {apart.max():.3g}")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _places(instructions: list[Instruction]) -> list[str]:
    """What instructions are called; the only play, nothing."""
    total = Counter(type(instruction) for instruction in instructions)
    seen: Counter[type] = Counter()
    places = []
    for instruction in instructions:
        kind = type(instruction)
        seen[kind] += 1
        number = f" {seen[kind]}" if total[kind] > 1 else ""
        is_only_play = KINDS[kind] == "play" and total[kind] == 1
        places.append("" if is_only_play else f"{KINDS[kind]}{number} on {_frames(instruction)}")
    return places


def _frames(instruction: Instruction) -> str:
    return ", ".join(frame.name for frame in frames_of(instruction))


def _nesting(schedule: Schedule) -> str:
    """Alignments: ``left``, ``left(1, right(2))`` with numbers of instructions."""
    inside = [_nesting(item) if isinstance(item, Schedule) else 1 for item in schedule.items]
    if not any(isinstance(item, str) for item in inside):
        return str(schedule.alignment)
    return f"{schedule.alignment}({', '.join(map(str, inside))})"


def _bounds(calibration: Calibration) -> str:
    if not any(calibration.bounds):
        return "none"
    return ", ".join("none" if bound is None else f"{bound[0]:.12g} to {bound[1]:.12g}" for bound in calibration.bounds)


def _json(value: Any) -> Any:
    return {"re": value.real, "im": value.imag} if isinstance(value, complex) else value
