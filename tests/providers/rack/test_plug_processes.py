# SPDX-License-Identifier: Apache-2.0
"""Plugs are pulled on ``feedline run``: emulators that are processes of their own are killed, or drop a connection."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import pytest
from lane_ports import free_ports

from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.fault import Fault, FaultKind
from feedline_hal.rack.reading import read_rack
from feedline_hal.transport import open_transport

EXAMPLES = Path(__file__).parents[3] / "examples"
COMMAND = [sys.executable, "-c", "from feedline.cli.main import main; main()"]
INSTRUMENTS = ("awg1", "gen", "scope", "lo1", "lo2", "bias", "trig")
WITHOUT_OUTPUTS = ("scope",)
SHOTS = 8000
"""Shots that take 2 s: only then are the oscilloscope's records asked for."""


@attrs.frozen(slots=True, eq=False)
class Stage:
    """The rack of the examples at addresses that are free.

    Attributes:
        path: The rack file.
    """

    path: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {"FEEDLINE_HOME": str(self.path.parent / "home")}
        return subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    @contextlib.contextmanager
    def emulating(self, *names: str) -> Iterator[subprocess.Popen[str]]:
        """``feedline emulate`` of some instruments, killed at the end if it still runs."""
        with self.start("emulate", str(self.path), *names, "--json") as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline().startswith("{"), process.stderr
                yield process
            finally:
                process.kill()

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """``feedline run`` of the example."""
        program = str(EXAMPLES / "bell.qasm")
        with self.start("run", program, "--backend", f"rack:{self.path}", "--shots", str(SHOTS)) as process:
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    text = (EXAMPLES / "rack.toml").read_text()
    for number, port in enumerate(free_ports(5)):
        text = text.replace(f"{25400 + number}", str(port))
    text = text.replace("/tmp/feedline-", f"{tmp_path}/")
    path = tmp_path / "rack.toml"
    path.write_text(re.sub(r'(address = "[^"]+"\n)', r"\1timeout_s = 2\n", text))
    (tmp_path / "rack_calibrations.qasm").write_text((EXAMPLES / "rack_calibrations.qasm").read_text())
    return Stage(path)


def wait_until(is_so: Callable[[], bool], run: subprocess.Popen[str]) -> None:
    give_up_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < give_up_s
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)


def is_on(bench: Bench, name: str) -> bool:
    emulator = bench.emulators[name]
    if name in ("awg1", "gen"):
        outputs = emulator.outputs if name == "awg1" else emulator.channels
        return any(output.is_on for output in outputs.values())
    if name == "lo2":
        return bool(emulator.a_is_on or emulator.b_is_on)
    if name == "bias":
        return bool(emulator.is_on or emulator.level_v)
    return bool(emulator.is_running if name == "trig" else getattr(emulator, "is_on", False))


def check_line(run: subprocess.Popen[str], named: Sequence[str], unsafe: Sequence[str]) -> str:
    """One line on stderr, nothing on stdout, exit code 3; gives the line."""
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (3, ""), err
    lines = err.splitlines()
    assert len(lines) == 1, err
    line = lines[0]
    assert re.match(rf"feedline: (Waited 2 s for )?({'|'.join(named)}) \(\S+\) .*'.+'", line), line
    if not unsafe:
        assert "Everything was made safe. -> " in line
        assert "by hand" not in line
        return line
    others = "" if set(unsafe) == set(INSTRUMENTS) else "; everything else is"
    assert f"Not known to be safe: {', '.join(unsafe)}{others}. -> " in line
    outputs = [name for name in unsafe if name not in WITHOUT_OUTPUTS]
    assert (f"-> Switch the outputs of {', '.join(outputs)} off by hand. " in line) == bool(outputs), line
    return line


def killed(stage: Stage, name: str) -> None:
    others = [other for other in INSTRUMENTS if other != name]
    last = "awg1" if name == "trig" else "trig"
    with Bench(read_rack(stage.path), others) as bench, stage.emulating(name) as victim, stage.running() as run:
        wait_until(lambda: is_on(bench, last), run)
        time.sleep(0.2)
        victim.kill()
        check_line(run, [name], [name])
        assert [other for other in others if is_on(bench, other)] == []


def dropped(stage: Stage, name: str) -> None:
    with Bench(read_rack(stage.path)) as bench:
        drop = {1: Fault(kind=FaultKind.DROP)}
        bench.emulators["trig"].connect("a", lambda _burst: bench.faults[name].restart(drop))
        with stage.running() as run:
            check_line(run, [name], [])
        assert [other for other in INSTRUMENTS if is_on(bench, other)] == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("pulled", [killed, dropped])
def test_any_plug_is_one_line(stage: Stage, pulled: Callable[[Stage, str], None], name: str) -> None:
    """The emulator's process is killed, or the emulator cuts its connection and answers again over a new one."""
    pulled(stage, name)


def test_a_serial_line_that_is_gone_is_one_line(stage: Stage) -> None:
    killed(stage, "lo2")


def test_all_plugs_at_once_are_one_line(stage: Stage) -> None:
    lo1 = read_rack(stage.path).instruments["lo1"].address
    with stage.emulating() as victim, stage.running() as run:
        with open_transport(lo1, name="lo1", timeout_s=5.0) as transport:
            wait_until(lambda: transport.query("OUTP:STAT?") == "1", run)
        time.sleep(0.5)
        victim.kill()
        check_line(run, INSTRUMENTS, INSTRUMENTS)
