# SPDX-License-Identifier: Apache-2.0
"""Chips drawn from a seed are plausible, and racks made for them are without mistakes."""

from __future__ import annotations

import itertools
from pathlib import Path

import attrs
import numpy as np
import pytest

from feedline.errors import InputError
from feedline_hal.rack.check import check_rack
from feedline_hal.rack.reading import parse_rack
from feedline_hal.rack.schema import ReadoutSpec
from feedline_hal.twin.chip_check import check_chip, check_wiring
from feedline_hal.twin.oscillator import oscillators
from feedline_hal.twin.rack_for import rack_for
from feedline_hal.twin.random_chip import random_chip

SEEDS = range(20)
SIZES = range(1, 7)


def test_a_seed_is_a_chip() -> None:
    assert random_chip(3, seed=4) == random_chip(3, seed=4)
    assert random_chip(3, seed=4).qubits[0] != random_chip(3, seed=5).qubits[0]


@pytest.mark.parametrize("num_qubits", SIZES)
def test_chips_are_without_mistakes_and_within_what_is_usual(num_qubits: int) -> None:
    for seed in SEEDS:
        chip = random_chip(num_qubits, seed)
        assert check_chip(chip) == []
        assert len(chip.couplers) == num_qubits - 1
        for qubit in chip.qubits:
            assert 20e-6 <= qubit.t1_s <= 60e-6
            assert qubit.t2_s <= 2 * qubit.t1_s
            assert all(0.005 <= share <= 0.015 for share in qubit.crosstalk.values())
        resonators = sorted(one.resonator.frequency_hz for one in chip.qubits if one.resonator)
        assert all(60e6 <= after - before <= 100e6 for before, after in itertools.pairwise(resonators))


@pytest.mark.parametrize("num_qubits", SIZES[1:])
def test_couplers_reach_two_excitations_meeting_the_third_level(num_qubits: int) -> None:
    """The first qubit, moved down by its anharmonicity's excess, is resonant below 0.5 V, with g of 5 to 12 MHz."""
    drawn = [random_chip(num_qubits, seed) for seed in SEEDS]
    for chip, coupler in [(one, coupler) for one in drawn for coupler in one.couplers]:
        first, second = (chip.qubits[index] for index in coupler.qubits)
        excess_hz = first.frequency_hz + first.anharmonicity_hz - second.frequency_hz
        volts = np.sqrt(excess_hz / -coupler.shift_hz_per_v2)
        assert 0.2 < volts < 0.48
        assert 5e6 < coupler.exchange_hz_per_v * volts < 13e6


@pytest.mark.parametrize("num_qubits", SIZES)
def test_the_rack_made_for_a_chip_is_without_mistakes(num_qubits: int, tmp_path: Path) -> None:
    """It has every port that the chip names, and every tone is within reach above its oscillator."""
    for seed in SEEDS[:4]:
        chip = random_chip(num_qubits, seed)
        path = tmp_path / "rack.toml"
        path.write_text(rack_for(chip), encoding="utf-8")
        spec = parse_rack(rack_for(chip), path)
        assert check_rack(spec) == []
        assert check_wiring(chip, spec) == []
        assert spec.num_qubits == num_qubits
        for qubit in chip.qubits:
            port = spec.ports[qubit.port]
            assert 40e6 <= qubit.frequency_hz - port.lo_frequency_hz <= 490e6
            assert port.mixer.gain == chip.mixers[qubit.port].gain


def test_a_racks_readout_and_calibrations_are_those_given(tmp_path: Path) -> None:
    chip = random_chip(2)
    text = rack_for(chip, calibrations="store:mine", readout=[ReadoutSpec(qubit=1, angle_rad=0.7, threshold=-2.5e-3)])
    spec = parse_rack(text, tmp_path / "rack.toml")
    assert spec.calibrations == "store:mine"
    assert [(one.qubit, one.angle_rad, one.threshold) for one in spec.readout.values()] == [
        (0, 0, 0),
        (1, 0.7, -2.5e-3),
    ]


