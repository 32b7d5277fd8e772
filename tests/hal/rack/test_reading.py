# SPDX-License-Identifier: Apache-2.0
"""A rack file is read whole, or every mistake in it is named with path, line and remedy."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from feedline_hal.rack.mistake import RackFileError
from feedline_hal.rack.reading import read_rack
from feedline_hal.rack.schema import Channel, RackSpec

GOOD = """
dt_s = 1e-9
repetition_s = 200e-6
calibrations = "lab.qasm"

[instruments.awg1]
driver = "tektronix_awg5200"
address = "TCPIP::10.0.0.5::4000::SOCKET"
options = { channels = 4 }
settings = { ch1_amplitude_v = 0.5 }

[instruments.lo1]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::10.0.0.6::hislip0::INSTR"
serial = "101234"
[instruments.lo1.settings]
power_dbm = 10
is_on = true
[instruments.lo1.safe]
frequency_hz = [4e9, 6e9]
power_dbm = [-30, 15]

[ports.q0_drive]
qubits = [0]
i = "awg1.ch1"
q = "awg1.ch2"
lo = "lo1"
lo_frequency_hz = 5e9
mixer = { gain = 1.02, phase_rad = 0.01, offset_i_v = 0.002 }

[triggers.awg1]
source = "trig.a"
delay_s = 1e-7

[readout.q1]
angle_rad = 0.3
"""

Rack = Callable[[str], RackSpec]


def mistakes(read: Rack, text: str) -> dict[str, tuple[int, str]]:
    """Line and words of every mistake, by path."""
    with pytest.raises(RackFileError) as caught:
        read(text)
    return {item.path: (item.line, f"{item.what} {item.remedy}") for item in caught.value.mistakes}


def test_values_arrive_as_records(read: Rack) -> None:
    """Channels, ranges, numbers, claims and nested tables are what the file says."""
    rack = read(GOOD)
    assert (rack.name, rack.dt_s, rack.repetition_s, rack.num_qubits) == ("lab", 1e-9, 200e-6, 1)
    lo1, port = rack.instruments["lo1"], rack.ports["q0_drive"]
    assert lo1.settings == {"power_dbm": 10.0, "is_on": 1.0}
    assert lo1.safe == {"frequency_hz": (4e9, 6e9), "power_dbm": (-30.0, 15.0)}
    assert rack.instruments["awg1"].options == {"channels": 4}
    assert (port.i, port.lo, port.outputs[1].number) == (Channel("awg1", "ch1"), Channel("lo1"), 2)
    assert (port.mixer.gain, port.mixer.offset_i_v, port.mixer.offset_q_v) == (1.02, 0.002, 0.0)
    assert str(rack.triggers["awg1"].source) == "trig.a"
    assert (rack.readout["q1"].qubit, rack.readout["q1"].angle_rad) == (1, 0.3)


def test_id_is_of_the_content(read: Rack, tmp_path: Path) -> None:
    """Comments, order, spelling of numbers and the file's name do not change the id; any value does."""
    first = read(GOOD)
    assert first.id.startswith("rack-")
    assert read("# moved\n" + GOOD.replace("1e-9", "0.000000001")).id == first.id
    (tmp_path / "other.toml").write_text(GOOD)
    assert read_rack(tmp_path / "other.toml").id == first.id
    for before, after in (("1.02", "1.03"), ("channels = 4", "channels = 8"), ("trig.a", "trig.b"), ("15]", "16]")):
        assert read(GOOD.replace(before, after)).id != first.id


