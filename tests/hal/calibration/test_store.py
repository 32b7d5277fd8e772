# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import attrs
import numpy as np
import pytest

from feedline.errors import InputError, NotFoundError, StoreError
from feedline_hal import CalibrationSet, CalibrationStore

HERE = str(Path(__file__).parent)


@pytest.fixture
def two(store: CalibrationStore, lab) -> tuple[str, str]:
    """Ids of two stored sets, the second one current."""
    return store.put(lab(), tag="friday", note="after warm-up"), store.put(lab(amplitude=0.119))


def test_store_is_in_the_home_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lab) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path))
    assert not any(tmp_path.iterdir())
    CalibrationStore().put(lab())
    assert (tmp_path / "calibrations" / f"{lab().id}.json").is_file()


def test_put_and_get_give_the_same_set(store: CalibrationStore, lab) -> None:
    given = attrs.evolve(lab(), metadata={"who": "me"})
    again = store.get(store.put(given))
    assert again == given
    assert again.metadata == {"who": "me"}
    assert again.calibrations[0].schedule == given.calibrations[0].schedule


def test_sets_are_found_by_id_beginning_tag_and_role(store: CalibrationStore, two: tuple[str, str]) -> None:
    first, second = two
    for name in (first, first[:10], first.removeprefix("cal-")[:6], "friday"):
        assert store.resolve(name) == first
    assert store.resolve() == store.resolve("current") == store.resolve("latest") == store.current().id == second


def test_put_is_idempotent(store: CalibrationStore, lab) -> None:
    store.put(lab(), tag="a")
    files = sorted(path.name for path in store.path.iterdir())
    log = (store.path / "log.jsonl").read_bytes()
    assert store.put(lab()) == store.put(lab(), tag="a") == lab().id
    assert sorted(path.name for path in store.path.iterdir()) == files
    assert (store.path / "log.jsonl").read_bytes() == log


def test_list_tells_the_newest_first(store: CalibrationStore, two: tuple[str, str]) -> None:
    newest, oldest = store.list()
    assert (oldest.id, newest.id) == two
    assert (oldest.tags, oldest.note, oldest.parent, oldest.is_current) == (("friday",), "after warm-up", "", False)
    assert (newest.tags, newest.note, newest.parent, newest.is_current) == ((), "", two[0], True)
    assert oldest.counts == {"calibrations": 9, "frames": 6, "gates": 5, "qubits": 2}
    assert oldest.time.endswith("+00:00")


def test_diff_compares_stored_sets(store: CalibrationStore, two: tuple[str, str]) -> None:
    assert "sx q0: amplitude 0.1182 → 0.1190" in str(store.diff("friday"))
    assert not store.diff("current", "latest")


def test_tag_moves_and_its_past_stays_in_the_log(store: CalibrationStore, two: tuple[str, str]) -> None:
    assert store.tag("current", "friday") == two[1]
    assert store.resolve("friday") == two[1]
    assert [(record.do, record.id) for record in store.history().records if record.tag] == [
        ("put", two[0]),
        ("tag", two[1]),
    ]


@pytest.mark.parametrize("tag", ["current", "latest", "cal-1", "", "two words", "-x", "x" * 101, "a\nb"])
def test_word_that_cannot_be_a_tag_is_refused(store: CalibrationStore, lab, tag: str) -> None:
    with pytest.raises(InputError, match=r"cannot be a tag.\n  -> Use letters, digits"):
        store.put(lab(), tag=tag)
    assert not store.path.exists()


def test_rollback_goes_back_and_further_back_and_deletes_nothing(store: CalibrationStore, lab) -> None:
    first, second, third = (store.put(lab(amplitude=size)) for size in (0.1, 0.2, 0.3))
    assert store.rollback() == second == store.current().id
    assert store.rollback() == first == store.current().id
    assert store.resolve("latest") == third
    assert [row.id for row in store.list()] == [third, second, first]
    assert store.rollback(third) == third == store.current().id
    assert store.rollback(first) == first
    fourth = store.put(lab(amplitude=0.4))
    assert store.rollback() == first != fourth


