# SPDX-License-Identifier: Apache-2.0
"""What the gate would refuse of every job is a mistake in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedline_hal.rack.check import check_rack
from feedline_hal.rack.reading import read_rack

EXAMPLE = Path(__file__).parents[3] / "examples" / "rack.toml"


@pytest.mark.parametrize(
    ("before", "after", "path", "value"),
    [
        ("repetition_s = 250e-6", "repetition_s = 40e-6", "trigger_rate_hz", "make it 25000."),
        ("a_duty = [0, 0.05]", "a_duty = [0, 0.001]", "a_duty", "make it 0.004."),
    ],
)
def test_triggers_beyond_what_is_safe_are_a_mistake(
    tmp_path: Path, before: str, after: str, path: str, value: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "rack_calibrations.qasm").write_bytes((EXAMPLE.parent / "rack_calibrations.qasm").read_bytes())
    rack = tmp_path / "rack.toml"
    rack.write_text(text.replace(before, after, 1), encoding="utf-8")
    (mistake,) = check_rack(read_rack(rack))
    assert mistake.path == f"instruments.trig.safe.{path}"
    assert value in mistake.what
