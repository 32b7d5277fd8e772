# SPDX-License-Identifier: Apache-2.0
"""Whether a digitizer can record what it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from feedline_hal.errors import LimitError

from .acquisition import Acquisition, DigitizerCapabilities


def check_acquisition(
    acquisition: Acquisition, able: DigitizerCapabilities, ranges: Mapping[str, tuple[float, float]], instrument: str
) -> None:
    """Make sure that a digitizer can record an acquisition.

    Args:
        acquisition: What is asked for.
        able: What it can do.
        ranges: What the rack allows besides: ``rate_hz``, ``ch1_range_v``.
        instrument: What errors call it.

    Raises:
        LimitError: The first limit that is exceeded; names it.
    """
    for problem, remedy in _problems(acquisition, able, ranges):
        raise LimitError(f"{instrument}: {problem}.", remedy=remedy)


def _problems(
    acquisition: Acquisition, able: DigitizerCapabilities, ranges: Mapping[str, tuple[float, float]]
) -> Iterator[tuple[str, str]]:
    channels = acquisition.channels
    if not channels or len(set(channels)) < len(channels) or not set(channels) <= set(able.channels):
        yield f"channels are {channels}", f"Use each once, of {', '.join(map(str, able.channels))}."
    if len(acquisition.range_v) != len(channels):
        yield f"{len(acquisition.range_v)} ranges for {len(channels)} channels", "Give one range_v for each channel."
    low, high = ranges.get("rate_hz", (0.0, math.inf))
    rates_hz = [rate_hz for rate_hz in able.rates_hz if low <= rate_hz <= high]
    if not any(math.isclose(acquisition.rate_hz, rate_hz, rel_tol=1e-9) for rate_hz in rates_hz):
        yield f"rate_hz is {acquisition.rate_hz:.9g}", f"Use one of {', '.join(f'{one:.9g}' for one in rates_hz)}."
    samples, grain = acquisition.samples, able.granularity_samples
    if not able.min_samples <= samples <= able.max_samples or samples % grain:
        yield (
            f"a record of {samples} samples",
            f"Use {able.min_samples} to {able.max_samples}, a multiple of {grain}.",
        )
    most = able.most_records(samples)
    if not 1 <= acquisition.records <= most:
        yield f"{acquisition.records} records of {samples} samples", f"Use 1 to {most} in one acquisition."
    if not math.isfinite(acquisition.delay_s):
        yield f"delay_s is {acquisition.delay_s}", "Use a time in seconds."
    for number, range_v in zip(channels, acquisition.range_v, strict=True):
        low, high = ranges.get(f"ch{number}_range_v", able.range_v)
        low, high = max(low, able.range_v[0]), min(high, able.range_v[1])
        if not low <= range_v <= high:
            yield f"ch{number}_range_v is {range_v:.9g}", f"Use {low:.9g} to {high:.9g} V, peak to peak."
