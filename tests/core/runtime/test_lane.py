# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feedline.device import Device
from feedline.engine import IncompleteError
from feedline.errors import CapabilityError, JobError, MissingExtraError, ProviderError
from feedline.execution import Chunk, Execution, OutcomeCounts
from feedline.runtime.event import JobEvent, JobStatus
from feedline.runtime.submit import Runtime

# What a lane does with jobs and with its device.


def test_jobs_run_one_after_another_in_the_order_of_submission(bench: Any) -> None:
    names = [f"job-{index}" for index in range(20)]
    jobs = [bench.run(name) for name in names]
    assert [job.result(20) for job in jobs] == [[name] for name in names]
    assert bench.backend.executed() == names


def test_backends_of_one_device_share_a_lane_and_others_run_side_by_side(bench: Any, make_backend: Any) -> None:
    one, same, other = (make_backend(device_id=name) for name in ("fridge", "fridge", "else"))
    release = one.hold("a")
    first, second = bench.run("a", backend=one), bench.run("b", backend=same)
    assert bench.run("c", backend=other).result(20) == ["c"]
    assert second.status() is JobStatus.QUEUED
    release.set()
    assert (first.result(20), second.result(20)) == (["a"], ["b"])


def test_device_is_opened_once_and_kept_warm(bench: Any) -> None:
    for _ in range(3):
        bench.run("a").result(20)
    assert [line for line in bench.backend.log if line in ("open", "close")] == ["open"]


def test_circuit_of_the_same_structure_is_compiled_once(bench: Any) -> None:
    metrics = []
    for _ in range(3):
        job = bench.run("a", "b")
        job.result(20)
        metrics.append((job.metrics()["compiled"], job.metrics()["reused"]))
    assert metrics == [(2, 0), (0, 2), (0, 2)]
    assert bench.backend.log.count("compile a") == 1


def test_new_fingerprint_of_the_device_makes_compiled_code_stale(bench: Any) -> None:
    bench.run("a").result(20)
    bench.backend.device.version = "2"
    bench.run("a").result(20)
    bench.backend.device.version = "1"
    bench.run("a").result(20)
    assert bench.backend.log.count("compile a") == 2


def test_settings_that_change_code_are_part_of_the_key(bench: Any) -> None:
    import attrs

    def with_settings(**settings: Any) -> Any:
        work = bench.work("a")
        executions = tuple(attrs.evolve(one, settings=settings) for one in work.plan.executions)
        return attrs.evolve(work, plan=attrs.evolve(work.plan, executions=executions))

    for settings in ({}, {"rep_delay": 1e-3}, {"rep_delay": 2e-3}, {"rep_delay": 1e-3}, {}):
        bench.runtime.submit(with_settings(**settings)).result(20)
    assert bench.backend.log.count("compile a") == 3


def test_cold_device_is_closed_and_reopened_by_the_next_job(slow_bench: Any, clock: Any) -> None:
    slow_bench.run("a").result(20)
    clock.advance(59)
    slow_bench.run("b").result(20)
    assert slow_bench.backend.log.count("open") == 1
    clock.advance(61)
    _until(lambda: "close" in slow_bench.backend.log)
    slow_bench.run("c").result(20)
    assert slow_bench.backend.log.count("open") == 2


def test_lane_that_is_cold_leaves_no_thread_and_lets_the_backend_go(
    make_bench: Any, make_backend: Any, clock: Any
) -> None:
    bench = make_bench(clock=clock)
    backend = make_backend("passing")
    gone = weakref.ref(backend)
    bench.run("a", backend=backend).result(20)
    name = f"feedline-lane-{backend.device_id}"
    assert name in [thread.name for thread in threading.enumerate()]
    clock.advance(61)
    _until(lambda: name not in [thread.name for thread in threading.enumerate()])
    backend.device = None
    del backend
    gc.collect()
    assert gone() is None


def test_other_description_of_the_device_is_adopted_if_it_can_be(bench: Any, make_backend: Any) -> None:
    one, two = (make_backend(name, device_id="fridge", can_adopt=True) for name in ("one", "two"))
    bench.run("a", backend=one).result(20)
    bench.run("a", backend=two).result(20)
    assert one.log == ["open", "compile a", "begin a", "end a"]
    assert two.log == ["begin a", "end a"]


def test_other_description_reopens_the_device_if_it_cannot_be_adopted(bench: Any, make_backend: Any) -> None:
    one, two = (make_backend(name, device_id="fridge") for name in ("one", "two"))
    bench.run("a", backend=one).result(20)
    bench.run("a", backend=two).result(20)
    assert one.log[-1] == "close"
    assert two.log == ["open", "compile a", "begin a", "end a"]


