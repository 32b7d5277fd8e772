# SPDX-License-Identifier: Apache-2.0
"""``feedline rack``: a first file is written, checked and shown; mistakes are told with their paths."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Feedline = Callable[..., Any]
EXAMPLES = Path(__file__).parents[4] / "examples"
FILES = ("rack.toml", "rack_calibrations.qasm")


def test_help_lists_every_subcommand(feedline: Feedline) -> None:
    """Each can be found and says in a line what it does."""
    said = feedline("rack", "--help")
    assert said.code == 0
    listed = re.findall(r"^  (\w+) {2,}\S", said.out.partition("Commands:")[2], re.MULTILINE)
    assert listed == ["new", "check", "show", "identify", "status", "safe"]


def test_example_is_written_checks_clean_and_shows(feedline: Feedline, folder: Path) -> None:
    """The example that comes with the package is that of the repository, and right."""
    assert feedline("rack", "new", "--example").code == 0
    for name in FILES:
        assert (folder / name).read_bytes() == (EXAMPLES / name).read_bytes()
    said = feedline("rack", "check", "rack.toml")
    assert (said.code, said.err) == (0, "")
    assert "No mistakes." in said.out
    assert re.search(r"awg1 +sequencer +tektronix_awg5200 +TCPIP::127.0.0.1::25400::SOCKET +trig.a", said.out)
    assert re.search(r"readout +q0 q1 +awg1.ch5 awg1.ch6 +scope.ch1 +lo2.a 6.9 GHz +6.92 GHz to 7.3 GHz", said.out)
    tree = feedline("rack", "show", "rack.toml").out
    assert "q0_drive" in tree
    assert "scope ch1" in tree
    assert feedline("rack", "show", "rack.toml", "--out", "lab.svg").out == "drawn: lab.svg\n"
    assert ">q0_q1_coupler<" in (folder / "lab.svg").read_text()


def test_check_prints_json(feedline: Feedline) -> None:
    """Programs read what is in the rack, and what is wrong with it."""
    feedline("rack", "new", "--example")
    told = json.loads(feedline("rack", "check", "rack.toml", "--json").out)
    assert told["mistakes"] == []
    assert (told["name"], told["qubits"], told["triggers"]["scope"]) == ("two_transmons", 2, "trig.c")
    assert told["id"].startswith("rack-")
    assert told["calibrations"]["count"] == 12
    roles = {row["name"]: row["role"] for row in told["instruments"]}
    assert roles == {
        "awg1": "sequencer", "gen": "sequencer", "scope": "digitizer", "lo1": "settable", "lo2": "settable",
        "bias": "settable", "trig": "coordinator",
    }  # fmt: skip


def test_mistakes_end_with_exit_code_2(feedline: Feedline, folder: Path) -> None:
    """All are told at once: those of reading first, those of checking when the file can be read."""
    feedline("rack", "new", "--example")
    path = folder / "rack.toml"
    text = path.read_text()
    path.write_text(text.replace("power_dbm = 15", "power_dbm = 20").replace('"scope.ch1"', '"scope.ch9"'))
    said = feedline("rack", "check", "rack.toml")
    assert said.code == 2
    assert "rack.toml has 2 mistakes:" in said.err
    assert re.search(r"instruments\.lo1\.settings\.power_dbm \(line \d+\): is 20, which is not safe\.", said.err)
    assert re.search(
        r"ports\.readout\.capture \(line \d+\): is \"scope\.ch9\"\. Channels of 'scope': ch1, ch2", said.err
    )
    told = json.loads((said := feedline("rack", "check", "rack.toml", "--json")).out)
    assert said.code == 2
    assert [row["path"] for row in told["mistakes"]] == ["instruments.lo1.settings.power_dbm", "ports.readout.capture"]
    path.write_text(text.replace("dt_s", "dt"))
    told = json.loads(feedline("rack", "check", "rack.toml", "--json").out)
    assert [row["path"] for row in told["mistakes"]] == ["dt"]


def test_new_never_overwrites(feedline: Feedline, folder: Path) -> None:
    """A file that exists stays as it is, and no other is written."""
    (folder / "rack_calibrations.qasm").write_text("mine")
    said = feedline("rack", "new", "--example")
    assert said.code == 2
    assert "rack_calibrations.qasm exists; it is not overwritten." in said.err
    assert not (folder / "rack.toml").exists()
    assert (folder / "rack_calibrations.qasm").read_text() == "mine"
    assert feedline("rack", "new", "lab.toml").code == 0
    assert "lab.toml exists" in feedline("rack", "new", "lab.toml").err
    assert "There is no folder" in feedline("rack", "new", "none/lab.toml").err


def test_new_leaves_every_safe_range_to_a_person(feedline: Feedline, folder: Path) -> None:
    """The file reads at once; check then names what is open: addresses and every safe range."""
    names = ("keysight_33600a", "windfreak_synthhd", "yokogawa_gs200", "tektronix_mso", "quantum_composers_9520")
    assert feedline("rack", "new", "lab.toml", *(part for name in names for part in ("--driver", name))).code == 0
    tree = tomllib.loads((folder / "lab.toml").read_text())
    assert {name: table["driver"] for name, table in tree["instruments"].items()} == {
        "awg1": names[0], "lo": names[1], "bias": names[2], "scope": names[3], "trig": names[4],
    }  # fmt: skip
    assert all(table.get("safe", {}) == {} for table in tree["instruments"].values())
    told = json.loads(feedline("rack", "check", "lab.toml", "--json").out)
    open_paths = {row["path"] for row in told["mistakes"]}
    assert {f"instruments.{name}.address" for name in tree["instruments"]} <= open_paths
    assert {f"instruments.{name}.safe" for name in ("awg1", "lo", "bias", "trig")} <= open_paths
    assert not any("unknown" in row["what"] or "no key" in row["what"] for row in told["mistakes"])


def test_template_is_right_once_it_is_filled_in(feedline: Feedline, folder: Path) -> None:
    """Uncommented and with numbers, every line of the template is one that the reader takes."""
    feedline("rack", "new", "lab.toml", "--driver", "tektronix_awg5200", "--driver", "tektronix_mso",
             "--driver", "windfreak_synthhd", "--driver", "quantum_composers_9520")  # fmt: skip
    text = (folder / "lab.toml").read_text()
    for place, name in enumerate(("awg1", "lo", "scope", "trig")):
        text = re.sub(
            rf'(\[instruments\.{name}\]\n.*\naddress = )""', rf'\1"TCPIP::127.0.0.1::{5000 + place}::SOCKET"', text
        )
    text = re.sub(
        r"^# (\S+) = \[LOW, HIGH\]  # the instrument: from (\S+) to (\S+).*", r"\1 = [\2, \3]", text, flags=re.M
    )
    text = re.sub(r"^# (\[?[a-z0-9_.]+(?:\]| = \S.*))$", r"\1", text, flags=re.M)
    text = re.sub(r"^\S+ = +# from.*$|^serial.*$|^calibrations.*$", "", text, flags=re.M)
    (folder / "lab.toml").write_text(text)
    said = feedline("rack", "check", "lab.toml")
    assert said.code == 0, said.err
    assert "q0_drive" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--driver", "yokogawa_gs20"), "Did you mean 'yokogawa_gs200'?"),
        (("--driver", "yokogawa_gs200", "--example"), "Give one of them."),
    ],
)
def test_new_refuses_what_makes_no_sense(feedline: Feedline, arguments: tuple[str, ...], words: str) -> None:
    """A misspelt driver is answered with the nearest; nothing is written."""
    said = feedline("rack", "new", "lab.toml", *arguments)
    assert said.code == 2
    assert words in said.err
    assert not Path("lab.toml").exists()
