# SPDX-License-Identifier: Apache-2.0
"""Records that a chip sends: resonators ring up, levels shift phases, channels and delays are the rack's."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray
from twin_lab import CHI_HZ, KAPPA_HZ, READOUT_LO_HZ, RUNG_HZ, chip, gaussian, on_resonance, tone, transmon

from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.rack.schema import Channel, InstrumentSpec, MixerSpec, PortSpec, RackSpec
from feedline_hal.twin.bias import biased_hz
from feedline_hal.twin.chip import Chip, Line, Mixer
from feedline_hal.twin.life import Life
from feedline_hal.twin.twin_signal import TwinSignal

DELAY_S, BACK_S = 20e-9, 60e-9
LO_HZ = 4.9e9


class Player:
    """What a sequencer's emulator tells: rows of voltages that take turns, by channel."""

    rate_hz = 1e9

    def __init__(self, channels: dict[int, NDArray[np.float64]], shots: int) -> None:
        self.channels, self.shots = channels, shots
        self.num_steps = len(next(iter(channels.values())))
        self.burst = range(0, shots)

    def played(self, channel: int, shots: range) -> NDArray[np.float32]:
        return self.channels[channel][[shot % self.num_steps for shot in shots]].astype(np.float32)

    def again(self) -> None:
        self.burst = range(self.burst.stop, self.burst.stop + self.shots)


@attrs.define
class Source:
    """A bias source's emulator."""

    level_v: float = 0.0
    is_on: float = 1.0


def rack(**changes: Any) -> RackSpec:
    """Drive on channels 1 and 2, readout on 3 and 4, a digitizer with I and Q."""
    drive = PortSpec(
        name="d0", i=Channel("awg", "ch1"), q=Channel("awg", "ch2"), lo_frequency_hz=LO_HZ, delay_s=DELAY_S
    )
    line = PortSpec(
        name="line",
        i=Channel("awg", "ch3"),
        q=Channel("awg", "ch4"),
        capture_i=Channel("scope", "ch1"),
        capture_q=Channel("scope", "ch2"),
        lo_frequency_hz=READOUT_LO_HZ,
        delay_s=DELAY_S,
        capture_delay_s=BACK_S,
    )
    return RackSpec(
        path=Path("lab.toml"),
        name="lab",
        instruments={"awg": InstrumentSpec(name="awg", driver="any", address="")},
        ports={"d0": attrs.evolve(drive, **changes), "line": line},
    )


def player(drive: NDArray[np.complex128], readout: NDArray[np.complex128], shots: int) -> Player:
    drive, readout = np.atleast_2d(drive), np.atleast_2d(readout)
    return Player({1: drive.real, 2: drive.imag, 3: readout.real, 4: readout.imag}, shots)


def quiet(**changes: Any) -> Chip:
    """One transmon, no noise, a line without phase."""
    made = chip(transmon(t1_s=1.0, t2_s=1.0))
    return attrs.evolve(made, lines={"line": Line(noise_v=0.0, phase_rad=0.0)}, **changes)


def heard(
    made: Chip, spec: RackSpec, awg: Player, times_s: NDArray[np.float64], **others: Any
) -> NDArray[np.complex64]:
    signal = TwinSignal(made, spec, {"awg": awg, **others}, "scope")
    shots = range(awg.shots)
    return signal.volts(1, shots, times_s) + 1j * signal.volts(2, shots, times_s)


TOTAL = 1400
TIMES_S = 0.5e-9 + np.arange(TOTAL) * 1e-9
FLIP = on_resonance(np.r_[gaussian(0.508), np.zeros(TOTAL - 40)], 5.0e9)[0]
HELD = np.sinc((RUNG_HZ[0] - CHI_HZ / 2 - READOUT_LO_HZ) / 1e9)
"""What of a tone is left that is held for samples of 1 ns; the rest lies at other frequencies."""
STILL = np.zeros(TOTAL, dtype=complex)


