# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from feedline_hal import CalibrationSet, CalibrationStore

FEEDLINE = str(Path(sys.executable).with_name("feedline"))


@pytest.fixture
def two(feedline, lab) -> tuple[str, str]:
    """Ids of two sets in the home, the second one current."""
    store = CalibrationStore()
    return store.put(lab(), tag="friday", note="after warm-up"), store.put(lab(amplitude=0.119))


def test_list_marks_the_current_set(feedline, two: tuple[str, str]) -> None:
    head, newest, oldest = feedline("calibrations", "list").out.splitlines()
    assert head.split() == ["id", "put", "calibrations", "qubits", "tags", "note"]
    assert newest.split()[:2] == ["*", two[1]]
    assert oldest.split()[0] == two[0]
    assert oldest.endswith("9       2  friday  after warm-up")
    rows = json.loads(feedline("calibrations", "list", "--json").out)
    assert [(row["id"], row["is_current"]) for row in rows] == [(two[1], True), (two[0], False)]


def test_list_of_nothing_names_the_folder(feedline, tmp_path: Path) -> None:
    assert feedline("calibrations", "list").out == f"No calibration sets in {tmp_path / 'home' / 'calibrations'}.\n"
    assert json.loads(feedline("calibrations", "list", "--json").out) == []


def test_list_tells_of_damaged_lines_and_missing_files(feedline, two: tuple[str, str], tmp_path: Path) -> None:
    store = tmp_path / "home" / "calibrations"
    (store / f"{two[0]}.json").unlink()
    with (store / "log.jsonl").open("a") as log:
        log.write("half a li")
    said = feedline("calibrations", "list")
    assert "its file is missing" in said.out
    assert "log.jsonl: damaged and left out: line" in said.err


def test_show_is_a_table_of_gates_and_frames(feedline, two: tuple[str, str]) -> None:
    said = feedline("calibrations", "show")
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert f"set {two[1]}" in lines
    assert "q0_drive_frame q0_drive 5.1 GHz 0 rad" in lines
    assert "sx 0 24 ns 0.119 drag" in lines
    assert "measure 0 400 ns 0.2 constant" in lines
    assert "rx(theta) 1 24 ns 0.03*theta gaussian" in lines
    assert "cz 0 1 3 ns 1 sampled 0.01" in lines
    shown = json.loads(feedline("calibrations", "show", "friday", "--json").out)
    assert (shown["id"], shown["tags"], shown["is_current"]) == (two[0], ["friday"], False)
    assert shown["calibrations"][0]["amplitudes"] == [0.1182]
    assert shown["calibrations"][0]["duration_s"] == pytest.approx(24e-9)


def test_diff_goes_from_the_set_before_by_default(feedline, two: tuple[str, str]) -> None:
    lines = feedline("calibrations", "diff").out.splitlines()
    assert lines[0] == f"{two[0]} → {two[1]}"
    assert lines[1] == "sx q0: amplitude 0.1182 → 0.1190"
    assert "sx q0: amplitude 0.1190 → 0.1182" in feedline("calibrations", "diff", "current", "friday").out
    assert feedline("calibrations", "diff", "current").out.splitlines()[1] == "No difference."
    told = json.loads(feedline("calibrations", "diff", "friday", "--json").out)
    assert told["changed"][0]["details"][0]["after"] == 0.119


def test_rollback_and_tag_change_what_names_stand_for(feedline, two: tuple[str, str]) -> None:
    assert feedline("calibrations", "rollback").out == f"{two[0]} is current; before it was {two[1]}\n"
    assert feedline("calibrations", "tag", "current", "good").out == f"{two[0]} is 'good'\n"
    told = json.loads(feedline("calibrations", "rollback", "latest", "--note", "no drift", "--json").out)
    assert told == {"current": two[1], "before": two[0]}
    assert CalibrationStore().history().records[-1].note == "no drift"
    told = json.loads(feedline("calibrations", "tag", "good", "better", "--json").out)
    assert told == {"id": two[0], "tag": "better"}


