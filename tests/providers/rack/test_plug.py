# SPDX-License-Identifier: Apache-2.0
"""Plugs are pulled while a job waits for its records: one clear line, everything else safe, and then it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from lane_ports import fixed_rack
from qiskit import QuantumCircuit, transpile

import feedline
from feedline.errors import FeedlineError
from feedline.runtime.submit import runtime
from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.emulator.stall import serve
from feedline_hal.errors import HardwareFault
from feedline_hal.rack.reading import read_rack

INSTRUMENTS = ("awg", "scope", "lo_drive", "lo_read", "flux", "trig")
LONG = 150
"""Shots of a job that takes 3 s."""


class Plugs:
    """A bench whose instruments can be unplugged one by one; the address stays."""

    def __init__(self, path: Path) -> None:
        self.spec = read_rack(path)
        self.emulators = Bench(self.spec).emulators
        self.served: dict[str, AbstractContextManager[str]] = {}
        for name in INSTRUMENTS:
            self.plug(name)

    def plug(self, name: str) -> None:
        address = self.spec.instruments[name].address
        self.served[name] = serve(self.emulators[name], name, address, FaultScript())
        self.served[name].__enter__()

    def unplug(self, name: str) -> None:
        self.served.pop(name).__exit__(None, None, None)

    def is_safe(self, name: str) -> bool:
        emulator = self.emulators[name]
        if name == "awg":
            return not any(output.is_on for output in emulator.outputs.values())
        return not (emulator.is_running if name == "trig" else getattr(emulator, "is_on", False))


@pytest.fixture
def plugs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugs]:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    runtime.cache_clear()
    made = Plugs(fixed_rack(tmp_path))
    yield made
    assert runtime().shutdown(cancel=True, timeout=30)
    runtime.cache_clear()
    for name in list(made.served):
        made.unplug(name)


def bell(backend: Any) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return transpile(circuit, backend, optimization_level=0)


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    give_up_s = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < give_up_s, f"{what} was awaited for 20 s"
        time.sleep(0.01)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_pulled_plug_is_one_clear_line_and_the_next_job_works(plugs: Plugs, name: str) -> None:
    backend = feedline.backend(f"rack:{plugs.spec.path}")
    sampler, circuit = feedline.Sampler(backend), bell(backend)
    job = sampler.run([circuit], shots=LONG)
    wait_until(lambda: bool(plugs.emulators["trig"].is_running), "the trigger")
    plugs.unplug(name)
    with pytest.raises(HardwareFault) as raised:
        job.result(timeout=30)
    assert raised.value.instrument.startswith(name)
    assert raised.value.command
    assert name in raised.value.what
    assert "\n" not in raised.value.what
    assert str(job.status()).endswith("ERROR")
    others = [other for other in INSTRUMENTS if other != name]
    wait_until(lambda: all(plugs.is_safe(other) for other in others), "the others' safe state")
    with pytest.raises(FeedlineError, match=name):
        sampler.run([circuit], shots=4).result(timeout=30)
    plugs.plug(name)
    result = sampler.run([circuit], shots=4).result(timeout=30)
    assert result[0].data.c.get_bitstrings() == ["00", "01", "10", "11"]
    assert runtime().shutdown(timeout=30)
    assert all(plugs.is_safe(one) for one in INSTRUMENTS)


def test_the_command_line_prints_one_clear_line_and_fails(
    plugs: Plugs, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from feedline.cli.main import main

    program = tmp_path / "bell.qasm"
    program.write_text('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0],q[1];\n')
    with program.open("a") as file:
        file.write("measure q -> c;\n")

    def pull() -> None:
        wait_until(lambda: bool(plugs.emulators["trig"].is_running), "the trigger")
        plugs.unplug("lo_read")

    thread = threading.Thread(target=pull)
    thread.start()
    with pytest.raises(SystemExit) as ended:
        main(("run", str(program), "--backend", f"rack:{plugs.spec.path}", "--shots", str(LONG)))
    thread.join()
    out, err = capfd.readouterr()
    plugs.plug("lo_read")
    assert ended.value.code not in (0, None)
    assert "Traceback" not in out + err
    told = [line for line in (out + err).splitlines() if line.startswith("feedline: ")]
    assert len(told) == 1, out + err
    assert "lo_read" in told[0]