@pytest.mark.parametrize(("drive", "level"), [(STILL, 0), (FLIP, 1)])
def test_a_resonator_rings_up_to_its_levels_phase(drive: NDArray[np.complex128], level: int) -> None:
    """1 - (1 - exp(-(kappa/2 - iD) t)) (kappa/2) / (kappa/2 - iD), late by both delays."""
    sound = tone(0, 60, 1000, TOTAL)
    records = heard(quiet(), rack(), player(drive, sound, 40), TIMES_S)
    begin_s = 60e-9 + DELAY_S + BACK_S
    inside = (begin_s + 2e-9 < TIMES_S) & (begin_s + 990e-9 > TIMES_S)
    between_hz = RUNG_HZ[0] - CHI_HZ / 2 - READOUT_LO_HZ
    passed_s = TIMES_S[inside] - begin_s
    turned = records[:, inside] * np.exp(-2j * np.pi * between_hz * (TIMES_S[inside] - DELAY_S - BACK_S)) / 0.02
    half, away = math.pi * KAPPA_HZ, 2 * math.pi * (RUNG_HZ[0] - level * CHI_HZ - RUNG_HZ[0] + CHI_HZ / 2)
    rate = half - 1j * away
    expected = 1 - HELD * half / rate * (1 - np.exp(-rate * passed_s))
    median = np.median(turned.real, axis=0) + 1j * np.median(turned.imag, axis=0)
    assert np.abs(median - expected).max() < 0.01
    assert np.abs(records[:, begin_s - 2e-9 > TIMES_S]).max() < 1e-6


def test_steady_phases_of_0_and_1_are_those_of_the_dispersive_shift() -> None:
    """Between the resonances, chi of kappa / 2: (1 - 1/(1 -+ i/2)), whose phases differ by 2 atan(1/2) + ..."""
    sound = tone(0, 60, 1200, TOTAL)
    late = slice(900, 1000)
    between_hz = RUNG_HZ[0] - CHI_HZ / 2 - READOUT_LO_HZ
    points = []
    for drive in (STILL, FLIP):
        records = heard(quiet(), rack(), player(drive, sound, 20), TIMES_S)[:, late]
        turned = records * np.exp(-2j * np.pi * between_hz * (TIMES_S[late] - DELAY_S - BACK_S))
        points.append(np.median(turned.mean(axis=1).real) + 1j * np.median(turned.mean(axis=1).imag))
    expected = [1 - HELD / (1 - 1j * side * CHI_HZ / KAPPA_HZ) for side in (1, -1)]
    found_rad = np.angle(points[0] / points[1])
    assert found_rad == pytest.approx(np.angle(expected[0] / expected[1]), abs=0.01)


def test_noise_is_white_has_its_size_and_is_the_same_for_the_same_seed() -> None:
    made = attrs.evolve(quiet(), lines={"line": Line(noise_v=3e-3)})
    silent = player(STILL, STILL, 200)
    once, again = (heard(made, rack(), silent, TIMES_S) for _ in range(2))
    other = heard(attrs.evolve(made, seed=6), rack(), silent, TIMES_S)
    assert (once == again).all()
    assert (once != other).any()
    assert once.real.std() == pytest.approx(3e-3, rel=0.01)
    assert abs(np.mean(once[:, 1:].real * once[:, :-1].real)) < 1e-7
    assert abs(np.corrcoef(once.real.reshape(-1), once.imag.reshape(-1))[0, 1]) < 0.01


def test_programs_take_turns_and_shots_of_one_burst_are_one_life() -> None:
    """Rows of two programs alternate; reading them again, in parts, gives the same."""
    drive = np.stack([STILL, FLIP])
    awg = player(drive, np.tile(tone(0, 60, 1000, TOTAL), (2, 1)), 60)
    signal = TwinSignal(quiet(), rack(), {"awg": awg}, "scope")
    records = signal.volts(1, range(60), TIMES_S)
    assert np.abs(records[0:40:2] - records[0]).max() < np.abs(records[1] - records[0]).max() / 10
    assert signal.volts(1, range(7, 9), TIMES_S) == pytest.approx(records[7:9])
    awg.again()
    assert signal.volts(1, range(60), TIMES_S).shape == records.shape