def test_text_goes_in_and_comes_out(feedline, tmp_path: Path, lab) -> None:
    (tmp_path / "lab.qasm").write_text(lab().to_openpulse())
    said = feedline("calibrations", "put", "lab.qasm", "--tag", "friday", "--note", "from text")
    assert (said.code, said.err) == (0, "")
    stored = said.out.strip()
    text = feedline("calibrations", "show", "friday", "--openpulse").out
    assert stored == lab().id
    assert CalibrationSet.from_openpulse(text).id == stored
    told = json.loads(feedline("calibrations", "put", "lab.qasm", "--json").out)
    assert told == {"id": stored, "tag": None, "store": str(tmp_path / "home" / "calibrations")}


def test_text_may_begin_with_a_byte_order_mark(feedline, tmp_path: Path, lab) -> None:
    (tmp_path / "lab.qasm").write_text(lab().to_openpulse(), encoding="utf-8-sig")
    assert feedline("calibrations", "put", "lab.qasm").out.strip() == lab().id


def test_another_store_can_be_named(feedline, two: tuple[str, str], tmp_path: Path) -> None:
    assert "No calibration sets" in feedline("calibrations", "list", "--store", "elsewhere").out
    home = str(tmp_path / "home" / "calibrations")
    assert two[1] in feedline("calibrations", "list", "--store", home).out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "fridy"), 2, "Did you mean 'friday'?"),
        (("diff", "nope"), 2, "There is no calibration set 'nope'"),
        (("rollback", "--store", "empty"), 2, "is empty"),
        (("put", "nope.qasm"), 2, "nope.qasm does not exist"),
        (("put", "bytes.qasm"), 2, "bytes.qasm is a binary file"),
        (("put", "empty.qasm"), 2, "empty.qasm is empty"),
        (("put", "latin.qasm"), 2, "latin.qasm, line 2, column 4: byte 0xb5 is not UTF-8"),
        (("put", "."), 2, ". is a folder"),
        (("put", "bad.qasm"), 2, "bad.qasm, line 2"),
        (("tag", "current", "two words"), 2, "'two words' cannot be a tag"),
        (("show", "broken"), 3, "is cut off or no JSON"),
    ],
)
def test_error_says_what_and_how_to_go_on(
    feedline, two: tuple[str, str], tmp_path: Path, lab, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "bytes.qasm").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.qasm").touch()
    (tmp_path / "latin.qasm").write_bytes(b"cal {}\n// \xb5s")
    (tmp_path / "bad.qasm").write_text('OPENQASM 3.0;\ndefcalgrammar "openpulse"; cal { play(nope, nope); }\n')
    broken = CalibrationStore().put(lab(amplitude=0.5), tag="broken")
    (tmp_path / "home" / "calibrations" / f"{broken}.json").write_text("{")
    said = feedline("calibrations", *arguments)
    assert said.code == code
    assert words in said.err
    assert "-> " in said.err


def test_ids_and_tags_complete(two: tuple[str, str], tmp_path: Path) -> None:
    def complete(line: str) -> set[str]:
        variables = {
            "_FEEDLINE_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split()) - 1),
        }
        done = subprocess.run([FEEDLINE], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        return {row.split(",", 1)[1] for row in done.stdout.splitlines()}

    assert complete("feedline calibrations show fri") == {"friday"}
    assert complete("feedline calibrations diff friday cal-") == set(two)
    assert complete("feedline calibrations rollback cur") == {"current"}
    assert complete("feedline calibrati") == {"calibrations"}


def test_command_does_not_import_qiskit_for_its_help() -> None:
    code = (
        "import sys; from feedline.cli.main import main\n"
        "try: main(['calibrations', '--help'])\n"
        "finally: assert not {'qiskit', 'numpy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, stdout=subprocess.DEVNULL)
