# SPDX-License-Identifier: Apache-2.0
"""The twin on the command line, and in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import feedline
from feedline.cli.main import main
from feedline_hal.twin.chip_file import read_chip
from feedline_hal.twin.chip_text import chip_text
from feedline_hal.twin.rack_for import rack_for
from feedline_hal.twin.random_chip import random_chip
from feedline_rack.twin.writing import chip_files

ROOT = Path(__file__).parents[4]
ENDS_S = 20.0


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code and what was written."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    written = capsys.readouterr()
    return int(ended.value.code or 0), written.out, written.err


@contextmanager
def emulating(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``feedline emulate`` in a process of its own, killed at the end if it still runs."""
    command = [sys.executable, "-c", "from feedline.cli.main import main; main()", "emulate", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Chip, rack and gates as `feedline twin new` writes them, at addresses that are free here."""
    chip = tmp_path / "mine.toml"
    code, out, _ = said(capsys, "twin", "new", str(chip), "--seed", "4")
    assert code == 0
    assert f"feedline emulate {tmp_path / 'mine_rack.toml'} --chip {chip}" in out
    rack = tmp_path / "mine_rack.toml"
    text = re.sub(r"/tmp/feedline-twin-(\d+)", rf"{tmp_path}/line\1", rack.read_text(encoding="utf-8"))
    rack.write_text(re.sub(r"\b2[45]\d\d\d\b", lambda _: str(free_port()), text), encoding="utf-8")
    return chip


def test_one_command_gives_a_bell_state(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(
        capsys, "run", str(ROOT / "examples" / "bell.qasm"), "--backend", "twin", "--shots", "2000", "--json"
    )
    assert code == 0
    (result,) = json.loads(out)["results"]
    counts = result["counts"]
    assert counts["00"] + counts["11"] > 0.93 * 2000
    assert abs(counts["00"] - counts["11"]) < 200


def test_files_are_written_that_hold_the_chip(files: Path) -> None:
    chip = read_chip(files)
    assert chip.name == "mine"
    assert chip.qubits == random_chip(2, 4).qubits
    assert feedline.backend(f"twin:{files}").name == f"twin:{files}"


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one_rack.toml").write_text("mine", encoding="utf-8")
    code, _, err = said(capsys, "twin", "new", str(tmp_path / "one.toml"), "--qubits", "1")
    assert code == 2
    assert "one_rack.toml exists; it is not overwritten" in err
    assert not (tmp_path / "one.toml").exists()


def test_a_rack_runs_on_a_chip_in_another_process(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`feedline emulate --chip` serves it, `rack:FILE` runs on it as on any rack."""
    rack = str(files.with_name("mine_rack.toml"))
    with emulating(rack, "--chip", str(files), "--json") as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())["addresses"]
        assert set(addresses) >= {"awg1", "scope", "trig", "q0_bias"}
        circuit = str(ROOT / "examples" / "bell.qasm")
        code, out, _ = said(capsys, "run", circuit, "--backend", f"rack:{rack}", "--shots", "1000", "--json")
        assert feedline.runtime.submit.runtime().shutdown(cancel=True, timeout=30)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=ENDS_S)
    assert code == 0
    counts = json.loads(out)["results"][0]["counts"]
    assert counts["00"] + counts["11"] > 930


def test_a_chip_needs_all_instruments_and_a_rack_that_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rack, chip = tmp_path / "rack.toml", tmp_path / "chip.toml"
    rack.write_text(rack_for(random_chip(1)), encoding="utf-8")
    chip.write_text(chip_text(random_chip(1)).replace('"q0_reset"', '"q0_rest"'), encoding="utf-8")
    code, _, err = said(capsys, "emulate", str(rack), "awg1", "--chip", str(chip))
    assert code == 2
    assert "--chip needs all of the rack's instruments" in err
    code, _, err = said(capsys, "emulate", str(rack), "--chip", str(chip))
    assert code == 2
    assert "qubits.q0.reset_port: is \"q0_rest\", which rack 'twin' does not have" in err
    assert "Did you mean 'q0_reset'?" in err


def test_qubits_are_described_with_their_times(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "backends", "twin")
    assert code == 0
    first = feedline.backend("twin").target.qubit_properties[0]
    row = next(line.split() for line in out.splitlines() if line.startswith("q0 "))
    assert row[1:3] == [f"{first.frequency / 1e9:.6f}", "GHz"]
    assert row[3:7] == [f"{first.t1 * 1e6:.3g}", "us", f"{first.t2 * 1e6:.3g}", "us"]
    assert max(map(len, out.splitlines())) <= 80


def test_racks_of_chips_with_other_names_have_other_addresses() -> None:
    """So that two are emulated at once; below the ports that systems give to clients."""
    found = []
    for name in ("mine", "other"):
        text = chip_files(Path(f"{name}.toml"), num_qubits=6, seed=0)[Path(f"{name}_rack.toml")]
        found.append({int(number) for number in re.findall(r"\b2[45]\d\d\d\b", text)})
        assert len(found[-1]) == len(re.findall("^address", text, re.MULTILINE))
        assert max(found[-1]) < 32768
    assert not found[0] & found[1]