def test_failing_open_is_the_error_of_its_job_and_the_next_tries_again(bench: Any) -> None:
    bench.backend.open_error = ConnectionRefusedError("10.0.0.7:5025")
    job = bench.run("a")
    with pytest.raises(
        ProviderError, match=r"Backend 'bench' could not be opened: ConnectionRefusedError: 10\.0\.0\.7"
    ):
        job.result(20)
    assert job.errored()
    bench.backend.open_error = None
    assert bench.run("b").result(20) == ["b"]


def test_feedline_error_of_open_keeps_its_type_and_names_the_job(bench: Any) -> None:
    bench.backend.open_error = MissingExtraError("No pyvisa.", remedy="pip install 'feedline[visa]'")
    job = bench.run("a")
    with pytest.raises(MissingExtraError, match="pip install") as caught:
        job.result(20)
    assert "'bench'" in caught.value.__notes__[0]


def test_device_that_raised_is_closed_and_reopened_for_the_next_job(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bench.backend.acts["a"] = _raising(RuntimeError("lost lock"))
    job = bench.run("a", "b")
    with pytest.raises(ProviderError, match="Provider 'bench' raised RuntimeError while executing: lost lock"):
        job.result(20)
    assert bench.run("c").result(20) == ["c"]
    assert [line for line in bench.backend.log if line in ("open", "close")] == ["open", "close", "open"]
    assert f"Device of 'bench' is closed after job {job.job_id()}" in caplog.text


def test_system_exit_of_a_provider_does_not_end_the_lane(bench: Any) -> None:
    bench.backend.acts["a"] = _raising(SystemExit(3))
    with pytest.raises(JobError, match="failed: SystemExit: 3"):
        bench.run("a").result(20)
    assert bench.run("b").result(20) == ["b"]


def test_device_that_raises_while_closing_is_logged_and_forgotten(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    bench.run("warm").result(20)
    bench.backend.device.close_error = OSError("already gone")
    bench.backend.acts["a"] = _raising(RuntimeError("lost lock"))
    with pytest.raises(ProviderError):
        bench.run("a").result(20)
    assert bench.run("b").result(20) == ["b"]
    assert "raised while closing" in caplog.text


def test_compile_errors_name_the_provider_or_pass_through(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    error: list[BaseException] = [ZeroDivisionError("gate of no duration")]

    def fail(self: Device, circuit: Any) -> Any:
        raise error[0]

    bench.run("warm").result(20)
    monkeypatch.setattr(type(bench.backend.device), "compile", fail)
    with pytest.raises(
        ProviderError, match="'bench' raised ZeroDivisionError while compiling 'a': gate of no duration"
    ):
        bench.run("a").result(20)
    error[0] = CapabilityError("No 'ccx'.", remedy="Transpile.")
    with pytest.raises(CapabilityError, match="No 'ccx'"):
        bench.run("b").result(20)
    monkeypatch.undo()
    assert bench.run("c").result(20) == ["c"]
    assert bench.backend.log.count("open") == 1  # a compiler at fault says nothing about the hardware


# What a provider may return. Nothing is padded, nothing is cut off.


def _bits(shots: int = 10, width: int = 1, points: int = 1, value: int = 0, dtype: Any = np.uint8) -> Chunk:
    data = np.full((points, shots, width), value, dtype=dtype)
    return Chunk(execution=0, points=slice(0, points), bits=data)


def _counts(point: list[int], weight: list[int], words: list[list[int]]) -> Chunk:
    counts = OutcomeCounts(
        point=np.array(point, np.intp), weight=np.array(weight, np.int64), words=np.array(words, np.uint8)
    )
    return Chunk(execution=0, points=slice(0, 1), counts=counts)


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([_bits(9)], "stopped with 1 of 10 shots missing"),
        ([], "stopped with 10 of 10 shots missing"),
        ([_bits(11)], "more shots than were asked for, or a point twice"),
        ([_bits(), _bits()], "more shots than were asked for, or a point twice"),
        ([_bits(width=2)], r"bits of shape \(1, 10, 2\) instead of \(1, 10, 1\)"),
        ([_bits(points=2)], r"bits of shape \(2, 10, 1\) instead of \(1, 10, 1\)"),
        ([_bits(value=4)], "outcomes wider than its 2 classical bits"),
        ([_bits(dtype=np.int64)], "bits of type int64 instead of uint8"),
        (
            [Chunk(execution=3, points=slice(0, 1), bits=np.zeros((1, 10, 1), np.uint8))],
            "of execution 3; there are 1",
        ),
        ([Chunk(execution=0, points=slice(0, 1))], "0 kinds of data in one chunk"),
        ([Chunk(execution=0, points=slice(0, 1), bits=[[0]])], "a list instead of an array"),  # type: ignore[arg-type]
        ([Chunk(execution=0, points=slice(None, None, -1), bits=_bits().bits)], "a chunk is a run of points"),
        ([_counts([0], [10], [[0]])], "bits of none"),
        (["0x0"], "a str instead of a chunk"),
    ],
)
def test_data_that_does_not_fit_is_refused_and_the_next_job_is_correct(
    bench: Any, chunks: list[Chunk], words: str
) -> None:
    bench.backend.acts["a"] = lambda device, index, execution: iter(chunks)
    with pytest.raises(ProviderError, match=rf"Provider 'bench' .*{words}"):
        bench.run("a").result(20)
    assert bench.run("b").result(20) == ["b"]


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        (_counts([0], [9], [[0]]), "stopped with 1 of 10 shots missing"),
        (_counts([0, 0], [12, -2], [[0], [1]]), "negative counts"),
        (_counts([1], [10], [[0]]), "counts of a point outside the 1 of their chunk"),
        (_counts([0], [10], [[4]]), "outcomes wider than its 2 classical bits"),
        (_counts([0, 0], [10], [[0], [1]]), r"weights of counts of shape \(1,\) instead of \(2,\)"),
    ],
)
def test_counts_that_do_not_fit_are_refused(bench: Any, chunk: Chunk, words: str) -> None:
    import attrs

    work = bench.work("a")
    executions = tuple(attrs.evolve(one, memory=False) for one in work.plan.executions)
    work = attrs.evolve(work, plan=attrs.evolve(work.plan, executions=executions))
    bench.backend.acts["a"] = lambda device, index, execution: iter([chunk])
    with pytest.raises(ProviderError, match=words):
        bench.runtime.submit(work).result(20)


