# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from feedline.cli.option import parse_options
from feedline.errors import InputError


def test_options_nest_and_values_are_json_or_text() -> None:
    backend, options = parse_options(
        ["a.b.c=1", "a.b.d=true", "e=10m", 'f=["x"]', "g=null", "backend.method=mps", "h=1e-3", "i=NaN", "j=x=y"]
    )
    assert backend == {"method": "mps"}
    assert options == {
        "a": {"b": {"c": 1, "d": True}}, "e": "10m", "f": ["x"], "g": None, "h": 0.001, "i": "NaN", "j": "x=y",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["a"], "'a' is not group.name=value"),
        (["=1"], "'=1' is not group.name=value"),
        (["a..b=1"], "'a..b=1' is not group.name=value"),
        (["a=1", "a=2"], "'a' is given twice"),
        (["a=1", "a.b=2"], "'a' was given a value before"),
        (["a.b=1", "a=2"], "'a' is given twice"),
        (["backend=aer"], "names no option of the backend"),
    ],
)
def test_mistakes_are_refused_with_how_to_write_it(texts: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse_options(texts)
    assert caught.value.remedy
