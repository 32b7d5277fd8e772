# SPDX-License-Identifier: Apache-2.0
"""Triggers that only one instrument sees: what they spoil ends with the run."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from rack_lab import RACK

import feedline
from feedline_hal.emulator.cable import Burst

ROWS, SHOTS = 6, 3


def test_a_trigger_too_many_shifts_no_row_of_the_next_run(make_lab: Any) -> None:
    """The digitizer holds one shot of all rows, so that each shot is a run; after the first the AWG is a step ahead."""
    lab = make_lab(RACK.replace("options = { channels = 4 }", "options = { channels = 4, memory_samples = 6000 }"))
    awg = lab.emulator("awg")
    steps: list[int] = []

    def watch(_burst: Burst) -> None:
        if not steps:
            awg.trigger()
        steps.append(awg.shots % ROWS)

    lab.emulator("trig").connect("b", watch)
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.rz(Parameter("angle"), 0)
    circuit.sx(0)
    circuit.measure([0, 1], [0, 1])
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    values = np.linspace(0, 3, ROWS)[:, np.newaxis]
    pubs = [(circuit, values), (circuit, values + 1)]
    first, second = feedline.Sampler(lab.backend).run(pubs, shots=SHOTS).result()
    assert first.data.c.num_shots == second.data.c.num_shots == SHOTS
    assert steps == [1, *[0] * (2 * SHOTS - 1)]
    angles = lab.backend.lower_further(circuit, "program", values=values + 1, shots=SHOTS).to_dict()
    assert awg.shots == angles["triggers"]["count"] == ROWS
