# SPDX-License-Identifier: Apache-2.0
"""Rules of the calibration set: it can be read, and the rack has what it plays on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from feedline.errors import FeedlineError, nearest
from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.rack.bench import Bench
from feedline_hal.rack.mistake import Mistake
from feedline_hal.rack.schema import RackSpec

from .folding import folds
from .port import reach_hz

if TYPE_CHECKING:
    from feedline_hal.calibration.calibration_set import CalibrationSet
    from feedline_hal.pulse.frame import Frame

STORE = "store:"
"""What a name of the calibration store begins with."""


def read_calibrations(spec: RackSpec) -> CalibrationSet | None:
    """The rack's calibration set; ``None`` if the file names none.

    Raises:
        FeedlineError: If it cannot be read; says why.
    """
    from feedline_hal.calibration.calibration_set import CalibrationSet

    if not spec.calibrations:
        return None
    if spec.calibrations.startswith(STORE):
        from feedline_hal.calibration.store import CalibrationStore

        return CalibrationStore().get(spec.calibrations.removeprefix(STORE) or "current")
    from feedline.circuit_file import text_of
    from feedline.errors import InputError

    path = spec.path.parent / spec.calibrations
    text = text_of(path)
    if text is None:
        raise InputError(f"{path} holds circuits, no calibrations.", remedy="Name a file of OpenPulse text.")
    return CalibrationSet.from_openpulse(text, dt_s=spec.dt_s)


def calibrations(bench: Bench) -> Iterator[Mistake]:
    """The set can be read; its ports and qubits exist; its frames are within range; captures have a digitizer."""
    path, spec = "calibrations", bench.spec
    try:
        found = read_calibrations(spec)
    except FeedlineError as error:
        yield Mistake(path, f'is "{spec.calibrations}": {error.what}', error.remedy)
        return
    if found is None:
        return
    for name in found.ports:
        if name not in spec.ports:
            yield Mistake(path, f"plays on port '{name}', which the rack does not have.", nearest(name, spec.ports))
    for frame in found.frames.values():
        yield from _frame(frame, spec)
    yield from _directions(found, spec)
    yield from _records(found, bench)
    yield from folds(found, bench)
    qubits = {qubit for one in found.calibrations for qubit in one.qubits if qubit is not None}
    for qubit in sorted(qubit for qubit in qubits if qubit >= spec.num_qubits):
        yield Mistake(path, f"has gates of qubit {qubit}.", f"Ports of the rack have {spec.num_qubits}, from 0.")


def _frame(frame: Frame, spec: RackSpec) -> Iterator[Mistake]:
    port = spec.ports.get(frame.port.name)
    if port is None or not isinstance(frame.frequency_hz, int | float):
        return
    reach = port.frequency_range_hz or reach_hz(port, spec)
    if reach is not None and not reach[0] <= frame.frequency_hz <= reach[1]:
        what = f"has frame '{frame.name}' on ports.{port.name} at {frame.frequency_hz:.9g} hertz, beyond its range."
        yield Mistake("calibrations", what, f"The port reaches {reach[0]:.9g} to {reach[1]:.9g} hertz.")


def _directions(found: CalibrationSet, spec: RackSpec) -> Iterator[Mistake]:
    """Plays go to sequencers, captures come from digitizers."""
    from feedline_hal.pulse.instruction import Capture, Play

    told: set[tuple[str, str]] = set()
    for calibration in found.calibrations:
        for item in calibration.schedule.instructions():
            if not isinstance(item, Play | Capture):
                continue
            port = spec.ports.get(item.frame.port.name)
            verb, key = ("plays", "channel") if isinstance(item, Play) else ("captures", "capture")
            if port is None or (port.outputs if verb == "plays" else port.inputs) or (verb, port.name) in told:
                continue
            told.add((verb, port.name))
            role = "sequencer" if verb == "plays" else "digitizer"
            what = f"{verb} on ports.{port.name} ({calibration.label}), which has no {role}."
            yield Mistake("calibrations", what, f"Give ports.{port.name} a {key}.")


def _records(found: CalibrationSet, bench: Bench) -> Iterator[Mistake]:
    """What is recorded is below half the digitizer's sample rate, relative to the local oscillator."""
    from feedline_hal.pulse.instruction import Capture

    items = (item for one in found.calibrations for item in one.schedule.instructions() if isinstance(item, Capture))
    for frame in {item.frame.name: item.frame for item in items}.values():
        port = bench.spec.ports.get(frame.port.name)
        part = bench.parts.get(port.inputs[0].instrument) if port is not None and port.inputs else None
        if port is None or part is None or not isinstance(part.able, DigitizerCapabilities):
            continue
        rate_hz = part.spec.settings.get("rate_hz", part.able.rates_hz[-1])
        if not isinstance(frame.frequency_hz, int | float):
            continue
        between_hz = abs(frame.frequency_hz - port.lo_frequency_hz)
        if between_hz > rate_hz / 2:
            what = (
                f"records frame '{frame.name}' {between_hz:.9g} hertz from the local oscillator of ports.{port.name}."
            )
            remedy = f"'{part.spec.name}' sees up to half its rate_hz, {rate_hz / 2:.9g} hertz."
            yield Mistake("calibrations", what, remedy)
