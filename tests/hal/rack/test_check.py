# SPDX-License-Identifier: Apache-2.0
"""A rack file is checked as a whole, offline: a right one is clean, each wrong thing is named with its remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedline.plugin_host import PluginHost
from feedline.registry import DriverEntry
from feedline_hal.drawing.wiring_layout import wiring_scene
from feedline_hal.drawing.wiring_tree import wiring_tree
from feedline_hal.rack.check import check_rack
from feedline_hal.rack.mistake import RackFileError
from feedline_hal.rack.schema import RackSpec

from .drivers import ENTRIES, RACK, PaperDigitizer

Rack = Callable[[str], RackSpec]
Span = tuple[int, int]

BIAS = """[instruments.bias]
driver = "yokogawa_gs200"
address = "TCPIP::10.0.0.9::inst0::INSTR"
settings.range_v = 5
safe = { level_v = [-1, 1], level_v_per_s = [0, 0.25] }

[ports.q0_drive]"""
SLOW = BIAS.replace("range_v = 5", "range_v = 1").replace("[0, 0.25]", "[0.1, 0.25]")
WRONG = [
    ("[ports.q0_drive]", SLOW, "instruments.bias.safe.level_v_per_s", "Write [0, 0.25]."),
    ("settings.power_dbm = 10", "settings.is_on = 0.5", "instruments.lo.settings.is_on", "Give one of 0, 1."),
    ("[ports.q0_drive]", BIAS, "instruments.bias.settings.range_v", "Give one of 0.01, 0.1, 1, 10, 30."),
    ('ttyUSB0::INSTR"', 'ttyUSB0::INSTR"\nlibrary = "@ivi"', "instruments.trig.address", "Leave out library."),
    ('::4000::SOCKET"', '::4000::SOCKET"\nbaud = 9600', "instruments.awg.baud", "Leave it out."),
    ('ttyUSB0::INSTR"', 'ttyUSB0::INSTR"\nbaud = -1', "instruments.trig.baud", "Give bits per second"),
    ('::4000::SOCKET"', '::4000::SOCKET"\nlibrary = ""', "instruments.awg.address", "leave it out for pyvisa-py"),
    ('"paper_sequencer"', '"paper_sequencr"', "instruments.awg.driver", "Did you mean 'paper_sequencer'?"),
    ('"paper_sequencer"', '"vendor_box"', "instruments.awg.driver", "needs no_such_vendor_sdk, not installed"),
    ('"paper_sequencer"', '"eager_sequencer"', "instruments.awg.options", "before it is connected"),
    ("channels = 3", "channels = 9", "instruments.awg.options", "It has up to 4."),
    ("TCPIP::127.0.0.1::hislip0::INSTR", "127.0.0.1", "instruments.scope.address", "is no address of an"),
    ("::4000::SOCKET", "::70000::SOCKET", "instruments.awg.address", "Use 1 to 65535."),
    ("::4000::SOCKET", "::5025::SOCKET", "instruments.lo.address", "is that of 'awg' too."),
    ("settings.power_dbm = 10", "settings.power_dmb = 10", "instruments.lo.settings.power_dmb", "'power_dbm'?"),
    ("settings.power_dbm = 10", "settings.power_dbm = 30", "instruments.lo.settings.power_dbm", "-120 to 25 dBm"),
    ("settings.power_dbm = 10", "settings.power_dbm = 20", "instruments.lo.settings.power_dbm", "range is from -30"),
    ("ch1_amplitude_v = 0.2", "ch1_voltage_v = 0.2", "instruments.awg.settings.ch1_voltage_v", "is no setting"),
    ("safe.ch3_voltage_v", "safe.ch4_voltage_v", "instruments.awg.safe.ch4_voltage_v", "Did you mean"),
    ("power_dbm = [-30, 13]", "power_dbm = [-30, 33]", "instruments.lo.safe.power_dbm", "Stay within -120 to 25 dBm."),
    (", power_dbm = [-30, 13]", "", "instruments.lo.safe", "has no range for power_dbm."),
    ('q = "awg.ch2"', "", "ports.q0_drive.i", "is given without q."),
    ('channel = "awg.ch3"', 'channel = "awg.ch3"\ni = "awg.ch2"', "ports.readout.channel", "is given beside i."),
    ('capture = "scope.ch1"', 'capture = "awg.ch1"', "ports.readout.capture", "is no digitizer"),
    ('channel = "awg.ch3"', 'channel = "lo"', "ports.readout.channel", "Instruments of this rack that can: awg."),
    ('channel = "awg.ch3"', 'channel = "agw.ch3"', "ports.readout.channel", "Did you mean 'awg'?"),
    ('channel = "awg.ch3"', 'channel = "awg.ch8"', "ports.readout.channel", "Channels of 'awg': ch1, ch2, ch3"),
    ('channel = "awg.ch3"', 'channel = "awg.ch1"', "ports.readout.channel", "which ports.q0_drive.i uses too"),
    ('lo = "lo"', 'lo = "l0"', "ports.q0_drive.lo", "Did you mean 'lo'?"),
    ('lo = "lo"', 'lo = "lo.a"', "ports.q0_drive.lo", 'has no a_frequency_hz. Write "lo".'),
    ('lo = "lo"', 'lo = "trig"', "ports.q0_drive.lo", "Name a microwave source."),
    ("lo_frequency_hz = 5e9", "lo_frequency_hz = 7e9", "ports.q0_drive.lo_frequency_hz", "4e+09 to 6e+09 hertz"),
    ("lo_frequency_hz = 5e9", "", "ports.q0_drive.lo_frequency_hz", "is missing."),
    ("lo_frequency_hz = 5e9", "lo_frequency_hz = 5.1e9", "ports.readout.lo_frequency_hz", 'the same output "lo"'),
    ("settings.power_dbm = 10", "settings.frequency_hz = 4.5e9", "instruments.lo.settings.frequency_hz", "says 5000"),
    ("[4.6e9, 5.4e9]", "[4.6e9, 5.6e9]", "ports.q0_drive.frequency_range_hz", "Stay within 4.5e+09 to 5.5e+09"),
    ("ch1_amplitude_v = 0.2", "ch1_amplitude_v = 0.3", "instruments.awg.settings.ch1_amplitude_v", "not safe"),
    ("ch2_amplitude_v = 0.2", "ch2_amplitude_v = 0.1", "ports.q0_drive.q", "0.1 V; i is \"awg.ch1\", with 0.2 V"),
    (", ch2_amplitude_v = 0.2", "", "ports.q0_drive.q", "Give both the same amplitude_v, or neither"),
    ("gain = 1.1", "gain = 0.6", "instruments.awg.settings.ch2_amplitude_v", "take awg.ch2 from -0.33"),
    ("rate_hz = 1e9", "rate_hz = 1.5e9", "instruments.awg.settings.rate_hz", "1.5 samples a tick."),
    ("rate_hz = 1e9", "rate_hz = 5e8", "instruments.awg.settings.rate_hz", "0.5 samples a tick."),
    ("dt_s = 1e-9", "dt_s = 1e-10", "instruments.awg.settings.rate_hz", "0.1 samples a tick."),
    ('digitizer"', 'digitizer"\nsettings.rate_hz = 6e8', "instruments.scope.settings.rate_hz", "It has 500000000,"),
    ('[triggers.scope]\nsource = "trig.b"', "", "triggers.scope", 'Add [triggers.scope] with source = "trig.a".'),
    ('"trig.b"', '"trig.c"', "triggers.scope.source", 'It has "trig.a", "trig.b".'),
    ('"trig.b"', '"awg.ch1"', "triggers.scope.source", "is no coordinator"),
    ('"trig.b"', '"tirg.b"', "triggers.scope.source", "Did you mean 'trig'?"),
    ('"trig.b"', '"trig.a"\nwidth_s = 2e-6', "triggers.scope", "another delay or width than triggers.awg"),
    ('"trig.b"', '"trig.b"\nwidth_s = 1', "triggers.scope.width_s", "It does 1e-08 to 0.001 seconds."),
    ("[triggers.scope]", "[triggers.scoop]\nsource = 'trig.b'\n[triggers.scope]", "triggers.scoop", "'scope'?"),
    ("repetition_s = 1e-4", "repetition_s = 2", "repetition_s", "'trig' does 1e-06 to 1 seconds."),
    ("[readout.q0]", "[readout.q3]", "readout.q3", "Qubits of the ports: q0."),
    ("dt_s = 1e-9", 'dt_s = 1e-9\ncalibrations = "none.qasm"', "calibrations", "none.qasm"),
]  # fmt: skip


def test_right_rack_is_clean(read: Rack) -> None:
    """What is wired right has no mistake."""
    assert check_rack(read(RACK), ENTRIES) == []


@pytest.mark.parametrize(("before", "after", "path", "words"), WRONG)
def test_each_wrong_thing_is_named(read: Rack, before: str, after: str, path: str, words: str) -> None:
    """The mistake has its path, the line that it is on, and says what to do."""
    assert before in RACK
    found = check_rack(read(RACK.replace(before, after, 1)), ENTRIES)
    assert path in [item.path for item in found]
    said = next(item for item in found if item.path == path)
    assert words in f"{said.what} {said.remedy}"


def test_all_come_at_once_in_the_order_of_lines(read: Rack) -> None:
    """Mistakes of different rules are told together."""
    text = RACK.replace("-30, 13", "-30, 33").replace('"trig.b"', '"trig.c"').replace("rate_hz = 1e9", "rate_hz = 3e9")
    found = check_rack(read(text), ENTRIES)
    assert [item.path for item in found] == [
        "instruments.awg.settings.rate_hz", "instruments.awg.settings.rate_hz", "instruments.lo.safe.power_dbm",
        "triggers.scope.source",
    ]  # fmt: skip
    lines = text.splitlines()
    assert [lines[item.line - 1].split(" =")[0] for item in found] == ["settings", "settings", "safe", "source"]


def test_missing_safe_ranges_are_shown_as_lines_to_paste(read: Rack) -> None:
    """Each missing quantity comes with its own limits; the numbers are left to a person."""
    (found,) = check_rack(
        read(RACK.replace("safe = { frequency_hz = [4e9, 6e9], power_dbm = [-30, 13] }", "")), ENTRIES
    )
    assert found.path == "instruments.lo.safe"
    assert "has no range for frequency_hz, power_dbm." in found.what
    assert "Add to [instruments.lo.safe]" in found.remedy
    assert "frequency_hz = [LOW, HIGH]  # the instrument: from 1000000 to 1.275e+10 hertz" in found.remedy


def test_second_coordinator_is_refused(read: Rack) -> None:
    """One instrument starts every shot."""
    more = '[instruments.trig2]\ndriver = "paper_coordinator"\naddress = "ASRL/dev/ttyUSB1::INSTR"\n'
    (found,) = check_rack(read(RACK + more), ENTRIES)
    assert (found.path, found.what) == ("instruments.trig2", "is a second coordinator, beside 'trig'.")


def test_port_that_is_wired_to_nothing_is_refused(read: Rack) -> None:
    """An empty port is a mistake."""
    found = check_rack(read(RACK + "[ports.flux]\nqubits = [0]\n"), ENTRIES)
    assert [(item.path, item.what) for item in found] == [("ports.flux", "is wired to nothing.")]


def test_options_that_a_driver_does_not_take_are_refused(read: Rack) -> None:
    """No option is ignored."""
    text = RACK.replace('driver = "paper_digitizer"', 'driver = "paper_digitizer"\noptions.fast = true')
    (found,) = check_rack(read(text), ENTRIES)
    assert (found.path, found.remedy) == ("instruments.scope.options", "Leave them out.")


def test_installed_drivers_are_the_default(read: Rack) -> None:
    """Without drivers given, those that plugins offer count."""
    found = check_rack(read(RACK))
    assert [item.path for item in found] == [f"instruments.{name}.driver" for name in ("awg", "scope", "trig")]
    assert all("Available:" in item.remedy for item in found)


def test_plugin_that_failed_is_named_where_a_driver_is_missing(read: Rack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver may be what it would have offered."""
    broken = PluginHost()
    monkeypatch.setenv("FEEDLINE_PLUGINS", "/nowhere/paper_driver.py")
    broken.discover()
    monkeypatch.setattr("feedline.front_door.host", lambda: broken)
    found = check_rack(read(RACK))
    assert "Plugins that failed to load: 'paper_driver.py'; `feedline plugins` says why." in found[0].remedy


