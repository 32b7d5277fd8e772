# SPDX-License-Identifier: Apache-2.0
"""What a calibration set must be before anything uses it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from qiskit.circuit import Parameter

from feedline.errors import nearest
from feedline_hal.errors import CalibrationError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Capture, frames_of
from feedline_hal.pulse.port import Port

from .calibration import Calibration
from .lookup import coarse_key, is_same_key


def check_names(kind: str, named: Mapping[str, Port] | Mapping[str, Frame]) -> None:
    """Refuse a port or frame that is kept under another name than its own."""
    for name, thing in named.items():
        if thing.name != name:
            raise CalibrationError(
                f"Calibration set: {kind} '{thing.name}' is kept under the name '{name}'.",
                remedy=f"Use '{thing.name}' as the key.",
            )


def check_frames(frames: Mapping[str, Frame], ports: Mapping[str, Port]) -> None:
    """Refuse frames on ports that the set has not, or has with other limits, and frames with parameters."""
    for frame in frames.values():
        port = ports.get(frame.port.name)
        if port is None:
            raise CalibrationError(
                f"Frame '{frame.name}' is on port '{frame.port.name}', which the calibration set has not.",
                remedy=f"Add the port to the set's ports. {nearest(frame.port.name, ports)}",
            )
        if port != frame.port:
            raise CalibrationError(
                f"Frame '{frame.name}' is on a port '{port.name}' that differs from the calibration set's.",
                remedy="Use one Port object for both; a device's own ports come in when the set is attached to it.",
            )
        if frame.free:
            names = ", ".join(sorted(parameter.name for parameter in frame.free))
            raise CalibrationError(
                f"Frame '{frame.name}' depends on {names}.",
                remedy="Give the frame a number, and shift or set its frequency or phase in the schedule.",
            )


def check_calibrations(calibrations: Iterable[Calibration], frames: Mapping[str, Frame]) -> None:
    """Refuse calibrations that contradict themselves, the set's frames, or each other."""
    seen: dict[tuple[object, ...], list[Calibration]] = {}
    for calibration in calibrations:
        check_calibration(calibration)
        _check_frames_of(calibration, frames)
        same = seen.setdefault(coarse_key(calibration), [])
        if any(is_same_key(calibration, other) for other in same):
            raise CalibrationError(
                f"There are two calibrations for {calibration.label}.",
                remedy="Keep one of them; `merged` puts the calibrations of one set in place of another's.",
            )
        same.append(calibration)


def check_calibration(calibration: Calibration) -> None:
    """Refuse a calibration that contradicts itself.

    Raises:
        CalibrationError: Names the calibration and what does not fit.
    """
    if not isinstance(calibration.gate, str) or not calibration.gate:
        raise CalibrationError(
            f"A calibration's gate is {calibration.gate!r}.", remedy="Give the name of the gate, a text."
        )
    for qubit in calibration.qubits:
        if qubit is not None and (type(qubit) is not int or qubit < 0):
            raise CalibrationError(
                f"Calibration of '{calibration.gate}': qubit {qubit!r} is no physical qubit.",
                remedy="Give whole numbers from 0, or None for any qubit.",
            )
    if len(set(named := [qubit for qubit in calibration.qubits if qubit is not None])) < len(named):
        raise CalibrationError(
            f"Calibration of '{calibration.gate}' names a qubit twice: {named}.", remedy="Name each qubit once."
        )
    _check_arguments(calibration)
    _check_bounds(calibration)
    _check_bits(calibration)


def check_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the metadata; it must be JSON."""
    try:
        copy = json.loads(json.dumps(dict(metadata), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise CalibrationError(
            f"The calibration set's metadata is no JSON: {error}.",
            remedy="Use texts, numbers, lists and dictionaries with texts as keys.",
        ) from None
    return dict(copy)


def _check_arguments(calibration: Calibration) -> None:
    formal = [item for item in calibration.arguments if isinstance(item, Parameter)]
    literal = [item for item in calibration.arguments if not isinstance(item, Parameter)]
    for item in literal:
        if type(item) not in (int, float) or not math.isfinite(item):
            raise CalibrationError(
                f"Calibration of '{calibration.gate}': argument {item!r} is neither a finite number nor a Parameter.",
                remedy="Give the value that it is for, or a Parameter that stands for any.",
            )
    names = [item.name for item in formal]
    if len(set(names)) < len(names):
        raise CalibrationError(
            f"{calibration.label}: two arguments have the same name.", remedy="Give each argument a name of its own."
        )
    unknown = sorted(item.name for item in calibration.schedule.free - set(formal))
    if unknown:
        has = ", ".join(names) or "none"
        raise CalibrationError(
            f"{calibration.label}: the schedule depends on {', '.join(unknown)}; the arguments are {has}.",
            remedy="Name each parameter among the arguments (the same Parameter object), or bind it.",
        )


def _check_bounds(calibration: Calibration) -> None:
    bounds, arguments = calibration.bounds, calibration.arguments
    if bounds and len(bounds) != len(arguments):
        raise CalibrationError(
            f"{calibration.label}: {len(bounds)} bounds for {len(arguments)} arguments.",
            remedy="Give one pair (lowest, highest) or None per argument, or no bounds at all.",
        )
    for bound in bounds:
        if bound is not None and not (len(bound) == 2 and bound[0] <= bound[1] and all(map(math.isfinite, bound))):
            raise CalibrationError(
                f"{calibration.label}: {bound!r} are no bounds.", remedy="Give (lowest, highest), two finite numbers."
            )


def _check_bits(calibration: Calibration) -> None:
    slots = sorted(
        item.slot for item in calibration.schedule.instructions() if isinstance(item, Capture) and item.slot is not None
    )
    if slots != list(range(calibration.num_bits)):
        gives = f"give the bits {slots}" if slots else "give none"
        raise CalibrationError(
            f"{calibration.label}: num_bits is {calibration.num_bits}, but its captures {gives}.",
            remedy="Give num_bits=n and one capture for each slot from 0 to n - 1; slot=None gives no bit.",
        )


def _check_frames_of(calibration: Calibration, frames: Mapping[str, Frame]) -> None:
    for item in calibration.schedule.instructions():
        for frame in frames_of(item):
            own = frames.get(frame.name)
            if own is frame:
                continue
            if own is None:
                raise CalibrationError(
                    f"{calibration.label} uses frame '{frame.name}', which the calibration set has not.",
                    remedy=f"Add the frame to the set's frames. {nearest(frame.name, frames)}",
                )
            if own != frame:
                raise CalibrationError(
                    f"{calibration.label} uses a frame '{frame.name}' that differs from the calibration set's.",
                    remedy="Use one Frame object for both.",
                )