def test_too_few_shots_without_an_abort_are_a_fault_of_the_device(bench: Any) -> None:
    bench.backend.acts["a"] = lambda device, index, execution: iter([])
    with pytest.raises(IncompleteError):
        bench.run("a").result(20)
    bench.run("b").result(20)
    assert bench.backend.log.count("open") == 2


def test_refused_stream_is_closed_before_anything_else_happens(bench: Any) -> None:
    def stream(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        try:
            yield _bits(11)
        finally:
            bench.backend.log.append("cleaned")

    bench.backend.acts["a"] = stream
    with pytest.raises(ProviderError) as kept:
        bench.run("a").result(20)
    assert kept.value.__traceback__ is not None  # which would keep the stream alive
    assert bench.backend.log.index("cleaned") < bench.backend.log.index("close")


# Who hears of it.


class _Ears:
    def __init__(self, *, has_job_listeners: bool = True, error: Exception | None = None) -> None:
        self.has_job_listeners = has_job_listeners
        self.error = error
        self.heard: list[JobEvent] = []

    def job_event(self, event: JobEvent) -> None:
        self.heard.append(event)
        if self.error is not None:
            raise self.error


def test_listeners_hear_every_change_of_status(make_bench: Any) -> None:
    ears = _Ears()
    bench = make_bench(listeners=lambda: ears)
    job = bench.run("a")
    job.result(20)
    bench.backend.acts["b"] = _raising(OSError("cable out"))
    bench.run("b").wait_for_final_state(20)
    assert [event.status for event in ears.heard] == [
        "QUEUED",
        "RUNNING",
        "DONE",
        "QUEUED",
        "RUNNING",
        "ERROR",
    ]
    assert {event.job_id for event in ears.heard[:3]} == {job.job_id()}
    assert "cable out" in (ears.heard[-1].error or "")


def test_listener_that_raises_hurts_no_job_and_nobody_is_called_when_nobody_listens(
    make_bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert make_bench(listeners=lambda: _Ears(error=KeyError("x"))).run("a").result(20) == ["a"]
    assert "A listener raised on job" in caplog.text
    deaf = _Ears(has_job_listeners=False)
    assert make_bench(listeners=lambda: deaf).run("a").result(20) == ["a"]
    assert deaf.heard == []


# How it ends.


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
    with pytest.raises(JobError, match="on 'bench' was not accepted: the runtime has shut down"):
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


def _raising(error: BaseException) -> Any:
    def act(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        raise error
        yield

    return act


def _until(claim: Any, timeout_s: float = 20.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < end_s
        time.sleep(0.002)
