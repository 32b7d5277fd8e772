# SPDX-License-Identifier: Apache-2.0
"""How it ends: shutting down, the end of the program, Ctrl-C, forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from feedline.errors import JobError
from feedline.runtime.event import JobStatus
from feedline.runtime.submit import Runtime


def test_shutdown_finishes_what_was_submitted_and_closes_the_device(make_bench: Any) -> None:
    bench = make_bench()
    bench.backend.execute_s = 0.01
    jobs = [bench.run(f"job-{index}") for index in range(5)]
    assert bench.runtime.shutdown(timeout=20)
    assert all(job.done() for job in jobs)
    assert bench.backend.log[-1] == "close"


def test_shutdown_that_cancels_gives_every_job_a_final_status(make_bench: Any) -> None:
    bench = make_bench()
    running, _release = bench.occupy()
    waiting = [bench.run("a") for _ in range(3)]
    assert bench.runtime.shutdown(cancel=True, timeout=20)
    assert [job.status() for job in (running, *waiting)] == [JobStatus.CANCELLED] * 4
    assert bench.backend.log[-2:] == ["abort", "close"]


def test_submitting_while_the_runtime_shuts_down_is_refused(make_bench: Any) -> None:
    bench = make_bench()
    _running, release = bench.occupy()
    thread = threading.Thread(target=bench.runtime.shutdown)
    thread.start()
    time.sleep(0.02)
    with pytest.raises(JobError, match=r"A job for 'bench#.*' was not accepted: the runtime has shut down"):
        bench.run("a")
    release.set()
    thread.join(20)


SCRIPT = """
    import signal, sys, threading, time
    import feedline
    from feedline.testing import NullBackend
    from feedline.work import Inputs, Work
    from feedline.runtime.submit import submit, runtime
    from feedline.runtime.mode import Mode
    from feedline.plan import Plan
    from feedline.execution import Execution
    from qiskit import QuantumCircuit
    import numpy as np, logging, os
    def say(*words): os.write(1, (' '.join(map(str, words)) + '\\n').encode())
    logging.basicConfig(level="WARNING")

    class Fold:
        passes = ()
        def reduce(self, execution, chunk): return None
        def fold_pub(self, pub, answers): return pub
        def finish(self, results, metadata): return results

    class Loud(NullBackend):
        def open(self):
            device = super().open()
            for name in ("close", "abort"):
                def told(name=name, inner=getattr(device, name)):
                    say(name)
                    inner()
                setattr(device, name, told)
            return device

    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    def run(backend, count=1):
        executions = tuple(
            Execution(circuit=circuit, values=np.zeros((1, 0)), shots=1, pub=pub) for pub in range(count)
        )
        plan = Plan(executions=executions, fold=Fold(), num_pubs=count)
        return submit(Work(primitive="run", backend=backend, plan=plan, inputs=Inputs()), Mode(backend))
    class Listener:
        has_job_listeners = True
        def job_event(self, event): say(event.status)
    listener = Listener()
    import attrs
    runtime().services = attrs.evolve(runtime().services, listeners=lambda: listener)
"""


def _script(body: str, tmp_path: Path) -> subprocess.Popen[str]:
    text = textwrap.dedent(SCRIPT) + textwrap.dedent(body)
    environment = {**os.environ, "FEEDLINE_HOME": str(tmp_path)}
    return subprocess.Popen(
        [sys.executable, "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def test_end_of_the_program_finishes_submitted_jobs(tmp_path: Path) -> None:
    process = _script("jobs = [run(Loud(1, wait_s=0.2)) for _ in range(2)]", tmp_path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.split().count("DONE") == 2
    assert out.split().count("close") == 2


def test_provider_may_use_a_thread_pool_while_the_program_ends(tmp_path: Path) -> None:
    process = _script(
        """
        from concurrent.futures import ThreadPoolExecutor
        class Pooled(Loud):
            def open(self):
                device = super().open()
                inner, pool = device.compile, ThreadPoolExecutor(1)
                device.compile = lambda circuit: pool.submit(inner, circuit).result()
                return device
        first, second = run(Loud(1, wait_s=0.3)), run(Pooled(1, wait_s=0.1))
        class Late(Pooled):
            def open(self):
                time.sleep(0.3)
                return super().open()
        run(Late(1))
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=60)
    assert err == ""
    assert out.split().count("DONE") == 3


