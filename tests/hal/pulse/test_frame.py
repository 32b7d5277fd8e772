# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from qiskit.circuit import Parameter

from feedline_hal import Frame, Port
from feedline_hal.errors import PulseError

PORT = Port("q0_drive")


def test_frames_with_equal_values_are_equal() -> None:
    assert Frame("f", PORT, frequency_hz=5e9) == Frame("f", Port("q0_drive"), frequency_hz=5_000_000_000)
    assert len({Frame("f", PORT, frequency_hz=5e9), Frame("f", PORT, frequency_hz=5_000_000_000)}) == 1


def test_a_frame_binds_its_frequency_and_phase() -> None:
    f, phase = Parameter("f"), Parameter("phase")
    frame = Frame("f", PORT, frequency_hz=5e9 + f, phase_rad=phase)
    assert frame.free == {f, phase}
    assert frame.bind({f: 1e6, phase: 0.5}) == Frame("f", PORT, frequency_hz=5.001e9, phase_rad=0.5)
    with pytest.raises(PulseError, match="Parameter 'phase' is nan"):
        frame.bind({phase: float("nan")})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "q0-drive"}, "frame: name is 'q0-drive', which is no identifier"),
        ({"port": "q0_drive"}, r"frame 'f': port is 'q0_drive', which is no Port.\n  -> Give a Port"),
        ({"frequency_hz": float("nan")}, r"frame 'f': frequency_hz is nan.\n  -> Give a finite number in Hz"),
        ({"phase_rad": 1j}, r"frame 'f': phase_rad is 1j, which is complex.\n  -> Give a real number in radians"),
    ],
)
def test_a_frame_refuses_values_that_mean_nothing(fields: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"name": "f", "port": PORT, "frequency_hz": 5e9, **fields}
    with pytest.raises(PulseError, match=words):
        Frame(**given)


def test_frame_repr_says_where_and_how_fast() -> None:
    """It stands in every play: it names its port and leaves the port's limits to the port."""
    assert repr(Frame("f", Port("d0"), frequency_hz=5.1e9)) == "<Frame f on d0, 5100000000.0 Hz>"
    assert repr(Frame("f", Port("d0"), frequency_hz=5.1e9, phase_rad=0.5)).endswith(" Hz, 0.5 rad>")
