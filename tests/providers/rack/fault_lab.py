# SPDX-License-Identifier: Apache-2.0
"""One small job on emulators, a fault at any of its messages, and everything that must hold after it."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from numpy.random import Generator
from qiskit import QuantumCircuit, transpile

import feedline
import feedline_hal.drivers.tektronix_mso as mso
import feedline_hal.instrument.tektronix_awg as awg
from feedline.errors import FeedlineError
from feedline.runtime.submit import runtime
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.windfreak_synthhd import EmulatedSynthhd
from feedline_hal.errors import HardwareFault

TIMEOUT_S = 0.5


def _lose_state(emulator: Any) -> None:
    if isinstance(emulator, EmulatedSynthhd):  # knows no *RST
        emulator.reset()
    else:
        emulator.process(b"*RST")


def _fill_memory(emulator: Any) -> None:
    emulator.memory_samples = 0


Act = Callable[[Any], None]
Case = tuple[str, str, int]
"""An instrument, a kind of fault, the number of a message."""
KINDS: Mapping[str, Fault | Act] = {
    "drop": Fault(kind=FaultKind.DROP),
    "delay": Fault(kind=FaultKind.DELAY, delay_s=TIMEOUT_S / 6),
    "long delay": Fault(kind=FaultKind.DELAY, delay_s=1.5 * TIMEOUT_S),
    "short": Fault(kind=FaultKind.SHORT),
    "duplicate": Fault(kind=FaultKind.DUPLICATE),
    "garbage": Fault(kind=FaultKind.GARBAGE),
    "text": Fault(kind=FaultKind.GARBAGE, garbage=b"what?"),
    "late": Fault(kind=FaultKind.LATE),
    "reset": Fault(kind=FaultKind.RESET),
    "*RST": _lose_state,
    "full": _fill_memory,
}
OF_REPLIES = ("short", "duplicate", "late", "garbage", "text")
"""Kinds that do nothing to a message that has no reply, or that no instrument does without one."""


class ActingScript(FaultScript):
    """A script that can also do something to the emulator, just before a message."""

    def __init__(self) -> None:
        super().__init__()
        self.emulator: Any = None
        self._act: tuple[int, Act] | None = None

    def strike(self, number: int, what: Fault | Act) -> None:
        """Have this happen at a message."""
        is_fault = isinstance(what, Fault)
        self._act = None if is_fault else (number, what)
        self.restart({number: what} if is_fault else None)

    def next_fault(self) -> Fault | None:
        fault = super().next_fault()
        if self._act is not None and self.count == self._act[0]:
            self._act[1](self.emulator)
        return fault


@attrs.define(slots=True, eq=False)
class Outcome:
    """What came of a job: its final status, bits or error, and how everything was set when it was triggered."""

    status: str
    bits: list[str] | None
    error: BaseException | None
    settings: list[Any]


class FaultBench(ABC):
    """Emulators whose faults are acting scripts, and a job for them; a run is from the opening of the rack to its end.

    Args:
        lab: Emulators and the backend that connects to them.
        scripts: The emulators' fault scripts, by instrument.
        circuit: What the job runs.
        shots: How many.

    Attributes:
        plain: What came of the job without a fault.
        messages: What each instrument was told in it.
    """

    filled: ClassVar[str]
    """Instrument whose memory can be full."""
    triggered: ClassVar[str]
    """Output of the coordinator at which the shot begins."""
    needs_others: ClassVar[tuple[str, ...]] = ()
    """Instruments that may be named too when another one forgot what it was told: they wait for it in vain."""

    def __init__(self, lab: Any, scripts: Mapping[str, ActingScript], circuit: QuantumCircuit, shots: int) -> None:
        self.lab, self.scripts, self.shots = lab, scripts, shots
        for name, script in scripts.items():
            script.emulator = lab.emulator(name)
        self.memory = lab.emulator(self.filled).memory_samples
        self.settings: list[Any] = []
        lab.emulator("trig").connect(self.triggered, lambda burst: self.settings.append(self.snapshot(burst)))
        self.circuit = transpile(circuit, lab.backend, optimization_level=0)
        self.run()
        self.plain = self.run()
        self.messages = {name: list(lab.emulator(name).log) for name in scripts}
        gc.collect()  # of what ran before this bench
        self.threads, self.descriptors = settled_counts(None)

    @abstractmethod
    def snapshot(self, burst: Burst) -> object:
        """How everything is set when the trigger comes."""

    @abstractmethod
    def check_bits(self, bits: list[str] | None) -> None:
        """A right result."""

    @abstractmethod
    def check_safe(self) -> None:
        """By the emulators' own state, records and logs: nothing is on, and nothing was ever beyond what is safe."""

    def is_answered(self, name: str, message: bytes) -> bool:
        """Whether a message has a reply."""
        return name == "trig" or b"?" in message

    def cases(self, name: str) -> Iterator[Case]:
        """Every kind of fault at every message of an instrument where it makes a difference."""
        for kind in KINDS:
            if kind == "full" and name != self.filled:
                continue
            for number, message in enumerate(self.messages[name], 1):
                if kind not in OF_REPLIES or self.is_answered(name, message):
                    yield name, kind, number

    def run(self) -> Outcome:
        """One job, and the closing of the rack; faults are what the scripts say."""
        self.settings.clear()
        for script in self.scripts.values():
            script.emulator.clear_log()
        self.lab.emulator(self.filled).memory_samples = self.memory
        job = feedline.Sampler(self.lab.backend).run([self.circuit], shots=self.shots)
        bits, error = None, None
        try:
            bits = job.result(timeout=30)[0].data.c.get_bitstrings()
        except FeedlineError as caught:
            error = caught
        status = str(job.status())
        assert runtime().shutdown(timeout=30)
        runtime.cache_clear()
        return Outcome(status, bits, error, list(self.settings))

    def strike(self, case: Case) -> bool:
        """The job with one fault, then what must hold: nothing is left on, the next job is right; whether it failed."""
        name, kind, number = case
        try:
            self.scripts[name].strike(number, KINDS[kind])
            outcome = self.run()
            self.check_safe()
            for script in self.scripts.values():
                script.strike(0, Fault(kind=FaultKind.DROP))
            self.check(self.run(), may_fail_at=())
            self.check_safe()
            others = self.needs_others if kind in ("*RST", "full") else ()
            self.check(outcome, may_fail_at=(name, *others))
        except BaseException as error:
            error.add_note(f"{kind} at message {number} of {name}, {self.messages[name][number - 1][:60]!r}")
            raise
        return outcome.error is not None

    def check(self, outcome: Outcome, *, may_fail_at: tuple[str, ...]) -> None:
        """A right result, or a fault that names an instrument among some, and the command."""
        if outcome.error is None:
            assert outcome.status.endswith("DONE"), outcome
            self.check_bits(outcome.bits)
            assert outcome.settings == self.plain.settings
            return
        assert may_fail_at, repr(outcome.error)
        assert outcome.status.endswith("ERROR"), outcome
        error: Any = outcome.error
        assert isinstance(error, HardwareFault), repr(error)
        assert error.instrument.startswith(may_fail_at), (error.instrument, str(error))
        assert error.command, str(error)
        named = error.instrument.split(" ")[0]
        assert named in str(error), str(error)
        if error.reply:
            assert repr(error.reply[:20])[1:-1] in str(error) or error.reply[:20] in str(error), repr(error)

    def check_no_leak(self) -> None:
        """As many threads and descriptors as before, as soon as the emulators have noticed that their clients left."""
        before, now = (self.threads, self.descriptors), settled_counts((self.threads, self.descriptors))
        self.threads, self.descriptors = now
        assert now[0] <= before[0], [thread.name for thread in threading.enumerate()]
        assert now[1] <= before[1], ([thread.name for thread in threading.enumerate()], open_files())


