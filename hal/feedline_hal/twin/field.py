# SPDX-License-Identifier: Apache-2.0
"""What arrives at the chip: from the voltages that emulated instruments put out to envelopes at each port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.rack.schema import PortSpec, RackSpec

from .chip import Mixer


class PlayingEmulator(Protocol):
    """An emulated sequencer."""

    rate_hz: float

    def played(self, channel: int, shots: range) -> NDArray[np.float32]:
        """What a channel puts out after triggers, in volts, ``(shots, samples)``."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Field:
    """What arrives at a port, for several programs.

    Attributes:
        volts: Envelope of ``Re[x(t) exp(2 pi i lo_hz t)]``, shape ``(programs, samples)``; what is there all the
            time (a leaking carrier) is not in it.
        start_s: When the first sample begins, after the trigger.
        rate_hz: Samples per second.
        lo_hz: What the envelope is relative to.
    """

    volts: NDArray[np.complex128]
    start_s: float
    rate_hz: float
    lo_hz: float

    def times_s(self) -> NDArray[np.float64]:
        """Middle of each sample."""
        return self.start_s + (np.arange(self.volts.shape[1]) + 0.5) / self.rate_hz


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
        parts = [
            np.asarray(emulator.played(channel.number, shots[channel.instrument]), dtype=np.float64)
            for emulator, channel in played
        ]
        trigger = spec.triggers.get(port.outputs[0].instrument)
        found[port.name] = Field(
            volts=_envelope(port, parts, mixers.get(port.name, Mixer())),
            start_s=port.delay_s + (0.0 if trigger is None else trigger.delay_s),
            rate_hz=float(played[0][0].rate_hz),
            lo_hz=_lo_hz(port, emulators),
        )
    return found


def _envelope(port: PortSpec, parts: list[NDArray[np.float64]], mixer: Mixer) -> NDArray[np.complex128]:
    loss = 10 ** (-port.attenuation_db / 20)
    if port.channel is not None:
        return loss * parts[0].astype(np.complex128)
    # what the channels put out besides the signal nulls what leaks; in single precision, as they put it out
    rest_i, rest_q = np.float32(port.mixer.offset_i_v), np.float32(port.mixer.offset_q_v)
    signal_i, signal_q = parts[0] - rest_i, parts[1] - rest_q
    return loss * (signal_i + 1j * mixer.gain * signal_q * np.exp(1j * mixer.phase_rad))


def _lo_hz(port: PortSpec, emulators: Mapping[str, Any]) -> float:
    """The local oscillator's frequency as its emulator has it, nan if it is off; the file's if it is not emulated."""
    emulator = None if port.lo is None else emulators.get(port.lo.instrument)
    if port.lo is None or emulator is None:
        return port.lo_frequency_hz
    if not getattr(emulator, f"{port.lo.prefix}is_on"):
        return float("nan")
    return float(getattr(emulator, f"{port.lo.prefix}frequency_hz"))
