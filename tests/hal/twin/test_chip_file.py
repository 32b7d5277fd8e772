# SPDX-License-Identifier: Apache-2.0
"""A chip file is read whole, or every mistake in it is named with path, line and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from feedline_hal.twin.chip import Chip, Coupler, Line, Mixer, Qubit, Resonator
from feedline_hal.twin.chip_file import ChipFileError, chip_id, read_chip, write_chip
from feedline_hal.twin.random_chip import random_chip

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "chip-file.md").read_text(encoding="utf-8")
GOOD = """
seed = 3

[qubits.q1]
frequency_hz = 4.8e9
anharmonicity_hz = -290e6
t1_s = 30e-6
t2_s = 20e-6

[qubits.q0]
frequency_hz = 5.1e9
anharmonicity_hz = -300e6
t1_s = 42e-6
t2_s = 51e-6
port = "q0_drive"
crosstalk = { q1_drive = 0.02 }
resonator = { port = "feedline", frequency_hz = 7e9, chi_hz = 2e6, kappa_hz = 4e6 }

[couplers.q1_q0]
port = "flux"
exchange_hz_per_v = 12e6

[lines.feedline]
noise_v = 0.02
"""


def read(text: str, folder: Path) -> Chip:
    (folder / "two.toml").write_text(text, encoding="utf-8")
    return read_chip(folder / "two.toml")


def mistakes(text: str, folder: Path) -> dict[str, tuple[int, str]]:
    """Line and words of every mistake, by path."""
    with pytest.raises(ChipFileError) as caught:
        read(text, folder)
    return {one.path: (one.line, f"{one.what} {one.remedy}") for one in caught.value.mistakes}


def test_a_file_says_what_the_chip_is(tmp_path: Path) -> None:
    """Qubits come in the order of their numbers; the first of a coupler's name is the one that it shifts."""
    resonator = Resonator(port="feedline", frequency_hz=7e9, chi_hz=2e6, kappa_hz=4e6)
    first = Qubit(
        index=0, frequency_hz=5.1e9, anharmonicity_hz=-300e6, t1_s=42e-6, t2_s=51e-6, port="q0_drive",
        crosstalk={"q1_drive": 0.02}, resonator=resonator,
    )  # fmt: skip
    second = Qubit(index=1, frequency_hz=4.8e9, anharmonicity_hz=-290e6, t1_s=30e-6, t2_s=20e-6)
    assert read(GOOD, tmp_path) == Chip(
        name="two",
        seed=3,
        qubits=(first, second),
        couplers=(Coupler(qubits=(1, 0), port="flux", exchange_hz_per_v=12e6),),
        lines={"feedline": Line(noise_v=0.02)},
    )


@pytest.mark.parametrize("num_qubits", [1, 2, 6])
def test_what_is_written_reads_as_the_same_chip(num_qubits: int, tmp_path: Path) -> None:
    chip = random_chip(num_qubits, seed=5)
    write_chip(chip, tmp_path / "chip.toml")
    assert read_chip(tmp_path / "chip.toml") == chip


def test_every_wrong_value_is_named_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("t1_s = 30e-6", 't1_s = "30 us"').replace("chi_hz = 2e6", "chy_hz = 2e6")
    text = text.replace("noise_v = 0.02", "noise_v = -0.02").replace("[couplers.q1_q0]", "[couplers.middle]")
    found = mistakes(text, tmp_path)
    assert found["qubits.q1.t1_s"] == (7, 'is "30 us", which is no number. Give a number in seconds: 30e-6.')
    assert found["qubits.q0.resonator.chy_hz"][0] == 17
    assert "Did you mean 'chi_hz'?" in found["qubits.q0.resonator.chy_hz"][1]
    assert found["qubits.q0.resonator.chi_hz"] == (17, "is missing. Give chi_hz.")
    assert found["couplers.middle"][1].startswith("is no pair of qubits. Write two")
    assert found["lines.feedline.noise_v"][1] == "is -0.02. Give a number of at least 0, in volts."
    assert len(found) == 5


