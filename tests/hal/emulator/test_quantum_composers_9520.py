# SPDX-License-Identifier: Apache-2.0
"""The emulated pulse generator, as its serial line shows it."""

from __future__ import annotations

import pytest
import serial

from feedline.errors import InputError
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.quantum_composers_9520 import EmulatedQuantumComposers9520


def say(instrument: EmulatedQuantumComposers9520, *messages: str) -> list[str]:
    return [instrument.process(message.encode()).decode() for message in messages]


@pytest.mark.parametrize("is_echoing", [False, True])
def test_every_command_is_answered_with_both_line_ends(is_echoing: bool) -> None:
    """The manual's examples of commands and of what comes back; an echo comes before."""
    instrument = EmulatedQuantumComposers9520(is_echoing=is_echoing)
    manner = instrument.serial_manner
    with PtyServer(instrument, manner=manner) as server, serial.Serial(server.path, timeout=5) as line:
        for said, answer in (
            (b":PULSE1:STATE ON", b"ok"),
            (b":PULSE1:STATE?", b"1"),
            (b":PULSe1:WIDTh 0.000120", b"ok"),
            (b":PULSE1:WIDT?", b"0.00012000000"),
            (b":PULSe:POL NORMal", b"ok"),
            (b":PULSE1:POL?", b"NORM"),
            (b":INST:CAT?", b"T0, CHA, CHB, CHC, CHD"),
        ):
            line.write(said + b"\r\n")
            expected = (said + b"\r\n" if is_echoing else b"") + answer + b"\r\n"
            assert line.read(len(expected)) == expected


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("PULSE1:STATE ON", "?1"), ("", "?1"), (":", "?2"), (":PULSE1", "?2"), (":PULSE1::WIDT 1", "?2"),
        (":PULSE0:TRIG DIS", "?2"), ("*", "?2"), (":PULSE1:POLAR NORM", "?3"), (":PULSE5:STATE ON", "?3"),
        (":PULSE1:PER 1", "?3"), (":FREQ 1", "?3"), ("*FOO", "?3"), (":PULSE1:STATE", "?4"), (":PULSE0:PER ", "?4"),
        (":PULSE1:STATE MAYBE", "?5"), (":PULSE0:PER 1e-9", "?5"), (":PULSE0:BCOUNTER 0", "?5"),
        (":PULSE0:BCOUNTER 10000000", "?5"), (":PULSE1:WIDT 1e-9", "?5"), (":PULSE1:WIDT x", "?5"),
        (":PULSE1:SYNC CHA", "?5"), ("*IDN", "?6"), (":INST:CAT", "?6"), ("*TRG?", "?7"), ("*RST?", "?7"),
    ],
)  # fmt: skip
def test_mistakes_are_answered_with_the_manuals_codes(message: str, answer: str) -> None:
    assert say(EmulatedQuantumComposers9520(), message) == [answer]


def test_a_burst_reaches_the_outputs_that_are_on_and_ends_by_itself() -> None:
    clock = SteppedClock()
    instrument = EmulatedQuantumComposers9520(clock=clock)
    heard: dict[str, list[Burst]] = {"a": [], "b": []}
    for output, bursts in heard.items():
        instrument.connect(output, bursts.append)
    say(instrument, ":PULSE0:MODE BURS", ":PULSE0:BCO 1000", ":PULSE0:PER 0.00025", ":PULSE1:STATE ON")
    assert say(instrument, ":PULSE0:STATE ON", ":PULSE0:STATE?", ":SYST:STAT?") == ["ok", "1", "1"]
    assert heard == {"a": [Burst(1000, 0.00025)], "b": []}
    clock.step(0.2499)
    say(instrument, ":PULSE0:STATE ON")  # it runs already
    assert say(instrument, ":PULSE0:STATE?") == ["1"]
    clock.step(0.0002)
    assert say(instrument, ":PULSE0:STATE?") == ["0"]
    assert len(heard["a"]) == 1
    say(instrument, ":PULSE0:STATE ON")
    assert len(heard["a"]) == 2
    say(instrument, ":PULSE0:STATE OFF")
    assert say(instrument, ":PULSE0:STATE?") == ["0"]


def test_a_triggered_timer_waits_for_its_trigger() -> None:
    clock, bursts = SteppedClock(), list[Burst]()
    instrument = EmulatedQuantumComposers9520(clock=clock)
    instrument.connect("A", bursts.append)
    say(instrument, ":PULSE0:MODE SING", ":PULSE0:PER 0.001", ":PULSE1:STATE ON", "*TRG", ":PULSE0:TRIG:MODE TRIG")
    say(instrument, ":PULSE0:STATE ON")
    assert bursts == []
    say(instrument, "*TRG", "*TRG")
    assert bursts == [Burst(1, 0.001)]
    clock.step(0.002)
    assert say(instrument, "*TRG", ":PULSE0:STATE?", "*RST", ":PULSE0:STATE?") == ["ok", "1", "ok", "0"]
    assert len(bursts) == 2


def test_an_output_that_it_has_not_is_refused() -> None:
    with pytest.raises(InputError, match=r"9522 has no output 'c'[\s\S]*a, b"):
        EmulatedQuantumComposers9520(channels=2).connect("c", lambda burst: None)
