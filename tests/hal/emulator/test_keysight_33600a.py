# SPDX-License-Identifier: Apache-2.0
"""The emulated Keysight 33600A: what it takes, what it refuses, what comes out of it and when."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.call import definite_block
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.keysight_33600a import Emulated33600a

RAMP = np.linspace(-1, 1, 64, dtype=np.float32)


@pytest.fixture
def awg() -> Emulated33600a:
    instrument = Emulated33600a(clock=SteppedClock(), memory_samples=1000)
    tell(instrument, "FORM:BORD SWAP")
    return instrument


def tell(awg: Emulated33600a, *messages: str | bytes) -> None:
    for message in messages:
        assert awg.process(message.encode() if isinstance(message, str) else message) is None


def ask(awg: Emulated33600a, message: str) -> str:
    reply = awg.process(message.encode())
    assert reply is not None
    return reply.decode()


def load(awg: Emulated33600a, name: str, samples: np.ndarray, channel: int = 1) -> None:
    tell(awg, f"SOUR{channel}:DATA:ARB {name},".encode() + definite_block(samples.astype("<f4").tobytes()))


def play(awg: Emulated33600a, *steps: str) -> None:
    """Play levels 0.1, 0.2, ...: each step a control word with repeats before it, ``1 once``."""
    for number in range(1, len(steps) + 1):
        load(awg, f"W{number}", np.full(40, number / 10))
    told = ",".join(f'"W{at}",{step.replace(" ", ",")},maintain,10' for at, step in enumerate(steps, 1))
    tell(awg, b"SOUR1:DATA:SEQ " + definite_block(f'"S",{told}'.encode()))
    tell(awg, "SOUR1:FUNC:ARB:SRAT 1e6", "SOUR1:VOLT 2", "TRIG1:SOUR EXT", 'SOUR1:FUNC:ARB "S"', "SOUR1:FUNC ARB")
    awg.clock.wait(1.0, awg.interrupt)


def levels(awg: Emulated33600a, shots: range) -> list[list[float]]:
    """The levels of each shot, runs of equal ones once."""
    rows = [np.round(row.astype(float), 4) for row in awg.played(1, shots)]
    return [[float(row[0]), *(float(b) for a, b in itertools.pairwise(row) if a != b)] for row in rows]


@pytest.mark.parametrize("order", ["NORM", "SWAP"])
@pytest.mark.parametrize(("command", "kind", "scale"), [("DATA:ARB", "f4", 1), ("DATA:ARB:DAC", "i2", 32767)])
def test_samples_arrive_in_both_byte_orders(order: str, command: str, kind: str, scale: int) -> None:
    """Big endian is what it starts with; a block in the other order is another waveform or none."""
    awg = Emulated33600a()
    tell(awg, f"FORM:BORD {order}")
    data = np.round(RAMP * scale) if scale > 1 else RAMP
    data = data.astype({"NORM": ">", "SWAP": "<"}[order] + kind)
    tell(awg, f"SOUR2:{command} ramp,".encode() + definite_block(data.tobytes()))
    assert ask(awg, "SYST:ERR?") == '+0,"No error"'
    np.testing.assert_allclose(awg.channels[2].waveforms["RAMP"], RAMP, atol=1 / 32767)
    assert "RAMP" not in awg.channels[1].waveforms


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("SOUR1:DATA:ARB TAKEN," + "0," * 40 + "0", '+786,"Specified arb waveform already exists"'),
        ("SOUR1:DATA:ARB THIRTEEN_CHARS," + "0," * 40 + "0", '+780,"Illegal arb waveform name"'),
        ("SOUR1:DATA:ARB BIG," + "0," * 999 + "0", '+880,"Arb: Out of memory"'),
        ("SOUR1:DATA:ARB SHORT," + "0," * 30 + "0", '-222,"Data out of range"'),
        ("SOUR1:DATA:ARB HIGH," + "0," * 40 + "1.1", '-222,"Data out of range"'),
        ('SOUR1:FUNC:ARB "NONE"', '+785,"Specified arb waveform does not exist"'),
        ('SOUR1:DATA:SEQ #229"S","NONE",1,once,maintain,10', '+785,"Specified arb waveform does not exist"'),
        ('SOUR1:DATA:SEQ #231"S","TAKEN",1,always,maintain,9', '-224,"Illegal parameter value"'),
        ("SOUR1:VOLT 10.5", '-222,"Data out of range; value clipped to upper limit"'),
        ("SOUR3:VOLT 1", '-114,"Header suffix out of range"'),
        ("SOUR1:VOLTS 1", '-113,"Undefined header"'),
        ("*TRG", '-211,"Trigger ignored"'),
    ],
)
def test_mistakes_are_in_the_queue_as_the_instrument_prints_them(awg: Emulated33600a, message: str, error: str) -> None:
    load(awg, "TAKEN", RAMP)
    tell(awg, message)
    assert ask(awg, "SYST:ERR?") == error
    assert ask(awg, "SYST:ERR?") == '+0,"No error"'


def test_memory_is_each_channels_own_and_cleared_as_a_whole(awg: Emulated33600a) -> None:
    load(awg, "W", np.zeros(900), channel=1)
    load(awg, "W", np.zeros(900), channel=2)
    assert ask(awg, "SOUR1:DATA:VOL:FREE?") == "+100"
    tell(awg, "SOUR1:DATA:VOL:CLE")
    assert ask(awg, "SOUR1:DATA:VOL:CAT?") == '"EXP_RISE"'
    assert ask(awg, "SOUR2:DATA:VOL:CAT?") == '"EXP_RISE","W"'
    assert ask(awg, "SYST:ERR?") == '+0,"No error"'


def test_the_load_changes_what_is_shown_and_not_what_comes_out(awg: Emulated33600a) -> None:
    """Into an open circuit it shows twice the voltage; a divider with its 50 ohm otherwise."""
    tell(awg, "SOUR1:FUNC DC", "SOUR1:VOLT:OFFS 1", "OUTP1 ON", "OUTP1:LOAD INF")
    assert float(ask(awg, "SOUR1:VOLT:OFFS?")) == pytest.approx(2.0)
    tell(awg, "OUTP1:LOAD 25")
    assert float(ask(awg, "SOUR1:VOLT:OFFS?")) == pytest.approx(2 / 3)
    assert awg.output_volts(1) == (0.0, 1.0)
    assert float(ask(awg, "OUTP1:LOAD?")) == 25


def test_offset_gives_way_to_amplitude(awg: Emulated33600a) -> None:
    tell(awg, "SOUR1:VOLT:OFFS 4.5", "SOUR1:VOLT 4")
    assert ask(awg, "SYST:ERR?") == '-221,"Settings conflict; offset changed due to amplitude"'
    assert float(ask(awg, "SOUR1:VOLT:OFFS?")) == pytest.approx(3.0)


def test_nothing_counts_as_put_out_while_the_output_is_off(awg: Emulated33600a) -> None:
    tell(awg, "SOUR1:VOLT 10")
    assert awg.output_volts(1) == (0.0, 0.0)
    tell(awg, "SOUR1:VOLT 1", "OUTP1 ON", "OUTP1 OFF", "SOUR1:VOLT 8")
    assert awg.output_volts(1) == (-0.5, 0.5)
    assert awg.output_volts(2) == (0.0, 0.0)


def test_waiting_after_each_segment_the_first_follows_the_last(awg: Emulated33600a) -> None:
    """The first segment plays at once, so that the first trigger plays the second."""
    play(awg, "1 onceWaitTrig", "1 onceWaitTrig", "1 onceWaitTrig")
    awg.triggered(Burst(5, 1e-3))
    assert levels(awg, range(5)) == [[0.2], [0.3], [0.1], [0.2], [0.3]]
    with pytest.raises(IndexError, match="5 shots were played"):
        awg.played(1, range(6))


def test_once_and_repeat_go_on_without_a_trigger(awg: Emulated33600a) -> None:
    play(awg, "1 onceWaitTrig", "3 repeat", "1 once", "1 onceWaitTrig")
    awg.triggered(Burst(3, 1e-3))
    assert levels(awg, range(3)) == [[0.2, 0.3, 0.4], [0.1], [0.2, 0.3, 0.4]]
    assert awg.played(1, range(1)).shape == (1, 5 * 40)


def test_repeat_for_ever_takes_no_trigger(awg: Emulated33600a) -> None:
    play(awg, "1 onceWaitTrig", "1 repeatInf", "1 onceWaitTrig")
    awg.triggered(Burst(4, 1e-3))
    awg.triggered(Burst(1, 1e-3))
    assert levels(awg, range(1)) == [[0.2]]
    assert awg.channels[1].shots == 1


def test_repeat_until_a_trigger_waits_like_a_wait(awg: Emulated33600a) -> None:
    play(awg, "1 repeatTilTrig", "1 once")
    awg.triggered(Burst(1, 1e-3))
    assert levels(awg, range(1)) == [[0.2, 0.1]]


def test_triggers_that_come_while_a_segment_plays_are_lost(awg: Emulated33600a) -> None:
    """40 samples at 1 MSa/s take 40 us: of triggers every 25 us each second one counts."""
    play(awg, "1 onceWaitTrig", "1 onceWaitTrig")
    awg.triggered(Burst(6, 25e-6))
    assert awg.channels[1].shots == 3


def test_a_trigger_while_the_first_segment_plays_is_lost(awg: Emulated33600a) -> None:
    play(awg, "1 onceWaitTrig", "1 onceWaitTrig")
    tell(awg, "SOUR1:FUNC DC", "SOUR1:FUNC ARB")
    awg.triggered(Burst(1, 0.0))
    assert awg.channels[1].shots == 0
    awg.clock.wait(50e-6, awg.interrupt)
    awg.triggered(Burst(1, 0.0))
    assert awg.channels[1].shots == 1


def test_only_what_listens_to_the_connector_is_triggered(awg: Emulated33600a) -> None:
    play(awg, "1 onceWaitTrig", "1 onceWaitTrig")
    tell(awg, "TRIG1:SOUR BUS")
    awg.triggered(Burst(3, 1e-3))
    assert awg.channels[1].shots == 0
    tell(awg, "*TRG")
    assert awg.channels[1].shots == 1


def test_an_output_that_is_switched_on_while_it_waits_shows_only_what_is_triggered(awg: Emulated33600a) -> None:
    play(awg, "1 onceWaitTrig", "1 onceWaitTrig", "1 onceWaitTrig")
    tell(awg, "OUTP1 ON")
    assert awg.channels[1].put_out == pytest.approx((0.1, 0.1))
    awg.triggered(Burst(1, 1e-3))
    assert awg.channels[1].put_out == pytest.approx((0.1, 0.2))


def test_without_a_trigger_source_a_sequence_runs_freely(awg: Emulated33600a) -> None:
    play(awg, "1 onceWaitTrig", "1 onceWaitTrig", "1 onceWaitTrig")
    tell(awg, "TRIG1:SOUR IMM", "OUTP1 ON")
    assert awg.channels[1].put_out == pytest.approx((0.1, 0.3))


def test_reset_switches_off_and_keeps_waveforms(awg: Emulated33600a) -> None:
    load(awg, "W", RAMP)
    tell(awg, "OUTP1 ON", "SOUR1:VOLT 3", "*RST")
    assert ask(awg, "OUTP1?") == "0"
    assert float(ask(awg, "SOUR1:VOLT?")) == pytest.approx(0.1)
    assert ask(awg, "FORM:BORD?") == "NORM"
    assert '"W"' in ask(awg, "SOUR1:DATA:VOL:CAT?")


def test_it_tells_the_shots_of_the_last_burst_and_when_it_plays_the_same_again(awg: Emulated33600a) -> None:
    """What a simulated chip asks: which shots a record is of, and how many different ones there are."""
    assert (awg.burst, awg.num_steps) == (range(0), 1)
    play(awg, "1 onceWaitTrig", "1 onceWaitTrig", "1 onceWaitTrig")
    awg.triggered(Burst(4, 1e-3))
    awg.triggered(Burst(2, 1e-3))
    assert (awg.burst, awg.num_steps) == (range(4, 6), 3)
    assert awg.burst is awg.burst
    tell(awg, "SOUR1:FUNC DC", "SOUR1:FUNC ARB")
    assert awg.burst == range(0)
