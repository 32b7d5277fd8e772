# SPDX-License-Identifier: Apache-2.0
"""Emulators in a process of their own: what it serves, what ends it, and what starts another."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import feedline
from feedline.errors import InputError, OptionError, ProviderError
from feedline_hal.emulator.bench_process import BenchProcess
from feedline_hal.emulator.bench_recipe import Recipe, plain, rack_recipe, record
from feedline_hal.rack.reading import read_rack
from feedline_hal.transport import open_transport

RACK = Path(__file__).parents[3] / "examples" / "rack.toml"
CLOSED = """
import os
from feedline_hal.emulator.bench_process import PROCESS
from feedline_hal.emulator.bench_recipe import Recipe

kept = os.dup(1)
os.closerange(0, 3)
try:
    PROCESS.serve(Recipe("builtins:print", {"flush": True})).__enter__()
except Exception as error:
    os.write(kept, str(error).encode())
"""
USER = """
import os, sys, time
from feedline_hal.emulator.bench_process import PROCESS
from feedline_hal.emulator.bench_recipe import Recipe, plain, rack_recipe, record
from feedline_hal.rack.reading import read_rack

with PROCESS.serve(rack_recipe(read_rack(sys.argv[1]), ["bias"])):
    if sys.argv[2] == "forks" and os.fork() == 0:
        os.close(1)
        time.sleep(30)
        os._exit(0)
    print(PROCESS._popen.pid, flush=True)
    if sys.argv[2] == "waits":
        time.sleep(30)
"""


def recipe(*names: str) -> Recipe:
    return rack_recipe(read_rack(RACK), names)


@pytest.fixture
def process() -> Iterator[BenchProcess]:
    made = BenchProcess()
    yield made
    made.end()


def identity(address: str) -> str:
    with open_transport(address, name="bias", timeout_s=5.0) as transport:
        return transport.query("*IDN?")


def is_there(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return False


def ends(pid: int) -> bool:
    until_s = time.monotonic() + 10
    while is_there(pid) and time.monotonic() < until_s:
        time.sleep(0.02)
    return not is_there(pid)


def port_of(address: str) -> int:
    return int(address.split("::")[2].partition(",")[2] or address.split("::")[2])


def is_open(address: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port_of(address))) == 0


def test_emulators_answer_from_another_process_until_the_block_ends(process: BenchProcess) -> None:
    with process.serve(recipe("bias")) as addresses:
        assert list(addresses) == ["bias"]
        assert "GS210" in identity(addresses["bias"])
        assert process._popen is not None
        assert process._popen.pid != os.getpid()
    assert is_there(process._popen.pid), "it waits for the next ones"


def test_a_rack_and_a_chip_are_the_same_over_there() -> None:
    twin = feedline.backend("twin", num_qubits=6, seed=3)
    for value in (twin.spec, twin.chip, read_rack(RACK)):
        assert record(json.loads(json.dumps(plain(value))), type(value)) == value


def test_one_process_serves_several_benches_that_end_in_any_order(process: BenchProcess) -> None:
    first, second = process.serve(recipe("scope")), process.serve(recipe("scope"))
    one, other = first.__enter__(), second.__enter__()
    pid = process._popen.pid if process._popen else 0
    assert one["scope"] != other["scope"]
    first.__exit__(None, None, None)
    assert not is_open(one["scope"])
    assert is_open(other["scope"])
    second.__exit__(None, None, None)
    assert not is_open(other["scope"])
    with process.serve(recipe("bias")):
        assert process._popen is not None
        assert process._popen.pid == pid


def test_what_making_them_raises_is_raised_here(process: BenchProcess, tmp_path: Path) -> None:
    missing = Recipe("feedline_hal.rack.reading:read_rack", {"path": str(tmp_path / "no_rack.toml")})
    with pytest.raises(InputError, match=r"no_rack\.toml"), process.serve(missing):
        pass
    unknown = rack_recipe(read_rack(RACK), ["bais"])
    with pytest.raises(OptionError, match=r"no instrument 'bais'.\n  -> .*bias"), process.serve(unknown):
        pass
    wrong = Recipe("builtins:int", {"many": 1})
    with pytest.raises(ProviderError, match="cannot be started or stopped: TypeError: "), process.serve(wrong):
        pass
    with process.serve(recipe("bias")) as addresses:
        assert "GS210" in identity(addresses["bias"])


def test_a_process_that_dies_is_told_of_and_replaced(process: BenchProcess) -> None:
    dying = Recipe("os:_exit", {"status": 7})
    with pytest.raises(ProviderError, match="The process of the emulators ended by itself"), process.serve(dying):
        pass
    with process.serve(recipe("bias")) as addresses:
        assert "GS210" in identity(addresses["bias"])
        assert process._popen is not None
        process._popen.kill()
        process._popen.wait()
    with process.serve(recipe("bias")) as addresses:
        assert "GS210" in identity(addresses["bias"])


def test_a_bench_of_a_process_that_died_ends_none_of_the_next(process: BenchProcess) -> None:
    lost = process.serve(recipe("bias"))
    lost.__enter__()
    assert process._popen is not None
    process._popen.kill()
    process._popen.wait()
    with process.serve(recipe("bias")) as addresses:
        lost.__exit__(None, None, None)
        assert "GS210" in identity(addresses["bias"])


def test_a_block_that_was_lost_may_be_collected_while_others_are_asked_for(process: BenchProcess) -> None:
    """Of a device that nobody closed: collection may begin at any line, and ends its block there."""
    kept = [process.serve(recipe("scope"))]
    address = kept[0].__enter__()["scope"]
    known = BenchProcess._ask

    def collecting(self: BenchProcess, number: int, asked: Recipe | None) -> Mapping[str, str]:
        kept.clear()
        return known(self, number, asked)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BenchProcess, "_ask", collecting)
        with process.serve(recipe("bias")):
            assert is_open(address)
    assert not is_open(address)


def test_ctrl_c_at_a_terminal_does_not_reach_it(process: BenchProcess) -> None:
    """Whoever uses the emulators makes their outputs safe first; for that they have to be there."""
    with process.serve(recipe("bias")):
        assert process._popen is not None
        assert os.getpgid(process._popen.pid) != os.getpgid(0)


def test_what_it_prints_is_no_answer_where_standard_output_is_closed() -> None:
    """Free descriptors are given out lowest first: the connection's own would be its standard output."""
    done = subprocess.run([sys.executable, "-c", CLOSED], capture_output=True, text=True, timeout=90)
    assert "cannot be started or stopped: TypeError: " in done.stdout


