# SPDX-License-Identifier: Apache-2.0
"""Results tell what the passes did, also when they are read from the store again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import PrimitiveResult

import feedline
from feedline import Estimator, RuntimeService
from feedline.errors import InputError
from feedline.estimation.result import EstimatorResult

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_pipeline import noisy
from toy_passes import Flip, Folding


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    return circuit


def run(passes: list[Any], observables: Any = ("ZZ", "XX")) -> tuple[str, Any]:
    options = {"simulator": {"seed_simulator": 7}, "default_shots": 4000, "resilience": {"passes": passes}}
    job = Estimator(noisy(), options).run([(bell(), list(observables))])
    return job.job_id(), job.result()


def test_values_before_and_after_each_pass_are_there() -> None:
    """Innermost first; the last stage is the result: 1, to 5 standard errors and 0.02 for a linear fit's bias."""
    _, result = run([Folding(), Flip()])
    stages = result[0].metadata["stages"]
    assert list(stages) == ["raw", "flip", "folding"]
    assert (stages["folding"]["evs"] == result[0].data.evs).all()
    np.testing.assert_allclose(stages["folding"]["stds"], result[0].data.stds)
    raw, flip = stages["raw"]["evs"], stages["flip"]["evs"]
    assert (raw < 0.9).all()
    assert (raw < flip).all()
    assert (abs(result[0].data.evs - 1) < 5 * result[0].data.stds + 0.02).all()


def test_the_story_names_passes_values_and_what_they_told() -> None:
    _, result = run([Folding(), Flip()])
    assert isinstance(result, PrimitiveResult)
    story = result.explain().splitlines()
    assert story[0] == "Resilience level 0, passes in their order: folding, flip."
    assert [line.split()[0] for line in story[4:7]] == ["raw", "flip", "folding"]
    assert f"{result[0].data.evs[1]:.4f}" in story[6]
    assert "folding: factors [1, 3]" in story[7]


def test_the_story_is_the_same_from_the_store() -> None:
    number, result = run([Folding()])
    again = RuntimeService().job(number).result()
    assert isinstance(again, EstimatorResult)
    assert again.explain() == result.explain()


def test_many_values_are_shortened_and_without_passes_it_says_so() -> None:
    _, many = run([Folding()], ["ZZ"] * 11)
    assert "and 3 more values" in many.explain()
    _, none = run([])
    assert none.explain() == "No pass ran: values are as they were measured."


def test_a_picture_shows_the_stages(tmp_path: Path) -> None:
    _, result = run([Folding(), Flip()])
    result.plot(tmp_path / "stages.svg")
    text = (tmp_path / "stages.svg").read_text(encoding="utf-8")
    assert "expectation value" in text
    _, none = run([])
    with pytest.raises(InputError, match="No pass ran on pub 0"):
        none.plot(tmp_path / "none.svg")


def test_exact_values_have_no_story() -> None:
    result = Estimator(feedline.backend("aer")).run([(bell(), "ZZ")], precision=0).result()
    assert "No pass ran" in result.explain()
