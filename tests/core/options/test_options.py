# SPDX-License-Identifier: Apache-2.0
"""Options: names and defaults of the client-side primitives; nothing unknown is let in."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from feedline.capabilities import Capabilities
from feedline.errors import CapabilityError, OptionError
from feedline.options.duration import seconds
from feedline.options.primitive import EstimatorOptions, ExecutorOptions, SamplerOptions


def test_defaults_are_those_of_the_client_side_primitives() -> None:
    estimator, sampler = EstimatorOptions(), SamplerOptions()
    assert sampler.default_shots == 4096
    assert estimator.default_precision == 1 / 64
    assert estimator.default_shots is None
    assert estimator.max_execution_time is None
    assert estimator.execution.init_qubits is True
    assert estimator.execution.rep_delay is None
    assert sampler.execution.meas_type == "classified"
    assert estimator.environment.job_tags == []


@pytest.mark.parametrize("kind", [EstimatorOptions, SamplerOptions, ExecutorOptions])
@pytest.mark.parametrize("way", ["attribute", "dict", "keyword", "read", "update"])
def test_unknown_option_names_the_nearest(kind: Any, way: str) -> None:
    ways: dict[str, Any] = {
        "attribute": lambda: setattr(kind(), "max_execution_tim", 3),
        "dict": lambda: kind.of({"max_execution_tim": 3}),
        "keyword": lambda: kind(max_execution_tim=3),
        "read": lambda: kind().max_execution_tim,
        "update": lambda: kind().update(max_execution_tim=3),
    }
    with pytest.raises(OptionError, match="Did you mean 'max_execution_time'"):
        ways[way]()


def test_nested_unknown_option_names_its_group() -> None:
    with pytest.raises(OptionError, match=r"ExecutionOptions has no option 'rep_dely'(.|\n)*'rep_delay'"):
        EstimatorOptions(execution={"rep_dely": 1})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("default_shots", 0, "at least 1"),
        ("default_shots", 1.5, "a whole number"),
        ("default_shots", True, "a whole number"),
        ("default_precision", float("nan"), "a number"),
        ("default_precision", -0.1, "at least 0"),
        ("default_precision", "small", "a number"),
        ("resilience_level", -1, "at least 0"),
        ("max_execution_time", "soon", "not a duration"),
        ("execution", 3, "Pass a dict"),
    ],
)
def test_bad_value_says_what_the_option_takes(name: str, value: Any, words: str) -> None:
    options = EstimatorOptions()
    before = options.to_dict()
    with pytest.raises(OptionError, match=words):
        setattr(options, name, value)
    assert options.to_dict() == before


def test_numpy_numbers_are_numbers() -> None:
    options = EstimatorOptions(default_shots=np.int64(5), default_precision=np.float32(0.5))
    assert options.default_shots == 5


def test_choice_names_the_nearest() -> None:
    with pytest.raises(OptionError, match="Did you mean 'kerneled'"):
        SamplerOptions(execution={"meas_type": "kernelled"})


def test_dict_for_a_group_changes_only_what_it_names() -> None:
    options = SamplerOptions(execution={"meas_type": "kerneled"})
    options.execution = {"rep_delay": 1e-4}
    assert options.execution.meas_type == "kerneled"
    assert options.changed() == {"execution": {"meas_type": "kerneled", "rep_delay": 1e-4}}


def test_copy_is_independent() -> None:
    options = SamplerOptions()
    copy = options.copy()
    copy.execution.rep_delay = 1.0
    copy.environment.job_tags.append("a")
    assert options.execution.rep_delay is None
    assert options.environment.job_tags == []


def test_options_complete_on_tab_and_show_in_a_notebook() -> None:
    assert "default_shots" in inspect.signature(SamplerOptions).parameters
    assert "default_shots" in dir(SamplerOptions())
    html = SamplerOptions(default_shots=7)._repr_html_()
    assert "<b>7</b>" in html
    assert "execution.rep_delay" in html


@pytest.mark.parametrize(
    ("text", "value"),
    [("2h 30m", 9000), ("2h30m", 9000), ("90s", 90), ("1.5h", 5400), (90, 90), (0.5, 0.5), ("1d", 86400)],
)
def test_durations_are_read(text: Any, value: float) -> None:
    assert seconds(text, "max_time") == value


@pytest.mark.parametrize("text", ["", "h", "3", "2 fortnights", -1, 0, True, float("nan"), None, "1h x"])
def test_what_is_no_duration_is_refused_by_name(text: Any) -> None:
    with pytest.raises(OptionError, match="max_time is"):
        seconds(text, "max_time")


def test_seed_is_refused_where_it_would_be_ignored() -> None:
    options = SamplerOptions(simulator={"seed_simulator": 3})
    with pytest.raises(CapabilityError, match="'lab' cannot be seeded"):
        options.check(Capabilities(), "lab")
    options.check(Capabilities(seeded=True), "sim")


def test_execution_option_is_refused_where_it_would_be_ignored() -> None:
    options = SamplerOptions(execution={"rep_delay": 1e-4})
    with pytest.raises(CapabilityError, match=r"rep_delay is 0\.0001, but backend 'lab'"):
        options.check(Capabilities(), "lab")
    options.check(Capabilities(settings={"rep_delay"}), "lab")


def test_level_that_nobody_makes_says_which_there_are() -> None:
    from feedline.pipeline import Pipeline
    from feedline.testing import NullBackend

    options = EstimatorOptions(resilience_level=7)
    with pytest.raises(OptionError, match=r"resilience_level is 7(.|\n)*Levels there are: 0, 1, 2"):
        Pipeline.of("estimator", NullBackend(1), options)


def test_unknown_pass_is_refused_by_name() -> None:
    with pytest.raises(OptionError, match="no pass 'zme'"):
        EstimatorOptions(resilience={"passes": ["zme"]})
    with pytest.raises(OptionError, match="resilience has no option 'zme'"):
        EstimatorOptions().resilience.zme  # noqa: B018 - reading is what is tested


def test_value_that_resembles_no_choice_is_refused_without_a_guess() -> None:
    options = SamplerOptions()
    with pytest.raises(OptionError, match="'raw'; the default is 'classified'"):
        options.execution.meas_type = "bogus"
    with pytest.raises(OptionError, match=r"\(Did you mean 'kerneled'\?\); the default"):
        options.execution.meas_type = "kernelled"