def test_everything_that_contradicts_itself_is_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("t2_s = 51e-6", "t2_s = 91e-6").replace("anharmonicity_hz = -290e6", "anharmonicity_hz = 290e6")
    text = text.replace("frequency_hz = 4.8e9", "frequency_hz = 5.1e9").replace("[lines.feedline]", "[lines.feedlines]")
    found = mistakes(text, tmp_path)
    line, words = found["qubits.q0.t2_s"]
    assert line == 14
    assert words.startswith("is 9.1e-05, more than t1_s 4.2e-05 and thermal_population 0 leave")
    assert words.endswith("Give at most 8.4e-05 seconds.")
    assert "that of a transmon is negative" in found["qubits.q1.anharmonicity_hz"][1]
    assert found["qubits.q0.frequency_hz"][1].startswith("is that of q1, to which it is coupled.")
    assert "Did you mean 'feedline'?" in found["lines.feedlines"][1]
    assert len(found) == 4


def test_qubits_have_numbers_without_gaps(tmp_path: Path) -> None:
    found = mistakes(GOOD.replace("[qubits.q1]", "[qubits.q2]").replace("q1_q0", "q2_q0"), tmp_path)
    assert found["qubits.q2"] == (4, "is there, but not q1. Number qubits from 0 without gaps: [qubits.q1].")


def test_resonators_on_one_line_are_apart(tmp_path: Path) -> None:
    text = GOOD.replace("t2_s = 20e-6", "t2_s = 20e-6\nresonator = { port = 'feedline', frequency_hz = 7.0004e9, "
                        "chi_hz = 2e6, kappa_hz = 4e6 }")  # fmt: skip
    assert (
        "400000 hertz from that of q0 on the same line"
        in mistakes(text, tmp_path)["qubits.q1.resonator.frequency_hz"][1]
    )


def test_a_file_that_is_not_there_is_told_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(
        ChipFileError, match=re.escape("There is no such file.\n  -> Make one with `feedline twin new`.")
    ):
        read_chip(tmp_path / "none.toml")


def test_a_chips_id_is_of_what_it_is_not_of_its_name() -> None:
    chip = random_chip(2, seed=1)
    assert chip_id(chip) == chip_id(attrs.evolve(chip, name="other"))
    assert chip_id(chip) != chip_id(attrs.evolve(chip, seed=2))


@pytest.mark.parametrize("kind", [Chip, Qubit, Resonator, Coupler, Line, Mixer])
def test_every_key_is_documented_with_its_default(kind: type[Any]) -> None:
    """A key that is added or whose default changes shows here."""
    section = {Chip: "The chip", Qubit: "`[qubits.qN]`", Resonator: "`[qubits.qN.resonator]`",
               Coupler: "`[couplers.qA_qB]`", Line: "`[lines.PORT]`", Mixer: "`[mixers.PORT]`"}[kind]  # fmt: skip
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.startswith("| `")]
    documented = {name: row[3] for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    own = {field.name: field.default for field in attrs.fields(kind)}
    for name in ("index", "qubits", "couplers", "lines", "mixers", "resonator"):
        own.pop(name, None)
    assert set(documented) == set(own)
    for name, default in own.items():
        if isinstance(default, int | float):
            assert float(documented[name]) == default


def test_the_example_of_the_page_is_a_chip(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    chip = read(example, tmp_path)
    assert (chip.seed, chip.qubits[0].t1_s, chip.lines["readout"].gain) == (7, 42e-6, 100)


def changes(record: Any) -> Iterator[tuple[str, Any]]:
    """The record with each number and each text of it changed, one at a time, those of records inside included."""
    for field in attrs.fields(type(record)):
        value = getattr(record, field.name)
        for where, other in _others(value):
            yield f"{type(record).__name__}.{field.name}{where}", attrs.evolve(record, **{field.name: other})


def _others(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool | int | float):
        yield "", value * 1.001 + 1e-9 if isinstance(value, float) else value + 1
    elif isinstance(value, str):
        yield "", value + "_too"
    elif attrs.has(type(value)):
        for where, other in changes(value):
            yield f".{where}", other
    elif isinstance(value, Mapping):
        for key, item in value.items():
            for where, other in _others(item):
                yield f"[{key}]{where}", {**value, key: other}
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            for where, other in _others(item):
                yield f"[{place}]{where}", (*value[:place], other, *value[place + 1 :])


def test_every_number_of_a_chip_counts_for_its_id() -> None:
    """So what was measured on a chip is not used for one that differs in anything: T1, noise of a line, a mixer, ..."""
    chip = random_chip(3, 1)
    found = {name: chip_id(other) for name, other in changes(chip)}
    alike = [name for name, other in found.items() if other == chip_id(chip)]
    assert len(found) > 80
    assert alike == [f"Chip.{name}" for name in ("name", "age_s", "time_factor") if f"Chip.{name}" in found]
    assert len(set(found.values())) == len(found) - len(alike) + 1