def test_shots_that_sequencers_did_not_play_are_noise() -> None:
    """A digitizer that takes more triggers than the sequencers hears nothing in the rest."""
    awg = player(STILL, tone(0, 60, 1000, TOTAL), 5)
    records = TwinSignal(quiet(), rack(), {"awg": awg}, "scope").volts(1, range(8), TIMES_S)
    assert np.abs(records[:5]).max() > 1e-3
    assert np.abs(records[5:]).max() == 0.0


def test_programs_that_differ_in_loudness_are_measured_each_in_its_way() -> None:
    """In one sweep a strong tone projects, one that is hardly there leaves the superposition: 1/2 and 1."""
    turns = np.zeros(TOTAL)
    turns[:40] = turns[540:580] = gaussian(0.254)
    drive = np.tile(on_resonance(turns, 5.0e9), (2, 1))
    sound = np.stack([tone(0, 60, 400, TOTAL), tone(0, 60, 400, TOTAL, 2e-6)]) + tone(0, 600, 600, TOTAL)
    burst = Life(quiet(), rack(), {"awg": player(drive, sound, 4000)}).burst()
    means = [row[-1].levels.mean() for row in burst.sensed]
    assert means == pytest.approx([0.5, 1.0], abs=0.04)


def test_a_bias_moves_the_transmon_away_from_its_drive() -> None:
    """A tenth of a flux quantum is 130 MHz: the flip flips no more; a source that is off is 0 V."""
    made = quiet(qubits=(transmon(t1_s=1.0, t2_s=1.0, bias="flux", bias_sweet_v=0.0),))
    awg = player(FLIP, tone(0, 60, 1000, TOTAL), 50)
    levels = []
    for source in (Source(0.0), Source(0.1), Source(0.1, is_on=0.0)):
        life = Life(made, rack(), {"awg": awg, "flux": source})
        levels.append(life.burst().sensed[0][0].levels.mean())
    assert levels == pytest.approx([1.0, 0.0, 1.0], abs=0.03)
    assert biased_hz(made.qubits[0], 0.1) == pytest.approx(5.3e9 * math.sqrt(math.cos(0.1 * math.pi)) - 0.3e9)


def test_a_mixers_faults_are_undone_by_the_racks_corrections_only() -> None:
    """Leak and imbalance as the rack says: the flip flips. Ten times the leak, not told: it shifts the transmon."""
    mixer = Mixer(gain=1.05, phase_rad=0.04, leak_i_v=-3e-3, leak_q_v=2e-3)
    told = MixerSpec(gain=1.05, phase_rad=0.04, offset_i_v=3e-3, offset_q_v=-2e-3)
    sent = FLIP.real + math.tan(0.04) * FLIP.imag + 3e-3 + 1j * (FLIP.imag / (1.05 * math.cos(0.04)) - 2e-3)
    fine = Life(quiet(mixers={"d0": mixer}), rack(mixer=told), {"awg": player(sent, tone(0, 60, 900, TOTAL), 200)})
    assert fine.burst().fields["d0"].rest_v == pytest.approx(0, abs=1e-12)
    assert fine.burst().fields["d0"].volts[0] == pytest.approx(FLIP, abs=1e-6)
    assert fine.burst().sensed[0][0].levels.mean() == pytest.approx(1, abs=0.02)
    worse = quiet(mixers={"d0": attrs.evolve(mixer, leak_i_v=-30e-3)})
    left = Life(worse, rack(mixer=told), {"awg": player(sent, tone(0, 60, 900, TOTAL), 200)}).burst()
    assert left.fields["d0"].rest_v == pytest.approx(-27e-3, abs=1e-9)


def test_a_calibration_goes_stale_as_the_frequency_drifts() -> None:
    """What flips now flips less after a while; at the frequency that the chip has by then it flips again."""
    clock = SteppedClock()
    made = quiet(drift_hz=8e6)
    sound = tone(0, 60, 900, TOTAL)
    awg = player(FLIP, sound, 400)
    life = Life(made, rack(), {"awg": awg}, clock=clock)
    fresh = life.burst().sensed[0][0].levels.mean()
    clock.step(4 * 3600.0)
    awg.again()
    stale = life.burst().sensed[0][0].levels.mean()
    shift_hz = life.now().qubits[0].frequency_hz - 5.0e9
    mended = player(FLIP * np.exp(2j * np.pi * shift_hz * np.arange(TOTAL) * 1e-9), sound, 400)
    again = Life(made, rack(), {"awg": mended}, clock=_Later(4 * 3600.0)).burst().sensed[0][0].levels.mean()
    assert abs(shift_hz) > 4e6
    assert fresh > 0.99
    assert stale < 0.97
    assert again > 0.99


