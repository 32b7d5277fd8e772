# SPDX-License-Identifier: Apache-2.0
"""What comes back on a line depends on when it is looked at, not on how rounding sees that."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.twin.answer import Answer, response
from feedline_hal.twin.chip import Line, Resonator
from feedline_hal.twin.field import Field
from feedline_hal.twin.sensed import Sensed
from feedline_hal.twin.timeline import Span

TONE_HZ, LO_HZ = 7.0e9, 6.9e9
RESONATOR = Resonator(port="line", frequency_hz=TONE_HZ, chi_hz=2e6, kappa_hz=4e6)


def point(start_s: float, shift: int) -> complex:
    """The tone's integrated answer when everything comes so many samples later; phases count from its start."""
    samples = np.zeros(6000, dtype=np.complex128)
    played = (np.arange(500) + 0.5) * 1e-9
    samples[shift : shift + 500] = 0.1 * np.exp(2j * np.pi * (TONE_HZ - LO_HZ) * played)
    field = Field(volts=samples[np.newaxis], start_s=start_s, rate_hz=1e9, lo_hz=LO_HZ)
    taken_s = np.arange(625) / 1.25e9  # every fifth sample falls on the edge of a played one
    found = response(samples, field, [RESONATOR], taken_s + start_s + shift * 1e-9)
    heard = found.passing - found.taken[0, 0]
    return complex((heard * np.exp(-2j * np.pi * (TONE_HZ - LO_HZ) * taken_s)).mean())


@pytest.mark.parametrize("start_s", [0.0, 18e-9, 62.5e-9])
def test_answer_does_not_depend_on_the_time_of_day(start_s: float) -> None:
    first = point(start_s, 0)
    assert abs(first) > 1e-4
    for shift in (1, 7, 40, 241, 999, 5100):
        assert abs(point(start_s, shift) - first) < 1e-6 * abs(first) + 1e-9


LEAK_V = 3e-3 - 2e-3j
STEPS = 16


def integrated(levels: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """The equation of motion in small steps, b' = -(kappa/2 - iD) b + kappa/2 x; what passes less b, each ns."""
    half, passed = np.pi * RESONATOR.kappa_hz, []
    inside = half * LEAK_V / (half - 2j * np.pi * (RESONATOR.level_hz(int(levels[0])) - LO_HZ))
    for step in range(STEPS * len(samples)):
        drive = samples[step // STEPS] + LEAK_V
        if step % STEPS == 0:
            passed.append(drive - inside)
        rate = half - 2j * np.pi * (RESONATOR.level_hz(int(levels[step])) - LO_HZ)
        aim = half * drive / rate
        inside = aim + (inside - aim) * np.exp(-rate * 1e-9 / STEPS)
    return np.array(passed)


@pytest.mark.parametrize(
    ("first", "jumps"), [(1, [(300.5, 0)]), (0, [(120.25, 1), (420.0, 0)]), (1, []), (2, [(60, 1)])]
)
def test_a_record_follows_every_jump_sample_by_sample(first: int, jumps: list[tuple[float, int]]) -> None:
    """Levels that change in the middle of a tone, a carrier that leaks: what is integrated is recorded."""
    count, begin = 1000, 40
    samples = np.zeros(count, dtype=np.complex128)
    samples[begin : begin + 600] = 0.1 * np.exp(2j * np.pi * (TONE_HZ - 1e6 - LO_HZ) * (np.arange(600) + 0.5) * 1e-9)
    levels = np.full(STEPS * count, first)
    sensed = Sensed.empty(Span(begin * 1e-9, (begin + 600) * 1e-9, (0,)), "line", 1)
    sensed.levels[0, 0] = first
    for number, (when_ns, level) in enumerate(jumps):
        levels[round(STEPS * (begin + when_ns)) :] = level
        sensed.jumps[0, 0, number], sensed.after[0, 0, number:] = when_ns * 1e-9, level
    field = Field(volts=samples[np.newaxis], start_s=0.0, rate_hz=1e9, lo_hz=LO_HZ, rest_v=LEAK_V)
    times_s = np.arange(count) * 1e-9
    known = response(samples, field, [RESONATOR], times_s)
    found = []
    for part in (0, 1):
        made = np.zeros((1, count), dtype=np.float32)
        answer = Answer(columns={0: 0}, line=Line(gain=3.0, phase_rad=0.4), times_s=times_s, part=part)
        answer.add(made, known, [sensed], np.arange(1))
        found.append(made[0])
    expected = 3 * np.exp(0.4j) * integrated(levels, samples)
    error = np.abs(found[0] + 1j * found[1] - expected)
    assert error[begin:].max() < 1e-3 * np.abs(expected).max()
    assert error[:begin].max() < 3e-2 * np.abs(LEAK_V)
