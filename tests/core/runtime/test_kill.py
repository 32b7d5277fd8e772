# SPDX-License-Identifier: Apache-2.0
"""A job outlives its process: killed, it is INTERRUPTED, with what had arrived."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit

from feedline import RuntimeService, Sampler
from feedline.errors import JobError
from feedline.execution import Chunk, Execution
from feedline.runtime.event import JobStatus
from feedline.runtime.record import StoredJob
from feedline.runtime.store import default_store
from feedline.testing.ideal import IdealBackend, IdealDevice

SHOTS = 4


class SlowBackend(IdealBackend):
    """An ideal machine that takes its time for every point."""

    def open(self) -> SlowDevice:
        return SlowDevice(self.target)


class SlowDevice(IdealDevice):
    """Streams a point every 50 ms."""

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        for chunk in super().execute(executions):
            time.sleep(0.05)
            yield chunk


def work_for_ever() -> None:
    """What the killed process does: one pub that ends, one that does not; says its job's id."""
    from qiskit.circuit import Parameter

    fixed = QuantumCircuit(1, name="fixed")
    fixed.x(0)
    fixed.measure_all()
    swept = QuantumCircuit(1, name="swept")
    swept.ry(Parameter("t"), 0)
    swept.measure_all()
    job = Sampler(SlowBackend()).run([fixed, (swept, np.full((10_000, 1), np.pi))], shots=SHOTS)
    print(job.job_id(), flush=True)
    job.result()


def _watch_until_parts_are_stored(job_id: str) -> None:
    """The job reaches the disk within some tens of milliseconds, its parts as they come."""
    deadline_s = time.monotonic() + 60
    while not any(listed.job_id() == job_id for listed in RuntimeService().jobs()):
        assert time.monotonic() < deadline_s, f"job {job_id} is not stored"
        time.sleep(0.02)
    watched = RuntimeService().job(job_id)
    assert isinstance(watched, StoredJob)
    while len(watched.partial()) < 5:
        assert time.monotonic() < deadline_s, f"{watched!r}: nothing is stored, {watched.error_message()}"
        time.sleep(0.02)
    assert watched.running()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL here")
def test_killed_run_is_interrupted_with_its_partial_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path))
    script = "import sys; sys.path.insert(0, sys.argv[1]); import test_kill; test_kill.work_for_ever()"
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        job_id = process.stdout.readline().strip()
        try:
            _watch_until_parts_are_stored(job_id)
        finally:
            process.send_signal(signal.SIGKILL)

    job = RuntimeService().job(job_id)
    assert isinstance(job, StoredJob)
    assert job.status() is JobStatus.INTERRUPTED
    assert [listed.job_id() for listed in RuntimeService().jobs(pending=False)] == [job_id]
    assert f"(pid {process.pid} on" in str(job.error_message())
    with pytest.raises(JobError, match=rf"Job {job_id} on 'ideal' is INTERRUPTED: .* ended before the job did\."):
        job.result()

    parts = job.partial()
    pubs = [part for part in parts if not isinstance(part, Chunk)]
    chunks = [part for part in parts if isinstance(part, Chunk) and part.execution == 1]
    assert [(part.pub, part.result.counts()) for part in pubs] == [(0, {"1": SHOTS})]
    assert len(chunks) >= 2
    assert [chunk.points for chunk in chunks] == [slice(n, n + 1) for n in range(len(chunks))]
    assert all(chunk.bits is not None and chunk.bits.tolist() == [[[1]] * SHOTS] for chunk in chunks)
    assert [circuit.name for circuit in job.inputs.circuits] == ["fixed", "swept"]
    assert default_store().problem is None
    RuntimeService().delete_job(job_id)
    assert RuntimeService().jobs() == []
