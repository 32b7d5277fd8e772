# SPDX-License-Identifier: Apache-2.0
"""What arrives at the chip: from the voltages that emulated instruments put out to envelopes at each port.

Emulated instruments react to triggers at once. ``delay_s`` of a rack file's ``[triggers]`` makes up for how late real
ones do, so here as there all begin together, at time 0; a port's ``delay_s`` later its field is at the chip.
"""

from __future__ import annotations

import cmath
from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.rack.schema import Channel, PortSpec, RackSpec

from .chip import Mixer

_SILENT_V = 1e-6
"""Less than this is rounding."""


class PlayingEmulator(Protocol):
    """An emulated sequencer."""

    rate_hz: float

    def played(self, channel: int, shots: range) -> NDArray[np.float32]:
        """What a channel puts out after triggers, in volts, ``(shots, samples)``; an array of the caller's own."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Field:
    """What arrives at a port, for several programs.

    Attributes:
        volts: Envelope of ``Re[x(t) exp(2 pi i lo_hz t)]``, shape ``(programs, samples)``; what is there all the
            time is not in it.
        start_s: When the first sample begins, after the trigger.
        rate_hz: Samples per second.
        lo_hz: What the envelope is relative to; nan if the local oscillator is off.
        rest_v: The envelope of what is there all the time: the carrier that the mixer leaks, less what the
            channels' offsets take from it.
    """

    volts: NDArray[np.complex128]
    start_s: float
    rate_hz: float
    lo_hz: float
    rest_v: complex = 0.0

    def times_s(self) -> NDArray[np.float64]:
        """Middle of each sample."""
        middles = np.arange(self.volts.shape[1], dtype=np.float64) + 0.5
        return self.start_s + middles / self.rate_hz

    def of(self, programs: NDArray[np.intp]) -> Field:
        """The field of some of the programs, in their order."""
        is_whole = len(programs) == len(self.volts) and bool((programs == np.arange(len(programs))).all())
        return self if is_whole else attrs.evolve(self, volts=self.volts[programs])


def fields(
    spec: RackSpec, emulators: Mapping[str, Any], mixers: Mapping[str, Mixer], shots: Mapping[str, range]
) -> dict[str, Field]:
    """What arrives at every port of a rack whose sequencers are emulated.

    Args:
        spec: The rack.
        emulators: By instrument.
        mixers: Of the chip's laboratory, by port.
        shots: Which of its shots each sequencer plays, by instrument; equally many.
    """
    found: dict[str, Field] = {}
    for port in spec.ports.values():
        played = [
            (emulators[channel.instrument], channel) for channel in port.outputs if channel.instrument in emulators
        ]
        if len(played) < len(port.outputs) or not played:
            continue
        parts = [emulator.played(channel.number, shots[channel.instrument]) for emulator, channel in played]
        mixer = mixers.get(port.name, Mixer())
        offsets_v = [_offset_v(spec, channel) for channel in port.outputs]
        for part, offset_v in zip(parts, offsets_v, strict=True):
            part -= offset_v
            part[np.abs(part) < _SILENT_V] = 0.0
        found[port.name] = Field(
            volts=_envelope(port, parts, mixer),
            start_s=port.delay_s,
            rate_hz=float(played[0][0].rate_hz),
            lo_hz=_lo_hz(port, emulators),
            rest_v=_rest_v(port, offsets_v, mixer),
        )
    return found


def _offset_v(spec: RackSpec, channel: Channel) -> float:
    """What a channel puts out besides the signal: what nulls its mixer's carrier, and what its settings add."""
    offset_v = float(spec.instruments[channel.instrument].settings.get(f"{channel.prefix}offset_v", 0.0))
    for port in spec.ports.values():
        if port.i == channel:
            offset_v += port.mixer.offset_i_v
        elif port.q == channel:
            offset_v += port.mixer.offset_q_v
    return offset_v


def _envelope(port: PortSpec, parts: list[NDArray[np.float32]], mixer: Mixer) -> NDArray[np.complex128]:
    """Of a port's channels."""
    loss = 10 ** (-port.attenuation_db / 20)
    envelope = np.zeros(parts[0].shape, dtype=np.complex128)
    if port.channel is not None:
        np.multiply(parts[0], loss, out=envelope.real, dtype=np.float64)
        return envelope
    turned = 1j * loss * mixer.gain * cmath.exp(1j * mixer.phase_rad)
    np.multiply(parts[1], turned.real, out=envelope.real, dtype=np.float64)
    np.multiply(parts[1], turned.imag, out=envelope.imag, dtype=np.float64)
    envelope.real += np.multiply(parts[0], loss, dtype=np.float64)
    return envelope


def _rest_v(port: PortSpec, offsets_v: list[float], mixer: Mixer) -> complex:
    if port.channel is not None:
        return 0.0
    left = offsets_v[0] + mixer.leak_i_v, offsets_v[1] + mixer.leak_q_v
    turned = left[0] + 1j * mixer.gain * left[1] * np.exp(1j * mixer.phase_rad)
    return complex(10 ** (-port.attenuation_db / 20) * turned)


def _lo_hz(port: PortSpec, emulators: Mapping[str, Any]) -> float:
    """The local oscillator's frequency as its emulator has it, nan if it is off; the file's if it is not emulated."""
    emulator = None if port.lo is None else emulators.get(port.lo.instrument)
    if port.lo is None or emulator is None:
        return port.lo_frequency_hz
    if not getattr(emulator, f"{port.lo.prefix}is_on"):
        return float("nan")
    return float(getattr(emulator, f"{port.lo.prefix}frequency_hz"))
