# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy

_ZZ = ("-o", "ZZ")
_TWICE_SEED = "--seed 2 and --option simulator.seed_simulator=1 say the same thing twice."


def test_histogram_shows_both_outcomes_of_a_bell_pair_with_backend_shots_seed_and_job(feedline) -> None:
    said = feedline("run", "bell.qasm", "--shots", "1000", "--seed", "7")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0] == "bell.qasm on aer, 1000 shots, seed 7"
    rows = [line.split() for line in lines[1:3]]
    assert {row[0] for row in rows} == {"00", "11"}
    assert sum(int(row[2]) for row in rows) == 1000
    assert int(rows[0][2]) >= int(rows[1][2])
    assert re.fullmatch(r"job [0-9a-f]+", lines[3])
    assert said.err == ""


def test_same_seed_gives_the_same_counts(feedline) -> None:
    first, second = (json.loads(feedline("run", "bell.qasm", "--seed", "3", "--json").out) for _ in range(2))
    assert first["results"] == second["results"]
    assert first["job"] != second["job"]


def test_seed_given_as_an_option_is_the_seed_that_is_reported(feedline) -> None:
    said = feedline("run", "bell.qasm", "--shots", "9", "--option", "simulator.seed_simulator=5", "--json")
    assert json.loads(said.out)["seed"] == 5
    said = feedline("run", "bell.qasm", "--shots", "9", "--option", "simulator.seed_simulator=5")
    assert said.out.splitlines()[0] == "bell.qasm on aer, 9 shots, seed 5"


def test_json_is_one_document_with_flat_results(feedline) -> None:
    said = feedline("run", "bell.qasm", "--shots", "50", "--json")
    document = json.loads(said.out)
    assert document["backend"] == "aer"
    (result,) = document["results"]
    assert result["circuit"] == "bell"
    assert result["shots"] == sum(result["counts"].values()) == 50
    assert result["registers"] == {"c": 2}


def test_observables_are_estimated_and_the_note_says_that_measurements_are_left_out(feedline) -> None:
    said = feedline("run", "bell.qasm", "-o", "ZZ", "-o", "XX - 0.5*IZ", "--precision", "0", "--json")
    assert said.code == 0, said.err
    values = {row["observable"]: row["value"] for row in json.loads(said.out)["results"]}
    assert values == pytest.approx({"ZZ": 1.0, "XX - 0.5*IZ": 1.0})
    assert said.err == "note: the final measurements of 'bell' are left out: observables are measured instead\n"


def test_observable_table_has_value_and_standard_error(feedline) -> None:
    lines = feedline("run", "bell.qasm", "-o", "IZ", "--shots", "400", "--seed", "1").out.splitlines()
    assert lines[1].split() == ["observable", "value", "standard", "error"]
    name, value, error = lines[2].split()
    assert name == "IZ"
    assert abs(float(value)) < 5 * 0.05
    assert float(error) == pytest.approx(0.05, rel=0.05)


def test_sweep_of_one_parameter_is_a_row_per_point(feedline) -> None:
    said = feedline("run", "turn.qasm", "-p", "theta=0:pi:5", "-o", "Z", "-o", "2*0", "--precision", "0", "--json")
    rows = json.loads(said.out)["results"]
    assert len(rows) == 10
    for row in rows:
        cosine = math.cos(row["parameters"]["theta"])
        assert row["value"] == pytest.approx(cosine if row["observable"] == "Z" else 1 + cosine)


def test_sweep_of_counts_draws_a_histogram_per_point_and_measures_what_is_not_measured(feedline) -> None:
    said = feedline("run", "turn.qasm", "-p", "theta=0:pi:2", "--shots", "10")
    assert said.err == "note: 'turn' measures nothing; all its qubits are measured at the end\n"
    assert "turn  theta=0\n0 " in said.out
    assert f"turn  theta={math.pi:.6g}\n1 " in said.out


def test_qpy_file_runs_all_its_circuits_in_one_job(feedline, folder: Path) -> None:
    circuits = []
    for value in range(2):
        circuit = QuantumCircuit(1, 1, name=f"flip{value}")
        if value:
            circuit.x(0)
        circuit.measure(0, 0)
        circuits.append(circuit)
    with (folder / "two.qpy").open("wb") as file:
        qpy.dump(circuits, file)
    document = json.loads(feedline("run", "two.qpy", "--shots", "9", "--json").out)
    assert [(row["circuit"], row["counts"]) for row in document["results"]] == [
        ("flip0", {"0": 9}),
        ("flip1", {"1": 9}),
    ]


def test_registers_are_named_above_their_bits(feedline, folder: Path) -> None:
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', "qreg q[3];", "creg low[1];", "creg high[2];", "x q[2];"]
    lines += ["measure q[0] -> low[0];", "measure q[1] -> high[0];", "measure q[2] -> high[1];"]
    (folder / "two.qasm").write_text("\n".join(lines))
    out = feedline("run", "two.qasm", "--shots", "10").out.splitlines()
    assert out[1] == "high low"
    assert out[2].startswith("  10   0 █")


@pytest.mark.parametrize("arguments", [(), ("-o", "ZZ", "-o", "XX")])
def test_plot_is_drawn_and_named(arguments: tuple[str, ...], feedline, folder: Path) -> None:
    said = feedline("run", "bell.qasm", "--shots", "10", *arguments, "--plot", "bell.svg")
    assert "drawn: bell.svg" in said.out
    assert ">bell.qasm on aer" in (folder / "bell.svg").read_text()