def test_oscillators_that_do_not_reach_are_told() -> None:
    chip = random_chip(2)
    (first, second) = chip.qubits
    assert second.resonator is not None
    far = attrs.evolve(second, resonator=attrs.evolve(second.resonator, frequency_hz=7.9e9))
    with pytest.raises(InputError, match=r"need tones at 7.0.* and 7.899.*e\+09 Hz from one oscillator"):
        rack_for(attrs.evolve(chip, qubits=(first, far)))


def test_what_a_rack_lacks_is_named_by_the_chips_keys() -> None:
    chip = random_chip(2)
    spec = parse_rack(rack_for(chip), "rack.toml")
    wrong = attrs.evolve(chip.qubits[1], port="q1_drve", bias="q9_bias")
    found = {
        one.path: f"{one.what} {one.remedy}"
        for one in check_wiring(attrs.evolve(chip, qubits=(chip.qubits[0], wrong)), spec)
    }
    assert found["qubits.q1.port"].startswith(
        "is \"q1_drve\", which rack 'twin' does not have. Did you mean 'q1_drive'?"
    )
    assert "no instrument of rack 'twin'" in found["qubits.q1.bias"]
    assert check_wiring(random_chip(1), spec)[-1].what.startswith("are 1, but ports of rack 'twin' act on 2.")


@pytest.mark.parametrize(
    ("num_qubits", "seed", "words"), [(0, 0, "num_qubits is 0"), (7, 0, "1 to 6"), (2, -1, "seed is -1")]
)
def test_chips_that_cannot_be_drawn_are_refused(num_qubits: int, seed: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        random_chip(num_qubits, seed)


@pytest.mark.parametrize("num_qubits", SIZES)
def test_no_tone_of_a_line_is_recorded_where_another_ones_image_is(num_qubits: int) -> None:
    """For every seed at least 5 MHz are between a readout tone and whatever sampling makes of the line's tones.

    Counted here from the rates alone: a record at 1.25 GS/s of a real signal, played at 1 GS/s and held.
    """
    for seed in range(200):
        chip = random_chip(num_qubits, seed)
        (lo_hz,) = [one.frequency_hz for one in oscillators(chip) if one.ports == ("readout",)]
        tones_hz = np.array([one.resonator.frequency_hz for one in chip.qubits if one.resonator]) - lo_hz
        assert tones_hz.min() > 30e6
        assert tones_hz.max() < 495e6
        for order in range(-3, 4):
            sums_hz = tones_hz[:, np.newaxis] + tones_hz + order * 1e9
            assert np.abs((sums_hz + 0.625e9) % 1.25e9 - 0.625e9).min() > 5e6
            between_hz = (tones_hz[:, np.newaxis] - tones_hz)[~np.eye(num_qubits, dtype=bool)] + order * 1e9
            assert np.abs((between_hz + 0.625e9) % 1.25e9 - 0.625e9).min(initial=1e9) > 5e6


@pytest.mark.parametrize("num_qubits", SIZES)
def test_nothing_that_a_drive_puts_out_unasked_is_near_a_transition(num_qubits: int) -> None:
    """Carrier, mirror image and the converter's images stay 30 MHz away from both transitions of every transmon."""
    for seed in range(200):
        chip = random_chip(num_qubits, seed)
        lo_hz = {port: one.frequency_hz for one in oscillators(chip) for port in one.ports}
        levels_hz = np.array([one.frequency_hz + step * one.anharmonicity_hz for one in chip.qubits for step in (0, 1)])
        for qubit in chip.qubits:
            between_hz = qubit.frequency_hz - lo_hz[qubit.port]
            assert 30e6 < between_hz < 495e6
            images = [(sign, order) for sign in (1, -1) for order in (-1, 0, 1) if (sign, order) != (1, 0)]
            for unasked_hz in (0.0, *(sign * between_hz + order * 1e9 for sign, order in images)):
                assert np.abs(lo_hz[qubit.port] + unasked_hz - levels_hz).min() > 30e6
