# SPDX-License-Identifier: Apache-2.0
"""A rule of readout tones: what sampling makes of them does not fall onto what is listened to."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.rack.bench import Bench
from feedline_hal.rack.mistake import Mistake
from feedline_hal.rack.schema import PortSpec
from feedline_hal.readout.folding import Ghost, ghosts

if TYPE_CHECKING:
    from feedline_hal.calibration.calibration_set import CalibrationSet
    from feedline_hal.pulse.instruction import Capture

_log = logging.getLogger("feedline.rack")


def folds(found: CalibrationSet, bench: Bench) -> Iterator[Mistake]:
    """Captures of one channel behind an oscillator, closer to a tone's mirror image than a capture can resolve.

    The same of an image that a sequencer's converter adds is told by a warning: a filter may stand in its way.
    """
    captures = _captures(found)
    for capture in captures.values():
        port = bench.spec.ports.get(capture.frame.port.name)
        rates_hz = None if port is None else _rates_hz(port, bench)
        duration_s = capture.duration_s
        if port is None or rates_hz is None or not isinstance(duration_s, int | float):
            continue
        own_hz, tones_hz = _between_hz(capture, port), [_between_hz(one, port) for one in captures.values()]
        if own_hz is None:
            continue
        known_hz = [one for one in tones_hz if one is not None]
        close = sorted(
            ghosts(known_hz, own_hz, played_hz=rates_hz[0], recorded_hz=rates_hz[1]),
            key=lambda one: (abs(one.order), abs(one.apart_hz)),
        )
        for ghost in (one for one in close if abs(one.apart_hz) * duration_s < 1):
            what, remedy = _words(capture, port, own_hz, ghost)
            if ghost.order == 0:
                yield Mistake("calibrations", what, remedy)
            else:
                _log.warning("Rack '%s': calibrations: %s %s", bench.spec.name, what, remedy)
            break


def _captures(found: CalibrationSet) -> Mapping[str, Capture]:
    """One capture of each frame, by the frame's name."""
    from feedline_hal.pulse.instruction import Capture

    items = (item for one in found.calibrations for item in one.schedule.instructions())
    return {item.frame.name: item for item in items if isinstance(item, Capture)}


def _rates_hz(port: PortSpec, bench: Bench) -> tuple[float, float] | None:
    """Rates of the converters that play and record on a port with one input behind an oscillator; ``None`` of others.

    Without a sequencer on the port, what plays is taken to be as fast as what records: its images fold onto the tones.
    """
    part = bench.parts.get(port.inputs[0].instrument) if len(port.inputs) == 1 and port.lo is not None else None
    if part is None or not isinstance(part.able, DigitizerCapabilities):
        return None
    recorded_hz = float(part.spec.settings.get("rate_hz", part.able.rates_hz[-1]))
    player = bench.spec.instruments.get(port.outputs[0].instrument) if port.outputs else None
    played_hz = recorded_hz if player is None else float(player.settings.get("rate_hz", 1 / bench.spec.dt_s))
    return played_hz, recorded_hz


def _between_hz(capture: Capture, port: PortSpec) -> float | None:
    """A capture's frequency relative to the port's oscillator, if it is on that port and a number."""
    frequency_hz = capture.frame.frequency_hz
    if capture.frame.port.name != port.name or not isinstance(frequency_hz, int | float):
        return None
    return float(frequency_hz) - port.lo_frequency_hz


def _words(capture: Capture, port: PortSpec, own_hz: float, ghost: Ghost) -> tuple[str, str]:
    """What falls onto what, and the remedy."""
    whose = "its own" if ghost.of_hz == own_hz else f"the {ghost.of_hz:.9g} hertz tone's"
    image = "mirror image" if ghost.order == 0 else "image at the sequencer's sample rate"
    what = (
        f"records frame '{capture.frame.name}' on {port.inputs[0]} at an intermediate frequency of {own_hz:.9g} hertz, "
        f"{abs(ghost.apart_hz):.3g} hertz beside {whose} {image}: a capture of "
        f"{float(capture.duration_s) * 1e9:.9g} ns cannot tell them apart."  # type: ignore[arg-type]
    )
    return what, f"Move ports.{port.name}.lo_frequency_hz by 10e6 or so, or give the digitizer another rate_hz."
