# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import click
import pytest

from feedline.cli.table import duration, facts, table


def test_columns_are_aligned_and_colours_take_no_room() -> None:
    text = table(["name", "n"], [["a", "10"], [click.style("long name", fg="red"), "9"]], right=frozenset({1}))
    assert click.unstyle(text).splitlines() == ["name        n", "a          10", "long name   9"]


def test_facts_leave_out_what_is_empty() -> None:
    assert facts([("a", "1"), ("long", ""), ("bb", "2")]) == "a   1\nbb  2"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (2.31e-5, "23.1 us"),
        (0.0123, "12.3 ms"),
        (3.44, "3.4 s"),
        (59.96, "1 min 0 s"),
        (320, "5 min 20 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_duration_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
