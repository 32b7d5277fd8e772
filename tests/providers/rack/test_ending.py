# SPDX-License-Identifier: Apache-2.0
"""Processes that end while their job runs: in order, by a signal, or killed; judged by the emulators in this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from lane_ports import fixed_rack

import feedline
from feedline.runtime.submit import runtime
from feedline_hal.emulator.bench import Bench
from feedline_hal.rack.reading import read_rack

CHILD = """
import sys
from qiskit import QuantumCircuit, transpile
import feedline
backend = feedline.backend("rack:" + sys.argv[1])
circuit = QuantumCircuit(2, 2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure([0, 1], [0, 1])
circuit = transpile(circuit, backend, optimization_level=0)
how, shots = sys.argv[2], int(sys.argv[3])
if how == "cancel":
    job = feedline.Sampler(backend).run([circuit], shots=shots)
    sys.stdin.readline()
    job.cancel()
    job.wait_for_final_state()
    print(job.status(), flush=True)
    sys.stdin.readline()
elif how == "exit":
    feedline.Sampler(backend).run([circuit], shots=shots)
else:
    feedline.Sampler(backend).run([circuit], shots=shots).result()
"""
LONG = 1500
"""Shots that take half a minute."""


@attrs.frozen(slots=True, eq=False)
class Home:
    """Emulators in this process, and how to start another one that uses them."""

    bench: Bench
    path: Path

    def start(self, how: str, shots: int = LONG) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self.path), how, str(shots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def is_on(self, name: str) -> bool:
        emulator = self.bench.emulators[name]
        if name == "awg":
            return any(output.is_on for output in emulator.outputs.values())
        return bool(emulator.is_running if name == "trig" else emulator.is_on)

    def all_on(self) -> bool:
        return all(map(self.is_on, ("awg", "trig", "lo_drive", "lo_read", "flux")))

    def all_safe(self) -> bool:
        return not any(map(self.is_on, ("awg", "trig", "lo_drive", "lo_read", "flux"))) and (
            self.bench.emulators["flux"].level_v == 0
        )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    runtime.cache_clear()
    path = fixed_rack(tmp_path, timeout_s=5.0)
    with Bench(read_rack(path)) as bench:
        yield Home(bench, path)
        assert runtime().shutdown(cancel=True, timeout=30)
        runtime.cache_clear()


def wait_until(is_so: Callable[[], bool], child: subprocess.Popen[str]) -> None:
    give_up_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < give_up_s
        if child.poll() is not None:
            raise AssertionError(child.communicate())
        time.sleep(0.01)


def bell(backend: Any) -> Any:
    from qiskit import QuantumCircuit, transpile

    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return transpile(circuit, backend, optimization_level=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_everything_safe(home: Home, number: signal.Signals) -> None:
    child = home.start("run")
    wait_until(home.all_on, child)
    child.send_signal(number)
    child.communicate(timeout=60)
    assert child.returncode != 0
    assert home.all_safe()


def test_the_end_of_the_interpreter_finishes_the_job_and_leaves_everything_safe(home: Home) -> None:
    child = home.start("exit", 20)
    _, told = child.communicate(timeout=60)
    assert child.returncode == 0, told
    assert home.bench.emulators["awg"].shots == 20
    assert home.all_safe()


def test_a_cancelled_job_leaves_everything_safe_while_the_process_lives(home: Home) -> None:
    child = home.start("cancel")
    wait_until(home.all_on, child)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("now\n")
    child.stdin.flush()
    assert "CANCELLED" in child.stdout.readline()
    wait_until(home.all_safe, child)
    child.communicate("end\n", timeout=60)


def test_after_kill_minus_9_the_next_start_makes_everything_safe_first(home: Home) -> None:
    child = home.start("run")
    wait_until(home.all_on, child)
    child.kill()
    child.communicate(timeout=60)
    assert home.all_on()
    for name in home.bench.emulators:
        home.bench.emulators[name].clear_log()
    backend = feedline.backend(f"rack:{home.path}")
    result = feedline.Sampler(backend).run([bell(backend)], shots=4).result(timeout=60)
    assert result[0].data.c.get_bitstrings() == ["00", "01", "10", "11"]
    logs = {name: list(emulator.log) for name, emulator in home.bench.emulators.items()}
    offs = [b"OUTPut%d:STATe 0" % channel for channel in range(1, 9)]
    assert logs["awg"][:11] == [b"*IDN?", b"*CLS", b"AWGControl:STOP", *offs]
    for name in ("lo_drive", "lo_read"):
        assert logs[name][:2] == [b"*IDN?", b"OUTP:STAT 0"]
    assert logs["trig"][:6] == [b"*IDN?", *(b":PULSE%d:STATE OFF" % number for number in range(5))]
    levels = [line for line in logs["flux"] if line.startswith((b":SOUR:LEV ", b":OUTP "))]
    down = levels[: levels.index(b":OUTP 0")]
    told = [float(line.split()[1]) for line in down]
    assert all(line.startswith(b":SOUR:LEV ") for line in down)
    assert told == sorted(told, reverse=True)
    assert told[-1] == 0
    assert told[0] < 0.01
    assert runtime().shutdown(timeout=30)
    assert home.all_safe()
