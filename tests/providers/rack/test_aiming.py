# SPDX-License-Identifier: Apache-2.0
"""Every run is triggered with its own triggers, by a timer that was stopped before, whatever there was before."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from rack_lab import RACK

import feedline
from feedline.errors import JobError
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.errors import HardwareFault

STEPPED = RACK.replace("options = { channels = 4 }", "options = { channels = 4, memory_samples = 6000 }")
"""The digitizer holds six records, so that a job has several runs."""
START, STOP = b":PULSE0:STATE ON", b":PULSE0:STATE OFF"
LONG = 4000
"""Shots of a job that is cancelled or breaks: hundreds of runs, the first of them soon over."""


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(1, 9))])
def test_a_job_has_its_triggers_after_any_other_that_ended_or_broke(make_lab: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    faults = {name: FaultScript() for name in ("trig", "awg", "scope")}
    lab = make_lab(STEPPED, faults=faults)
    bursts: list[Burst] = []
    lab.emulator("trig").connect("b", bursts.append)
    circuit = QuantumCircuit(2, 2)
    circuit.rz(Parameter("angle"), 0)
    circuit.measure([0, 1], [0, 1])
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    session = feedline.Session(lab.backend)  # between its jobs nothing is made safe, unless they break
    sampler = feedline.Sampler(mode=session)
    for _ in range(7):
        period_s = float(rng.choice([20e-6, 40e-6]))
        sampler.options.execution.rep_delay = period_s
        rows, shots = int(rng.integers(1, 4)), int(rng.integers(1, 12))
        values = np.linspace(0, 3, rows)[:, np.newaxis]
        how = ("ends", "is cancelled", *faults)[rng.integers(5)]
        if how == "is cancelled":
            job = sampler.run([(circuit, values)], shots=LONG)
            time.sleep(rng.random() * 0.2)
            assert job.cancel()
            with pytest.raises(JobError):
                job.result()
        elif how in faults:
            faults[how].restart({int(rng.integers(1, 40)): Fault(kind=FaultKind.DROP)})
            with contextlib.suppress(HardwareFault):  # fewer messages may be enough
                sampler.run([(circuit, values)], shots=LONG).result()
            faults[how].restart()
        bursts.clear()
        sampler.run([(circuit, values)], shots=shots).result()
        assert [one.period_s for one in bursts] == pytest.approx([period_s] * len(bursts))
        assert sum(one.count for one in bursts) == rows * shots
    session.close()
    check_stopped_before_each_start(lab.emulator("trig").log)


def check_stopped_before_each_start(log: list[bytes]) -> None:
    is_stopped = False
    for message in log:
        assert is_stopped or message != START
        is_stopped = message != START and (is_stopped or message == STOP)
    assert START in log
