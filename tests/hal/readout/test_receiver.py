# SPDX-License-Identifier: Apache-2.0
"""The receiver against tones of known amplitude and phase, and against plain float64 demodulation."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from feedline.errors import InputError
from feedline_hal.errors import GridError, PulseError
from feedline_hal.instrument.acquisition import Records
from feedline_hal.pulse.waveform import Waveform
from feedline_hal.readout import Receiver, Window

RATE_HZ = 1e9
STEP_V = 1e-5


def recorded(
    volts: Mapping[int, NDArray[Any]], dtype: str = "<i2", zero: float = 0.0, offset_v: float = 0.0
) -> Records:
    """Volts as a digitizer of steps of 10 uV gives them."""
    data = {
        channel: np.rint((values - offset_v) / STEP_V + zero).astype(np.int64).astype(dtype)
        for channel, values in volts.items()
    }
    return Records(
        first=0,
        data=data,
        scale_v=dict.fromkeys(volts, STEP_V),
        zero=dict.fromkeys(volts, zero),
        offset_v=dict.fromkeys(volts, offset_v),
    )


def plain(records: Records, windows: Sequence[Window], phase_rad: Any = 0.0) -> NDArray[np.complex128]:
    """The formula, sample by sample in double precision."""
    points = np.zeros((records.count, len(windows)), dtype=np.complex128)
    for place, window in enumerate(windows):
        inside = slice(window.start, window.start + window.samples)
        parts = [
            (records.data[channel][:, inside].astype(np.float64) - records.zero[channel]) * records.scale_v[channel]
            + records.offset_v[channel]
            for channel in window.channels
        ]
        signal = parts[0] if len(parts) == 1 else parts[0] + 1j * parts[1]
        kernel = 1.0 if window.kernel is None else np.asarray(kernel_samples(window))
        times_s = window.first_time_s + np.arange(window.samples) / RATE_HZ
        carrier = np.exp(-2j * np.pi * window.frequency_hz * times_s)
        points[:, place] = (2 if len(parts) == 1 else 1) * (kernel * signal * carrier).mean(axis=1)
    return points * np.exp(-1j * np.asarray(phase_rad))


def kernel_samples(window: Window) -> Any:
    return window.kernel.sample(RATE_HZ) if isinstance(window.kernel, Waveform) else window.kernel


def seconds(samples: int) -> NDArray[np.float64]:
    return np.arange(samples) / RATE_HZ


def test_tone_gives_its_amplitude_when_its_phase_is_the_captures() -> None:
    """0.2 V at 50 MHz for 20 periods; steps of 10 uV allow 1e-5 V."""
    tone = 0.2 * np.cos(2 * np.pi * 50e6 * seconds(400) + 0.7)
    receiver = Receiver([Window(channels=(1,), start=0, samples=400, frequency_hz=50e6)], RATE_HZ)
    records = recorded({1: tone[np.newaxis]})
    np.testing.assert_allclose(receiver.integrate(records, 0.7), [[0.2]], atol=1e-5)
    np.testing.assert_allclose(receiver.integrate(records), [[0.2 * np.exp(0.7j)]], atol=1e-5)


def test_pair_of_channels_tells_the_sidebands_apart() -> None:
    above = 0.1 * np.exp(1j * (2 * np.pi * 30e6 * seconds(200) - 0.4))[np.newaxis]
    records = recorded({1: above.real, 2: above.imag})
    pair = {"channels": (1, 2), "start": 0, "samples": 200}
    receiver = Receiver([Window(frequency_hz=30e6, **pair), Window(frequency_hz=-30e6, **pair)], RATE_HZ)
    np.testing.assert_allclose(receiver.integrate(records, [-0.4, 0.0]), [[0.1, 0.0]], atol=1e-5)


def test_time_counts_from_the_moment_that_the_phase_is_of() -> None:
    """A tone that starts with the shot, recorded from 130 ns on, in a window from its 17th sample on."""
    time_s = 130e-9 + seconds(1000)
    tone = 0.1 * np.cos(2 * np.pi * 70e6 * time_s + 0.3)
    window = Window(channels=(3,), start=17, samples=500, frequency_hz=70e6, first_time_s=130e-9 + 17 / RATE_HZ)
    points = Receiver([window], RATE_HZ).integrate(recorded({3: tone[np.newaxis]}), 0.3)
    np.testing.assert_allclose(points, [[0.1]], atol=1e-5)


def test_multiplexed_tones_do_not_see_each_other() -> None:
    """Five tones, each with whole periods in the window: orthogonal, so each gives itself alone."""
    frequencies_hz = np.array([10e6, 35e6, 60e6, 85e6, 110e6])
    amplitudes = np.array([0.01, 0.05, 0.002, 0.03, 0.04])
    phases_rad = np.array([0.1, -2.0, 3.0, 1.0, -0.5])
    angles = 2 * np.pi * frequencies_hz[:, np.newaxis] * seconds(1000) + phases_rad[:, np.newaxis]
    record = (amplitudes[:, np.newaxis] * np.cos(angles)).sum(axis=0)
    windows = [Window(channels=(1,), start=0, samples=1000, frequency_hz=float(one)) for one in frequencies_hz]
    points = Receiver(windows, RATE_HZ).integrate(recorded({1: record[np.newaxis]}))
    np.testing.assert_allclose(points[0], amplitudes * np.exp(1j * phases_rad), atol=2e-6)


def test_image_of_a_real_tone_leaks_no_more_than_stated() -> None:
    """17.3 periods in the window."""
    frequency_hz = 17.3e6
    tone = 0.2 * np.cos(2 * np.pi * frequency_hz * seconds(1000) + 0.9)
    window = Window(channels=(1,), start=0, samples=1000, frequency_hz=frequency_hz)
    points = Receiver([window], RATE_HZ).integrate(recorded({1: tone[np.newaxis]}), 0.9)
    leak = abs(points[0, 0] - 0.2)
    bound = 0.2 / (1000 * abs(np.sin(2 * np.pi * frequency_hz / RATE_HZ)))
    assert 0.1 * bound < leak <= bound + 1e-5


def test_each_record_is_turned_by_its_own_phase() -> None:
    phases_rad = np.linspace(-7, 7, 40).reshape(20, 2)
    time_s = seconds(400)
    record = 0.1 * np.cos(2 * np.pi * 20e6 * time_s + phases_rad[:, :1])
    record += 0.2 * np.cos(2 * np.pi * 45e6 * time_s + phases_rad[:, 1:])
    windows = [Window(channels=(1,), start=0, samples=400, frequency_hz=one) for one in (20e6, 45e6)]
    points = Receiver(windows, RATE_HZ).integrate(recorded({1: record}), phases_rad)
    np.testing.assert_allclose(points, np.broadcast_to([0.1, 0.2], (20, 2)), atol=1e-5)


def test_constant_offset_of_the_digitizer_is_taken_out() -> None:
    """The offset stands in the record's scaling; 3.3 periods would let it through otherwise."""
    tone = 0.05 * np.cos(2 * np.pi * 33e6 * seconds(100))[np.newaxis]
    window = Window(channels=(1,), start=0, samples=100, frequency_hz=33e6)
    shifted = recorded({1: tone + 0.25}, zero=-12000.0, offset_v=0.1)
    wanted = plain(recorded({1: tone + 0.25}), [window])
    np.testing.assert_allclose(Receiver([window], RATE_HZ).integrate(shifted), wanted, atol=1e-6)