class _Later(SteppedClock):
    """A clock that jumps after it was looked at first: a chip put in place long ago."""

    def __init__(self, jump_s: float) -> None:
        super().__init__()
        self._jump_s = jump_s

    def now_s(self) -> float:
        before_s = super().now_s()
        self.step(self._jump_s)
        self._jump_s = 0.0
        return before_s


def test_threads_that_read_at_once_hear_the_same() -> None:
    made = attrs.evolve(quiet(), lines={"line": Line(noise_v=3e-3)})
    awg = player(FLIP, tone(0, 60, 1000, TOTAL), 64)
    parts = [range(first, first + 8) for first in range(0, 64, 8)]
    alone = TwinSignal(made, rack(), {"awg": awg}, "scope")
    expected = [alone.volts(1, part, TIMES_S) for part in parts]
    shared = TwinSignal(made, rack(), {"awg": awg}, "scope")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda part: shared.volts(1, part, TIMES_S), parts))
    assert all((one == other).all() for one, other in zip(expected, found, strict=True))


def test_attenuation_takes_from_the_drive() -> None:
    """6.02 dB are half of the voltage: half of a flip is a coin's toss."""
    awg = player(FLIP, tone(0, 60, 900, TOTAL), 4000)
    burst = Life(quiet(), rack(attenuation_db=20 * math.log10(2)), {"awg": awg}).burst()
    assert burst.sensed[0][0].levels.mean() == pytest.approx(0.5, abs=0.03)


def test_a_drifting_chip_goes_by_the_clock_and_its_factor() -> None:
    clock = SteppedClock()
    made = quiet(drift_t1=0.5, age_s=1800.0, time_factor=60.0)
    awg = player(FLIP, tone(0, 60, 900, TOTAL), 10)
    life = Life(made, rack(), {"awg": awg}, clock=clock, begun_s=0.0)
    assert life.at(0.0) == made
    assert life.now() == life.at(1800.0)
    clock.step(30.0)
    assert life.now().qubits[0].t1_s != made.qubits[0].t1_s
    assert life.now() == Life(made, rack(), {}, clock=SteppedClock()).at(3600.0)


def test_a_burst_that_takes_long_to_live_through_is_begun_and_awaited_before_records_are_read() -> None:
    """Asked whether it is ready it begins, and says so when it is; then records are there at once."""
    awg = player(FLIP, tone(0, 60, 1000, TOTAL), 20)
    life = Life(quiet(), rack(), {"awg": awg})
    signal = TwinSignal(quiet(), rack(), {"awg": awg}, "scope", life=life)
    assert not life.is_lived()
    deadline_s = time.monotonic() + 30
    while not signal.is_ready():
        assert time.monotonic() < deadline_s, "waited 30 s for 20 shots to be lived through"
    assert life.is_lived()
    lived = life.burst()
    signal.volts(1, range(20), TIMES_S)
    assert life.burst() is lived


def test_programs_that_are_answered_alike_are_told_apart_by_their_levels_alone() -> None:
    """Three programs in turn, the second with another tone: each shot is what its program alone would give."""
    drive, sound = np.stack([STILL, STILL, FLIP]), tone(0, 60, 1000, TOTAL)
    sounds = np.stack([sound, 0.5 * sound, sound])
    together = heard(quiet(), rack(), player(drive, sounds, 31), TIMES_S)
    for row in range(3):
        alone = heard(quiet(), rack(), player(drive[row], sounds[row], 5), TIMES_S)
        own = together[row::3]
        assert len(own) == (11, 10, 10)[row]
        assert np.abs(np.median(own.real, axis=0) - np.median(alone.real, axis=0)).max() < 1e-3
        assert np.abs(np.median(own.imag, axis=0) - np.median(alone.imag, axis=0)).max() < 1e-3
