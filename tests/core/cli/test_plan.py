# SPDX-License-Identifier: Apache-2.0
"""``feedline plan``: what a run would cost, without running it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from feedline.runtime.service import RuntimeService


def test_a_plan_is_shown_and_nothing_runs(feedline: Callable[..., Any]) -> None:
    said = feedline("plan", "bell.qasm", "-o", "ZZ", "-o", "XX", "--precision", "0.01")
    assert said.code == 0
    assert "no pass" in said.out
    assert "2 compiled" in said.out
    assert "20,000" in said.out
    assert not RuntimeService().jobs()


def test_json_is_one_document(feedline: Callable[..., Any]) -> None:
    said = feedline("plan", "bell.qasm", "--shots", "50", "--json")
    told = json.loads(said.out)
    assert told["total_shots"] == 50
    assert told["backend"] == "aer"


def test_mistakes_are_those_of_run(feedline: Callable[..., Any]) -> None:
    assert feedline("plan", "bell.qasm", "--precision", "0.1").code == 2
    said = feedline("plan", "bell.qasm", "-o", "ZZ", "--option", 'resilience.passes=["zme"]')
    assert said.code == 2
    assert "There is no pass 'zme'" in said.err
