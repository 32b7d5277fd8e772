# SPDX-License-Identifier: Apache-2.0
"""Tektronix AWG5202, AWG5204 and AWG5208: sequencer of 2, 4 or 8 channels.

Channels are used on the DC high bandwidth path; 1.5 V peak to peak takes option DC. Trigger input A is used as it is
set on the front panel (level, slope, impedance).

Source: Tektronix AWG5200 Series Programmer Manual, chapter "Command Descriptions"; AWG5200 Series data sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from feedline_hal.instrument.sequence import SequencerCapabilities
from feedline_hal.instrument.tektronix_awg import TektronixAwg


class TektronixAwg5200(TektronixAwg):
    """Options: ``channels``, 2, 4 or 8; 8 if not given."""

    models_by_channels: ClassVar[Mapping[int, tuple[str, ...]]] = {2: ("AWG5202",), 4: ("AWG5204",), 8: ("AWG5208",)}
    models = ("AWG5202", "AWG5204", "AWG5208")
    path = "DCHB"
    emulator = "feedline_hal.emulator.tektronix_awg5200:EmulatedAwg5200"
    family = SequencerCapabilities(
        channels=tuple(range(1, 9)),
        rate_hz=(300.0, 2.5e9),
        granularity_samples=1,
        min_samples=2400,
        max_samples=2_000_000_000,
        memory_samples=2_000_000_000,
        max_waveforms=16_383,
        max_steps=16_383,
        amplitude_v=(0.0125, 0.75),
        offset_v=(-2.0, 2.0),
        resolution_bits=16,
        loads_while_playing=True,
    )
