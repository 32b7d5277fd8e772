# SPDX-License-Identifier: Apache-2.0
"""Jobs on a rack: what stays warm, what ends early, who shares it, who is refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from rack_lab import RACK

import feedline
from feedline.errors import JobError, OptionError
from feedline.runtime.event import JobStatus
from feedline_hal import Calibration, CalibrationSet, Frame, Play, Port, Schedule, Waveform
from feedline_hal.errors import HardwareFault, LimitError
from feedline_rack.making import make_rack

LONG = 3_000_000
"""Shots that take a minute at 20 us."""
ENDS_S = 30.0


def flip(qubit: int = 0) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 1)
    circuit.x(qubit)
    circuit.measure(qubit, 0)
    return circuit


def count(lab: Any, name: str, words: bytes) -> int:
    return sum(words in line for line in lab.emulator(name).log)


def opened(lab: Any) -> dict[str, int]:
    """How often each instrument was asked who it is."""
    return {name: count(lab, name, b"*IDN?") for name in ("awg", "scope", "lo_drive", "flux")}


@pytest.mark.parametrize("mode", [feedline.Session, feedline.Batch])
def test_second_job_of_a_session_opens_nothing(lab: Any, mode: Any) -> None:
    with mode(lab.backend) as session:
        sampler = feedline.Sampler(session)
        sampler.run([flip()], shots=10).result()
        before = opened(lab)
        assert all(before.values())
        for name in ("lo_drive", "flux", "awg"):
            lab.emulator(name).clear_log()
        first, second = (sampler.run([flip(qubit)], shots=10) for qubit in (0, 1))
        assert [job.result()[0].data.c.num_shots for job in (first, second)] == [10, 10]
        assert not lab.emulator("lo_drive").log
        assert not lab.emulator("flux").log
        assert count(lab, "awg", b"*IDN?") == 0


def test_cancel_in_the_middle_is_safe_and_the_next_job_is_right(lab: Any) -> None:
    sampler = feedline.Sampler(lab.backend)
    job = sampler.run([flip()], shots=LONG)
    _await_triggers(lab)
    assert job.cancel()
    with pytest.raises(JobError, match="was cancelled while it ran"):
        job.result(timeout=ENDS_S)
    assert job.status() is JobStatus.CANCELLED
    assert lab.is_safe()
    bits = sampler.run([flip()], shots=7).result(timeout=ENDS_S)[0].data.c
    assert bits.get_bitstrings() == ["0", "1", "0", "1", "0", "1", "0"]  # the emulator's pattern, from its start


def test_too_long_a_job_is_stopped_and_safe(lab: Any) -> None:
    sampler = feedline.Sampler(lab.backend, options={"max_execution_time": 1.0})
    job = sampler.run([flip()], shots=LONG)
    with pytest.raises(JobError, match="max_execution_time"):
        job.result(timeout=ENDS_S)
    assert lab.is_safe()


def test_stream_that_is_dropped_leaves_everything_safe(lab: Any) -> None:
    """An error in what looks at the chunks closes the generator."""
    from feedline.execution import Execution

    with lab.backend.open() as device:
        circuit = flip()
        asked = [
            Execution(circuit=circuit, values=np.zeros((1, 0)), shots=shots, executable=device.compile(circuit))
            for shots in (10, 20)
        ]
        stream = device.execute(asked)
        next(iter(stream))
        stream.close()
        assert lab.is_safe()
        assert sum(len(chunk.bits[0]) for chunk in device.execute(asked)) == 30
        assert not lab.is_safe()
    assert lab.is_safe()


def test_backends_of_one_file_share_the_instruments(lab: Any) -> None:
    """A second description, and one with a gate of its own, find them open."""
    feedline.Sampler(lab.backend).run([flip()], shots=5).result()
    before = opened(lab)
    other = feedline.backend(f"rack:{lab.path}")
    feedline.Sampler(other).run([flip()], shots=5).result()
    drive = Frame("q0_frame", Port("q0_drive", qubits=(0,)), frequency_hz=4.9e9)
    kick = Calibration(gate="kick", qubits=(0,), schedule=Schedule.left(Play(drive, Waveform.constant(50e-9, 0.25))))
    derived = other.with_calibrations(CalibrationSet.of([kick]))
    circuit = QuantumCircuit(1, 1)
    circuit.append(derived.target.operation_from_name("kick"), [0])
    circuit.measure(0, 0)
    feedline.Sampler(derived).run([circuit], shots=5).result()
    assert opened(lab) == before


def test_changed_file_opens_them_anew(lab: Any) -> None:
    feedline.Sampler(lab.backend).run([flip()], shots=5).result()
    before = opened(lab)
    lab.path.write_text(lab.path.read_text().replace("level_v = 0.01", "level_v = 0.02"))
    feedline.Sampler(feedline.backend(f"rack:{lab.path}")).run([flip()], shots=5).result()
    assert opened(lab)["flux"] > before["flux"]
    assert lab.emulator("flux").level_v == pytest.approx(0.02)


def test_results_come_while_the_job_runs(make_lab: Any) -> None:
    lab = make_lab(RACK.replace("options = { channels = 4 }", "options = { channels = 4, memory_samples = 6000 }"))
    from qiskit.circuit import Parameter

    circuit = QuantumCircuit(1, 1)
    circuit.rz(Parameter("angle"), 0)
    circuit.measure(0, 0)
    job = feedline.Sampler(lab.backend).run([(circuit, np.linspace(0, 1, 20))], shots=3)
    parts = list(job.stream(timeout=ENDS_S))
    assert len(parts) > 1
    assert job.result()[0].data.c.shape == (20,)


@pytest.mark.parametrize("names", [["scope"], ["trig"], ["trig", "awg"]])
def test_digitizer_and_coordinator_are_emulated_together(lab: Any, names: list[str]) -> None:
    """There is no cable between an emulator and an instrument: nothing would ever be triggered."""
    with pytest.raises(OptionError, match=r"'(scope|trig)' would never be triggered|would never be triggered by") as e:
        make_rack(str(lab.path), emulate=names)
    assert "--emulate" in str(e.value)
    assert "scope,trig" in str(e.value)
    assert make_rack(str(lab.path), emulate=["lo_read"]).emulated == {"lo_read"}


def test_some_instruments_are_stood_in_for(lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is said; the others are the real ones."""
    lab.bench.emulators["lo_read"].clear_log()
    backend = make_rack(str(lab.path), emulate="lo_read")
    feedline.Sampler(backend).run([flip()], shots=4).result()
    assert not lab.emulator("lo_read").log
    assert lab.emulator("lo_drive").is_on
    assert "emulators stand in for lo_read" in caplog.text
    assert backend.describe()["emulated"] == ["lo_read"]


