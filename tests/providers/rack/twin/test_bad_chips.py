# SPDX-License-Identifier: Apache-2.0
"""Chip files that people get wrong: every mistake with its path and what to write, before anything is started."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import feedline
from feedline.errors import InputError
from feedline_hal.twin.chip_file import ChipFileError
from feedline_hal.twin.chip_text import chip_text
from feedline_hal.twin.random_chip import random_chip

GOOD = chip_text(random_chip(2, 0))
WRONG = [
    (r"t1_s = \S+", "t1_us = 25", "qubits.q0.t1_us", "Did you mean 't1_s'?"),
    (r"t1_s = \S+", "t1_s = nan", "qubits.q0.t1_s", "Give a finite number"),
    (r"t1_s = \S+", "t1_s = -25e-6", "qubits.q0.t1_s", "Give a number above 0, in seconds"),
    (r"t2_s = \S+", "t2_s = 1", "qubits.q0.t2_s", "nothing is coherent for that long"),
    (r"frequency_hz = \S+", "frequency_hz = 5.1", "qubits.q0.frequency_hz", "at least 1e+08 and at most 1e+11"),
    (r"anharmonicity_hz = \S+", "anharmonicity_hz = -0.3", "qubits.q0.anharmonicity_hz", "Give a negative number"),
    (r"rabi_hz_per_v = \S+", "rabi_hz_per_v = 0", "qubits.q0.rabi_hz_per_v", "Give a number above 0"),
    (r"chi_hz = \S+", "chi_hz = 0", "qubits.q0.resonator.chi_hz", "says nothing of the qubit"),
    (r"kappa_hz = \S+", "kappa_hz = 4", "qubits.q0.resonator.kappa_hz", "at least 100000 and at most 1e+09"),
    (r"crosstalk = { q1_drive", "crosstalk = { nowhere", "qubits.q0.crosstalk.nowhere", "Available: q0_drive"),
    (r'"q1_drive"', '"q0_drive"', "qubits.q1.port", 'is "q0_drive", as qubits.q0.port is. Give each its own port'),
    (r'"q1_drive"', '"readout"', "qubits.q1.port", 'is "readout", as qubits.q0.resonator.port is'),
    (r'"q0_drive"', '"q0 drive"', "qubits.q0.port", "Write letters, digits and underscores"),
    (r'"q1_bias"', '"q0_bias"', "qubits.q1.bias", "Write q1_bias"),
    (r'"q0_bias"', '"awg1"', "qubits.q0.bias", "another instrument of its rack. Write q0_bias"),
    (r"(mixers.q0_drive.\n.*\nphase_rad = )\S+", r"\g<1>1.5", "mixers.q0_drive.phase_rad", "at most 0.5, in radians"),
    (r'name = "twin"', "name = 'a\"b'", "name", "no quotes"),
    (r"age_s = \S+", "age_s = 60", "age_s", "Give drift_t1 or drift_hz too"),
    (r"seed = 0", "seed = 0\n[qubits.q6]", "qubits.q6", ""),
]  # fmt: skip


@pytest.mark.parametrize(("found", "written", "path", "words"), WRONG)
def test_a_mistake_is_told_with_its_path_and_a_remedy(
    found: str, written: str, path: str, words: str, tmp_path: Path
) -> None:
    text = re.sub(found, written, GOOD, count=1)
    assert text != GOOD
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ChipFileError) as caught:
        feedline.backend(f"twin:{tmp_path / 'bad.toml'}")
    told = [str(one) for one in caught.value.mistakes if one.path == path or one.path.startswith(f"{path}.")]
    assert any(words in one for one in told), str(caught.value)


def test_seven_qubits_are_one_too_many(tmp_path: Path) -> None:
    text = chip_text(random_chip(6, 0)) + "\n".join(
        ["[qubits.q6]", "frequency_hz = 4e9", "anharmonicity_hz = -3e8", "t1_s = 1e-5", "t2_s = 1e-5"]
    )
    (tmp_path / "seven.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ChipFileError, match=r"qubits.q6 .*: is one too many.\n  -> A simulated chip has up to 6"):
        feedline.backend(f"twin:{tmp_path / 'seven.toml'}")


def test_what_no_rack_can_do_is_told_of_the_chip(tmp_path: Path) -> None:
    (tmp_path / "far.toml").write_text(re.sub(r"bias_sweet_v = \S+", "bias_sweet_v = 50", GOOD), encoding="utf-8")
    with pytest.raises(InputError, match=r"The rack that is made for chip 'twin' cannot be: .*level_v is 50, beyond"):
        feedline.backend(f"twin:{tmp_path / 'far.toml'}")
