# SPDX-License-Identifier: Apache-2.0
"""Types of formal parameters, found from where they stand: a calibration itself does not know them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import attrs
from qiskit.circuit import Parameter, ParameterExpression

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.pulse.instruction import (
    Capture,
    Delay,
    Instruction,
    Play,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
)
from feedline_hal.pulse.value import Value, parameters_of
from feedline_hal.pulse.waveform import Waveform

from .identifier import fresh_name
from .kind import Kind
from .value_text import Formal
from .waveform_function import shape_parameters


def formal_of(calibration: Calibration, items: list[Instruction], taken: Collection[str]) -> Formal:
    """How the formal parameters of a calibration are written.

    A parameter is a duration if it only stands where durations do, and all of these can be written as
    arithmetic on durations; else durations are written as numbers times ``1s``.

    Args:
        calibration: The calibration.
        items: Its instructions.
        taken: Names that parameters may not have.
    """
    places = {item: place for place, item in enumerate(calibration.arguments) if isinstance(item, Parameter)}
    names: dict[int, str] = {}
    for parameter, place in places.items():
        names[place] = fresh_name(parameter.name, {*taken, *names.values()})
    uses = list(_uses(items))
    timed = [value for kind, value in uses if kind is Kind.DURATION and isinstance(value, ParameterExpression)]
    elsewhere = frozenset[Any]().union(*(parameters_of(value) for kind, value in uses if kind is not Kind.DURATION))
    durations = frozenset[Any]().union(*(parameters_of(value) for value in timed)) - elsewhere
    formal = Formal(places, names, frozenset(names[places[parameter]] for parameter in durations))
    if all(formal.timed(value) is not None for value in timed):
        return formal
    return attrs.evolve(formal, durations=frozenset())


def kinds_of(items: list[Instruction], formal: Formal) -> dict[str, Kind]:
    """The type of each formal parameter, by the name that the text gives it."""
    seen: dict[str, set[Kind]] = {name: set() for name in formal.names.values()}
    for kind, value in _uses(items):
        for parameter in parameters_of(value):
            seen[formal.names[formal.places[parameter]]].add(kind)
    return {name: _kind(name, kinds, formal) for name, kinds in seen.items()}


def _kind(name: str, kinds: set[Kind], formal: Formal) -> Kind:
    if name in formal.durations:
        return Kind.DURATION
    return Kind.FLOAT if kinds & {Kind.DURATION, Kind.FLOAT} else Kind.ANGLE


def _uses(items: list[Instruction]) -> Iterator[tuple[Kind, Value]]:
    """All values, and what kind stands there."""
    for item in items:
        if isinstance(item, Play):
            yield from _in_waveform(item.waveform)
        elif isinstance(item, Capture | Delay):
            yield Kind.DURATION, item.duration_s
            if isinstance(item, Capture) and item.kernel is not None:
                yield from _in_waveform(item.kernel)
        elif isinstance(item, SetPhase | ShiftPhase):
            yield Kind.ANGLE, item.phase_rad
        elif isinstance(item, SetFrequency | ShiftFrequency):
            yield Kind.FLOAT, item.frequency_hz


def _in_waveform(waveform: Waveform) -> Iterator[tuple[Kind, Value]]:
    # Amplitudes of gates are functions of angles, so they do not make a parameter a float.
    yield Kind.ANGLE, waveform.amplitude
    if waveform.shape == "sampled":
        return
    for part in waveform.parts:
        yield from _in_waveform(part)
    if not waveform.parts:
        yield Kind.DURATION, waveform.duration_s
        values = dict(waveform.parameters)
        yield from ((kind, values[name]) for _, name, kind in shape_parameters(waveform.shape))
