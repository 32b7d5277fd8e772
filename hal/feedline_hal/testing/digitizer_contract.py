# SPDX-License-Identifier: Apache-2.0
"""Everything that Feedline asks of a digitizer's driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from feedline_hal.emulator.cable import Burst
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.acquisition import Acquisition, DigitizerCapabilities, Records
from feedline_hal.instrument.role import Digitizer

from .assembling_contract import AssemblingContract
from .instrument_contract import NAME, Bench

_RECORDS = 7
_PATIENCE_S = 20.0
_PERIOD_S = 1e-4
_SAMPLES_A_PERIOD = 500
"""So slow that a sample more or less before the record hardly matters."""


@attrs.frozen(slots=True)
class KnownSignal:
    """A tone whose amplitude tells the shot and whose phase tells the channel.

    Attributes:
        range_v: Full range of the digitizer, of which it takes two thirds.
        frequency_hz: Of the tone.
    """

    range_v: float
    frequency_hz: float

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Voltages ``(shots, times)``; see `feedline_hal.emulator.cable.Signal`."""
        heights = self.range_v / 3 * (1 - np.array([shot % 10 for shot in shots]) / 20)
        tone = np.cos(2 * np.pi * self.frequency_hz * times_s + channel)
        return np.asarray(heights[:, None] * tone, dtype=np.float32)


class DigitizerContract(AssemblingContract):
    """Inherit it in a test class of the driver, and set `driver`.

    The emulator takes a `KnownSignal` as its ``signal`` and triggers through ``triggered(burst)``. Override `is_quiet`.

    Attributes:
        samples: Of a record; what the instrument can do nearest to it is used.
        rate_hz: Sample rate of the tests; the one in the middle if not given.
        resolutions: By how many steps of the converter a sample may differ.

    .. code-block:: python

        class TestAcme(DigitizerContract):
            driver = AcmeScope

            def is_quiet(self, bench):
                bench.driver.identify()  # what was sent before has arrived by then
                return not bench.emulator.is_recording
    """

    samples: ClassVar[int] = 1000
    rate_hz: ClassVar[float | None] = None
    resolutions: ClassVar[float] = 1.5

    def program(self, able: DigitizerCapabilities) -> Acquisition:
        """Seven records on two channels, if there are."""
        channels = able.channels[:2]
        step = able.granularity_samples
        range_v = min(able.range_v[1], max(able.range_v[0], 1.0))
        return Acquisition(
            channels=channels,
            rate_hz=self.rate_hz or able.rates_hz[len(able.rates_hz) // 2],
            samples=-(-max(self.samples, able.min_samples) // step) * step,
            records=_RECORDS,
            range_v=(range_v,) * len(channels),
        )

    def other(self, able: DigitizerCapabilities) -> Acquisition:
        """One record less."""
        return attrs.evolve(self.program(able), records=_RECORDS - 1)

    def beyond(self, able: DigitizerCapabilities) -> Iterator[tuple[Acquisition, str]]:
        """Rate, length, number, range, channel."""
        good = self.program(able)
        count = len(good.channels)
        yield attrs.evolve(good, rate_hz=able.rates_hz[-1] * 1.01), "rate"
        yield attrs.evolve(good, samples=able.max_samples + able.granularity_samples), "sample"
        yield attrs.evolve(good, records=able.most_records(good.samples) + 1), "record"
        yield attrs.evolve(good, range_v=(able.range_v[1] * 1.01,) * count), "range"
        yield attrs.evolve(good, channels=(*good.channels[:-1], max(able.channels) + 1)), "channel"

    def check_run(self, bench: Bench, program: Acquisition) -> None:
        """All records, in order, each once, in volts as they came in."""
        signal = self.armed(bench, program)
        bench.emulator.triggered(Burst(program.records, _PERIOD_S))
        chunks = list(bench.driver.results(program, timeout_s=_PATIENCE_S, stop=lambda: False))
        assert self.count(chunks, program) == program.records
        able = bench.driver.capabilities()
        times_s = program.delay_s + np.arange(program.samples) / program.rate_hz
        for place, channel in enumerate(program.channels):
            found = np.concatenate([chunk.volts(channel) for chunk in chunks])
            wanted = signal.volts(channel, range(program.records), times_s)
            step_v = program.range_v[place] / 2**able.resolution_bits
            early_v = np.abs(np.gradient(wanted, axis=1)).max()  # where a record begins is known to a sample
            np.testing.assert_allclose(found, wanted, rtol=0, atol=self.resolutions * step_v + early_v)

    def armed(self, bench: Bench, program: Acquisition) -> KnownSignal:
        """Load and arm; what comes in from now on."""
        signal = KnownSignal(program.range_v[0], program.rate_hz / _SAMPLES_A_PERIOD)
        bench.emulator.signal = signal
        bench.driver.load(bench.driver.assemble(program))
        bench.driver.arm()
        return signal

    def count(self, chunks: list[Records], program: Acquisition) -> int:
        """How many records came; fails unless they follow one another and are what they should be."""
        done = 0
        for chunk in chunks:
            assert chunk.first == done, f"record {chunk.first} came after {done} records"
            assert set(chunk.data) == set(program.channels)
            for channel, data in chunk.data.items():
                assert data.shape == (chunk.count, program.samples), f"channel {channel} has shape {data.shape}"
                assert data.dtype.kind == "i", f"channel {channel} has dtype {data.dtype}"
                assert data.dtype.itemsize in (1, 2), f"channel {channel} has dtype {data.dtype}"
            done += chunk.count
        return done

    def test_driver_is_a_digitizer(self, bench: Bench) -> None:
        """All of its methods."""
        assert isinstance(bench.driver, Digitizer)

    def test_second_load_sends_nothing(self, bench: Bench) -> None:
        """What was sent last is not sent again."""
        assembly = bench.driver.assemble(self.program(bench.driver.capabilities()))
        bench.driver.load(assembly)
        before = len(self.sent(bench.emulator))
        bench.driver.load(assembly)
        assert self.sent(bench.emulator)[before:] == []

    def test_results_end_early_without_an_error_when_told_to(self, bench: Bench) -> None:
        """What has come is given, what has not is not waited for; then everything goes on."""
        program = self.program(bench.driver.capabilities())
        self.armed(bench, program)
        bench.emulator.triggered(Burst(3, _PERIOD_S))
        asked = iter([False, False])
        chunks = list(bench.driver.results(program, timeout_s=_PATIENCE_S, stop=lambda: next(asked, True)))
        assert self.count(chunks, program) <= 3
        bench.driver.abort()
        self.check_run(bench, program)
        bench.driver.abort()

    def test_missing_triggers_are_a_fault_that_says_how_many_came(self, bench: Bench) -> None:
        """And the instrument can be used afterwards."""
        program = self.program(bench.driver.capabilities())
        self.armed(bench, program)
        bench.emulator.triggered(Burst(3, _PERIOD_S))
        with pytest.raises(HardwareFault, match=r"\b3\b") as caught:
            list(bench.driver.results(program, timeout_s=0.3, stop=lambda: False))
        assert f"{program.records} records" in str(caught.value)
        assert NAME in caught.value.instrument
        bench.driver.abort()
        self.check_run(bench, program)
        bench.driver.abort()
