# SPDX-License-Identifier: Apache-2.0
"""One job makes n calls: a fault at each, of each kind, ends in a right result or in a fault that says where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fault_lab import KINDS, quicken, strike_all, strike_sample
from rack_fault_bench import INSTRUMENTS, RackFaultBench

from feedline_hal.errors import HardwareFault


@pytest.fixture
def bench(make_lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> RackFaultBench:
    quicken(monkeypatch)
    return RackFaultBench(make_lab)


def test_a_seeded_sample_of_all_faults_ends_well(bench: RackFaultBench, rng: np.random.Generator) -> None:
    """Each kind for three of the instruments; the whole sweep is `test_every_fault_ends_well`."""
    strike_sample(bench, rng, 3)


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_fault_ends_well(bench: RackFaultBench, name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        strike_all(bench, name, kind, print)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_another_instrument_at_an_address_is_left_alone(bench: RackFaultBench, name: str) -> None:
    emulator = bench.lab.emulator(name)
    right, emulator.identity = emulator.identity, "ACME,NO-SUCH-MODEL,1,1.0"
    outcome = bench.run()
    emulator.identity = right
    assert isinstance(outcome.error, HardwareFault)
    assert outcome.error.instrument.startswith(name)
    assert outcome.error.command == "*IDN?"
    assert "NO-SUCH-MODEL" in outcome.error.reply
    assert "NO-SUCH-MODEL" in str(outcome.error)
    assert emulator.log == [b"*IDN?"]
    bench.check(bench.run(), may_fail_at=())
    bench.check_safe()
    bench.check_no_leak()
