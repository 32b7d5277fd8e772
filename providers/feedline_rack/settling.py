# SPDX-License-Identifier: Apache-2.0
"""Values of settable instruments before the first shot."""

from __future__ import annotations

from feedline_hal.instrument.role import Settable
from feedline_hal.rack.open_rack import OpenRack
from feedline_hal.rack.schema import RackSpec


def settled(spec: RackSpec, rack: OpenRack) -> dict[str, dict[str, float]]:
    """What each settable instrument is to be told: its settings, and a local oscillator's frequency and output.

    Returns:
        Values by instrument; those that have none are left out.
    """
    wanted = {
        name: dict(spec.instruments[name].settings)
        for name, lane in rack.lanes.items()
        if isinstance(lane.driver, Settable)
    }
    for port in spec.ports.values():
        if port.lo is None or port.lo.instrument not in wanted:
            continue
        values, prefix = wanted[port.lo.instrument], port.lo.prefix
        values[f"{prefix}frequency_hz"] = port.lo_frequency_hz
        if f"{prefix}is_on" in rack.driver(port.lo.instrument).limits():
            values.setdefault(f"{prefix}is_on", 1.0)
    return {name: values for name, values in wanted.items() if values}
