# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from feedline.runtime import progress

SCRIPT = textwrap.dedent(
    """
    import sys, threading
    import numpy as np
    from qiskit import QuantumCircuit
    from feedline.execution import Execution
    from feedline.plan import Plan
    from feedline.runtime.submit import Runtime
    from feedline.testing import NullBackend
    from feedline.work import Inputs, Work

    class Fold:
        passes = ()
        def reduce(self, execution, chunk): return None
        def fold_pub(self, pub, answers): return pub
        def finish(self, results, metadata): return results

    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    executions = tuple(Execution(circuit=circuit, values=np.zeros((1, 0)), shots=1, pub=pub) for pub in range(8))
    plan = Plan(executions=executions, fold=Fold(), num_pubs=8)
    backend = NullBackend(1, wait_s=float(sys.argv[1]))
    job = Runtime().submit(Work(primitive="sampler", backend=backend, plan=plan, inputs=Inputs()))
    before = threading.active_count()
    print(job.result(), threading.active_count() <= before)
    """
)


def _run(seconds_s: float, stderr: int, **environment: str) -> subprocess.CompletedProcess[bytes]:
    inherited = {key: value for key, value in os.environ.items() if key != "FEEDLINE_PROGRESS"}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(seconds_s / 8)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**inherited, "TERM": "xterm", **environment},
        check=True,
        timeout=60,
    )


def _on_terminal(seconds_s: float, **environment: str) -> str:
    ours, theirs = pty.openpty()
    try:
        done = _run(seconds_s, theirs, **environment)
        assert done.stdout.split()[-1] == b"True"  # no thread draws
        os.set_blocking(ours, False)
        try:
            return os.read(ours, 100_000).decode()
        except BlockingIOError:
            return ""
    finally:
        os.close(ours)
        os.close(theirs)


def test_long_job_shows_a_bar_on_a_terminal() -> None:
    shown = _on_terminal(2.4)
    assert "sampler on 'null', running" in shown
    assert re.search(r" [4-9]\d%", shown)  # somewhere between beginning and end


def test_short_job_shows_none() -> None:
    assert _on_terminal(0.2) == ""


def test_bar_is_off_where_nobody_looks_and_when_the_environment_says_so() -> None:
    assert _run(1.3, subprocess.PIPE).stderr == b""
    assert _on_terminal(1.3, FEEDLINE_PROGRESS="0") == ""


def test_environment_can_ask_for_the_bar() -> None:
    assert b"sampler on 'null', running" in _run(1.6, subprocess.PIPE, FEEDLINE_PROGRESS="1").stderr


def test_following_ends_with_the_time_or_with_the_job(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_PROGRESS", "1")
    monkeypatch.setattr(progress, "PATIENCE_S", 0.01)
    job, release = bench.occupy()
    with pytest.raises(TimeoutError, match=r"Waited 0\.05 s"):
        job.result(0.05)
    release.set()
    assert job.result(20) == ["first"]
