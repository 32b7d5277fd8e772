# SPDX-License-Identifier: Apache-2.0
"""What a digitizer records: one record a trigger, as many as asked for."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(kw_only=True, slots=True)
class DigitizerCapabilities:
    """What a digitizer can record.

    Attributes:
        channels: Numbers of its channels.
        rates_hz: Sample rates that it has, ascending.
        granularity_samples: A record's length is a multiple of this.
        min_samples, max_samples: Length of a record.
        memory_samples: What all records of one channel together may have.
        max_records: How many records one acquisition may have.
        range_v: Smallest and largest full range of a channel, peak to peak.
        resolution_bits: Of the samples as they are read.
        streams: Whether records can be read while others are still being recorded.
    """

    channels: tuple[int, ...]
    rates_hz: tuple[float, ...]
    granularity_samples: int = 1
    min_samples: int = 1
    max_samples: int
    memory_samples: int
    max_records: int
    range_v: tuple[float, float]
    resolution_bits: int = 8
    streams: bool = False

    def most_records(self, samples: int) -> int:
        """How many records of so many samples one acquisition may have."""
        return min(self.max_records, self.memory_samples // max(samples, 1))


@attrs.frozen(kw_only=True, slots=True)
class Acquisition:
    """What a digitizer is to record.

    Attributes:
        channels: Numbers of the channels.
        rate_hz: Samples per second, one of `DigitizerCapabilities.rates_hz`.
        samples: Of each record.
        records: How many; one a trigger.
        delay_s: From the trigger to the first sample.
        range_v: Full range, peak to peak, by channel.
    """

    channels: tuple[int, ...]
    rate_hz: float
    samples: int
    records: int
    delay_s: float = 0.0
    range_v: tuple[float, ...]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Records:
    """Some of the records, as they came: ``volts = (data - zero) * scale_v + offset_v``.

    Attributes:
        first: Number of the first of them in the acquisition.
        data: By channel, shape ``(records, samples)``, int8 or int16 in the instrument's byte order.
        scale_v, zero, offset_v: By channel.
    """

    first: int
    data: Mapping[int, NDArray[np.signedinteger]]
    scale_v: Mapping[int, float]
    zero: Mapping[int, float]
    offset_v: Mapping[int, float]

    @property
    def count(self) -> int:
        """How many."""
        return len(next(iter(self.data.values())))

    def volts(self, channel: int) -> NDArray[np.float32]:
        """Records of a channel in volts, shape ``(records, samples)``."""
        raw = self.data[channel].astype(np.float32)
        volts = (raw - np.float32(self.zero[channel])) * np.float32(self.scale_v[channel])
        return volts + np.float32(self.offset_v[channel])
