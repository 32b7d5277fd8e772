# SPDX-License-Identifier: Apache-2.0
"""Instruments that lose their settings between the short jobs of a session, which never set them anew."""

from __future__ import annotations

import time
from typing import Any

import pytest
from qiskit import QuantumCircuit, transpile

import feedline
from feedline_hal.errors import HardwareFault
from feedline_rack import watch


def fault_of(job: Any) -> HardwareFault | None:
    """What a job ended with instead of results."""
    try:
        job.result(timeout=30)
    except HardwareFault as fault:
        return fault
    return None


@pytest.mark.parametrize(
    ("name", "words"),
    [("lo_drive", "power_dbm set to 7, and has -30"), ("flux", "level_v set to 0.01, and has 0")],
)
def test_a_source_that_was_reset_between_jobs_is_a_fault_not_results(
    make_lab: Any, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(watch, "EVERY_S", 0.0)
    lab = make_lab()
    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [0, 1])
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    with feedline.Session(lab.backend) as session:
        sampler = feedline.Sampler(mode=session)
        assert sampler.run([circuit], shots=2).result(timeout=30)[0].data.c.get_bitstrings() == ["00", "01"]
        lab.emulator(name).process(b"*RST")
        with pytest.raises(HardwareFault, match=words) as raised:
            sampler.run([circuit], shots=2).result(timeout=30)
        assert raised.value.instrument.startswith(name)
        assert lab.is_safe()
        assert sampler.run([circuit], shots=2).result(timeout=30)[0].data.c.get_bitstrings() == ["00", "01"]


def test_runs_shorter_than_its_interval_do_not_put_the_watch_off(
    make_lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "EVERY_S", 0.2)
    lab = make_lab()
    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [0, 1])
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    with feedline.Session(lab.backend) as session:
        sampler = feedline.Sampler(mode=session)
        sampler.run([circuit], shots=2).result(timeout=30)
        lab.emulator("lo_read").process(b"*RST")
        end_s = time.monotonic() + 20
        found = None
        while found is None and time.monotonic() < end_s:
            found = fault_of(sampler.run([circuit], shots=2))
        assert isinstance(found, HardwareFault)
        assert found.instrument.startswith("lo_read")