def test_interrupt_at_the_end_of_the_program_cancels_what_is_left(tmp_path: Path) -> None:
    process = _script("backend = Loud(1, wait_s=30)\njobs = [run(backend, 3) for _ in range(2)]", tmp_path)
    out = _read_until(process, "RUNNING")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    words = (out + rest).split()
    assert words.count("CANCELLED") == 2
    assert words[-1] == "close"
    assert "abort" in words
    assert "Traceback" not in err


def test_interrupt_of_the_program_itself_cancels_too(tmp_path: Path) -> None:
    process = _script("job = run(Loud(1, wait_s=30))\nsay('waiting')\ntime.sleep(60)", tmp_path)
    out = _read_until(process, "RUNNING", "waiting")
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    assert "CANCELLED" in (out + rest).split()
    assert "KeyboardInterrupt" in err


@pytest.mark.parametrize("where", ["job.result()", "time.sleep(60)"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signal_that_ends_a_program_cancels_and_closes(tmp_path: Path, name: str, where: str) -> None:
    """An instrument must not go on playing because a scheduler ended the script."""
    process = _script(f"job = run(Loud(1, wait_s=30))\nsay('waiting')\n{where}", tmp_path)
    out = _read_until(process, "RUNNING", "waiting")
    time.sleep(0.1)
    process.send_signal(getattr(signal, name))
    rest, err = process.communicate(timeout=60)
    words = (out + rest).split()
    assert {"CANCELLED", "abort"} <= set(words)
    assert words[-1] == "close"
    assert (process.returncode, err) == (128 + getattr(signal, name), "")


def test_signal_that_somebody_else_took_is_left_alone(tmp_path: Path) -> None:
    process = _script(
        """
        mine = lambda number, frame: say("mine")
        signal.signal(signal.SIGTERM, mine)
        run(NullBackend(1)).result(20)
        say(signal.getsignal(signal.SIGTERM) is mine)
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=60)
    assert (out.split()[-1], err) == ("True", "")


def test_interrupt_of_a_wait_cancels_the_job_and_raises(tmp_path: Path) -> None:
    process = _script(
        """
        job = run(Loud(1, wait_s=30))
        say("waiting")
        try:
            job.result()
        except KeyboardInterrupt:
            say("interrupted", job.status())
        """,
        tmp_path,
    )
    out = _read_until(process, "RUNNING", "waiting")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    assert "interrupted CANCELLED" in out + rest
    assert err == ""
    assert process.returncode == 0


def test_forked_child_has_a_runtime_of_its_own(tmp_path: Path) -> None:
    process = _script(
        """
        import os
        backend = NullBackend(1)
        run(backend).result(20)
        child = os.fork()
        if child == 0:
            say("child", run(NullBackend(1)).result(20))
            os._exit(0)
        os.waitpid(child, 0)
        say("parent", run(backend).result(20))
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=60)
    assert "child [0]" in out, err
    assert "parent [0]" in out


def test_forked_child_ends_without_waiting_for_the_jobs_of_its_parent(tmp_path: Path) -> None:
    process = _script(
        """
        import multiprocessing
        job = run(NullBackend(1, wait_s=1.0))
        child = multiprocessing.get_context("fork").Process(target=print, args=("child",))
        began_s = time.monotonic()
        child.start()
        child.join(20)
        say(child.exitcode, time.monotonic() - began_s < 0.9, job.result(20))
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=60)
    assert "0 True [0]" in out, err


def test_job_submitted_when_all_is_over_is_refused(tmp_path: Path) -> None:
    process = _script(
        """
        import atexit
        backend = NullBackend(1)
        def late():
            try:
                run(backend)
            except feedline.FeedlineError as error:
                say(error)
        atexit.register(late)
        run(backend).result(20)
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=60)
    assert "was not accepted: the runtime has shut down" in out, err
    assert err == ""


def test_shut_down_runtime_stays_so(make_bench: Any) -> None:
    bench = make_bench()
    bench.run("a").result(20)
    assert bench.runtime.shutdown(timeout=20)
    with pytest.raises(JobError, match="the runtime has shut down"):
        bench.run("b")


def test_nothing_starts_before_the_first_job() -> None:
    threads = threading.active_count()
    runtime = Runtime()
    assert threading.active_count() == threads
    assert runtime.shutdown(timeout=1)


def _read_until(process: subprocess.Popen[str], *words: str) -> str:
    """Read the program's lines until each of the words has come."""
    assert process.stdout is not None
    out, missing = "", set(words)
    while missing:
        line = process.stdout.readline()
        assert line, process.communicate(timeout=20)
        out += line
        missing -= set(line.split())
    return out
