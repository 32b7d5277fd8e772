# SPDX-License-Identifier: Apache-2.0
"""Records and who turns them into bits: ours, and the ways that NumPy offers.

Run by itself it prints what ours does in a second of wall time, in MB of records, and how many cores that kept
busy, with as many BLAS threads as the environment says: `readout.py` asks a fresh process, for BLAS reads its
environment once.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray
from report import median, race

from feedline_hal.instrument.acquisition import Records
from feedline_hal.readout import Discriminator, Receiver, Window, pack_bits

RATE_HZ = 1e9
MB = 1e6
RNG = np.random.default_rng(1)

Bits = NDArray[np.uint8]


@attrs.frozen(kw_only=True)
class Layout:
    """What is read out.

    Attributes:
        captures: How many, side by side in frequency.
        samples: Of each record; every capture takes all of them.
        dtype: Of the samples.
        is_pair: Whether I and Q are recorded.
        records: How many.
    """

    captures: int
    samples: int = 1000
    dtype: str = "<i2"
    is_pair: bool = False
    records: int = 20_000

    @property
    def channels(self) -> tuple[int, ...]:
        """Of the digitizer."""
        return (1, 2) if self.is_pair else (1,)

    @property
    def frequencies_hz(self) -> NDArray[np.float64]:
        """Of the captures."""
        return 20e6 + 25e6 * np.arange(self.captures)

    def make(self) -> Records:
        """Random records, 8 bits of noise."""
        shape = (self.records, self.samples)
        data = {channel: RNG.integers(-128, 128, shape).astype(self.dtype) for channel in self.channels}
        settings = [dict.fromkeys(data, value) for value in (1e-4, 3.0, 0.01)]
        return Records(first=0, data=data, scale_v=settings[0], zero=settings[1], offset_v=settings[2])


def ours(layout: Layout) -> Callable[[Records], Bits]:
    """The receiver: every record has phases of its own."""
    windows = [
        Window(channels=layout.channels, start=0, samples=layout.samples, frequency_hz=float(one))
        for one in layout.frequencies_hz
    ]
    receiver = Receiver(windows, RATE_HZ)
    lines = Discriminator(np.full(layout.captures, 0.3), np.zeros(layout.captures))
    phase_rad = RNG.uniform(-3, 3, (layout.records, layout.captures))
    clbits, num_bytes = range(layout.captures), -(-layout.captures // 8)

    def run(records: Records) -> Bits:
        points = receiver.integrate(records, phase_rad[: records.count])
        return pack_bits(lines.classify(points), clbits, num_bytes)

    return run


def formula(layout: Layout) -> Callable[[Records], Bits]:
    """The formula as it stands, capture by capture, in double precision."""
    weights = _weights(layout)

    def run(records: Records) -> Bits:
        signal = _signal(records)
        return _packed(np.stack([(signal * one).sum(axis=1) for one in weights], axis=-1))

    return run


def product(layout: Layout) -> Callable[[Records], Bits]:
    """All captures in one matrix product, in double precision."""
    weights = _weights(layout).T.copy()
    return lambda records: _packed(_signal(records) @ weights)


def loop(layout: Layout) -> Callable[[Records], Bits]:
    """Shot by shot: each record is made volts and multiplied with all weights."""
    weights = _weights(layout)

    def run(records: Records) -> Bits:
        points = np.empty((records.count, layout.captures), dtype=np.complex128)
        for shot in range(records.count):
            one = {channel: data[shot : shot + 1] for channel, data in records.data.items()}
            points[shot] = weights @ _signal(attrs.evolve(records, data=one))[0]
        return _packed(points)

    return run


def _weights(layout: Layout) -> NDArray[np.complex128]:
    times_s = np.arange(layout.samples) / RATE_HZ
    carriers = np.exp(-2j * np.pi * layout.frequencies_hz[:, np.newaxis] * times_s)
    return (1 if layout.is_pair else 2) / layout.samples * carriers


def _signal(records: Records) -> NDArray[np.inexact]:
    parts = [
        (data.astype(np.float64) - records.zero[channel]) * records.scale_v[channel] + records.offset_v[channel]
        for channel, data in records.data.items()
    ]
    return parts[0] if len(parts) == 1 else parts[0] + 1j * parts[1]


def _packed(points: NDArray[np.complex128]) -> Bits:
    bits = (points * np.exp(-0.3j)).real > 0
    return np.packbits(bits[:, ::-1], axis=1)


def megabytes(records: Records) -> float:
    """Size of the samples."""
    return sum(data.nbytes for data in records.data.values()) / MB


def main() -> None:
    """Print MB/s of wall time and busy cores for 2, 5 and 10 captures."""
    found = {}
    for captures in (2, 5, 10):
        layout = Layout(captures=captures)
        records, run = layout.make(), ours(layout)
        spent_s = time.process_time()
        began_s = time.perf_counter()
        times = race({"": lambda run=run, records=records: run(records)}, 7, clock=time.perf_counter)[""]
        cores = (time.process_time() - spent_s) / (time.perf_counter() - began_s)
        found[captures] = (megabytes(records) / median(times), cores)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
