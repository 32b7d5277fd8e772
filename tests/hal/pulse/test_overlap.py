# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feedline_hal.pulse.overlap import first_overlap


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
