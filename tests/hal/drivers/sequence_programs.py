# SPDX-License-Identifier: Apache-2.0
"""Programs for tests of sequencers."""

from __future__ import annotations

import numpy as np

from feedline_hal.instrument.sequence import SequenceProgram


def noise(
    rng: np.random.Generator, *, steps: int = 2, channels: tuple[int, ...] = (1, 2), samples: int = 2400
) -> SequenceProgram:
    """Different noise in every step of every channel, up to 0.9 of full scale; 0.2 V and 10 mV DC."""
    count = steps * len(channels)
    waveforms = [(0.9 * (2 * rng.random(samples) - 1)).astype(np.float32) for _ in range(count)]
    return SequenceProgram(
        rate_hz=2.4e9,
        channels=channels,
        waveforms=tuple(waveforms),
        steps=np.arange(count).reshape(steps, len(channels)),
        amplitude_v=np.full(len(channels), 0.2),
        offset_v=np.full(len(channels), 0.01),
    )


def volts(program: SequenceProgram, step: int, column: int) -> np.ndarray:
    """What a step should put out on a channel, in volts."""
    samples = program.waveforms[program.steps[step, column]]
    return float(program.offset_v[column]) + float(program.amplitude_v[column]) * samples
