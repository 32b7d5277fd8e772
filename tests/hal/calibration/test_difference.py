# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from qiskit.circuit import Parameter

from feedline_hal import (
    Calibration,
    CalibrationSet,
    Delay,
    Frame,
    Play,
    Schedule,
    ShiftFrequency,
    ShiftPhase,
    Waveform,
)
from feedline_hal.calibration.change_text import change_text, value_text

THETA = Parameter("theta")


def one(*items: Any, **more: Any) -> CalibrationSet:
    schedule = items[0] if isinstance(items[0], Schedule) else Schedule.left(*items)
    return CalibrationSet.of([Calibration(**{"gate": "sx", "qubits": [1], "schedule": schedule, **more})])


def test_amplitude_reads_as_a_person_would_write_it(lab) -> None:
    text = str(lab().diff(lab(amplitude=0.119)))
    assert text.splitlines() == ["sx q0: amplitude 0.1182 → 0.1190", "sx q1: amplitude 0.1182 → 0.1190"]


def test_frame_is_reported_once_not_at_each_gate(lab) -> None:
    text = str(lab().diff(lab(frequency_hz=5.1003e9)))
    assert text.splitlines() == [
        "frame q0_drive_frame: frequency 5.1000 GHz → 5.1003 GHz",
        "frame q1_drive_frame: frequency 5.1000 GHz → 5.1003 GHz",
    ]


def test_added_and_removed_are_named(lab) -> None:
    cals = lab()
    fewer = CalibrationSet.of([one for one in cals.calibrations if one.gate != "cz" and one.qubits != (1,)])
    assert str(fewer.diff(cals)).splitlines()[-1] == "cz q0 q1: added"
    gone = str(cals.diff(fewer)).splitlines()
    assert {"port q1_drive: removed", "frame q1_drive_frame: removed", "rz(theta) q1: removed"} <= set(gone)


def test_nothing_changed_is_false(lab) -> None:
    same = lab().diff(lab(theta="phi"))
    assert not same
    assert str(same) == "No difference."
    assert lab().diff(lab(amplitude=0.2))


def play(frame: Frame, sigma_ns: float = 8, amplitude: Any = 0.1) -> Play:
    return Play(frame, Waveform.gaussian(32e-9, amplitude, sigma_s=sigma_ns * 1e-9))


def test_one_of_several_plays_is_named_by_number(drive: Frame) -> None:
    before, after = one(play(drive), play(drive)), one(play(drive), play(drive, 9))
    assert str(before.diff(after)) == "sx q1: play 2 on q0_drive_frame: sigma 8 ns → 9 ns"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (lambda f: [play(f)], lambda f: [play(f)] * 2, "sx q1: 1 instruction → 2"),
        (lambda f: [play(f)] * 3, lambda f: [play(f)] * 4, "sx q1: 3 instructions → 4"),
        (lambda f: [play(f), play(f)], lambda f: [play(f), Delay(1e-9, f)], "play 2 on q0_drive_frame: play → delay"),
        (lambda f: [Delay(8e-9, f)], lambda f: [Delay(12e-9, f)], "delay on q0_drive_frame: duration 8 ns → 12 ns"),
        (lambda f: [ShiftPhase(f, 0.1)], lambda f: [ShiftPhase(f, 0.25)], "phase 0.10 rad → 0.25 rad"),
        (lambda f: [ShiftFrequency(f, 1e6)], lambda f: [ShiftFrequency(f, 1.5e6)], "frequency 1.0 MHz → 1.5 MHz"),
        (
            lambda f: [Schedule.left(play(f))],
            lambda f: [Schedule.right(play(f))],
            "sx q1: alignment left → right",
        ),
        (
            lambda f: [play(f), play(f)],
            lambda f: [Schedule.left(play(f), Schedule.right(play(f)))],
            "alignment left → left(1, right)",
        ),
        (
            lambda f: [play(f)],
            lambda f: [Play(f, Waveform.drag(32e-9, 0.1, sigma_s=8e-9, beta_s=0.2e-9))],
            "sx q1: shape gaussian → drag\nsx q1: beta none → 0.2 ns",
        ),
        (
            lambda f: [Play(f, Waveform.sampled([0.1, 0.2, 0.3], rate_hz=1e9))],
            lambda f: [Play(f, Waveform.sampled([0.1, 0.25, 0.3], rate_hz=1e9))],
            "sx q1: 1 of 3 samples, by at most 0.05",
        ),
        (
            lambda f: [Play(f, Waveform.constant(4e-9, 0.1).then(Waveform.constant(4e-9, 0.2)))],
            lambda f: [Play(f, Waveform.constant(4e-9, 0.1).then(Waveform.constant(4e-9, 0.3)))],
            "sx q1: part 2: amplitude 0.2 → 0.3",
        ),
        (lambda f: [play(f, amplitude=0.1j)], lambda f: [play(f, amplitude=0.2)], "amplitude 0.0+0.1j → 0.2"),
    ],
)
def test_line_says_what_changed(drive: Frame, before: Any, after: Any, line: str) -> None:
    assert line in str(one(*before(drive)).diff(one(*after(drive))))