def test_sigterm_ends_it_with_nothing_left_behind(process: BenchProcess) -> None:
    with process.serve(recipe("trig")) as addresses:
        link = Path(addresses["trig"].removeprefix("ASRL").removesuffix("::INSTR"))
        assert link.is_symlink()
        assert process._popen is not None
        process._popen.terminate()
        assert process._popen.wait(20) == 128 + signal.SIGTERM
        assert not link.parent.exists()


def test_many_benches_leave_no_descriptors_open(process: BenchProcess) -> None:
    with process.serve(recipe("trig", "bias")):
        pass
    assert process._popen is not None
    both = [Path(f"/proc/{pid}/fd") for pid in (os.getpid(), process._popen.pid)]
    before = [len(list(folder.iterdir())) for folder in both]
    for _ in range(5):
        with process.serve(recipe("trig", "bias")):
            pass
    assert [len(list(folder.iterdir())) for folder in both] == before


@pytest.mark.parametrize("executable", [None, "", "/no/python"])
def test_no_interpreter_is_told_of(
    process: BenchProcess, monkeypatch: pytest.MonkeyPatch, executable: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    with pytest.raises(ProviderError, match=r"cannot be started with sys\.executable = .*\n  -> Run this in Python"):
        process.serve(recipe("bias")).__enter__()


@pytest.mark.parametrize("how", ["ends", "waits", "forks"])
def test_it_ends_with_its_user_however_that_ends(how: str) -> None:
    """In order, killed, and with a forked process left behind."""
    command = [sys.executable, "-c", USER, str(RACK), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as user:
        assert user.stdout is not None
        pid = int(user.stdout.readline())
        group = os.getpgid(user.pid)
        if how == "waits":
            assert is_there(pid)
            user.kill()
        assert user.wait(20) == (-signal.SIGKILL if how == "waits" else 0)
        assert ends(pid)
    if how == "forks":
        os.killpg(group, signal.SIGKILL)