@st.composite
def layouts(draw: st.DrawFn) -> list[Window]:
    windows = []
    for _ in range(draw(st.integers(1, 5))):
        samples = draw(st.integers(1, 120))
        kind = draw(st.sampled_from(["none", "waveform", "samples"]))
        kernel: Any = None
        if kind == "waveform":
            kernel = Waveform.gaussian(samples / RATE_HZ, 0.5 - 0.8j, sigma_s=20e-9)
        elif kind == "samples":
            kernel = np.exp(1j * np.arange(samples)) / 3
        windows.append(
            Window(
                channels=draw(st.sampled_from([(1,), (2,), (1, 2), (2, 1)])),
                start=draw(st.integers(0, 200 - samples)),
                samples=samples,
                frequency_hz=draw(st.floats(-900e6, 900e6)),
                first_time_s=draw(st.floats(-1e-6, 1e-6)),
                kernel=kernel,
            )
        )
    return windows


@settings(max_examples=80)
@given(
    layouts(),
    st.sampled_from(["<i2", ">i2", "i1"]),
    st.integers(0, 30),
    st.floats(-100, 100),
    st.floats(-1, 1),
)
def test_any_layout_agrees_with_the_formula(
    windows: list[Window], dtype: str, count: int, zero: float, offset_v: float
) -> None:
    """Single precision: to 1e-5 of the largest voltage, whichever windows overlap."""
    rng = np.random.default_rng(count)
    limits = np.iinfo(np.dtype(dtype))
    data = {channel: rng.integers(limits.min, limits.max + 1, (count, 200)).astype(dtype) for channel in (1, 2)}
    records = Records(
        first=0,
        data=data,
        scale_v={1: 0.3 / limits.max, 2: 0.1 / limits.max},
        zero=dict.fromkeys(data, zero),
        offset_v=dict.fromkeys(data, offset_v),
    )
    phase_rad = rng.uniform(-10, 10, len(windows))
    points = Receiver(windows, RATE_HZ).integrate(records, phase_rad)
    assert points.shape == (count, len(windows))
    np.testing.assert_allclose(points, plain(records, windows, phase_rad), atol=1e-5 * (1 + 2 * abs(offset_v)))


