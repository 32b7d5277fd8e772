# SPDX-License-Identifier: Apache-2.0
"""The emulated oscilloscope, asked message by message."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.tektronix_mso import EmulatedMso
from feedline_hal.emulator.tektronix_register import engineering
from feedline_hal.emulator.tones import Tone, Tones

FRAMES = (
    *("HORizontal:MODe MANual", "HOR:SAMPLER 1.25e9", "HOR:RECO 1000", "HOR:FAST:STATE ON", "HOR:FAST:COUN 6"),
    *("HOR:DEL:TIM 400e-9", "TRIG:A:MOD NORM", "ACQ:STOPA SEQ", "CH1:TER 50", "CH1:SCA 0.05"),
    *("DAT:ENC SRI", "DAT:WID 2", "DAT:STOP 1000"),
)


@pytest.fixture
def scope() -> EmulatedMso:
    signal = Tones([Tone(1, 50e6, 0.1, 0.3, 0), Tone(2, 70e6, 0.3, 0.0, 1)])
    scope = EmulatedMso(channels=4, signal=signal, clock=SteppedClock(), memory_samples=100_000)
    _tell(scope, "HEADer OFF", *FRAMES)
    return scope


def _tell(scope: EmulatedMso, *commands: str) -> None:
    for command in commands:
        assert scope.process(command.encode()) is None, command
    assert len(scope.errors) == 0, scope.errors.pop()


def _ask(scope: EmulatedMso, query: str) -> str:
    reply = scope.process(query.encode())
    assert reply is not None, (query, scope.process(b"*ESR?"), scope.process(b"ALLEv?"))
    return reply.decode("latin-1")


def _record(scope: EmulatedMso, count: int = 6) -> None:
    _tell(scope, "ACQ:STATE RUN")
    scope.triggered(Burst(count, 1e-5))
    scope.clock.wait(1e-3, scope.interrupt)


def test_settings_are_read_back_as_the_instrument_prints_them(scope: EmulatedMso) -> None:
    """Numbers in steps of a thousand, words in full or short, with or without their header."""
    assert _ask(scope, "*IDN?").startswith("TEKTRONIX,MSO54,")
    assert float(_ask(scope, "HOR:SAMPLER?")) == 1.25e9
    assert _ask(scope, "ACQ:STOPA?") == "SEQUENCE"
    _tell(scope, "VERBose OFF")
    assert _ask(scope, "ACQ:STOPA?") == "SEQ"
    _tell(scope, "HEADer ON")
    assert _ask(scope, "hor:fast:coun?") == ":HORIZONTAL:FASTFRAME:COUNT 6"
    assert _ask(scope, "CH3:TERMINATION?").startswith(":CH3:TERMINATION ")
    assert engineering(15.625e-6) == "15.6250000E-6"
    assert (engineering(1.25e9), engineering(0), engineering(-0.05)) == ("1.25000000E+9", "0.0E+0", "-50.0000000E-3")


def test_errors_can_be_read_once_the_event_status_was(scope: EmulatedMso) -> None:
    """There is no SYSTem:ERRor; codes have no sign."""
    assert scope.process(b"*CLS") is None
    assert scope.process(b"SYST:ERR?") is None
    scope.process(b"HOR:FAST:COUN 101")
    assert _ask(scope, "ALLEv?") == '1,"No events to report - new events pending *ESR?"'
    assert _ask(scope, "*ESR?") == "48"
    assert _ask(scope, "EVQty?") == "2"
    assert _ask(scope, "EVMsg?") == '113,"Undefined header"'
    assert _ask(scope, "ALLEv?") == '222,"Data out of range"'
    assert _ask(scope, "ALLEv?") == '0,"No events to report - queue empty"'


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("CH5:SCALE 0.1", 114),
        ("CH1:SCALE 2", 222),
        ("CH1:SCALE 1e-6", 222),
        ("HOR:RECO 500", 222),
        ("HOR:RECO 100001", 222),
        ("DATA:SOURCE CH7", 224),
        ("TRIG:A:EDGE:SOU NOWHERE", 224),
        ("DATA:WIDTH 3", 222),
    ],
)
def test_what_it_cannot_do_is_an_error(scope: EmulatedMso, command: str, code: int) -> None:
    scope.process(b"*CLS")
    assert scope.process(command.encode()) is None
    assert int(_ask(scope, "*ESR?")) & (16 | 32)
    assert _ask(scope, "EVENT?") == str(code)


def test_settings_depend_on_each_other(scope: EmulatedMso) -> None:
    """The nearest rate, fewer frames if longer ones do not fit, no record length in automatic mode."""
    _tell(scope, "HOR:SAMPLER 1.2e9", "HOR:FAST:COUN 100", "HOR:RECO 25000")
    assert float(_ask(scope, "HOR:SAMPLER?")) == 1.25e9
    assert _ask(scope, "HOR:FAST:COUN?") == _ask(scope, "HOR:FAST:MAXFR?") == "4"
    _tell(scope, "HOR:MOD AUTO")
    scope.process(b"HOR:RECO 1000")
    assert scope.errors.pop().code == -221


def test_a_sequence_takes_as_many_frames_as_asked_for_and_ends(scope: EmulatedMso) -> None:
    """Triggers before it was started and after it ended are ignored."""
    _tell(scope, "ACQ:STATE STOP")
    scope.triggered(Burst(3, 1e-5))
    assert _ask(scope, "TRIG:STATE?") == "SAVE"
    _tell(scope, "ACQ:STATE RUN")
    assert _ask(scope, "TRIG:STATE?;:ACQ:STATE?;:ACQ:NUMFRAMESACQ?") == "READY;1;0"
    scope.triggered(Burst(4, 1e-5))
    assert scope.is_busy
    scope.clock.wait(25e-6, scope.interrupt)
    assert _ask(scope, "TRIG:STATE?;:ACQ:STATE?;:ACQ:NUMFRAMESACQ?") == "TRIGGER;1;3"
    scope.triggered(Burst(40, 1e-5))
    scope.clock.wait(1e-3, scope.interrupt)
    assert _ask(scope, "TRIG:STATE?;:ACQ:STATE?;:ACQ:NUMFRAMESACQ?") == "SAVE;0;6"


def test_a_curve_has_a_block_for_each_frame(scope: EmulatedMso) -> None:
    """Numbers times YMULT are the voltages, to half a step of 12 bits."""
    _record(scope)
    _tell(scope, "DAT:FRAMESTAR 2", "DAT:FRAMESTOP 4")
    reply = scope.process(b"CURVe?")
    assert reply is not None
    assert len(reply) == 3 * 2006 + 2
    blocks = [reply[begin : begin + 2006] for begin in (0, 2007, 4014)]
    assert [block[:6] for block in blocks] == [b"#42000"] * 3
    assert reply[2006:2007] == reply[4013:4014] == b";"
    numbers = np.array([np.frombuffer(block[6:], "<i2") for block in blocks])
    assert not (numbers % 16).any()
    level_v = float(_ask(scope, "WFMO:YMU?"))
    assert level_v == pytest.approx(0.05 / 6400)
    times_s = np.arange(1000) / 1.25e9
    sign = np.array([-1, 1, -1])[:, None]
    np.testing.assert_allclose(
        numbers * level_v, sign * 0.1 * np.cos(2 * np.pi * 50e6 * times_s + 0.3), atol=8.01 * level_v
    )
    assert float(_ask(scope, "WFMO:XIN?")) == pytest.approx(0.8e-9)
    assert _ask(scope, "WFMO:NR_P?;:WFMO:PT_O?;:WFMO:YOF?;:WFMO:YZE?") == "1000;0;0.0E+0;0.0E+0"


@pytest.mark.parametrize(
    ("encoding", "dtype"), [("SRIbinary", "<i2"), ("RIBinary", ">i2"), ("SRPbinary", "<u2"), ("RPBinary", ">u2")]
)
def test_encodings_hold_the_same_voltages(scope: EmulatedMso, encoding: str, dtype: str) -> None:
    _record(scope)
    _tell(scope, f"DATa:ENCdg {encoding}", "DAT:FRAMESTOP 1", "DAT:STAR 11", "DAT:STOP 20")
    reply = scope.process(b"CURVe?")
    assert reply is not None
    numbers = np.frombuffer(reply[4:], dtype).astype(int) - float(_ask(scope, "WFMO:YOFf?"))
    volts = numbers * float(_ask(scope, "WFMO:YMUlt?"))
    np.testing.assert_allclose(volts, 0.1 * np.cos(2 * np.pi * 50e6 * np.arange(10, 20) / 1.25e9 + 0.3), atol=1e-4)


def test_frames_beyond_those_that_are_there_are_left_out(scope: EmulatedMso) -> None:
    _record(scope)
    _tell(scope, "DAT:ENC ASCI", "DAT:STOP 3", "DAT:FRAMESTAR 5", "DAT:FRAMESTOP 400")
    assert len(_ask(scope, "CURVe?").split(";")) == 2
    _tell(scope, "DAT:FRAMESTAR 9")
    assert len(_ask(scope, "CURVe?").split(";")) == 1


@pytest.mark.parametrize("commands", [("ACQ:STATE RUN",), ("DATA:SOURCE CH2",), ("CH1:SCALE 0.1",)])
def test_there_is_no_curve_of_what_was_not_recorded(scope: EmulatedMso, commands: tuple[str, ...]) -> None:
    """A new sequence, a channel that is off, a setting that starts anew: the old curve is not given for it."""
    _record(scope)
    _tell(scope, *commands)
    assert scope.process(b"CURVe?") is None
    assert scope.errors.pop().code == 2244


def test_reset_turns_frames_off_and_keeps_how_it_prints(scope: EmulatedMso) -> None:
    _tell(scope, "DIS:GLO:CH2:STATE 1", "*RST")
    assert _ask(scope, "HOR:FAST:STATE?;:DAT:SOU:AVAIL?") == "0;CH1"


class Pondering(Tones):
    """A signal that is ready at the third time it is asked."""

    asked = 0

    def is_ready(self) -> bool:
        self.asked += 1
        return self.asked > 2


def test_it_acquires_until_a_signal_that_is_computed_is_there_and_stops_at_once(scope: EmulatedMso) -> None:
    """Nobody would wait for the answer to CURVE? for long; whoever asks for the state comes again."""
    scope.signal = Pondering([Tone(1, 50e6, 0.1, 0.3, 0)])
    assert _ask(scope, "ACQ:STATE?") == "1"
    assert scope.signal.asked == 0, "nothing has triggered it"
    _record(scope)
    assert [_ask(scope, "ACQ:STATE?") for _ in range(3)] == ["1", "1", "0"]
    scope.signal.asked = 0
    _record(scope)
    _tell(scope, "ACQ:STATE STOP")
    assert _ask(scope, "ACQ:STATE?") == "0"
