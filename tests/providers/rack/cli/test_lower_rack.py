# SPDX-License-Identifier: Apache-2.0
"""``feedline lower`` and ``feedline draw`` on a rack: every stage, offline."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedline_hal.lowering.lower import STAGES

Feedline = Callable[..., Any]
HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
TURN = f"{HEAD}input float[64] theta;\nqubit[1] q;\nbit[1] c;\nrx(theta) q[0];\nc = measure q;\n"
RACK = ("--backend", "rack:rack.toml")


@pytest.fixture(autouse=True)
def example(feedline: Feedline, folder: Path) -> None:
    """The example rack and a circuit with a parameter."""
    assert feedline("rack", "new", "--example").code == 0
    (folder / "turn.qasm").write_text(TURN)


@pytest.mark.parametrize("stage", [*STAGES, "program", "plan"])
def test_every_stage_has_a_table_and_json(feedline: Feedline, stage: str) -> None:
    said = feedline("lower", "turn.qasm", *RACK, "--stage", stage, "-p", "theta=0.3")
    assert said.code == 0, said.err
    assert "turn" in said.out
    told = json.loads(feedline("lower", "turn.qasm", *RACK, "--stage", stage, "-p", "theta=0.3", "--json").out)
    assert (told["name"], told["stage"]) == ("turn", stage)


def test_sweep_is_planned_with_its_shots(feedline: Feedline, folder: Path) -> None:
    arguments = ("lower", "turn.qasm", *RACK, "-s", "plan", "-p", "theta=0:pi:21", "--shots", "100")
    told = json.loads(feedline(*arguments, "--json").out)
    assert (told["points"], told["shots"]) == (21, 100)
    assert sum(pack["rows"] for pack in told["packs"]) == 21
    assert told["shot_time_s"] == pytest.approx(21 * 100 * 250e-6)
    assert feedline(*arguments, "--out", "plan.txt").out == "written: plan.txt\n"
    assert "100 of each point" in (folder / "plan.txt").read_text()


def test_circuit_is_drawn(feedline: Feedline, folder: Path) -> None:
    said = feedline("draw", "turn.qasm", *RACK, "-p", "theta=0.3", "--out", "turn.svg")
    assert said.code == 0, said.err
    assert ">readout<" in (folder / "turn.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*RACK, "-s", "plam"), ["There is no stage 'plam'.", "Did you mean 'plan'?"]),
        (("-s", "plan"), ["Backend 'pulse' has no stage 'plan'", "--backend rack:lab.toml"]),
        ((*RACK, "-s", "plan"), ["needs a value for theta"]),
        ((*RACK, "-s", "port", "-p", "theta=0:1:3"), ["is a sweep of 3 points"]),
        ((*RACK, "-s", "port", "-p", "theta=1", "--shots", "5"), ["--shots is for stages below port"]),
        ((*RACK, "-s", "plan", "-p", "theta=1", "--out", "a.npz"), ["a.npz is for stage port"]),
    ],
)
def test_mistakes_are_named_with_a_remedy(feedline: Feedline, arguments: tuple[str, ...], words: list[str]) -> None:
    said = feedline("lower", "turn.qasm", *arguments)
    assert (said.code, said.out) == (2, "")
    for word in words:
        assert word in said.err