HOLD = """
import sys, time, feedline
device = feedline.backend("rack:" + sys.argv[1]).open()
print("open", flush=True)
sys.stdin.read()
device.close()
"""


@pytest.mark.parametrize("is_killed", [False, True])
def test_second_process_is_refused_until_the_first_ends(lab: Any, is_killed: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lab.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline() == "open\n"
            with pytest.raises(HardwareFault, match=rf"is in use by process {first.pid}\."):
                lab.backend.open()
            if is_killed:
                first.send_signal(signal.SIGKILL)
            elif first.stdin is not None:
                first.stdin.close()
            first.wait(timeout=ENDS_S)
        finally:
            first.kill()
    with lab.backend.open():
        assert lab.is_safe()


def _await_triggers(lab: Any) -> None:
    end_s = time.monotonic() + ENDS_S
    while not lab.emulator("awg").shots:
        assert time.monotonic() < end_s, "the first trigger was awaited"
        time.sleep(0.01)


def test_outputs_go_off_soon_after_the_last_job_and_come_back_with_the_next(lab) -> None:
    """The connection stays warm for a minute; oscillators and biases do not stay on for that."""
    sampler = feedline.Sampler(lab.backend)
    sampler.run([flip()], shots=8).result()
    assert lab.emulator("lo_drive").is_on
    deadline_s = time.monotonic() + 20
    while not lab.is_safe() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert lab.is_safe()
    lab.emulator("awg").clear_log()
    assert sampler.run([flip()], shots=8).result()[0].data.c.get_counts() == {"0": 4, "1": 4}
    assert lab.emulator("lo_drive").is_on
    assert b"*IDN?" not in lab.emulator("awg").log


def test_more_raw_samples_than_memory_are_refused_before_anything_is_set(lab) -> None:
    sampler = feedline.Sampler(lab.backend, options={"execution": {"meas_type": "raw"}})
    with pytest.raises(LimitError, match=r"Raw samples of .* would take 18\.6 GiB[\s\S]*fewer shots"):
        sampler.run([flip()], shots=10_000_000).result()
    assert lab.is_safe()
    assert b"ACQUIRE:STATE RUN" not in lab.emulator("scope").log


def test_emulate_takes_names_or_true(lab) -> None:
    with pytest.raises(OptionError, match="emulate is 1"):
        feedline.backend(f"rack:{lab.path}", emulate=1)


def test_triggers_are_set_before_anything_waits_for_them(lab) -> None:
    """A coordinator that changes a polarity or a period may give an edge."""
    order: list[str] = []
    for name, words in (("trig", b":PULSE0:PER"), ("awg", b"AWGControl:RUN"), ("scope", b"ACQUIRE:STATE RUN")):
        emulator = lab.emulator(name)
        inner = emulator.process

        def process(message: bytes, name: str = name, words: bytes = words, inner: Any = inner) -> Any:
            if message.upper().startswith(words.upper()) and not message.rstrip().endswith(b"?"):
                order.append(name)
            return inner(message)

        emulator.process = process
    feedline.Sampler(lab.backend).run([flip()], shots=8).result()
    assert order[0] == "trig"
    assert sorted(order[1:]) == ["awg", "scope"]
