# SPDX-License-Identifier: Apache-2.0
"""Where each port's samples go: channels, mixers, delays, sample rates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError
from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.instrument.role import Sequencer
from feedline_hal.instrument.sequence import SequencerCapabilities
from feedline_hal.instrument.triggering import CoordinatorCapabilities
from feedline_hal.pulse.port import Port
from feedline_hal.rack.schema import PortSpec, RackSpec

_T = TypeVar("_T")
_ROUNDING = 1e-6
"""What single precision may add to full scale."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Feed:
    """How a port's complex samples become one channel's: ``re * Re(x) + im * Im(x)``, so many samples later.

    Attributes:
        port: The port's name.
        re, im: Factors; mixer corrections are in them.
        late_samples: What the channel waits so that all ports are together at the device.
    """

    port: str
    re: float
    im: float
    late_samples: int


@attrs.frozen(kw_only=True, slots=True, eq=False)
class SequencerWiring:
    """One sequencer.

    Attributes:
        name: In the rack.
        rate_hz: Samples per second.
        capabilities: What it can hold.
        channels: Numbers of the channels that are wired, ascending.
        feeds: What each channel plays, in their order.
        amplitude_v, offset_v: Of each channel.
        ports: Names of the ports that it plays.
    """

    name: str
    rate_hz: float
    capabilities: SequencerCapabilities
    channels: tuple[int, ...]
    feeds: tuple[Feed, ...]
    amplitude_v: NDArray[np.float64]
    offset_v: NDArray[np.float64]

    @property
    def ports(self) -> frozenset[str]:
        """Names of the ports that it plays."""
        return frozenset(feed.port for feed in self.feeds)

    def length(self, samples: int) -> int:
        """Length of a waveform that holds so many samples.

        Raises:
            LimitError: If it is longer than the sequencer has.
        """
        able = self.capabilities
        whole = able.granularity_samples * math.ceil(max(samples, 1) / able.granularity_samples)
        length = max(whole, able.granularity_samples * math.ceil(able.min_samples / able.granularity_samples))
        if length > able.max_samples:
            raise LimitError(
                f"A shot takes {length} samples of '{self.name}'.",
                remedy=f"It plays up to {able.max_samples} samples; shorten the circuit or lower its sample rate.",
            )
        return length

    @property
    def late_samples(self) -> int:
        """The longest wait of any channel."""
        return max((feed.late_samples for feed in self.feeds), default=0)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Wiring:
    """A rack's signal paths.

    Attributes:
        spec: The rack file.
        sequencers, digitizers: By name.
        coordinator: Name of what triggers; empty for none.
        triggering: What it can do; ``None`` for none.
        latest_s: Longest delay of a port on its way out: when time 0 of a shot is at the device, after the trigger.
    """

    spec: RackSpec
    sequencers: Mapping[str, SequencerWiring]
    digitizers: Mapping[str, DigitizerCapabilities]
    coordinator: str
    triggering: CoordinatorCapabilities | None
    latest_s: float

    def record_rate_hz(self, digitizer: str) -> float:
        """Sample rate of a digitizer: the rack file's, else its fastest."""
        settings = self.spec.instruments[digitizer].settings
        return float(settings.get("rate_hz", self.digitizers[digitizer].rates_hz[-1]))

    @classmethod
    def of(cls, spec: RackSpec, drivers: Mapping[str, Any]) -> Wiring:
        """The wiring of a rack.

        Args:
            spec: The rack file, checked.
            drivers: Driver by instrument; asked for capabilities only.
        """
        playing = [port for port in spec.ports.values() if port.outputs]
        latest_s = max((port.delay_s for port in playing), default=0.0)
        triggering = {
            name: found for name, driver in drivers.items() if (found := able(driver, CoordinatorCapabilities))
        }
        names = sorted({channel.instrument for port in playing for channel in port.outputs})
        return cls(
            spec=spec,
            sequencers={name: _sequencer(spec, name, drivers[name], latest_s) for name in names},
            digitizers={
                name: heard for name, driver in drivers.items() if (heard := able(driver, DigitizerCapabilities))
            },
            coordinator=next(iter(triggering), ""),
            triggering=next(iter(triggering.values()), None),
            latest_s=latest_s,
        )


def able(driver: Any, kind: type[_T]) -> _T | None:
    """A driver's capabilities if they are of that kind, which tells roles apart that have the same verbs."""
    found = driver.capabilities() if hasattr(driver, "capabilities") else None
    return found if isinstance(found, kind) else None