CAL = """OPENQASM 3.0;
defcalgrammar "openpulse";
cal {{
  port {port};
  frame tone = newframe({port}, {frequency}, 0.0);
}}
defcal x $0 {{ play(tone, constant(0.1, 100ns)); }}
defcal measure $0 -> bit {{ return capture_v2(tone, constant(1.0, 100ns)); }}
"""


@pytest.mark.parametrize(
    ("port", "frequency", "words"),
    [
        ("readout", "5.1e9", ()),
        ("reedout", "5.1e9", ("plays on port 'reedout'", "Did you mean 'readout'?")),
        ("readout", "4.9e9", ("frame 'tone' on ports.readout at 4.9e+09", "reaches 5e+09 to 5.5e+09")),
        ("q0_drive", "5.1e9", ("captures on ports.q0_drive (measure q0), which has no digitizer", "a capture")),
    ],
)
def test_calibrations_fit_the_rack(read: Rack, port: str, frequency: str, words: tuple[str, ...]) -> None:
    """Ports exist, frames are within range, captures have a digitizer."""
    spec = read('calibrations = "cal.qasm"\n' + RACK)
    (spec.path.parent / "cal.qasm").write_text(CAL.format(port=port, frequency=frequency))
    found = check_rack(spec, ENTRIES)
    if not words:
        assert found == []
        return
    (only,) = found
    assert only.path == "calibrations"
    assert only.line == 1
    assert all(part in f"{only.what} {only.remedy}" for part in words)


