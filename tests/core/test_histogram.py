# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedline.histogram import Style, histogram


def test_rows_are_sorted_by_count_and_show_count_and_share() -> None:
    lines = histogram({"00": 25, "11": 75}, style=Style(width=40)).splitlines()
    assert [line.split()[0] for line in lines] == ["11", "00"]
    assert lines[0].endswith("75   75.0 %")
    assert lines[1].endswith("25   25.0 %")
    assert lines[0].count("█") == 25
    assert lines[1].count("█") == 25 // 3
    assert {len(line) for line in lines} == {40}


def test_equal_counts_are_ordered_by_bit_string() -> None:
    lines = histogram({"11": 1, "00": 1, "01": 1}).splitlines()
    assert [line.split()[0] for line in lines] == ["00", "01", "11"]


def test_more_than_twenty_outcomes_are_summed_in_one_line() -> None:
    counts = {f"{value:05b}": 32 - value for value in range(32)}
    lines = histogram(counts).splitlines()
    assert len(lines) == 21
    left = sum(range(1, 13))
    assert lines[-1] == f"and 12 more outcomes, together {left} ({100 * left / sum(counts.values()):.1f} %)"


def test_registers_are_split_and_named_with_the_first_on_the_right() -> None:
    lines = histogram({"0111": 3, "1000": 1}, [("a", 1), ("data", 3)]).splitlines()
    assert lines[0] == "data a"
    assert lines[1].startswith(" 011 1 █")
    assert lines[2].startswith(" 100 0 █")


def test_long_register_name_is_aligned_with_its_bits() -> None:
    lines = histogram({"01": 1}, [("low", 1), ("high", 1)]).splitlines()
    assert lines[0] == "high low"
    assert lines[1].startswith("   0   1 █")


def test_rare_outcome_is_visible() -> None:
    assert "▏" in histogram({"0": 1_000_000, "1": 1}).splitlines()[1]


def test_plain_characters_for_terminals_without_blocks() -> None:
    text = histogram({"0": 2, "1": 1}, style=Style(blocks=False))
    assert text.isascii()
    assert [line.count("#") for line in text.splitlines()] == [67, 34]


@pytest.mark.parametrize("counts", [{}, {"0": 0}])
def test_nothing_measured_says_so(counts: dict[str, int]) -> None:
    assert histogram(counts) == "no shots"


def test_long_strings_keep_a_bar() -> None:
    line = histogram({"0" * 200: 5})
    assert line.startswith("0" * 200 + " " + "█" * 10 + " 5")


@given(st.dictionaries(st.text("01", min_size=6, max_size=6), st.integers(0, 10**9)), st.booleans())
def test_every_histogram_fits_its_width(counts: dict[str, int], blocks: bool) -> None:
    text = histogram(counts, style=Style(width=60, blocks=blocks))
    assert all(len(line) <= 60 for line in text.splitlines())
