# SPDX-License-Identifier: Apache-2.0
"""One calibration set over another: how layers (circuit, session, set) become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .lookup import coarse_key, is_same_key
from .retarget import calibration_on, frames_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedline_hal.pulse.port import Port

    from .calibration import Calibration
    from .calibration_set import CalibrationSet


def merged(base: CalibrationSet, over: CalibrationSet) -> CalibrationSet:
    """The base with what the other set has in place of its own.

    A calibration of `over` replaces that of the same gate, qubits and arguments (literals compared as in
    `find`). A frame or port of `over` replaces that of the same name everywhere: a frame with another
    frequency is a qubit that was tuned anew, and the gates of the base on it play at the new frequency.
    """
    ports = {**base.ports, **over.ports}
    frames = {**frames_on(base.frames, ports), **over.frames}
    return attrs.evolve(
        base,
        ports=ports,
        frames=frames,
        calibrations=_over((calibration_on(one, frames) for one in base.calibrations), over.calibrations),
        metadata={**base.metadata, **over.metadata},
    )


def with_ports(calibrations: CalibrationSet, ports: Iterable[Port]) -> CalibrationSet:
    """The set on ports of the same names with other limits, a device's; its id stays.

    Ports that the set does not name are left out.
    """
    given = {port.name: port for port in ports}
    own = {name: given.get(name, port) for name, port in calibrations.ports.items()}
    frames = frames_on(calibrations.frames, own)
    return attrs.evolve(
        calibrations,
        ports=own,
        frames=frames,
        calibrations=tuple(calibration_on(one, frames) for one in calibrations.calibrations),
    )


def _over(base: Iterable[Calibration], over: Iterable[Calibration]) -> tuple[Calibration, ...]:
    """Calibrations in the base's order, those of the other in place; then the other's own."""
    result = list(base)
    places: dict[tuple[object, ...], list[int]] = {}
    for place, calibration in enumerate(result):
        places.setdefault(coarse_key(calibration), []).append(place)
    for calibration in over:
        same = [p for p in places.get(coarse_key(calibration), ()) if is_same_key(result[p], calibration)]
        if same:
            result[same[0]] = calibration
        else:
            result.append(calibration)
    return tuple(result)