def test_rollback_steps_through_a_set_that_was_put_twice(store: CalibrationStore, lab) -> None:
    first, second = lab(amplitude=0.1), lab(amplitude=0.2)
    for one in (first, second, first):
        store.put(one)
    assert [store.rollback(), store.rollback()] == [second.id, first.id]
    with pytest.raises(NotFoundError, match=f"no set before the current one: {first.id} is the first.\n  -> Name one"):
        store.rollback()


def test_empty_store_says_what_to_do(store: CalibrationStore) -> None:
    with pytest.raises(NotFoundError, match=r"store .* is empty.\n  -> Put a set: `feedline calibrations put FILE"):
        store.current()
    with pytest.raises(NotFoundError, match="no set before the current one: it is empty"):
        store.rollback()
    assert store.list() == ()


def test_unknown_and_ambiguous_names_say_what_there_is(store: CalibrationStore, two: tuple[str, str], lab) -> None:
    with pytest.raises(NotFoundError, match=r"no calibration set 'fridy' in .*\n  -> Did you mean 'friday'?"):
        store.get("fridy")
    with pytest.raises(NotFoundError, match=r"'cal-' is the beginning of|There is no calibration set 'cal-'"):
        store.get("cal-")
    sizes = (0.1 + step / 1000 for step in range(17))  # more than 16 ids: two begin alike
    ids = [store.put(lab(amplitude=size)) for size in sizes]
    digit = max("0123456789abcdef", key=lambda start: sum(one[4] == start for one in ids))
    with pytest.raises(NotFoundError, match=rf"'{digit}' is the beginning of \d+ calibration sets.\n  -> Give more"):
        store.get(digit)


def damage(store: CalibrationStore, set_id: str, how: str) -> None:
    path = store.path / f"{set_id}.json"
    arrays = store.path / f"{set_id}.npz"
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-40])
    elif how == "edited":
        path.write_text(path.read_text().replace("0.1182", "0.1183"))
    elif how == "rehashed":
        other = next(one for one in store.path.glob("cal-*.json") if one != path)
        document = json.loads(other.read_text())
        path.write_text(json.dumps({**document, "id": set_id}))
    elif how == "gone":
        path.unlink()
    elif how == "list":
        path.write_text("[]")
    elif how == "newer":
        path.write_text(json.dumps({**json.loads(path.read_text()), "format": 9}))
    elif how == "npz gone":
        arrays.unlink()
    elif how == "npz truncated":
        arrays.write_bytes(arrays.read_bytes()[:50])
    elif how == "npz edited":
        with np.load(arrays) as packed:
            changed = {name: packed[name] * 2 for name in packed.files}
        np.savez_compressed(arrays, **changed)
    elif how == "npz pickled":
        np.savez(arrays, x=np.array([object()], dtype=object))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("truncated", r"\.json is cut off or no JSON.\n  -> Restore the file"),
        ("edited", r"\.json was changed after it was stored.\n  -> Restore the file from a backup, or put"),
        ("rehashed", r"\.json holds cal-"),
        ("gone", r"\.json is missing"),
        ("list", r"\.json is no calibration set"),
        ("newer", r"\.json is of format 9, this version reads 1.\n  -> Update feedline"),
        ("npz gone", r"\.npz is missing"),
        ("npz truncated", r"\.npz is cut off or no npz file"),
        ("npz edited", r"\.npz was changed after it was stored"),
        ("npz pickled", r"\.npz is cut off or no npz file"),
    ],
)
def test_damage_names_the_file_and_hides_no_other_set(
    store: CalibrationStore, two: tuple[str, str], lab, how: str, words: str
) -> None:
    first, second = two
    damage(store, first, how)
    with pytest.raises(StoreError, match=f"{first}{words}"):
        store.get(first)
    with pytest.raises(StoreError, match=first):
        store.rollback()
    assert store.current().id == second
    assert [row.id for row in store.list()] == [second, first]
    assert store.list()[1].is_missing is (how == "gone")
    store.put(lab())  # repairs it
    assert store.get(first) == lab()


