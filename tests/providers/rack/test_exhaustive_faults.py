# SPDX-License-Identifier: Apache-2.0
"""One job makes n calls: a fault at each, of each kind, ends in a right result or in a fault that says where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from fault_lab import INSTRUMENTS, KINDS, OF_REPLIES, FaultBench

import feedline_hal.drivers.tektronix_mso as mso
import feedline_hal.instrument.tektronix_awg as awg
from feedline_hal.errors import HardwareFault

Case = tuple[str, str, int]


@pytest.fixture
def bench(make_lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> FaultBench:
    """Waits that are long where instruments are slow are short here; the emulators are not."""
    monkeypatch.setattr(awg, "START_S", 0.3)
    monkeypatch.setattr(mso, "_READY_S", 0.3)
    monkeypatch.setattr("feedline_rack.run._SLACK_S", 0.5)
    return FaultBench(make_lab)


def cases(bench: FaultBench, name: str) -> Iterator[Case]:
    """Every kind of fault at every message of an instrument where it makes a difference."""
    for kind in KINDS:
        if kind == "full" and name != "awg":
            continue
        for number, message in enumerate(bench.messages[name], 1):
            if kind not in OF_REPLIES or name == "trig" or b"?" in message:
                yield name, kind, number


def strike(bench: FaultBench, case: Case) -> bool:
    """Run one case; whether the job failed."""
    name, kind, number = case
    try:
        outcome = bench.strike(name, kind, number)
        others = ("scope",) if kind in ("*RST", "full") else ()  # what is not triggered has nothing to give
        bench.check(outcome, may_fail_at=(name, *others))
    except BaseException as error:
        command = bench.messages[name][number - 1][:60]
        error.add_note(f"{kind} at message {number} of {name}, {command!r}")
        raise
    return outcome.error is not None


def test_a_seeded_sample_of_all_faults_ends_well(bench: FaultBench, rng: np.random.Generator) -> None:
    """Each kind for three of the instruments; the whole sweep is `test_every_fault_ends_well`."""
    every = [case for name in INSTRUMENTS for case in cases(bench, name)]
    for kind in KINDS:
        for name in rng.permutation(INSTRUMENTS)[:3]:
            chosen = [case for case in every if case[:2] == (name, kind)]
            if chosen:
                strike(bench, chosen[int(rng.integers(len(chosen)))])
    bench.check_no_leak()


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_fault_ends_well(bench: FaultBench, name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At all messages of an instrument, from the opening of the rack to its closing."""
    failed: list[str] = []
    chosen = [case for case in cases(bench, name) if case[1] == kind]
    faults = 0
    for case in chosen:
        try:
            faults += strike(bench, case)
            bench.check_no_leak()
        except Exception as error:  # noqa: BLE001 - all that fail are told together
            failed.append(f"{case}: {repr(error)[:900]} {getattr(error, '__notes__', '')}")
            with capsys.disabled():
                print(failed[-1])
    with capsys.disabled():
        print(f"\n{name}, {kind}: {len(chosen)} runs, {faults} ended in a fault, {len(failed)} went wrong")
    assert chosen or kind == "full"
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_another_instrument_at_an_address_is_left_alone(bench: FaultBench, name: str) -> None:
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
