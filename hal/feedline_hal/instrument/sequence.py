# SPDX-License-Identifier: Apache-2.0
"""What a sequencer plays: a list of steps, each a waveform on every channel, one step a trigger."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(kw_only=True, slots=True)
class SequencerCapabilities:
    """What a sequencer can hold and do; by its manual or as it answers, declared and never guessed.

    Attributes:
        channels: Numbers of its channels.
        rate_hz: Lowest and highest sample rate.
        granularity_samples: A waveform's length is a multiple of this.
        min_samples, max_samples: Length of one waveform.
        memory_samples: What all waveforms together may have.
        max_waveforms: How many waveforms it keeps.
        max_steps: How many steps a sequence may have.
        amplitude_v: Smallest and largest voltage of a full-scale sample, into 50 ohm.
        offset_v: Lowest and highest DC offset, into 50 ohm.
        resolution_bits: Of the converter.
        loads_while_playing: Whether `Sequencer.load` may be called while another program plays.
        holds_last: Whether a channel stays at a waveform's last sample until the next trigger, instead of going to 0.
    """

    channels: tuple[int, ...]
    rate_hz: tuple[float, float]
    granularity_samples: int = 1
    min_samples: int = 1
    max_samples: int
    memory_samples: int
    max_waveforms: int
    max_steps: int
    amplitude_v: tuple[float, float]
    offset_v: tuple[float, float] = (0.0, 0.0)
    resolution_bits: int = 16
    loads_while_playing: bool = False
    holds_last: bool = False


@attrs.frozen(kw_only=True, slots=True, eq=False)
class SequenceProgram:
    """What a sequencer plays. Every step waits for a trigger, plays once, and the first follows the last.

    Attributes:
        rate_hz: Samples per second.
        channels: Numbers of the channels in use, in the order of the columns.
        waveforms: Unique waveforms, float32, of full scale: from -1 to 1.
        steps: Waveform by step and channel, shape ``(steps, channels)``; those of one step are equally long.
        amplitude_v: Voltage of a sample of 1 by channel, shape ``(channels,)``.
        offset_v: DC offset by channel, shape ``(channels,)``.
    """

    rate_hz: float
    channels: tuple[int, ...]
    waveforms: tuple[NDArray[np.float32], ...]
    steps: NDArray[np.int64]
    amplitude_v: NDArray[np.float64]
    offset_v: NDArray[np.float64]

    @property
    def memory_samples(self) -> int:
        """What its waveforms take together."""
        return sum(len(waveform) for waveform in self.waveforms)
