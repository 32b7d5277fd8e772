# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from feedline import Estimator, Sampler
from feedline.circuit_file import load_circuit


@pytest.fixture
def two_jobs(folder: Path) -> tuple[str, str]:
    circuit = load_circuit(folder / "bell.qasm")
    sampled = Sampler("aer", {"environment": {"job_tags": ["bell", "first"]}}).run([circuit], shots=30)
    sampled.result()
    bare = circuit.remove_final_measurements(inplace=False)
    estimated = Estimator("aer").run([(bare, ["ZZ", "XX"])], precision=0.1)
    estimated.result()
    return sampled.job_id(), estimated.job_id()


def test_jobs_lists_the_newest_first_with_status_and_shots(feedline, two_jobs: tuple[str, str]) -> None:
    head, *rows = [line.split() for line in feedline("jobs").out.splitlines()]
    assert head[:5] == ["job", "created", "backend", "primitive", "status"]
    assert [row[0] for row in rows] == list(reversed(two_jobs))
    assert rows[1][3:6] == ["aer", "sampler", "DONE"]
    assert rows[1][-3:] == ["30", "bell,", "first"]


@pytest.mark.parametrize(
    ("condition", "which"),
    [
        (("--primitive", "sampler"), [0]),
        (("--tag", "bell"), [0]),
        (("--tag", "bell", "--tag", "other"), []),
        (("--backend", "aer"), [1, 0]),
        (("--backend", "other"), []),
        (("--pending",), []),
        (("--limit", "1"), [1]),
        (("--since", "2020-01-01"), [1, 0]),
        (("--since", "2999-01-01"), []),
        (("--session", "none"), []),
    ],
)
def test_jobs_are_chosen_by_conditions(
    condition: tuple[str, ...], which: list[int], feedline, two_jobs: tuple[str, str]
) -> None:
    found = json.loads(feedline("jobs", *condition, "--json").out)
    assert [job["job"] for job in found] == [two_jobs[index] for index in which]


def test_job_shows_status_times_and_histogram(feedline, two_jobs: tuple[str, str]) -> None:
    said = feedline("job", two_jobs[0])
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    values = dict(line.split(maxsplit=1) for line in lines[: lines.index("")])
    assert values["job"] == two_jobs[0]
    assert values["status"] == "DONE"
    assert values["shots"] == "30"
    assert values["tags"] == "bell, first"
    assert all(word in values["time"] for word in ("queue", "compile", "execute", "fold"))
    assert lines[-1].endswith("%")


def test_job_of_estimator_shows_values_by_point(feedline, two_jobs: tuple[str, str]) -> None:
    rows = json.loads(feedline("job", two_jobs[1], "--json").out)["results"]
    assert [row["parameters"] for row in rows] == [{"point[0]": 0.0}, {"point[0]": 1.0}]
    assert [row["value"] for row in rows] == pytest.approx([1, 1], abs=0.5)
    assert "point[0]" in feedline("job", two_jobs[1]).out


def test_job_is_found_by_the_beginning_of_its_id_and_drawn(feedline, two_jobs, folder: Path) -> None:
    said = feedline("job", two_jobs[0][:-3], "--plot", "job.svg")
    assert "drawn: job.svg" in said.out
    assert f"job {two_jobs[0]} on aer" in (folder / "job.svg").read_text()


def test_job_can_be_deleted(feedline, two_jobs: tuple[str, str]) -> None:
    assert feedline("job", two_jobs[0], "--delete").out == f"job {two_jobs[0]} is deleted\n"
    assert feedline("job", two_jobs[0]).code == 2


def test_unknown_job_is_refused_with_a_remedy(feedline, two_jobs: tuple[str, str]) -> None:
    said = feedline("job", "nonsense")
    assert said.code == 2
    assert "Job 'nonsense' is not in" in said.err
    assert "'feedline jobs' lists them" in said.err


def test_failed_job_shows_its_error_and_remedy(folder: Path) -> None:
    from feedline.errors import ProviderError
    from feedline.testing import NullBackend, NullDevice

    class Broken(NullDevice):
        def execute(self, executions):
            raise ProviderError("The fridge is warm.", remedy="Wait for it.")

    class Warm(NullBackend):
        def open(self):
            return Broken(self.target)

    job = Sampler(Warm(2, name="warm")).run([load_circuit(folder / "bell.qasm")])
    with pytest.raises(ProviderError):
        job.result()
    program = Path(sys.executable).with_name("feedline")
    said = subprocess.run([program, "job", job.job_id()], capture_output=True, text=True, timeout=60, check=True)
    values = dict(line.split(maxsplit=1) for line in said.stdout.splitlines())
    assert values["status"] == "ERROR"
    assert values["error"] == "The fridge is warm."
    assert values["remedy"] == "Wait for it."


def test_plain_run_job_is_shown_with_its_counts(feedline, folder: Path) -> None:
    import feedline as package

    circuit = load_circuit(folder / "bell.qasm")
    job = package.backend("aer").run(circuit, shots=20)
    name = job.job_id()
    job.result()
    del job  # what nobody holds is read from the store
    (row,) = json.loads(feedline("job", name, "--json").out)["results"]
    assert sum(row["counts"].values()) == 20
    assert set(row["counts"]) <= {"00", "11"}


def test_executor_and_iq_results_are_summarised_in_a_line_each(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samplomatic = pytest.importorskip("samplomatic.quantum_program")
    from feedline import Executor
    from feedline.cli.outcome import outcomes
    from feedline.cli.present import show_text
    from feedline.testing import NullBackend

    circuit = load_circuit(folder / "bell.qasm")
    program = samplomatic.QuantumProgram(shots=5, items=[samplomatic.CircuitItem(circuit)])
    show_text(outcomes(Executor(NullBackend(2)).run(program).result()))
    kerneled = Sampler(NullBackend(2), {"execution": {"meas_type": "kerneled"}}).run([circuit], shots=3)
    show_text(outcomes(kerneled.result()))
    assert capsys.readouterr().out.splitlines() == [
        "item 0  c: bool of shape (5, 2); see --json",
        "pub 0  c: complex128 of shape (3, 2), mean 0+0j; see --json",
    ]
