# SPDX-License-Identifier: Apache-2.0
"""A fault at each message of a job on a simulated chip: a Bell state as physics has it, or a fault that says where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fault_lab import KINDS, quicken, strike_all, strike_sample
from twin_fault_bench import INSTRUMENTS, TwinFaultBench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwinFaultBench]:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    quicken(monkeypatch)
    made = TwinFaultBench(tmp_path)
    yield made
    made.close()


def test_a_seeded_sample_of_all_faults_ends_well(bench: TwinFaultBench, rng: np.random.Generator) -> None:
    """Each kind for one of the instruments; the whole sweep is `test_every_fault_ends_well`."""
    strike_sample(bench, rng, 1)


def test_a_generator_that_forgets_what_it_was_told_is_named(bench: TwinFaultBench) -> None:
    """It gives no records, so nothing else would miss its pulses."""
    assert bench.strike(("gen", "*RST", bench.messages["gen"].index(b"OUTP1 ON")))


@pytest.mark.parametrize("kind", ["late", "long delay"])
def test_a_late_answer_on_a_serial_line_is_no_answer_to_who_opens_it_next(bench: TwinFaultBench, kind: str) -> None:
    assert bench.strike(("lo_drive", kind, bench.messages["lo_drive"].index(b"-") + 1))


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_fault_ends_well(bench: TwinFaultBench, name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        strike_all(bench, name, kind, print)