@pytest.mark.parametrize(
    "torn", [b'\n{"do": "pu', b"\n\xff\xfe\n", b"\n{}\n", b'\n{"do": 1, "id": 2, "time": 3}\n', b"\n7"]
)
def test_damaged_line_of_the_log_hides_no_other_and_spoils_none_to_come(
    store: CalibrationStore, two: tuple[str, str], lab, torn: bytes
) -> None:
    log = store.path / "log.jsonl"
    log.write_bytes(log.read_bytes() + torn)
    assert store.resolve("friday") == two[0]
    assert len(store.history().damaged) == 1
    third = store.put(lab(amplitude=0.3))
    assert store.resolve() == third
    assert len(store.history().records) == 3


def test_log_that_is_gone_leaves_the_sets_to_be_found(store: CalibrationStore, two: tuple[str, str], lab) -> None:
    (store.path / "log.jsonl").unlink()
    assert store.get(two[0]) == lab()
    assert {row.id for row in store.list()} == set(two)


def test_records_of_later_versions_are_read_as_far_as_known(store: CalibrationStore, two: tuple[str, str]) -> None:
    with (store.path / "log.jsonl").open("a") as log:
        log.write(json.dumps({"do": "bless", "id": two[0], "time": "2030", "by": "me"}) + "\n")
    assert store.resolve() == two[1]
    assert store.history().damaged == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_folder_without_rights_is_named(store: CalibrationStore, two: tuple[str, str], lab) -> None:
    store.path.chmod(0o555)
    try:
        with pytest.raises(StoreError, match=r"cannot write .*: Permission denied.\n  -> Check the folder's rights"):
            store.put(lab(amplitude=0.3))
        assert store.current().id == two[1]
    finally:
        store.path.chmod(0o755)


def test_file_that_cannot_be_written_is_named_and_leaves_nothing_behind(store: CalibrationStore, lab) -> None:
    (store.path / f"{lab().id}.json").mkdir(parents=True)
    words = rf"cannot write .*{lab().id}.json: Is a directory.\n  -> Check the folder's rights"
    with pytest.raises(StoreError, match=words):
        store.put(lab())
    assert not list(store.path.glob(".*"))
    assert store.history().records == ()


def test_folder_that_cannot_be_made_or_read_is_named(tmp_path: Path, lab) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot make .*file/store: .*\n  -> Check the folder's rights and the disk"):
        CalibrationStore(tmp_path / "file" / "store").put(lab())
    (tmp_path / "store" / "log.jsonl").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"cannot read .*log.jsonl: Is a directory"):
        CalibrationStore(tmp_path / "store").list()


PUTTER = """
import sys
sys.path.insert(0, sys.argv[1])
from conftest import make_lab
from feedline_hal import CalibrationStore
store, start, stop = CalibrationStore(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
print("ready", flush=True)
for step in range(start, stop):
    store.put(make_lab(amplitude=0.1 + step * 1e-5), tag=f"t{step}")
"""


def putter(store: CalibrationStore, start: int, stop: int) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", PUTTER, HERE, str(store.path), str(start), str(stop)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE)


def test_processes_that_put_at_once_lose_nothing(store: CalibrationStore) -> None:
    with putter(store, 0, 12) as one, putter(store, 6, 18) as other:
        assert (one.wait(60), other.wait(60)) == (0, 0)
    assert len(store.list()) == 18
    assert store.history().damaged == ()
    assert sum(record.do == "put" for record in store.history().records) >= 18
    assert set(store.history().tags) == {f"t{step}" for step in range(18)}


def test_process_killed_in_the_middle_leaves_no_damage(store: CalibrationStore, rng: np.random.Generator, lab) -> None:
    for start in (0, 1000, 2000):
        with putter(store, start, start + 1000) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.05 + 0.2 * rng.random())
            process.send_signal(signal.SIGKILL)
    found = store.list()
    assert found
    for row in found:
        assert store.get(row.id).id == row.id
    assert store.put(lab(amplitude=0.9)) == store.resolve()


def test_set_that_would_not_come_back_the_same_is_refused_before_it_is_written(
    store: CalibrationStore, lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedline_hal.calibration import set_file

    monkeypatch.setattr(set_file, "from_tree", lambda _tree, _arrays: CalibrationSet())
    with pytest.raises(StoreError, match=r"would not come back the same from the store.\n  -> Simplify"):
        store.put(lab())
    assert store.list() == ()
