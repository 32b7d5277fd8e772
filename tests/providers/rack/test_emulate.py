# SPDX-License-Identifier: Apache-2.0
"""``feedline emulate`` as people start and stop it."""

from __future__ import annotations

import json
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedline.cli.main import main
from feedline_hal.errors import HardwareFault
from feedline_hal.transport import open_transport

ENDS_S = 10.0
RACK = """
[instruments.lo1]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::127.0.0.1::{port}::SOCKET"
safe = {{ frequency_hz = [1e9, 8e9], power_dbm = [-120, 10] }}

[instruments.trig]
driver = "quantum_composers_9520"
address = "ASRL{folder}/trig::INSTR"

[instruments.lo2]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::10.0.0.5::hislip0::INSTR"
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A rack file whose ports are free."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    path = tmp_path / "lab.toml"
    path.write_text(RACK.format(port=port, folder=tmp_path))
    return path


@contextmanager
def emulating(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, killed at the end if it still runs."""
    command = [sys.executable, "-c", "from feedline.cli.main import main; main()", "emulate", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_it_tells_addresses_first_and_stops_on_a_signal(lab: Path, name: str, code: int) -> None:
    with emulating(str(lab), "--json") as process:
        document = json.loads(first_line(process))
        assert document["rack"] == "lab"
        assert document["emulated"] is True
        assert document["addresses"]["trig"] == f"ASRL{lab.parent}/trig::INSTR"
        assert document["addresses"]["lo2"].startswith("TCPIP::127.0.0.1::hislip0,")
        for instrument in ("lo1", "lo2"):
            with open_transport(document["addresses"][instrument], name=instrument, timeout_s=5.0) as transport:
                assert "SGS100A" in transport.query("*IDN?")
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=ENDS_S)
    assert process.returncode == code
    assert out == ""
    assert "These are EMULATORS of rack 'lab', not instruments" in err
    assert "The emulators have stopped." in err
    assert not (lab.parent / "trig").is_symlink()


def test_its_table_says_what_stands_where(lab: Path) -> None:
    with emulating(str(lab), "lo2", "trig") as process:
        lines = [first_line(process).split() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=ENDS_S)
    assert " ".join(lines[0]) == "instrument stands in for emulated at instead of"
    assert lines[1] == ["trig", "quantum_composers_9520", f"ASRL{lab.parent}/trig::INSTR"]
    assert lines[2][:2] == ["lo2", "rohde_schwarz_sgs100a"]
    assert lines[2][3] == "TCPIP::10.0.0.5::hislip0::INSTR"


def test_faults_come_at_the_message_that_was_named(lab: Path) -> None:
    with emulating(str(lab), "lo1", "--json", "--faults", "lo1:2:drop", "--faults", "lo1:3:garbage") as process:
        address = json.loads(first_line(process))["addresses"]["lo1"]
        with open_transport(address, name="lo1", timeout_s=5.0) as transport:
            assert "SGS100A" in transport.query("*IDN?")
            for words in ("closed the connection", "no text"):
                with pytest.raises(HardwareFault, match=words):
                    transport.query("*IDN?")
            assert "SGS100A" in transport.query("*IDN?")


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and what goes to stderr, of the command in this process."""
    try:
        with pytest.raises(SystemExit) as ended:
            main(["emulate", *arguments])
    finally:
        for log in map(logging.getLogger, ("feedline", "feedline.runtime")):  # as it was before main()
            log.handlers.clear()
            log.setLevel(logging.NOTSET)
            log.propagate = True
    return int(ended.value.code or 0), capfd.readouterr().err


def test_a_port_in_use_is_named(lab: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As a second ``feedline emulate`` of the same file finds it."""
    with emulating(str(lab), "lo1", "--json") as process:
        port = json.loads(first_line(process))["addresses"]["lo1"].split("::")[2]
        code, err = said(capfd, str(lab), "lo1")
    assert code == 2
    assert f"lo1: port {port} of 127.0.0.1 is in use" in err
    assert "stopped" not in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lo3"], "no instrument 'lo3'"),
        (["--faults", "lo1:0:drop"], "write NAME:CALL:KIND, CALL a number from 1"),
        (["--faults", "lo1:1:explode"], "KIND one of drop, delay, short, duplicate, garbage, late, reset"),
        (["--faults", "lo1:1:drop", "--faults", "lo1:1:late"], "message 1 to 'lo1' has a fault already"),
        (["lo2", "--faults", "lo1:1:drop"], "'lo1' is not among the emulated instruments"),
    ],
)
def test_what_cannot_be_started_is_said(
    lab: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    code, err = said(capfd, str(lab), *arguments)
    assert code == 2
    assert words in err


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, err = said(capfd, str(tmp_path / "no.toml"))
    assert code == 2
    assert "There is no such file" in err