def test_expressions_are_shown_with_the_names_of_the_first(drive: Frame) -> None:
    phi = Parameter("phi")
    before = one(play(drive, amplitude=0.1 * THETA), gate="rx", arguments=[THETA])
    after = one(play(drive, amplitude=0.2 * phi), gate="rx", arguments=[phi])
    same = one(play(drive, amplitude=0.1 * phi), gate="rx", arguments=[phi])
    assert str(before.diff(after)) == "rx(theta) q1: amplitude 0.1*theta → 0.2*theta"
    assert not before.diff(same)


def test_bounds_bits_and_error_are_compared(drive: Frame) -> None:
    before = one(play(drive), gate="rx", arguments=[THETA], error=1e-3)
    after = one(play(drive), gate="rx", arguments=[THETA], error=2e-3, bounds=[(0, 1)])
    assert str(before.diff(after)).splitlines() == [
        "rx(theta) q1: error 0.001 → 0.002",
        "rx(theta) q1: bounds none → 0 to 1",
    ]


def test_difference_is_json(lab) -> None:
    before, after = lab(), lab(amplitude=0.119j)
    told = json.loads(json.dumps(before.diff(after).to_dict()))
    assert (told["before"], told["after"]) == (before.id, after.id)
    assert told["changed"][0] == {
        "label": "sx q0",
        "details": [{"where": "", "what": "amplitude", "before": 0.1182, "after": {"re": 0.0, "im": 0.119}}],
    }


def test_every_change_of_content_is_seen(lab) -> None:
    cals = lab()
    changed = [attrs.evolve(cals, calibrations=cals.calibrations[1:]), lab(amplitude=0.1183), CalibrationSet()]
    for other in changed:
        assert other != cals
        assert cals.diff(other)


@pytest.mark.parametrize(
    ("what", "before", "after", "text"),
    [
        ("amplitude", 0.1182, 0.1190, "0.1182 → 0.1190"),
        ("amplitude", 0.1182, 0.1182 + 1e-9, "0.118200000 → 0.118200001"),
        ("amplitude", 0.123456789, 0.2, "0.1235 → 0.2000"),
        ("duration_s", 24e-9, 28e-9, "24 ns → 28 ns"),
        ("duration_s", 24e-9, 24.5e-9, "24.0 ns → 24.5 ns"),
        ("frequency_hz", 5.1e9, 5.1003e9, "5.1000 GHz → 5.1003 GHz"),
        ("frequency_hz", 5.1e9, 5.1e9 + 1, "5.100000000 GHz → 5.100000001 GHz"),
        ("frequency_hz", 250.0, 300.0, "250 Hz → 300 Hz"),
        ("error", 1e-4, 2e-4, "0.0001 → 0.0002"),
        ("sigma_s", None, 8e-9, "none → 8 ns"),
    ],
)
def test_digits_are_enough_to_see_the_change_and_no_more(what: str, before: Any, after: Any, text: str) -> None:
    assert change_text(what, before, after) == text


def test_single_values_have_units() -> None:
    assert [value_text("duration_s", 24e-9), value_text("frequency_hz", 7.1e9)] == ["24 ns", "7.1 GHz"]
    assert [value_text("amplitude", 0.1 + 0.2j), value_text("phase_rad", 0.5)] == ["0.1+0.2j", "0.5 rad"]
