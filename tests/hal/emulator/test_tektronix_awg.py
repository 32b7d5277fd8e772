# SPDX-License-Identifier: Apache-2.0
"""The emulated AWG: lists, limits, what triggers play, what has come out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200


def block(samples: np.ndarray) -> bytes:
    data = samples.astype("<f4").tobytes()
    return b"#%d%d%b" % (len(str(len(data))), len(data), data)


def awg(*levels: float, **options: object) -> EmulatedAwg5200:
    """Waveforms ``w0``, ``w1``, ... of one level each, 2400 samples, 1 GS/s; 0.5 V of amplitude on channel 1."""
    made = EmulatedAwg5200(clock=SteppedClock(), start_s=0.0, channels=2, **options)
    for index, level in enumerate(levels):
        made.process(b'WLISt:WAVeform:NEW "w%d",2400' % index)
        made.process(b'WLISt:WAVeform:DATA "w%d",' % index + block(np.full(2400, level, np.float32)))
    made.process(b"CLOCk:SRATe 1e9;:SOURce1:VOLTage 1;:OUTPut1 ON")
    return made


def played(made: EmulatedAwg5200, shots: int) -> list[list[float]]:
    """The levels of each shot, in order."""
    rows = made.played(1, range(shots))
    return [[float(row[0]), *(float(b) for a, b in pairwise(row) if a != b)] for row in rows]


def sequence(made: EmulatedAwg5200, *lines: str) -> None:
    steps = 1 + max(int(line.split(":")[0]) for line in lines)
    made.process(f'SLISt:SEQuence:NEW "s",{steps}'.encode())
    for step in range(steps):
        made.process(f'SLISt:SEQuence:STEP{step + 1}:TASSet1:WAVeform "s","w{step}"'.encode())
    for line in lines:
        step, _, rest = line.partition(":")
        header, _, value = rest.partition(" ")
        made.process(f'SLISt:SEQuence:STEP{int(step) + 1}:{header} "s",{value}'.encode())
    made.process(b'SOURce1:CASSet:SEQuence "s",1;:AWGControl:RUN')
    assert made.errors.pop().code == 0


def test_repeats_jumps_and_steps_that_do_not_wait() -> None:
    """Step 1 waits, 2 follows at once, 3 waits and repeats, then 2 again: a circle that leaves out the first step."""
    made = awg(0.1, 0.2, 0.4)
    sequence(made, "0:WINPut ATR", "2:WINPut ATR", "2:RCOunt 2", "2:GOTO 2")
    assert made.run_state == 1
    made.triggered(Burst(3, 1.0))
    assert [np.round(row, 6).tolist() for row in played(made, 3)] == [
        [0.05, 0.1, 0.0],
        [0.2, 0.1],
        [0.2, 0.1],
    ]


def test_a_sequence_that_ends_plays_nothing_more() -> None:
    made = awg(0.1)
    sequence(made, "0:WINPut ATR", "0:GOTO END")
    made.triggered(Burst(3, 1.0))
    assert made.played(1, range(1)).shape == (1, 2400)
    assert made.played(1, range(1, 3)).shape == (2, 0)


def test_triggers_while_a_waveform_plays_are_lost() -> None:
    """2.4 us of samples, a trigger a microsecond: every third counts."""
    made = awg(0.1)
    sequence(made, "0:WINPut ATR", "0:GOTO FIRSt")
    made.triggered(Burst(10, 1e-6))
    assert made.shots == 4


def test_what_came_out_is_remembered_only_while_the_output_is_on() -> None:
    made = awg(0.5, -1.0)
    sequence(made, "0:WINPut ATR", "1:WINPut ATR", "1:GOTO FIRSt")
    made.triggered(Burst(1, 1.0))
    assert made.output_volts(1) == (0.0, 0.25)
    made.process(b"OUTPut1 OFF")
    made.triggered(Burst(1, 1.0))
    assert made.output_volts(1) == (0.0, 0.25)
    made.process(b"OUTPut1 ON;:OUTPut:OFF ON")
    made.triggered(Burst(2, 1.0))
    assert made.output_volts(1) == (0.0, 0.25)
    made.process(b"OUTPut:OFF OFF")
    made.triggered(Burst(2, 1.0))
    assert made.output_volts(1) == (-0.5, 0.25)
    assert made.output_volts(2) == (0.0, 0.0)
    made.process(b"*RST")
    assert made.output_volts(1) == (-0.5, 0.25)


def test_a_waveform_that_plays_freely_is_heard_at_once_and_louder_at_once() -> None:
    made = awg(0.5)
    made.process(b'SOURce1:CASSet:WAVeform "w0";:AWGControl:RUN')
    assert made.run_state == 2
    assert made.output_volts(1) == (0.0, 0.25)
    made.process(b"SOURce1:VOLTage:OFFSet 0.5")
    assert made.output_volts(1) == (0.0, 0.75)
    made.process(b'WLISt:WAVeform:DATA "w0",7,1,' + block(np.ones(1, np.float32)))
    assert made.output_volts(1) == (0.0, 1.0)


def test_waiting_at_the_first_sample_is_heard_too() -> None:
    made = awg(0.5)
    made.process(b"OUTPut1:WVALue:ANALog FIRSt")
    sequence(made, "0:WINPut ATR")
    assert made.output_volts(1) == (0.0, 0.25)


def test_deleting_what_plays_ends_the_run_and_switches_off() -> None:
    made = awg(0.5)
    sequence(made, "0:WINPut ATR")
    made.process(b'WLISt:WAVeform:DELete "w0"')
    assert made.run_state == 0
    assert not made.outputs[1].is_on
    assert made.process(b'SLISt:SEQuence:STEP1:TASSet1? "s"') == b'""'


def test_starting_takes_its_time() -> None:
    made = awg(0.5)
    made.start_s = 0.5
    sequence(made, "0:WINPut ATR")
    assert made.process(b"AWGControl:RSTate?") == b"0"
    assert made.process(b"*OPC?;:AWGControl:RSTate?") == b"1;1"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b'WLISt:WAVeform:NEW "w0",2400', -221),
        (b'WLISt:WAVeform:NEW "x",100', -222),
        (b'WLISt:WAVeform:NEW "x",8000', -225),
        (b'WLISt:WAVeform:NEW "x",2400,COMPLEX', -224),
        (b'WLISt:WAVeform:DATA "none",' + block(np.zeros(4)), -224),
        (b'WLISt:WAVeform:DATA "w0",2398,4,' + block(np.zeros(4)), -223),
        (b'WLISt:WAVeform:DATA "w0",0,5,' + block(np.zeros(4)), -222),
        (b'WLISt:WAVeform:DATA "w0",#13abc', -161),
        (b'SLISt:SEQuence:NEW "s",20000', -222),
        (b'SLISt:SEQuence:NEW "s",2,3', -222),
        (b'SLISt:SEQuence:STEP1:WINPut "none",ATR', -224),
        (b"SOURce1:VOLTage 2", -222),
        (b"SOURce1:VOLTage:OFFSet -3", -222),
        (b"SOURce3:VOLTage 0.5", -114),
        (b"CLOCk:SRATe 5e9", -222),
        (b"OUTPut1:PATH NOWHERE", -224),
        (b"AWGControl:RUN", -221),
        (b"INSTrument:MODE TOY", -224),
        (b"SOURce1:NONSENSE 1", -113),
    ],
)
def test_what_it_cannot_do_goes_to_the_error_queue(message: bytes, code: int) -> None:
    made = awg(0.5, memory_samples=10_000)
    assert made.process(message) is None
    assert made.errors.pop().code == code


def test_lists_are_told_as_clients_ask() -> None:
    made = awg(0.5, 0.25)
    made.process(b'SLISt:SEQuence:NEW "s",2,2;:SOURce2:CASSet:SEQuence "s",2')
    assert made.process(b"WLISt:LIST?;SIZE?;LAST?;NAME? 1") == b'"w0,w1";2;"w1";"w0"'
    assert made.process(b'SLISt:SIZE?;NAME? 1;SEQuence:LENGth? "s";TRACk? "s"') == b'1;"s";2;2'
    assert made.process(b"SOURce2:CASSet?;CASSet:TYPE?") == b'"s,2";SEQ'
    assert made.process(b'WLISt:WAVeform:DATA? "w0",2398,2') == block(np.full(2, 0.5))
    made.process(b'WLISt:WAVeform:MARKer:DATA "w1",1,2,#12\x40\x80')
    assert made.process(b'WLISt:WAVeform:MARKer:DATA? "w1"')[:10] == b"#42400\x00\x40\x80\x00"
    assert made.errors.pop().code == 0


def test_it_tells_the_shots_of_the_last_burst_and_when_it_plays_the_same_again() -> None:
    """What a simulated chip asks: which shots a record is of, and how many different ones there are."""
    made = awg(0.5, -1.0)
    sequence(made, "0:WINPut ATR", "1:WINPut ATR", "1:GOTO FIRSt")
    made.triggered(Burst(3, 1.0))
    made.triggered(Burst(2, 1.0))
    assert (made.burst, made.num_steps) == (range(3, 5), 2)
