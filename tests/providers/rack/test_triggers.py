# SPDX-License-Identifier: Apache-2.0
"""Triggers that only one instrument sees: they are noticed, and what they spoil ends with the run."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from rack_lab import RACK

import feedline
from feedline_hal.emulator.cable import Burst
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument import tektronix_awg

ROWS, SHOTS = 6, 3
OPTIONS = "options = { channels = 4 }"
STEPPED = RACK.replace(OPTIONS, "options = { channels = 4, memory_samples = 6000 }")
"""The digitizer holds one shot of all rows, so that each shot is a run."""
QUERY = b"SOURce1:SCSTep?"


def swept(lab: Any) -> tuple[QuantumCircuit, np.ndarray]:
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.rz(Parameter("angle"), 0)
    circuit.sx(0)
    circuit.measure([0, 1], [0, 1])
    return transpile(circuit, lab.backend, optimization_level=0), np.linspace(0, 3, ROWS)[:, np.newaxis]


def meddle(lab: Any, run: int, change: Any) -> list[int]:
    """Do something to the AWG in one run; triggers that it took after the last whole round, of each run."""
    awg = lab.emulator("awg")
    steps: list[int] = []

    def watch(_burst: Burst) -> None:
        if len(steps) == run:
            change(awg)
        steps.append(awg.shots % ROWS)

    lab.emulator("trig").connect("b", watch)
    return steps


@pytest.mark.parametrize(("change", "step"), [(lambda awg: awg.trigger(), 2), (lambda awg: lose(awg, 2), 5)])
def test_a_trigger_too_many_or_too_few_is_a_fault_and_the_next_job_is_right(
    make_lab: Any, monkeypatch: pytest.MonkeyPatch, change: Any, step: int
) -> None:
    monkeypatch.setattr(tektronix_awg, "STEP_S", 0.2)
    lab = make_lab(STEPPED)
    steps = meddle(lab, 1, change)
    circuit, values = swept(lab)
    sampler = feedline.Sampler(lab.backend)
    words = rf"^awg .* is at step '{step}' .* missed triggers, or took some that were none \('SOURce1:SCSTep\?'\)"
    with pytest.raises(HardwareFault, match=words):
        sampler.run([(circuit, values)], shots=SHOTS).result()
    assert steps == [0, (step - 1) % ROWS]
    lab.emulator("awg").clear_log()
    (result,) = sampler.run([(circuit, values)], shots=SHOTS).result()
    assert result.data.c.num_shots == SHOTS
    assert steps[2:] == [0] * SHOTS
    assert lab.emulator("awg").log.count(QUERY) == SHOTS


def lose(awg: Any, count: int) -> None:
    """Take so many triggers fewer than came."""
    awg.shots -= count


def test_an_instrument_that_notes_its_step_late_is_asked_again(make_lab: Any) -> None:
    lab = make_lab(STEPPED)
    awg = lab.emulator("awg")
    meddle(lab, 0, lambda awg: lose(awg, 1))
    calm = meddle(lab, 0, lambda awg: awg.trigger())  # as many as there should be, but the last one comes alone
    circuit, values = swept(lab)
    awg.note_s = 0.1
    result = feedline.Sampler(lab.backend).run([(circuit, values)], shots=1).result()
    assert result[0].data.c.num_shots == 1
    assert calm == [0]
    assert awg.log.count(QUERY) > 1


def test_where_one_step_is_all_there_is_nobody_asks(make_lab: Any) -> None:
    lab = make_lab(STEPPED)
    circuit, values = swept(lab)
    feedline.Sampler(lab.backend).run([(circuit, values[:1])], shots=SHOTS).result()
    assert QUERY not in lab.emulator("awg").log


def test_a_lab_may_do_without(make_lab: Any) -> None:
    """Where the instrument's answer cannot be relied upon; then a run spoils no other one at least."""
    lab = make_lab(re.sub(r"(settings = \{ rate_hz = 1e9 \})", r"\1\noptions = { checks_steps = false }", STEPPED))
    steps = meddle(lab, 0, lambda awg: awg.trigger())
    circuit, values = swept(lab)
    (result,) = feedline.Sampler(lab.backend).run([(circuit, values)], shots=SHOTS).result()
    assert result.data.c.num_shots == SHOTS
    assert steps == [1, *[0] * (SHOTS - 1)]
    assert QUERY not in lab.emulator("awg").log