def test_all_mistakes_come_at_once(read: Rack) -> None:
    """Every wrong key and value is named, each with its path, its line and what to write."""
    text = """dt = 1e-9
[instruments.lo1]
driver = "rohde_schwarz_sgs100a"
adress = "TCPIP::10.0.0.6::INSTR"
timeout_s = -1
safe = { power_dbm = "ten", frequency_hz = [9e9, 1e9] }
[ports.q0]
qubits = [0, 0]
i = "awg1:ch1"
mixer = { phse = 1 }
delay_s = "30 ns"
[readout.q1]
threshold = true
"""
    found = mistakes(read, text)
    assert found["dt"] == (1, found["dt"][1])
    assert "Did you mean 'dt_s'?" in found["dt"][1]
    assert "Did you mean 'address'?" in found["instruments.lo1.adress"][1]
    assert found["instruments.lo1.adress"][0] == 4
    assert found["instruments.lo1.address"][1].startswith("is missing. Give one: address = ")
    assert found["instruments.lo1.timeout_s"] == (5, "is -1. Give a number above 0, in seconds.")
    assert found["instruments.lo1.safe.power_dbm"][0] == 6
    assert "lowest and the highest value in dBm: [low, high]" in found["instruments.lo1.safe.power_dbm"][1]
    assert "the highest comes first. Write [1e+09, 9e+09]." in found["instruments.lo1.safe.frequency_hz"][1]
    assert "Give different physical qubits" in found["ports.q0.qubits"][1]
    assert '"awg1.ch2"' in found["ports.q0.i"][1]
    assert "Did you mean 'phase_rad'?" in found["ports.q0.mixer.phse"][1]
    assert found["ports.q0.delay_s"] == (11, 'is "30 ns", which is no number. Give a number in seconds: 30e-9.')
    assert found["readout.q1.threshold"] == (13, "is true, which is no number. Give a number, without quotes.")
    assert len(found) == 11


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("[instrument.lo1]\n", "instrument", "Did you mean 'instruments'?"),
        ("instruments = 3\n", "instruments", "Write tables: [instruments.NAME]."),
        ("[instruments]\nlo1 = 3\n", "instruments.lo1", "Write a table: [instruments.lo1]."),
        ('[instruments."lo 1"]\n', "instruments.lo 1", "Use letters, digits and _"),
        ("[readout.0]\n", "readout.0", "[readout.q0]"),
        ("[triggers.awg1]\ninstrument = 'x'\nsource = 't.a'\n", "triggers.awg1.instrument", "is no key"),
        ("path = 'x'\n", "path", "is no key"),
        ("dt_s = nan\n", "dt_s", "Give a finite number."),
        ("dt_s = 0\n", "dt_s", "Give a number above 0 and at most 1, in seconds."),
        ("granularity_ticks = 1.5\n", "granularity_ticks", "Give a whole number of ticks."),
        ("name = 5\n", "name", "Write it in quotes."),
        ("[ports.a]\nis_multiplexed = 1\n", "ports.a.is_multiplexed", "Write true or false"),
        ("[ports.a]\nmax_amplitude = 1.5\n", "ports.a.max_amplitude", "above 0 and at most 1"),
        ("[ports.a]\nmixer = 1\n", "ports.a.mixer", "Write a table"),
    ],
)
def test_each_kind_of_mistake_says_what_to_write(read: Rack, text: str, path: str, words: str) -> None:
    """The one mistake has its path and its remedy."""
    found = mistakes(read, text)
    assert list(found) == [path]
    assert words in found[path][1]


def test_text_that_is_no_toml_names_the_line(read: Rack) -> None:
    """The parser's complaint comes with line, column and the line's text."""
    with pytest.raises(RackFileError, match=r"lab.toml: line 2: no TOML, column 10: .*\n.*instruments.lo1"):
        read("dt_s = 1e-9\n[instrum instruments.lo1]\n")
    with pytest.raises(RackFileError, match=r"line 2: no TOML.*overwrite"):
        read("dt_s = 1e-9\ndt_s = 2e-9\n")
    with pytest.raises(RackFileError, match="line 1: no TOML"):
        read("dt_s = ")


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt file name is answered with the one that is there."""
    (tmp_path / "lab.toml").write_text("")
    with pytest.raises(RackFileError, match=r"no such file.*\n.*Did you mean 'lab.toml'"):
        read_rack(tmp_path / "lba.toml")
    with pytest.raises(RackFileError, match=r"cannot be read"):
        read_rack(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(RackFileError, match="UTF-8"):
        read_rack(tmp_path / "latin.toml")


def test_error_survives_a_copy(read: Rack) -> None:
    """Mistakes are kept when the error crosses a process boundary."""
    with pytest.raises(RackFileError) as caught:
        read("dt = 1\nx = 2\n")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert copied.mistakes == caught.value.mistakes
    assert str(copied) == str(caught.value)
