# SPDX-License-Identifier: Apache-2.0
"""``feedline rack identify``, ``status`` and ``safe`` where instruments are well, missing, others, or in use."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feedline_hal.emulator.bench import Bench
from feedline_hal.rack.claim import Claim
from feedline_hal.rack.reading import read_rack

Feedline = Callable[..., Any]
RACK = """
[instruments.lo1]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::127.0.0.1::54201::SOCKET"
timeout_s = 1
safe = { frequency_hz = [1e9, 8e9], power_dbm = [-120, 10] }

[instruments.lo2]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::127.0.0.1::54202::SOCKET"
timeout_s = 1
safe = { frequency_hz = [1e9, 8e9], power_dbm = [-120, 10] }

[instruments.flux]
driver = "yokogawa_gs200"
address = "TCPIP::127.0.0.1,54204::inst0::INSTR"
timeout_s = 1
safe = { level_v = [-0.1, 0.1], level_v_per_s = [0, 0.2] }
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Emulators of all three, and ``lab.toml`` that points to them."""
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    path = tmp_path / "lab.toml"
    path.write_text(RACK)
    with Bench(read_rack(path), at_rack_addresses=False) as made:
        text = RACK
        for name, table in tomllib.loads(RACK)["instruments"].items():
            text = text.replace(table["address"], made.addresses[name])
        path.write_text(text)
        yield made


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "lab.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_all_are_well(feedline: Feedline, folder: Path, bench: Bench) -> None:
    for verb in ("identify", "status", "safe"):
        said = feedline("rack", verb, "lab.toml")
        assert (said.code, said.err) == (0, "")
        assert said.out.count(" ok ") == 3
        assert said.out.splitlines()[0].endswith("took") is (verb == "identify")  # which has no values to show
        told = json.loads(feedline("rack", verb, "lab.toml", "--json").out)
        assert [row["is_well"] for row in told.values()] == [True] * 3
    assert "GS2" in json.loads(feedline("rack", "identify", "lab.toml", "--json").out)["flux"]["identity"]


def test_safe_switches_off(feedline: Feedline, folder: Path, bench: Bench) -> None:
    bench.emulators["lo1"].is_on = True
    assert "is_on 1" in feedline("rack", "status", "lab.toml").out
    assert bench.emulators["lo1"].is_on
    assert feedline("rack", "safe", "lab.toml").code == 0
    assert not bench.emulators["lo1"].is_on


@pytest.mark.parametrize("verb", ["identify", "status", "safe"])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{lo1}", "TCPIP::127.0.0.1::1::SOCKET", ["lo1"]),
        ("timeout_s = 1", 'timeout_s = 1\nserial = "4711"', ["has serial number", "the rack file says '4711'"]),
        ("timeout_s = 1", 'timeout_s = 1\nfirmware = "9.9"', ["has firmware", "the rack file says '9.9'"]),
        ("rohde_schwarz_sgs100a", "holzworth_hs9000", ["lo1"]),
    ],
    ids=["unreachable", "serial", "firmware", "model"],
)
def test_one_that_is_not_well_does_not_hide_the_others(
    feedline: Feedline, folder: Path, bench: Bench, verb: str, old: str, new: str, words: list[str]
) -> None:
    """Exit code 1; nothing is set on what may be somebody else's instrument."""
    change(folder, old.format(**bench.addresses), new)
    if new.startswith("holz"):
        change(folder, "safe = { frequency_hz = [1e9, 8e9], power_dbm = [-120, 10] }", "safe = {}")
    bench.emulators["lo1"].is_on = True
    said = feedline("rack", verb, "lab.toml")
    assert said.code == 1, said.err
    assert said.out.count(" ok ") == 2
    assert "fault" in said.out
    for word in words:
        assert word in said.err
    assert "lo1: lo1" not in said.err
    assert bench.emulators["lo1"].is_on
    told = json.loads(feedline("rack", verb, "lab.toml", "--json").out)
    assert {name for name, row in told.items() if not row["is_well"]} == {"lo1"}
    assert told["lo1"]["error"]
    assert "  -> " in told["lo1"]["error"]


def test_instrument_in_use_is_refused_and_others_may_be_asked(feedline: Feedline, folder: Path, bench: Bench) -> None:
    claim = Claim([("lo1", bench.addresses["lo1"])])
    try:
        said = feedline("rack", "identify", "lab.toml")
        assert said.code != 0
        assert "lo1" in said.err
        assert "is in use by" in said.err
        assert feedline("rack", "identify", "lab.toml", "lo2", "flux").code == 0
    finally:
        claim.release()
    assert feedline("rack", "identify", "lab.toml").code == 0


def test_emulators_stand_in(feedline: Feedline, folder: Path, bench: Bench) -> None:
    """For one that is missing, or for all: said on stderr, and the real ones are not asked."""
    change(folder, bench.addresses["lo1"], "TCPIP::127.0.0.1::1::SOCKET")
    said = feedline("rack", "status", "lab.toml", "--emulate", "lo1")
    assert (said.code, said.out.count(" ok ")) == (0, 3)
    assert "EMULATED: lo1" in said.err
    bench.emulators["lo2"].clear_log()
    said = feedline("rack", "safe", "lab.toml", "--emulate")
    assert said.code == 0
    assert "EMULATED: all instruments" in said.err
    assert not bench.emulators["lo2"].log


def test_names_that_there_are_not(feedline: Feedline, folder: Path, bench: Bench) -> None:
    said = feedline("rack", "identify", "lab.toml", "lo3")
    assert said.code == 2
    assert "There is no instrument 'lo3' in lab.toml" in said.err
    said = feedline("rack", "identify", "lab.toml", "--emulate", "lo3")
    assert said.code == 2
    assert "There is no instrument 'lo3'" in said.err


@pytest.mark.parametrize("verb", ["identify", "status", "safe"])
def test_address_that_is_still_open_is_named(feedline: Feedline, tmp_path: Path, verb: str) -> None:
    """An instrument that is not visited may wait; an emulator is told its transport by the address."""
    said = feedline("rack", "new", "new.toml", "--driver", "yokogawa_gs200", "--driver", "rohde_schwarz_sgs100a")
    assert said.code == 0, said.err
    said = feedline("rack", verb, "new.toml")
    assert said.code == 2
    assert "new.toml has no address for bias, lo." in said.err
    path = tmp_path / "new.toml"
    path.write_text(path.read_text().replace('address = ""', 'address = "TCPIP::10.0.0.7::inst0::INSTR"', 1))
    assert feedline("rack", "identify", "new.toml", "bias", "--emulate", "bias").code == 0
