# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from qiskit.circuit import Parameter

from feedline_hal.export.record_text import record_text

from .lab import decisions, turns


def test_isa_lists_operations_with_symbols_and_calibrations(lowered) -> None:
    text = record_text(lowered(turns(Parameter("theta")), "isa"))
    lines = [line.split() for line in text.splitlines()]
    assert ["rz", "q0", "theta", "rz(theta)", "q0"] in lines
    assert ["measure", "q0", "c0", "measure", "q0"] in lines
    assert ["parameters", "theta"] in lines


def test_scheduled_gives_times_in_ns(lowered) -> None:
    lines = [line.split() for line in record_text(lowered(turns(0.5), "scheduled")).splitlines()]
    assert ["sx", "q0", "40", "40"] in lines
    assert ["measure", "q0", "80", "1000", "c0"] in lines


def test_pulse_lists_events_and_waveforms(lowered) -> None:
    text = record_text(lowered(turns(0.5), "pulse"))
    assert "q0_drive_frame" in text
    assert "waveforms" in text
    assert ["0", "drag", "40", "1", "8"] in [line.split() for line in text.splitlines()]


@pytest.mark.parametrize("stage", ["isa", "scheduled", "pulse"])
def test_blocks_have_headings_at_every_stage(lowered, stage: str) -> None:
    text = record_text(lowered(decisions(), stage), bits=["c[0]"])
    assert "if c[0] == 1" in text
    assert "while c[0] == 1, break" in text
