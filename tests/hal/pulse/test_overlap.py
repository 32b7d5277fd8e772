# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedline_hal import Capture, Frame, Grid, Play, Port, Schedule, Waveform
from feedline_hal.errors import PulseError
from feedline_hal.pulse.overlap import check_overlap, first_overlap

PORT = Port("q0_drive")
F01 = Frame("f01", PORT, frequency_hz=5e9)
F12 = Frame("f12", PORT, frequency_hz=4.7e9)
TICKS = Grid(dt_s=0.5e-9).ticks
W = Waveform.constant(20e-9)


def check(schedule: Schedule, **ports: Port) -> None:
    check_overlap(schedule.place(TICKS)[0], dt_s=0.5e-9, ports=ports or None)


def test_two_frames_at_once_on_one_port_are_refused() -> None:
    words = (
        r"Two plays overlap on port 'q0_drive': frame 'f01' from 20 to 40 ns, frame 'f12' from 20 to 40 ns."
        r"\n  -> Put a Barrier between them, or declare the port multiplexed"
    )
    with pytest.raises(PulseError, match=words):
        check(Schedule.sequential(Play(F01, W), Schedule.left(Play(F01, W), Play(F12, W))))


def test_two_frames_after_each_other_on_one_port_are_fine() -> None:
    check(Schedule.sequential(Play(F01, W), Play(F12, W), Play(F01, W)))


def test_a_multiplexed_port_adds_plays_up() -> None:
    both = Schedule.left(Play(F01, W), Play(F12, W))
    check(both, q0_drive=Port("q0_drive", is_multiplexed=True))
    with pytest.raises(PulseError, match="Two plays overlap"):
        check(both, q1_drive=Port("q1_drive", is_multiplexed=True))


def test_a_port_plays_while_it_captures() -> None:
    check(Schedule.parallel(Play(F01, W), Capture(F12, 20e-9, kernel=W)))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 6)), max_size=12))
@settings(max_examples=50, deadline=None)
def test_an_overlap_is_found_if_and_only_if_two_plays_share_a_tick(rows: list[tuple[int, int, int]]) -> None:
    ports, starts, durations = ([row[column] for row in rows] for column in range(3))
    busy = [(port, start + tick) for port, start, length in rows for tick in range(length)]
    found = first_overlap(ports, starts, durations)
    assert (found is not None) == (len(set(busy)) < len(busy))
    if found:
        one, other = (rows[row] for row in found)
        assert one[0] == other[0]
        assert max(one[1], other[1]) < min(one[1] + one[2], other[1] + other[2])