def test_records_longer_and_more_than_a_portion_agree_with_the_formula(rng: np.random.Generator) -> None:
    """Portions are of 131072 samples, at most 4096 of one record."""
    for count, samples in ((3, 50_001), (700, 1001)):
        records = recorded({1: rng.uniform(-0.3, 0.3, (count, samples))}, ">i2")
        windows = [
            Window(channels=(1,), start=1, samples=samples - 1, frequency_hz=31e6),
            Window(channels=(1,), start=0, samples=samples // 2, frequency_hz=-77e6),
        ]
        points = Receiver(windows, RATE_HZ).integrate(records)
        np.testing.assert_allclose(points, plain(records, windows), atol=1e-6)


def test_noise_averages_down_with_the_number_of_samples(rng: np.random.Generator) -> None:
    """White noise of 20 mV in 400 samples: 2 sigma^2 / N in each quadrature, within 5 standard errors."""
    records = recorded({1: rng.normal(0.0, 20e-3, (20_000, 400))})
    window = Window(channels=(1,), start=0, samples=400, frequency_hz=50e6)
    points = Receiver([window], RATE_HZ).integrate(records)[:, 0]
    variance = 2 * 20e-3**2 / 400
    for quadrature in (points.real, points.imag):
        assert abs(quadrature.mean(dtype=np.float64)) < 5 * np.sqrt(variance / 20_000)
        assert abs(quadrature.var(dtype=np.float64) / variance - 1) < 5 * np.sqrt(2 / 20_000)


def test_no_temporary_is_larger_than_8_mb() -> None:
    """80 MB of records, 5 captures, a phase for each record."""
    records = recorded({1: np.zeros((1, 1))})
    data = np.zeros((40_000, 1000), dtype=np.int16)
    records = Records(first=0, data={1: data}, scale_v=records.scale_v, zero=records.zero, offset_v=records.offset_v)
    windows = [Window(channels=(1,), start=0, samples=1000, frequency_hz=2e7 * one) for one in range(5)]
    receiver, phase_rad = Receiver(windows, RATE_HZ), np.ones((40_000, 5))
    tracemalloc.start()
    points = receiver.integrate(records, phase_rad)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - points.nbytes < 8e6


def test_windows_are_cut_out_in_volts_and_filled_up_with_zeros(rng: np.random.Generator) -> None:
    volts = {1: rng.uniform(-0.3, 0.3, (4, 50)), 2: rng.uniform(-0.3, 0.3, (4, 50))}
    records = recorded(volts, zero=5.0, offset_v=0.02)
    real = [Window(channels=(1,), start=3, samples=20), Window(channels=(2,), start=0, samples=8)]
    cut = Receiver(real, RATE_HZ).cut(records)
    assert (cut.shape, cut.dtype) == ((4, 2, 20), np.float32)
    np.testing.assert_allclose(cut[:, 0], volts[1][:, 3:23], atol=STEP_V)
    np.testing.assert_allclose(cut[:, 1, :8], volts[2][:, :8], atol=STEP_V)
    assert not cut[:, 1, 8:].any()
    pair = Window(channels=(2, 1), start=0, samples=10, frequency_hz=1e8)
    both = Receiver([pair, real[1]], RATE_HZ).cut(records)
    assert both.dtype == np.complex64
    np.testing.assert_allclose(both[:, 0], volts[2][:, :10] + 1j * volts[1][:, :10], atol=2 * STEP_V)
    np.testing.assert_allclose(both[:, 1, :8], volts[2][:, :8], atol=STEP_V)


def test_layout_without_captures_gives_none() -> None:
    receiver = Receiver([], RATE_HZ)
    assert receiver.integrate(recorded({1: np.zeros((3, 4))})).shape == (3, 0)
    assert receiver.cut(recorded({1: np.zeros((3, 4))})).shape == (3, 0, 0)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ({"channels": (4,)}, r"Window 'q0' is on channel 4; recorded were 1, 2\.\n"),
        ({"start": 91}, r"Window 'q0' ends with sample 101, records of channel 1 have 100\.\n"),
    ],
)
def test_records_that_a_window_does_not_lie_in_are_refused(window: dict[str, Any], words: str) -> None:
    given_window = Window(**{"name": "q0", "channels": (1,), "start": 0, "samples": 10, **window})
    records = recorded({1: np.zeros((2, 100)), 2: np.zeros((2, 100))})
    for read in (Receiver([given_window], RATE_HZ).integrate, Receiver([given_window], RATE_HZ).cut):
        with pytest.raises(InputError, match=words):
            read(records)


