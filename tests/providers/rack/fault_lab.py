# SPDX-License-Identifier: Apache-2.0
"""One small job on a bench of emulators, a fault at any of its messages, and everything that must hold after it."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from qiskit import QuantumCircuit, transpile
from rack_lab import RACK

import feedline
from feedline.errors import FeedlineError
from feedline.runtime.submit import runtime
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.errors import HardwareFault

SHOTS = 5
TIMEOUT_S = 0.5
INSTRUMENTS = ("awg", "scope", "lo_drive", "lo_read", "flux", "trig")
QUICK_RACK = re.sub(r'(address = "[^"]+"\n)', rf"\1timeout_s = {TIMEOUT_S}\n", RACK)
_SAFE = {"FREQ": (4e9, 8e9), "POW": (-120.0, 10.0), "LEV": (-0.1, 0.1)}
_OUTPUT = re.compile(rb":?SOUR:(FREQ|POW|LEV) ([-+0-9.E]+)")
_HIGHEST_V = {1: 0.3, 2: 0.3, 3: 0.3, 4: 0.3, 5: 0.3, 6: 0.3, 7: 0.5, 8: 0.0}


def _lose_state(emulator: Any) -> None:
    emulator.process(b"*RST")


def _fill_memory(emulator: Any) -> None:
    emulator.memory_samples = 0


Act = Callable[[Any], None]
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


class FaultBench:
    """A lab whose faults are acting scripts; runs the job, from the opening of the rack to its closing."""

    def __init__(self, make_lab: Callable[..., Any]) -> None:
        self.scripts = {name: ActingScript() for name in INSTRUMENTS}
        self.lab = make_lab(QUICK_RACK, faults=self.scripts)
        for name, script in self.scripts.items():
            script.emulator = self.lab.emulator(name)
        self.memory = self.lab.emulator("awg").memory_samples
        self.settings: list[Any] = []
        self.lab.emulator("trig").connect("a", self._note)
        circuit = QuantumCircuit(2, 2)
        circuit.h(0)
        circuit.cx(0, 1)
        circuit.measure([0, 1], [0, 1])
        self.circuit = transpile(circuit, self.lab.backend, optimization_level=0)
        self.run()
        self.expected = self.run()
        self.messages = {name: list(self.lab.emulator(name).log) for name in INSTRUMENTS}
        self.counts = {name: script.count for name, script in self.scripts.items()}
        gc.collect()  # of what ran before this bench
        self.threads, self.descriptors = settled_counts(None)

    def _note(self, burst: Burst) -> None:
        """How everything is set when the trigger comes; it comes to the AWG first."""
        awg, bias = self.lab.emulator("awg"), self.lab.emulator("flux")
        sources = [self.lab.emulator(name) for name in ("lo_drive", "lo_read")]
        played = [np.asarray(awg.played(channel, range(SHOTS))) for channel in range(1, 9)]
        self.settings.append(
            (
                (burst.count, burst.period_s, awg.shots, awg.rate_hz, bias.level_v, bias.is_on, bias.range_v),
                [(one.frequency_hz, one.power_dbm, one.is_on) for one in sources],
                [float(np.abs(volts).sum()) for volts in played],
            )
        )

    def run(self) -> Outcome:
        """One job, and the closing of the rack; faults are what the scripts say."""
        self.settings.clear()
        for name, script in self.scripts.items():
            script.emulator.clear_log()
            if name == "awg":
                script.emulator.memory_samples = self.memory
        job = feedline.Sampler(self.lab.backend).run([self.circuit], shots=SHOTS)
        bits, error = None, None
        try:
            bits = job.result(timeout=30)[0].data.c.get_bitstrings()
        except FeedlineError as caught:
            error = caught
        status = str(job.status())
        assert runtime().shutdown(timeout=30)
        runtime.cache_clear()
        return Outcome(status, bits, error, list(self.settings))

    def strike(self, name: str, kind: str, number: int) -> Outcome:
        """The job with one fault, then what must hold: nothing is left on, nothing leaks, the next job is right."""
        self.scripts[name].strike(number, KINDS[kind])
        outcome = self.run()
        self.check_safe()
        for script in self.scripts.values():
            script.strike(0, Fault(kind=FaultKind.DROP))
        self.check(self.run(), may_fail_at=())
        self.check_safe()
        return outcome

    def check(self, outcome: Outcome, *, may_fail_at: tuple[str, ...]) -> None:
        """A right result, or a fault that names an instrument among some, and the command."""
        if outcome.error is None:
            assert outcome.status.endswith("DONE"), outcome
            assert outcome.bits == self.expected.bits
            assert outcome.settings == self.expected.settings
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

    def check_safe(self) -> None:
        """By the emulators' own state, records and logs: nothing is on, and nothing was ever beyond what is safe."""
        assert self.lab.is_safe()
        assert not self.lab.emulator("trig").is_running
        for channel, highest_v in _HIGHEST_V.items():
            low, high = self.lab.emulator("awg").output_volts(channel)
            assert -highest_v - 1e-6 <= low <= high <= highest_v + 1e-6
        for name in ("lo_drive", "lo_read", "flux"):
            for message in self.lab.emulator(name).log:
                found = _OUTPUT.match(message)
                if found is not None:
                    low, high = _SAFE[found[1].decode()]
                    assert low <= float(found[2]) <= high, message

    def check_no_leak(self) -> None:
        """As many threads and descriptors as before, as soon as the emulators have noticed that their clients left."""
        before, now = (self.threads, self.descriptors), settled_counts((self.threads, self.descriptors))
        self.threads, self.descriptors = now
        assert now[0] <= before[0], [thread.name for thread in threading.enumerate()]
        assert now[1] <= before[1], ([thread.name for thread in threading.enumerate()], open_files())


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
