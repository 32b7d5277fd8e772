# SPDX-License-Identifier: Apache-2.0
"""Options of zne: what is refused, in which words, before anything runs."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from feedline.errors import OptionError
from feedline_zne.options import ZneOptions


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"noise_factors": (0.5, 1, 3)}, r"holds 0\.5: folding cannot have less noise"),
        ({"noise_factors": (1, float("nan"))}, r"holds nan"),
        ({"noise_factors": (3,)}, r"\(3,\): nothing to extrapolate from"),
        ({"noise_factors": (3, 3.0)}, r"nothing to extrapolate from"),
        ({"noise_factors": 3}, r"noise_factors is 3"),
        ({"noise_factors": "many"}, r"noise_factors is 'many'"),
        ({"noise_factors": (1, "3")}, r"noise_factors is \(1, '3'\)"),
        ({"amplifier": "gate_foldin"}, r"Did you mean 'gate_folding'"),
        ({"amplifier": "pea"}, r"PEA is a pass of its own"),
        ({"extrapolator": "exponental"}, r"Did you mean 'exponential'"),
        ({"extrapolator": ("linear", "polynomial_degree_8")}, r"Did you mean 'polynomial_degree_"),
        ({"extrapolator": ()}, r"extrapolator is \(\)"),
        ({"noise_factors": (1, 3), "extrapolator": "polynomial_degree_2"}, r"'polynomial_degree_2' needs 3 noise"),
        ({"noise_factors": (1, 3), "asymptote": "free"}, r"'exponential' needs 3 noise factors"),
        ({"noise_factors": (1, 3, 5), "extrapolator": "double_exponential"}, r"needs 4 noise factors"),
        ({"asymptote": 1.5}, r"asymptote is 1\.5"),
        ({"asymptote": "zero"}, r"asymptote is 'zero'"),
        ({"shots": "triple"}, r"shots is 'triple'(.|\n)*Available: each, split"),
    ],
)
def test_bad_option_is_refused_with_value_and_remedy(given: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        ZneOptions(**given)


def test_auto_gives_as_many_odd_factors_as_the_models_need() -> None:
    assert ZneOptions().factors == (1, 3, 5)
    assert ZneOptions(extrapolator="polynomial_degree_4").factors == (1, 3, 5, 7, 9)
    assert ZneOptions(extrapolator=["double_exponential", "linear"]).factors == (1, 3, 5, 7)


def test_options_are_frozen_and_factors_are_sorted() -> None:
    options = ZneOptions(noise_factors=[3, 1.5], extrapolator="linear")
    assert options.factors == (1.5, 3)
    assert options.extrapolator == ("linear",)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        options.shots = "each"  # type: ignore[misc]
