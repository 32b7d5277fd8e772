# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from pathlib import Path

import pytest
from qiskit.circuit import Parameter

from feedline_hal import Barrier, Capture, Delay, Frame, Grid, Play, Port, Schedule, SetFrequency, ShiftPhase, Waveform
from feedline_hal.errors import GridError, PulseError

DRIVE = Frame("drive", Port("q0_drive", qubits=(0,)), frequency_hz=5e9)
READOUT = Frame("readout", Port("q0_readout", qubits=(0,)), frequency_hz=7e9)
PULSE = Waveform.gaussian(40e-9, 0.2, sigma_s=8e-9)
ECHO = Schedule.left(
    Play(DRIVE, PULSE),
    Delay(100e-9, (DRIVE,)),
    ShiftPhase(DRIVE, math.pi / 2),
    Play(DRIVE, PULSE),
    SetFrequency(DRIVE, 5.1e9),
    Barrier((DRIVE, READOUT)),
    Play(READOUT, Waveform.constant(300e-9, 0.1)),
    Capture(READOUT, 400e-9, kernel=Waveform.constant(400e-9)),
    name="echo",
)


def words(figure) -> set[str]:
    texts = [text.get_text() for axis in figure.axes for text in axis.texts] + [
        text.get_text() for text in figure.texts
    ]
    return {*texts, *(label.get_text() for axis in figure.axes for label in axis.get_yticklabels())}


def test_schedule_draws_itself_with_ports_phases_frequencies_and_captures() -> None:
    found = words(ECHO.draw())
    assert {"echo", "880 ns", "q0_drive", "q0_readout", "5 GHz", "+π/2", "=5.1 GHz", "→ bit 0", "±0.1"} <= found


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".html"])
def test_schedule_is_written_where_it_is_told(suffix: str, tmp_path: Path) -> None:
    ECHO.draw(tmp_path / f"echo{suffix}", window_ns=(100, 300))
    assert (tmp_path / f"echo{suffix}").stat().st_size > 1000


def test_grid_refuses_what_does_not_lie_on_it() -> None:
    assert ECHO.draw(grid=Grid(dt_s=1e-9)) is not None
    with pytest.raises(GridError, match="off the grid"):
        ECHO.draw(grid=Grid(dt_s=1.6e-8))


def test_unbound_parameters_are_named_with_the_remedy() -> None:
    angle = Parameter("angle")
    schedule = Schedule.left(ShiftPhase(DRIVE, angle), Play(DRIVE, PULSE), name="open")
    with pytest.raises(PulseError, match=r"(?s)Schedule 'open' still depends on angle.*schedule\.bind"):
        schedule.draw()
    assert schedule.bind({angle: 0.5}).draw() is not None


def test_empty_schedule_is_an_empty_picture() -> None:
    assert "schedule" in words(Schedule.left().draw())


def test_captures_that_end_together_on_a_port_have_one_label() -> None:
    """Two qubits on a feedline: their names beside each other, not over each other."""
    line = Port("feedline", qubits=(0, 1))
    ears = [Frame(f"ear{qubit}", line, frequency_hz=7e9 + qubit * 1e8) for qubit in (0, 1)]
    both = Schedule.left(
        *(Capture(ear, 400e-9, kernel=Waveform.constant(400e-9), slot=bit) for bit, ear in enumerate(ears))
    )
    assert "→ bit 0, bit 1" in words(both.draw())
