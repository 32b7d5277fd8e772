# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.fast_frame import Converter, FastFrameRun
from feedline_hal.emulator.tones import Tone, Tones


class _Numbered:
    """A signal whose voltage is the shot's number in millivolts."""

    def volts(self, channel: int, shots: range, times_s: np.ndarray) -> np.ndarray:
        return np.repeat(np.array(shots, np.float32)[:, None] * np.float32(1e-3), len(times_s), axis=1)


def _run(frames: int) -> FastFrameRun:
    return FastFrameRun(frames=frames, samples=1000, rate_hz=1e9, first_s=1e-6)


def test_frames_are_there_once_they_were_recorded() -> None:
    """A frame of 1 us that begins 1 us after its trigger is there 2 us after it."""
    run = _run(10)
    assert run.take(Burst(4, 1e-3), 5.0) == pytest.approx(5.003002)
    assert [run.acquired(5 + after_s) for after_s in (0, 1.9e-6, 2.1e-6, 1.1e-3, 3.1e-3)] == [0, 0, 1, 2, 4]
    assert not run.is_over(9.0)
    run.take(Burst(8, 1e-3), 9.0)
    assert run.acquired(9.9) == 10
    assert run.is_over(9.9)
    assert run.shots_of(2, 6) == [range(2, 4), range(4, 7)]


def test_a_trigger_during_a_frame_is_missed() -> None:
    """Triggers every 0.8 us, frames of 2 us from the trigger: every third counts."""
    run = _run(3)
    run.take(Burst(100, 0.8e-6), 0.0)
    assert run.shots_of(0, 2) == [range(0, 9, 3)]


def test_what_was_recorded_when_it_was_stopped_stays() -> None:
    run = _run(10)
    run.take(Burst(10, 1e-3), 0.0)
    run.stop(4.5e-3)
    assert run.acquired(1.0) == 5
    assert run.is_over(1.0)


def test_shots_count_from_arming_over_all_bursts() -> None:
    run = _run(4)
    run.take(Burst(2, 1e-3), 0.0)
    run.take(Burst(5, 1e-3), 1.0)
    numbers = np.zeros((3, 10), "<i2")
    run.fill(numbers, _Numbered(), 1, converter=Converter(scale_v=6.4, centre_v=0.0, width_bytes=1), at=(1, 0))
    assert numbers[:, 0].tolist() == [0, 0, 0]
    fine = Converter(scale_v=0.1, centre_v=0.0, width_bytes=2)
    run.fill(numbers, _Numbered(), 1, converter=fine, at=(1, 0))
    np.testing.assert_allclose(numbers[:, 0] * fine.level_v, [1e-3, 2e-3, 3e-3], atol=8 * fine.level_v)


@pytest.mark.parametrize(("width_bytes", "step", "low", "high"), [(2, 16, -32768, 32752), (1, 1, -128, 127)])
def test_the_converter_rounds_to_its_steps_and_clips(width_bytes: int, step: int, low: int, high: int) -> None:
    converter = Converter(scale_v=0.1, centre_v=0.02, width_bytes=width_bytes)
    volts = np.linspace(-0.7, 0.7, 5001, dtype=np.float32)[None]
    before = volts.copy()
    numbers = np.zeros(volts.shape, f"<i{width_bytes}")
    converter.convert(volts, numbers)
    np.testing.assert_array_equal(volts, before)
    assert (numbers.min(), numbers.max()) == (low, high)
    assert not (numbers.astype(int) % step).any()
    back = numbers * converter.level_v + 0.02
    inside = (volts > -0.45) & (volts < 0.45)
    assert np.abs(back - volts)[inside].max() <= 0.5001 * step * converter.level_v


class _Loud:
    """The same voltages, never as patterns."""

    def __init__(self, tones: Tones) -> None:
        self.volts = tones.volts


@pytest.mark.parametrize(("at", "points"), [((0, 0), 1000), ((5, 17), 300)])
def test_patterns_are_recorded_as_voltages_are(at: tuple[int, int], points: int) -> None:
    """Over two bursts, with frames and points left out, at an odd place in memory."""
    tones = Tones([Tone(1, 50e6, 0.2, 0.3, 0), Tone(1, 73e6, 0.35, -1.0, 2)])
    run = _run(900)
    run.take(Burst(300, 1e-3), 0.0)
    run.take(Burst(700, 1e-3), 1.0)
    converter = Converter(scale_v=0.1, centre_v=0.01, width_bytes=2)
    read = []
    for signal in (tones, _Loud(tones)):
        room = np.zeros(900 * (2 * points + 7) + 3, np.uint8)
        numbers = np.ndarray((900 - at[0], points), "<i2", room.data, 3, (2 * points + 7, 2))
        run.fill(numbers, signal, 1, converter=converter, at=at)
        read.append(numbers)
    assert read[0].any()
    np.testing.assert_array_equal(*read)