@pytest.mark.parametrize(
    ("window", "error", "words"),
    [
        ({"channels": ()}, PulseError, r"'q0' has channels \(\)\.\n  -> Give one channel"),
        ({"channels": (1, 1)}, PulseError, r"'q0' has channels \(1, 1\)"),
        ({"channels": (1, 2, 3)}, PulseError, "or two different ones: I and Q"),
        ({"start": -1}, PulseError, "begins at sample -1 and has 10"),
        ({"samples": 0}, PulseError, "begins at sample 0 and has 0"),
        ({"frequency_hz": float("nan")}, PulseError, "Window 'q0': frequency_hz"),
        ({"first_time_s": float("inf")}, PulseError, "Window 'q0': first_time_s"),
        ({"kernel": Waveform.constant(12e-9)}, PulseError, "'q0' has 10 samples, its kernel 12 at 1000000000 Hz"),
        ({"kernel": np.ones(3, dtype=complex)}, PulseError, "'q0' has 10 samples, its kernel 3"),
        ({"kernel": Waveform.constant(9.5e-9)}, GridError, "off the grid"),
    ],
)
def test_windows_that_cannot_be_are_refused(window: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Receiver([Window(**{"name": "q0", "channels": (1,), "start": 0, "samples": 10, **window})], RATE_HZ)


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_rate_that_is_none_is_refused(rate_hz: float) -> None:
    with pytest.raises(PulseError, match="Receiver: rate_hz is"):
        Receiver([], rate_hz)