def bell() -> QuantumCircuit:
    """A Bell state and its measurement."""
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def quick(rack: str) -> str:
    """The text of a rack file with short timeouts."""
    return re.sub(r'(address = "[^"]+"\n)', rf"\1timeout_s = {TIMEOUT_S}\n", rack)


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make waits short that are long where instruments are slow; the emulators are not."""
    monkeypatch.setattr(awg, "START_S", 0.3)
    monkeypatch.setattr(mso, "_READY_S", 0.3)
    monkeypatch.setattr("feedline_rack.run._SLACK_S", 0.5)


def strike_sample(bench: FaultBench, rng: Generator, instruments: int) -> None:
    """Each kind of fault for some of the instruments."""
    every = [case for name in bench.scripts for case in bench.cases(name)]
    for kind in KINDS:
        for name in rng.permutation(list(bench.scripts))[:instruments]:
            chosen = [case for case in every if case[:2] == (name, kind)]
            if chosen:
                bench.strike(chosen[int(rng.integers(len(chosen)))])
    bench.check_no_leak()


def strike_all(bench: FaultBench, name: str, kind: str, say: Callable[[str], None]) -> None:
    """A kind of fault at all messages of an instrument, from the opening of the rack to its closing."""
    failed: list[str] = []
    chosen = [case for case in bench.cases(name) if case[1] == kind]
    faults = 0
    for case in chosen:
        try:
            faults += bench.strike(case)
            bench.check_no_leak()
        except Exception as error:  # noqa: BLE001 - all that fail are told together
            failed.append(f"{case}: {repr(error)[:900]} {getattr(error, '__notes__', '')}")
            say(failed[-1])
    say(f"\n{name}, {kind}: {len(chosen)} runs, {faults} ended in a fault, {len(failed)} went wrong")
    assert chosen or kind == "full" or not any(bench.is_answered(name, one) for one in bench.messages[name])
    assert not failed, "\n".join(failed)


def open_files() -> list[str]:
    """What the descriptors of this process lead to; the database of jobs is the runtime's, and opens and closes."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(os.readlink(entry))
    return [path for path in found if "jobs.db" not in path]


def settled_counts(wanted: tuple[int, int] | None) -> tuple[int, int]:
    """Threads and descriptors of this process, when they are as wanted, or have not changed for a while."""
    give_up_s = time.monotonic() + 3
    before, same_since_s = (-1, -1), time.monotonic()
    while time.monotonic() < give_up_s:
        now = threading.active_count(), len(open_files())
        if wanted is not None and now[0] <= wanted[0] and now[1] <= wanted[1]:
            return now
        if now != before:
            before, same_since_s = now, time.monotonic()
        elif wanted is None and time.monotonic() - same_since_s > 0.3:
            return now
        time.sleep(0.005)
    return before
