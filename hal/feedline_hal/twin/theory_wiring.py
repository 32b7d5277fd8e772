# SPDX-License-Identifier: Apache-2.0
"""What full scale of a port is at the chip, and on which grid its samples lie."""

from __future__ import annotations

import math

from feedline_hal.rack.schema import Channel, RackSpec


def rate_hz(port: str, spec: RackSpec) -> float:
    """Samples per second of what plays on a port."""
    settings = spec.instruments[spec.ports[port].outputs[0].instrument].settings
    return float(settings.get("rate_hz", 1 / spec.dt_s))


def peak_v(port: str, spec: RackSpec) -> float:
    """Volts of envelope at the chip that a sample of 1 makes: the channel's amplitude, less the attenuation."""
    wired = spec.ports[port]
    loss: float = 10 ** (-wired.attenuation_db / 20)
    return loss * _amplitude_v(wired.outputs[0], wired.mixer.offset_i_v if wired.i is not None else 0.0, spec)


def most_slew(port: str, spec: RackSpec) -> float:
    """Largest change of a sample, of full scale, from one to the next; infinite if the rack file sets no limit."""
    channel = spec.ports[port].outputs[0]
    limits = spec.instruments[channel.instrument].safe.get(f"ch{channel.number}_slew_v_per_s")
    if limits is None:
        return math.inf
    return float(limits[1]) / rate_hz(port, spec) / _amplitude_v(channel, 0.0, spec)


def whole_s(duration_s: float, spec: RackSpec) -> float:
    """The next longer duration that the device's grid has."""
    ticks = spec.granularity_ticks * math.ceil(duration_s / spec.dt_s / spec.granularity_ticks - 1e-6)
    return max(ticks, spec.min_play_ticks) * spec.dt_s


def _amplitude_v(channel: Channel, offset_v: float, spec: RackSpec) -> float:
    """Volts of a sample of 1: what is set, or as far as is safe on both sides of the offset."""
    instrument = spec.instruments[channel.instrument]
    known = instrument.settings.get(f"ch{channel.number}_amplitude_v")
    if known is not None:
        return float(known)
    low, high = instrument.safe[f"ch{channel.number}_voltage_v"]
    return max(0.0, min(high - offset_v, offset_v - low))
