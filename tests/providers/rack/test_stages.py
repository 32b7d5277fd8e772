# SPDX-License-Identifier: Apache-2.0
"""The stages ``program`` and ``plan``: what is shown offline is what the instruments get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from rack_lab import RACK, write_lab

import feedline
from feedline.errors import CapabilityError
from feedline_rack.backend import RackBackend

SAMPLES = 2400
"""Shortest waveform of the AWG: 1.0 us of a shot becomes as long."""


@pytest.fixture
def offline(tmp_path: Path) -> RackBackend:
    """A rack whose addresses nobody answers at."""
    backend = feedline.backend(f"rack:{write_lab(tmp_path)}")
    assert isinstance(backend, RackBackend)
    return backend


def turned(backend: Any) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name="turned")
    circuit.sx(0)
    circuit.rz(Parameter("theta"), 0)
    circuit.sx(0)
    circuit.measure([0, 1], [0, 1])
    return transpile(circuit, backend, optimization_level=0)


def test_program_lists_unique_waveforms_and_steps(offline: RackBackend) -> None:
    """Three angles, the first of them twice: q0's lines change, readout lines are one waveform each."""
    values = np.array([[0.1], [0.2], [0.1]])
    record = offline.lower_further(turned(offline), "program", values=values, shots=10).to_dict()
    (awg,) = record["sequencers"]
    assert [row["channel"] for row in awg["channels"]] == [1, 2, 3, 4, 5, 6, 7]
    steps = np.array(awg["steps"])
    assert (steps[0] == steps[2]).all()
    changed = [row["channel"] for row, column in zip(awg["channels"], steps.T, strict=True) if len(set(column)) > 1]
    assert changed == [1, 2]
    # I and Q of two angles, silence of ch3, ch4 and ch7, I and Q of the readout
    assert len(awg["waveforms"]) == 2 * 2 + 1 + 2
    assert {row["samples"] for row in awg["waveforms"]} == {SAMPLES}
    assert awg["memory_samples"] == SAMPLES * 7
    assert (awg["rate_hz"], awg["channels"][0]["offset_v"]) == (1e9, 0.002)
    tone = awg["waveforms"][steps[0][4]]
    assert (tone["channels"], tone["steps"]) == ([5], [0, 1, 2])
    time_s = (80 + np.arange(400) + 0.5) * 1e-9
    both = 0.3 * np.cos(2 * np.pi * 50e6 * time_s) + 0.3 * np.cos(2 * np.pi * 150e6 * time_s)
    assert tone["peak"] == pytest.approx(np.abs(both).max(), abs=1e-5)
    assert tone["peak_v"] == pytest.approx(0.3 * tone["peak"])


def test_program_says_where_captures_lie_and_what_is_triggered(offline: RackBackend) -> None:
    """80 ns of gates, 5 ns of the longest line, 40 ns of the capture line."""
    record = offline.lower_further(turned(offline), "program", values=np.array([[0.1]]), shots=10).to_dict()
    (scope,) = record["digitizers"]
    assert (scope["rate_hz"], scope["channels"], scope["records"]) == (1.25e9, [1], 10)
    for qubit, capture in enumerate(scope["captures"]):
        assert (capture["qubit"], capture["clbit"], capture["kernel"]) == (qubit, qubit, "constant")
        assert capture["start_s"] == pytest.approx(125e-9)
        assert capture["samples"] == 500
        assert capture["frequency_hz"] == pytest.approx((50e6, 150e6)[qubit])
        assert scope["delay_s"] + capture["first_sample"] / 1.25e9 == pytest.approx(125e-9, abs=0.8e-9)
    assert record["triggers"]["count"] == 10
    assert [(row["output"], row["instruments"]) for row in record["triggers"]["outputs"]] == [
        ("a", ["awg"]),
        ("b", ["scope"]),
    ]


def test_what_is_shown_is_what_the_instruments_get(make_lab: Any) -> None:
    """As many waveforms as the AWG is sent, of as many bytes, in as many steps; as many shots as triggers."""
    lab = make_lab()
    circuit = turned(lab.backend)
    values = np.array([[0.1], [0.2]])
    program = lab.backend.lower_further(circuit, "program", values=values, shots=6).to_dict()
    plan = lab.backend.lower_further(circuit, "plan", values=values, shots=6).to_dict()
    assert not lab.emulator("awg").log
    feedline.Sampler(lab.backend).run([(circuit, values)], shots=6).result()
    awg = lab.emulator("awg")
    sent = [line for line in awg.log if b"WAVeform:DATA" in line]
    (pack,) = plan["packs"]
    assert len(sent) == len(program["sequencers"][0]["waveforms"])
    assert 0.9 < sum(map(len, sent)) / pack["bytes"]["awg"] <= 1
    assert awg.shots == pack["rows"] * pack["shots"] == program["triggers"]["count"]


def test_plan_counts_what_memory_allows(make_lab: Any) -> None:
    """Six records of 1,000 samples: six rows, then one with its shots in two runs."""
    lab = make_lab(RACK.replace("options = { channels = 4 }", "options = { channels = 4, memory_samples = 6000 }"))
    values = np.linspace(0, 1, 7)[:, np.newaxis]
    plan = lab.backend.lower_further(turned(lab.backend), "plan", values=values, shots=9).to_dict()
    first, second = plan["packs"]
    assert (first["rows"], first["runs"], first["points"]) == (6, [1] * 9, [0, 1, 2, 3, 4, 5])
    assert (second["rows"], second["runs"], second["points"]) == (1, [6, 3], [6])
    assert plan["shot_time_s"] == pytest.approx(7 * 9 * 20e-6)
    assert second["new_bytes"] < sum(second["bytes"].values())


def test_text_shows_the_same(offline: RackBackend) -> None:
    shown = offline.lower_further(turned(offline), "program", values=np.array([[0.1]]), shots=10).to_text()
    for words in ("awg  tektronix_awg5200, 1 GS/s", "q0_drive", "scope  tektronix_mso, 1.25 GS/s", "trig  10 triggers"):
        assert words in shown
    shown = offline.lower_further(turned(offline), "plan", values=np.array([[0.1]]), shots=10).to_text()
    assert "10 of each point" in shown


def test_no_points_and_no_stage(offline: RackBackend) -> None:
    """An empty sweep is an empty plan; a stage that there is not is refused."""
    plan = offline.lower_further(turned(offline), "plan", values=np.zeros((0, 1)), shots=10)
    assert (plan.to_dict()["packs"], plan.to_dict()["points"]) == ([], 0)
    assert "points" in plan.to_text()
    program = offline.lower_further(turned(offline), "program", values=np.zeros((0, 1)), shots=10)
    assert program.to_dict()["sequencers"] == []
    assert "turned" in program.to_text()
    with pytest.raises(CapabilityError, match="has no stage 'plam'"):
        offline.lower_further(turned(offline), "plam", values=np.zeros((1, 1)), shots=10)
