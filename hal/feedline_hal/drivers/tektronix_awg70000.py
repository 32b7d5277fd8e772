# SPDX-License-Identifier: Apache-2.0
"""Tektronix AWG70001 and AWG70002, A and B: sequencer of 1 or 2 channels, on the direct path, which has no offset.

Trigger input A is used as it is set on the front panel (level, slope, impedance).

Source: Tektronix AWG70000 Series Programmer Manual, chapter "Command Descriptions"; AWG70000 Series data sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from feedline_hal.instrument.sequence import SequencerCapabilities
from feedline_hal.instrument.tektronix_awg import TektronixAwg

_MODELS = {1: ("AWG70001A", "AWG70001B"), 2: ("AWG70002A", "AWG70002B")}


class TektronixAwg70000(TektronixAwg):
    """Options: ``channels``, 1 or 2; 2 if not given."""

    models_by_channels: ClassVar[Mapping[int, tuple[str, ...]]] = _MODELS
    models = (*_MODELS[1], *_MODELS[2])
    path = "DIRect"
    emulator = "feedline_hal.emulator.tektronix_awg70000:EmulatedAwg70000"
    family = SequencerCapabilities(
        channels=(1, 2),
        rate_hz=(1.49e3, 25e9),
        granularity_samples=1,
        min_samples=2400,
        max_samples=2_000_000_000,
        memory_samples=2_000_000_000,
        max_waveforms=16_383,
        max_steps=16_383,
        amplitude_v=(0.125, 0.25),
        resolution_bits=10,
        loads_while_playing=True,
    )

    @classmethod
    def able(cls, options: Mapping[str, Any] | None) -> SequencerCapabilities:
        """What the model with these options can do; one channel has twice the rate, and takes even lengths only."""
        found = super().able(options)
        if len(found.channels) > 1:
            return found
        return attrs.evolve(found, rate_hz=(1.49e3, 50e9), granularity_samples=2, min_samples=4800)