def test_sweep_plot_has_a_curve_per_observable(feedline, folder: Path) -> None:
    feedline("run", "turn.qasm", "-p", "theta=0:pi:5", "-o", "Z", "-o", "Y", "--plot", "turn.svg")
    text = (folder / "turn.svg").read_text()
    assert {word for word in ("theta", "Z", "Y") if f">{word}<" in text} == {"theta", "Z", "Y"}


def test_options_reach_the_backend_and_the_primitive(feedline) -> None:
    said = feedline(
        "run", "bell.qasm", "--option", "backend.method=stabilizer", "--option", "default_shots=12",
        "--option", 'environment.job_tags=["mine"]', "--json",
    )  # fmt: skip
    assert json.loads(said.out)["results"][0]["shots"] == 12
    listed = json.loads(feedline("jobs", "--tag", "mine", "--json").out)
    assert [job["shots"] for job in listed] == [12]


@pytest.mark.parametrize(
    ("arguments", "what", "remedy"),
    [
        (("bel.qasm",), "bel.qasm does not exist.", "Did you mean 'bell.qasm'?"),
        (("bell.qasm", "-b", "air"), "There is no backend 'air'.", "Did you mean 'aer'?"),
        (("bell.qasm", "-o", "ZZZ"), "term 'ZZZ' has 3 letters, the circuit has 2 qubits.", "one letter per qubit"),
        (("turn.qasm",), "Circuit 'turn' needs a value for theta.", "Add --param theta=VALUE."),
        (("bell.qasm", "-p", "a=1"), "Circuit 'bell' has no parameter 'a'.", "leave --param out"),
        (("bell.qasm", "--option", "default_shot=3"), "no option 'default_shot'", "Did you mean 'default_shots'?"),
        (("bell.qasm", "--option", "default_shots=-3"), "default_shots is -3", "at least 1"),
        (("bell.qasm", "--option", "backend.metod=mps"), "has no option 'metod'", "Did you mean 'method'?"),
        (("bell.qasm", "--option", "shots"), "--option 'shots' is not group.name=value.", "Write --option"),
        (
            ("bell.qasm", "--plot", "bell.jpg"),
            "--plot 'bell.jpg' is not a kind of picture",
            "ends in .pdf, .png or .svg.",
        ),
        (("bell.qasm", "--plot", "x.foo"), "--plot 'x.foo' is not a kind", "ends in .pdf, .png or .svg."),
        (("bell.qasm", "--plot", ""), "--plot '' is not a kind of picture", "ends in .pdf, .png or .svg."),
        (("bell.qasm", "--precision", "0.1"), "--precision needs --observable", "feedline run --help"),
        (("bell.qasm", "-o", "ZZ", "--precision", "1", "--shots", "1"), "exclude each other", "feedline run --help"),
        (("bell.qasm", "--seed", "2", "--option", "simulator.seed_simulator=1"), _TWICE_SEED, "Leave one"),
        (("bell.qasm", "--seed", "2", "--option", 'simulator={"seed_simulator": 2}'), "--seed 2 and", "Leave one"),
        (("bell.qasm", "--seed", "2", "--option", "transpilation.seed_transpiler=1"), "seed_transpiler=1", "Leave one"),
        (("bell.qasm", "--seed", "2", "--option", "simulator=1"), "--seed 2 and --option simulator=1", "Leave one"),
        (("bell.qasm", "--shots", "2", "--option", "default_shots=1"), "--shots 2 and --option default_s", "Leave one"),
        (
            ("bell.qasm", *_ZZ, "--precision", "1", "--option", "default_precision=1"),
            "default_precision=1",
            "Leave one",
        ),
        (("bell.qasm", *_ZZ, "--precision", "1", "--option", "default_shots=1"), "exclude each other", "run --help"),
        (("bell.qasm", *_ZZ, "--shots", "9", "--option", "default_precision=1"), "exclude each other", "run --help"),
        (("turn.qasm", "-p", "theta=0:1:1000000000"), "'theta=0:1:1000000000'", "may have 1,000,000 points"),
        (("turn.qasm", "-p", "a=0:1:1001", "-p", "theta=0:1:1000"), "'theta=0:1:1000' makes", "1,000,000 points"),
        (("bell.qasm", "--shots", "0"), "'--shots'", "feedline run --help"),
        (("bell.qasm", "--frob"), "No such option", "feedline run --help"),
        ((), "Missing argument 'FILE'", "feedline run --help"),
    ],
)
def test_mistake_is_a_line_with_a_remedy_and_exit_code_2(
    arguments: tuple[str, ...], what: str, remedy: str, feedline
) -> None:
    said = feedline("run", *arguments)
    assert said.code == 2
    assert said.out == ""
    line, advice = said.err.splitlines()
    assert line.startswith("feedline: ")
    assert what in line
    assert advice.startswith("  -> ")
    assert remedy in advice


def test_nothing_runs_when_the_picture_could_not_be_written(feedline) -> None:
    assert feedline("run", "bell.qasm", "--plot", "gone/bell.svg").code == 2
    assert feedline("jobs").out == "No jobs.\n"


def test_circuit_wider_than_the_backend_is_refused(feedline, folder: Path) -> None:
    (folder / "wide.qasm").write_text('OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[9] q;\nh q;\n')
    said = feedline("run", "wide.qasm", "--option", "backend.num_qubits=4")
    assert said.code == 2
    assert "9 qubits" in said.err
    assert "4" in said.err


def test_iq_data_are_summarised_and_printed_as_pairs() -> None:
    from feedline.cli.outcome import Raw

    row = Raw(circuit="c", name="meas", data=np.array([[1 + 2j, 3 - 4j]])).row()
    assert row["shape"] == [1, 2]
    assert row["data"] == [[[1.0, 2.0], [3.0, -4.0]]]
