# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from feedline.cli.observable import parse_observable
from feedline.errors import InputError


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("ZZ", {"ZZ": 1.0}),
        ("-ZZ", {"ZZ": -1.0}),
        ("ZZ+0.5*XX", {"ZZ": 1.0, "XX": 0.5}),
        (" ZZ - 1.5e-1 * XI + .25*IY ", {"ZZ": 1.0, "XI": -0.15, "IY": 0.25}),
        ("2*01 + rl", {"01": 2.0, "rl": 1.0}),
        ("01 + 11", {"01": 1.0, "11": 1.0}),
        ("ZZ + ZZ - 3*ZZ", {"ZZ": -1.0}),
    ],
)
def test_observable_is_a_sum_of_factors_and_labels(text: str, terms: dict[str, float]) -> None:
    assert parse_observable(text, 2) == pytest.approx(terms)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read from 'its end' on"),
        ("ZZ +", r"cannot be read from '\+' on"),
        ("ZZ XX", "cannot be read from 'XX' on"),
        ("AB", "cannot be read from 'AB' on"),
        ("ZZ + 0.5XX", r"cannot be read from '\+ 0.5XX' on"),
        ("zz", "cannot be read from 'zz' on"),
        ("ZZZ", "term 'ZZZ' has 3 letters, the circuit has 2 qubits"),
        ("ZZ + X", "term 'X' has 1 letters, the circuit has 2 qubits"),
    ],
)
def test_mistake_in_an_observable_shows_its_place(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_observable(text, 2)
