# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json


def test_backends_lists_names_plugins_and_summaries(feedline) -> None:
    said = feedline("backends")
    assert said.code == 0
    rows = [line.split(maxsplit=2) for line in said.out.splitlines()]
    assert ["aer", "aer", "Qiskit Aer: ideal, noisy, or like a device you know"] in rows


def test_backends_as_json_says_what_to_install(feedline) -> None:
    rows = {row["name"]: row for row in json.loads(feedline("backends", "--json").out)}
    assert rows["aer"]["install"] == ""


def test_backend_is_described_with_its_capabilities(feedline) -> None:
    said = feedline("backends", "aer")
    lines = said.out.splitlines()
    values = dict(line.split("  ", 1) for line in lines if line and not line.startswith(" "))
    values = {name: value.strip() for name, value in values.items()}
    assert values["backend"] == "aer"
    assert values["exact values"] == "yes"
    assert values["coupling"] == "all to all"
    assert "if_else" in values["control flow"]
    assert max(map(len, lines)) <= 80


def test_backend_as_json_has_target_and_capabilities(feedline) -> None:
    description = json.loads(feedline("backends", "aer", "--json").out)
    assert description["name"] == "aer"
    assert "classified" in description["capabilities"]["meas_levels"]
    assert {"cx", "measure"} <= {row["name"] for row in description["instructions"]}


def test_durations_errors_and_coupling_of_a_device_are_shown() -> None:
    from qiskit.providers.fake_provider import GenericBackendV2

    import feedline as package
    from feedline.cli.backends import _description

    like = GenericBackendV2(num_qubits=3, coupling_map=[[0, 1], [1, 0], [1, 2]], seed=1)
    description = _description(package.backend("aer", like=like))
    assert description["coupling"] == "2 pairs"
    cx = next(row for row in description["instructions"] if row["name"] == "cx")
    assert cx["places"] == 3
    assert 0 < cx["duration_s"][0] <= cx["duration_s"][1] < 1e-5
    assert 0 < cx["error"][0] < 1


def test_unknown_backend_names_the_nearest(feedline) -> None:
    said = feedline("backends", "are")
    assert said.code == 2
    assert said.err.startswith("feedline: There is no backend 'are'.\n  -> Did you mean 'aer'?")