def test_calibrations_beyond_the_digitizer_or_the_qubits_are_refused(read: Rack) -> None:
    """A record that is sampled too slowly, and a gate of a qubit that the rack does not have, are named."""
    slow = RACK.replace('digitizer"', 'digitizer"\nsettings.rate_hz = 5e8')
    spec = read('calibrations = "cal.qasm"\n' + slow)
    text = CAL.format(port="readout", frequency="5.3e9")
    (spec.path.parent / "cal.qasm").write_text(text.replace("defcal x $0", "defcal x $3"))
    records, qubits = check_rack(spec, ENTRIES)
    assert "records frame 'tone' 300000000 hertz from the local oscillator of ports.readout" in records.what
    assert records.remedy == "'scope' sees up to half its rate_hz, 250000000 hertz."
    assert (qubits.what, qubits.remedy) == ("has gates of qubit 3.", "Ports of the rack have 1, from 0.")


def test_driver_that_connects_itself_has_addresses_of_its_own(read: Rack) -> None:
    """What wraps another framework's instrument may be found in other ways than VISA's."""

    class Wrapped(PaperDigitizer):
        connect = None

    entries = {**ENTRIES, "paper_digitizer": DriverEntry(name="paper_digitizer", make=lambda: Wrapped)}
    assert check_rack(read(RACK.replace("TCPIP::127.0.0.1::hislip0::INSTR", "station:scope")), entries) == []