def _sequencer(spec: RackSpec, name: str, driver: Sequencer, latest_s: float) -> SequencerWiring:
    settings = spec.instruments[name].settings
    rate_hz = float(settings.get("rate_hz", 1 / spec.dt_s))
    found: dict[int, tuple[Feed, float, float]] = {}
    for port in spec.ports.values():
        for number, re, im, offset_v in _feeds(port, name):
            late = round((latest_s - port.delay_s) * rate_hz)
            feed = Feed(port=port.name, re=re, im=im, late_samples=late)
            amplitude_v = float(settings.get(f"ch{number}_amplitude_v", _full_scale_v(spec, port)))
            found[number] = feed, amplitude_v, offset_v + float(settings.get(f"ch{number}_offset_v", 0.0))
    channels = tuple(sorted(found))
    return SequencerWiring(
        name=name,
        rate_hz=rate_hz,
        capabilities=driver.capabilities(),
        channels=channels,
        feeds=tuple(found[number][0] for number in channels),
        amplitude_v=np.array([found[number][1] for number in channels]),
        offset_v=np.array([found[number][2] for number in channels]),
    )


def _full_scale_v(spec: RackSpec, port: PortSpec) -> float:
    """What a sample of 1 may be: as far as is safe on both sides of the offset, and the same for I and Q."""
    rooms_v = []
    for channel, added_v in (
        (port.i, port.mixer.offset_i_v),
        (port.q, port.mixer.offset_q_v),
        (port.channel, 0.0),
    ):
        if channel is not None:
            instrument = spec.instruments[channel.instrument]
            low, high = instrument.safe[f"{channel.prefix}voltage_v"]
            offset_v = added_v + float(instrument.settings.get(f"{channel.prefix}offset_v", 0.0))
            rooms_v.append(min(high - offset_v, offset_v - low))
    return max(0.0, min(rooms_v))


def _feeds(port: PortSpec, instrument: str) -> list[tuple[int, float, float, float]]:
    """Channel, factors of real and imaginary part, and offset, of the channels of one sequencer.

    With RF = I cos(wt) - g Q sin(wt + p), the mixer puts out Re(x exp(iwt)) for I = Re(x) + tan(p) Im(x) and
    Q = Im(x) / (g cos(p)).
    """
    mixer = port.mixer
    made: list[tuple[int, float, float, float]] = []
    if port.i is not None and port.i.instrument == instrument:
        made.append((port.i.number, 1.0, math.tan(mixer.phase_rad), mixer.offset_i_v))
    if port.q is not None and port.q.instrument == instrument:
        made.append((port.q.number, 0.0, 1 / (mixer.gain * math.cos(mixer.phase_rad)), mixer.offset_q_v))
    if port.channel is not None and port.channel.instrument == instrument:
        made.append((port.channel.number, 1.0, 0.0, 0.0))
    return made


def channel_samples(feed: Feed, samples: NDArray[np.complex64] | None, length: int) -> NDArray[np.float32]:
    """One channel's waveform, zeros where its port is silent.

    Raises:
        LimitError: If mixer corrections take it beyond full scale; names the port.
    """
    made = np.zeros(length, dtype=np.float32)
    if samples is None:
        return made
    part = made[feed.late_samples : feed.late_samples + len(samples)]
    if feed.re:
        part += np.float32(feed.re) * samples.real
    if feed.im:
        part += np.float32(feed.im) * samples.imag
    peak = float(np.abs(part).max(initial=0.0))
    if not peak <= 1 + _ROUNDING:
        raise LimitError(
            f"Port '{feed.port}' needs {peak:.6g} of its channel's full scale, mixer corrections included.",
            remedy="Use a smaller amplitude in the calibration, or more amplitude_v for the channel if that is safe.",
        )
    if peak > 1:
        np.clip(made, -1, 1, out=made)  # rounding of the last bit, not a signal
    return made


def port_of(port: PortSpec, spec: RackSpec) -> Port:
    """The pulse layer's port: what calibrations may do there."""
    return Port(
        port.name,
        qubits=port.qubits,
        lo_frequency_hz=port.lo_frequency_hz,
        frequency_range_hz=port.frequency_range_hz or _frequency_range_hz(port, spec),
        max_amplitude=port.max_amplitude,
        is_multiplexed=port.is_multiplexed,
        can_play=bool(port.outputs),
        can_capture=bool(port.inputs),
    )


def _frequency_range_hz(port: PortSpec, spec: RackSpec) -> tuple[float, float] | None:
    """What the sample rate allows: half of it on each side of the local oscillator, or above 0 with one channel."""
    if not port.outputs:
        return None
    rate_hz = float(spec.instruments[port.outputs[0].instrument].settings.get("rate_hz", 1 / spec.dt_s))
    low_hz = -rate_hz / 2 if port.channel is None else 0.0
    return port.lo_frequency_hz + low_hz, port.lo_frequency_hz + rate_hz / 2
