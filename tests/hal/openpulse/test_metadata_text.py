# SPDX-License-Identifier: Apache-2.0
"""Metadata of a calibration set come through text in full."""

from __future__ import annotations

import attrs
import pytest

from feedline_hal import CalibrationSet
from feedline_hal.errors import OpenPulseError

METADATA = {
    "source": 'feedline "calibrate" {twin} // 3; \\ µs',
    "qubits": {"q0": {"t1_s": 4.2e-05, "t2_s": 1 / 3 * 1e-4, "misread_0": 0.0123}},
    "readout": {"q0": {"angle_rad": -0.71, "threshold": 1.25e-3}},
    "nested": [1, None, True, {"a": []}],
}
HEAD = 'OPENQASM 3.0;\ndefcalgrammar "openpulse";\n'


def test_metadata_come_back_to_the_last_digit_and_name_the_set() -> None:
    made = CalibrationSet(metadata=METADATA)
    again = CalibrationSet.from_openpulse(made.to_openpulse())
    assert dict(again.metadata) == METADATA
    assert again.id == made.id
    assert attrs.evolve(made, metadata={}).id != made.id


def test_a_set_without_metadata_has_no_pragma() -> None:
    assert "pragma" not in CalibrationSet().to_openpulse()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("pragma feedline.metadata {", "line 3.*no JSON"),
        ("pragma feedline.metadata 3", "has 3, no table"),
        ("pragma feedline.metadata {}\npragma feedline.metadata {}", "line 4.*given twice"),
        ("pragma feedline.meta {}", "'pragma' is not read"),
    ],
)
def test_what_is_no_metadata_is_refused_with_its_line(lines: str, words: str) -> None:
    with pytest.raises(OpenPulseError, match=words):
        CalibrationSet.from_openpulse(HEAD + lines + "\n")