def test_calibrations_that_cannot_be_read_say_why(read: Rack, tmp_path: Path) -> None:
    """Line and column of the OpenPulse text come through; the file is looked for beside the rack file."""
    spec = read('calibrations = "cal.qasm"\n' + RACK)
    (tmp_path / "cal.qasm").write_text("OPENQASM 3.0;\ncal {\n  port 3;\n}\n")
    (found,) = check_rack(spec, ENTRIES)
    assert "line 3" in found.what


VALUES = [
    "0",
    "-1",
    "1e300",
    "nan",
    "true",
    '""',
    '"awg"',
    '"lo.a"',
    '"awg.ch99"',
    "[]",
    "[1, 0]",
    "[0, 1]",
    "{}",
    "{ a = 1 }",
]
PLACES = [found.span(1) for found in re.finditer(r" = (\S[^\n]*?)(?=\n|, ch| }$)", RACK)]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=st.sampled_from(VALUES), second=st.sampled_from(PLACES))
def test_no_value_anywhere_breaks_check_or_picture(read: Rack, place: Span, value: str, second: Span) -> None:
    """Whatever stands in a place, it is read, checked and drawn, or told as a mistake."""
    text = RACK
    for start, end in sorted({place, second}, reverse=True):
        text = text[:start] + value + text[end:]
    try:
        spec = read(text)
    except RackFileError as error:
        found = list(error.mistakes)
    else:
        found = check_rack(spec, ENTRIES)
        assert wiring_scene(spec).boxes
        assert wiring_tree(spec).children
    assert all(item.what and item.remedy for item in found)


@pytest.mark.parametrize(
    ("frequency", "rate", "words"),
    [
        ("5.0e9", "1e9", "on scope.ch1 at an intermediate frequency of 0 hertz, 0 hertz beside its own mirror image"),
        ("5.247e9", "5e8", "on scope.ch1 at an intermediate frequency of 247000000 hertz, 6e+06 hertz beside its own"),
    ],
)
def test_a_tone_that_folds_onto_itself_is_refused(read: Rack, frequency: str, rate: str, words: str) -> None:
    """One channel has each tone at the negative frequency too: at 0 and at half the sample rate they meet."""
    spec = read('calibrations = "cal.qasm"\n' + RACK.replace('digitizer"', f'digitizer"\nsettings.rate_hz = {rate}'))
    (spec.path.parent / "cal.qasm").write_text(CAL.format(port="readout", frequency=frequency))
    (only,) = check_rack(spec, ENTRIES)
    assert words in only.what
    assert only.remedy.startswith("Move ports.readout.lo_frequency_hz by 10e6 or so")


def test_a_tone_onto_which_a_converters_image_folds_is_warned_of(read: Rack, caplog: pytest.LogCaptureFixture) -> None:
    """Played at 1 GS/s, 125 MHz is also 1125 MHz, which 1.25 GS/s record as 125 MHz of the other sign."""
    fast = RACK.replace('digitizer"', 'digitizer"\nsettings.rate_hz = 1.25e9')
    spec = read('calibrations = "cal.qasm"\n' + fast)
    for frequency, count in (("5.126e9", 1), ("5.16e9", 0)):
        caplog.clear()
        (spec.path.parent / "cal.qasm").write_text(CAL.format(port="readout", frequency=frequency))
        assert {one.path for one in check_rack(spec, ENTRIES)} == {"instruments.scope.settings.rate_hz"}
        told = [
            one.getMessage()
            for one in caplog.records
            if "its own image at the sequencer's sample rate" in one.getMessage()
        ]
        assert len(told) == count
