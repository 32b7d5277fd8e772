# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

from qiskit.circuit import Parameter

from feedline_hal.export.table_text import table_text

from .lab import decisions, turns


def test_text_lists_pulses_in_aligned_columns(lowered) -> None:
    head, body = table_text(lowered(turns(Parameter("theta"))), {"theta": math.pi / 2}).split("\n\n")
    assert [line.split()[0] for line in head.splitlines()] == ["program", "parameters", "calibrations", "duration"]
    assert "theta=1.5708" in head
    assert "1080 ns" in head
    lines = [line.split() for line in body.splitlines()]
    assert lines[0] == ["start/ns", "length/ns", "port", "what", "amplitude", "phase", "GHz", "gate"]
    assert lines[1][:4] + lines[1][4:] == ["0", "40", "q0_drive", lines[1][3], "0.125", "0", "6", "sx", "q0"]
    assert lines[2] == ["40", "q0_drive", "shift", "phase", "+pi/2", "rz", "q0"]
    assert lines[3][5] == "pi/2"
    assert any("capture_v2 -> c0" in line for line in body.splitlines())


def test_blocks_have_headings_that_say_what_leads_to_them(lowered) -> None:
    text = table_text(lowered(decisions()), bits=["c[0]"])
    for heading in ("block 1, if c[0] == 1, 40 ns", "block 2, else, 300 ns", "while c[0] == 1, break"):
        assert heading in text.splitlines()
