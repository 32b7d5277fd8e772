# SPDX-License-Identifier: Apache-2.0
"""The guard of the Keysight 33600A: whatever is sent in whatever order, nothing unsafe comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.keysight_33600a import Emulated33600a
from feedline_hal.emulator.keysight_33600a_channel import Channel33600a
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import LimitError
from feedline_hal.safety.gate import Gate
from feedline_hal.safety.keysight_33600a_guard import Keysight33600aGuard
from feedline_hal.safety.keysight_33600a_state import sequence_shape, waveform_shape
from feedline_hal.transport import Transport, open_transport

SAFE = {"ch1_voltage_v": (-0.5, 0.5), "ch1_slew_v_per_s": (0.0, 1e6)}
Line = tuple[str, NDArray[np.generic] | None]
SEQUENCE = '"S","A",1,onceWaitTrig,maintain,4,"B",1,onceWaitTrig,maintain,4'
CALM = np.linspace(0, 1, 40).astype("<f4")
LOUD = np.linspace(-1, 1, 40).astype("<f4")


def recipe(first: NDArray[np.generic], second: NDArray[np.generic], volts: float, offset_v: float) -> list[Line]:
    """What a driver sends to play two waveforms."""
    before = ["*CLS", "OUTP1 OFF", "ABOR", "*RST", "FORM:BORD SWAP", "SOUR1:DATA:VOL:CLE", "SYST:ERR?"]
    after = ["OUTP1:LOAD 50", "TRIG1:SOUR EXT", "SOUR1:FUNC DC", 'SOUR1:FUNC:ARB "S"', "SOUR1:FUNC:ARB:FILT STEP"]
    after += ["SOUR1:FUNC:ARB:SRAT 1e6", "SOUR1:FUNC ARB", "SOUR1:VOLT:OFFS 0", f"SOUR1:VOLT {volts}"]
    after += [f"SOUR1:VOLT:OFFS {offset_v}", "SYST:ERR?", "OUTP1 ON", "TRIGGERS"]
    return [
        *((line, None) for line in before),
        ("SOUR1:DATA:ARB A,", first),
        ("SOUR1:DATA:ARB B,", second),
        ("SOUR1:DATA:SEQ ", np.frombuffer(SEQUENCE.encode(), np.uint8)),
        *((line, None) for line in after),
    ]


class Wire:
    """A gate with the emulator behind it."""

    def __init__(self, transport: Transport, awg: Emulated33600a) -> None:
        self.transport, self.awg = transport, awg
        self.renew()

    def renew(self) -> None:
        """A gate that knows nothing, and an instrument that somebody used before: loud, full scale, off."""
        self.gate = Gate(self.transport, Keysight33600aGuard(), SAFE)
        self.awg.errors.clear()
        for number in self.awg.channels:
            self.awg.channels[number] = Channel33600a(function="ARB", amplitude_vpp=10.0)
            self.awg.channels[number].waveforms["A"] = LOUD

    def send(self, lines: Sequence[Line]) -> int:
        """Send lines, the refused ones left out; how many were refused."""
        refused = 0
        for text, block in lines:
            try:
                if text == "TRIGGERS":
                    self.settle()
                    self.awg.clock.wait(1.0, self.awg.interrupt)
                    self.awg.triggered(Burst(3, 1e-3))
                elif block is not None:
                    self.gate.write_block(text, block)
                elif text.endswith("?"):
                    self.gate.query(text)
                else:
                    self.gate.write(text)
            except LimitError:
                refused += 1
        self.settle()
        return refused

    def settle(self) -> None:
        """Wait until everything has arrived."""
        assert self.transport.query("*OPC?") == "1"


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    awg = Emulated33600a(clock=SteppedClock())
    with SocketServer(awg) as server, open_transport(server.address, name="awg1") as transport:
        yield Wire(transport, awg)


ODD = [
    *("OUTP1 ON", "OUTP1 1", "OUTP1 OFF", "OUTPut1 ON", "outp1 on", "OUTP ON", "OUTP1:LOAD INF", "OUTP1:LOAD 1"),
    *("OUTP1:POL INV", "SOUR1:VOLT:HIGH 3", "SOUR1:VOLT:UNIT VRMS", "SOUR1:FUNC SIN", "SOUR1:FUNC ARB", "*TST?"),
    *("SOUR1:FUNC DC", 'SOUR1:FUNC:ARB "A"', 'SOUR1:FUNC:ARB "EXP_RISE"', 'SOUR1:FUNC:ARB "S"', "TRIG1:SOUR IMM"),
    *("SOUR1:FUNC:ARB:FILT NORM", "SOUR1:FUNC:ARB:SRAT 1e9", "FORM:BORD NORM", "FORM:BORD SWAP", "*RST", "*TRG"),
    *("SOUR1:DATA:VOL:CLE", "SYST:ERR?", "SYST:ERR?", "*CLS", "ABOR", "TRIGGERS", "TRIG1", "SOUR1:VOLT MAX"),
    *("SOUR1:VOLT 10", "SOUR1:VOLT 1e1", "SOUR1:VOLT:OFFS 4", "SOUR1:VOLT 0.5;OUTP1 ON", "SOUR1:APPL:SIN 1e6,5"),
    *("SOUR1:DATA:ARB A,1,1,1,1,1,1,1,1", "SOUR1:BURS:STAT ON", "SOUR1:SUM:STAT ON", "SOUR1:VOLT -5", "*RCL 1"),
]
numbers = st.floats(-6, 12, allow_nan=False).map(lambda value: round(value, 3))
BAD = [
    *(LOUD.astype(">f4"), LOUD.astype("<f8"), LOUD * np.float32(1.5), LOUD * np.float32(np.nan), LOUD[:0]),
    *((LOUD * 32767).astype("<i2"), np.full(40, -32768, "<i2"), np.array([*CALM, -1.01], "<f4")),
]
blocks = st.sampled_from([CALM, LOUD, LOUD[:20], np.frombuffer(SEQUENCE.encode(), np.uint8), *BAD])
odd_lines = st.one_of(
    st.sampled_from(ODD).map(lambda text: (text, None)),
    st.tuples(st.sampled_from(["SOUR1:VOLT {}", "SOUR1:VOLT:OFFS {}"]), numbers).map(
        lambda t: (t[0].format(t[1]), None)
    ),
    st.tuples(st.sampled_from(["SOUR1:DATA:ARB{} A,", "SOUR1:DATA:ARB{} B,", "SOUR1:DATA:SEQ "]), blocks).map(
        lambda t: (t[0].format(":DAC" if t[1].dtype.kind == "i" else ""), t[1])
    ),
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_order_of_commands_brings_out_anything_unsafe(wire: Wire, data: st.DataObject) -> None:
    """A driver's conversation with lines left out, put in and moved; the emulator says what came out."""
    wire.renew()
    volts = data.draw(st.sampled_from([0.9, 1.0, 1.1]))
    sound = st.sampled_from([CALM, LOUD, CALM, *BAD])
    lines = recipe(*data.draw(st.tuples(sound, sound)), volts, data.draw(st.sampled_from([0.0, 0.1, -0.1])))
    for _ in range(data.draw(st.integers(0, 3))):
        del lines[data.draw(st.integers(0, len(lines) - 1))]
    for line in data.draw(st.lists(odd_lines, max_size=5)):
        lines.insert(data.draw(st.integers(0, len(lines))), line)
    wire.send([*lines, ("OUTP1 ON", None), ("TRIGGERS", None)])
    low, high = wire.awg.output_volts(1)
    assert -0.5 - 1e-9 <= low <= high <= 0.5 + 1e-9
    assert wire.awg.channels[2].put_out is None


def test_what_a_driver_sends_goes_through(wire: Wire) -> None:
    """The same conversation without anything odd is not refused, so the test above is about something."""
    wire.renew()
    assert wire.send(recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)) == 0
    assert wire.awg.channels[1].put_out == pytest.approx((0.05, 0.5))


@pytest.mark.parametrize(
    "left_out",
    [
        *("*RST", "FORM:BORD", "SOUR1:DATA:VOL", "SOUR1:DATA:ARB A", "SOUR1:DATA:SEQ", "OUTP1:LOAD", "TRIG1:SOUR"),
        *("SOUR1:FUNC:ARB ", "SOUR1:FUNC:ARB:FILT", "SOUR1:FUNC:ARB:SRAT", "SOUR1:FUNC ", "SOUR1:VOLT 0.9"),
        *("SOUR1:VOLT:OFFS", "SYST:ERR?"),
    ],
)
def test_what_was_not_said_is_not_known(wire: Wire, left_out: str) -> None:
    """Each line of the conversation matters: without it nothing is switched on."""
    wire.renew()
    lines = [line for line in recipe(CALM, CALM[::-1].copy(), 0.9, 0.05) if not line[0].startswith(left_out)]
    assert wire.send(lines) >= 1
    assert wire.awg.channels[1].put_out is None


@pytest.mark.parametrize("samples", BAD, ids=str)
def test_samples_that_are_none_are_refused(wire: Wire, samples: NDArray[np.generic]) -> None:
    """Another byte order or kind, beyond full scale, no numbers, none at all."""
    wire.renew()
    wire.send(recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)[:6])
    assert wire.send([("SOUR1:DATA:ARB C,", samples)]) == 1


@pytest.mark.parametrize("change", ["SOUR1:DATA:VOL:CLE", "*RST"])
def test_what_is_known_ends_with_the_memory(wire: Wire, change: str) -> None:
    """Cleared, the instrument plays its own waveform; reset, it may hold anything."""
    wire.renew()
    lines = recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)[:-2]
    assert wire.send([*lines, (change, None), ("SYST:ERR?", None)]) == 0
    assert wire.send([("OUTP1 ON", None)]) == 1


def test_a_name_that_is_taken_is_not_written_again(wire: Wire) -> None:
    """The instrument keeps what it has."""
    wire.renew()
    wire.send(recipe(LOUD, LOUD, 0.9, 0.0)[:-2])
    assert wire.send([("SOUR1:DATA:ARB A,", CALM)]) == 1


def test_a_cleared_memory_selects_something_else(wire: Wire) -> None:
    """What is loaded under the same name again has to be selected again."""
    wire.renew()
    lines = recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)
    assert wire.send([*lines[:-2], *lines[5:10], ("SYST:ERR?", None)]) == 0
    assert wire.send([("OUTP1 ON", None)]) == 1


@pytest.mark.parametrize("left", [4, 5])
def test_before_a_memory_and_its_byte_order_are_known_nothing_is_loaded(wire: Wire, left: int) -> None:
    """Neither what a reset leaves of them."""
    wire.renew()
    lines = recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)
    wire.send(lines)
    assert wire.send([*lines[:left], *lines[left + 1 : 6]]) == 0
    assert wire.send([("SOUR1:DATA:ARB A,", CALM)]) == 1


UNKNOWN = [
    *("OUTP1 1", "OUTP ON", "OUTP1:LOAD INF", "OUTP1:POL INV", "SOUR1:VOLT:HIGH 3", "SOUR1:VOLT:UNIT VRMS", "*TST?"),
    *("SOUR1:FUNC SIN", "SOUR1:FUNC:ARB:FILT NORM", "TRIG1:SOUR IMM", "*TRG", "SOUR1:VOLT MAX", "*RCL 1", "*CAL?"),
    *("SOUR1:VOLT 0.5;OUTP1 ON", "SOUR1:APPL:SIN 1e6,5", "SOUR1:BURS:STAT ON", "SOUR1:SUM:STAT ON", "SOUR1:VOLT nan"),
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_no_driver_sends_is_refused_even_while_everything_is_off(wire: Wire, text: str) -> None:
    wire.renew()
    wire.send(recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)[:-2])
    with pytest.raises(LimitError, match=r"is not a command that the gate knows|holds several commands"):
        wire.gate.write(text)


@pytest.mark.parametrize(("volts", "offset_v"), [(0.9, 0.06), (1.02, 0.0), (0.1, 0.46), (0.9, -0.51)])
def test_beyond_the_safe_range_is_refused(wire: Wire, volts: float, offset_v: float) -> None:
    wire.renew()
    assert wire.send(recipe(CALM, CALM[::-1].copy(), volts, offset_v)) == 1
    assert wire.awg.channels[1].put_out is None


@pytest.mark.parametrize(
    "text", ["SOUR1:VOLT 0.5", "SOUR1:FUNC ARB", 'SOUR1:FUNC:ARB "A"', "SOUR1:FUNC:ARB:SRAT 5", "SOUR1:DATA:VOL:CLE"]
)
def test_what_plays_is_not_changed_under_way(wire: Wire, text: str) -> None:
    wire.renew()
    wire.send(recipe(CALM, CALM[::-1].copy(), 0.9, 0.05))
    assert wire.send([(text, None)]) == 1
    assert wire.send([("ABOR", None), ("OUTP1 OFF", None), (text, None)]) == 0


def test_an_error_in_the_queue_makes_everything_doubtful(wire: Wire) -> None:
    """The instrument kept something else than it was told; on goes only after a reset."""
    wire.renew()
    lines = recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)
    assert wire.send(lines[:-2]) == 0
    wire.awg.process(b"SOUR1:NONSENSE")
    assert wire.gate.query("SYST:ERR?").startswith("-113")
    with pytest.raises(LimitError, match="'OUTP1 ON' would take ch1_voltage_v to a value that is not known"):
        wire.gate.write("OUTP1 ON")
    assert wire.send(lines) == 0


def test_an_unconfirmed_setting_keeps_the_output_off(wire: Wire) -> None:
    wire.renew()
    lines = recipe(CALM, CALM[::-1].copy(), 0.9, 0.05)
    assert wire.send([*lines[:-3], *lines[-2:-1]]) == 1
    assert wire.send(lines[-3:]) == 0


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_the_steepest_slope_is_that_of_everything_played_in_a_row(lengths: list[int], seed: int) -> None:
    """Against numpy on the joined samples, round and round; from one waveform to the next counts."""
    random = np.random.default_rng(seed)
    waves = {f"W{at}": random.uniform(-1, 1, length).astype("<f4") for at, length in enumerate(lengths)}
    shapes = {name: waveform_shape(wave, 1.0) for name, wave in waves.items()}
    steps = "".join(f',"{name}",1,onceWaitTrig,maintain,4' for name in waves)
    name, shape = sequence_shape(f'"S"{steps}'.encode(), shapes)
    joined = np.concatenate([*waves.values(), waves["W0"][:1]]).astype(float)
    assert name == "S"
    assert shape is not None
    assert shape.round_step == pytest.approx(np.abs(np.diff(joined)).max())
    assert (shape.low, shape.high) == (joined.min(), joined.max())


def test_a_long_waveform_is_looked_at_to_its_end() -> None:
    samples = np.zeros(200_001, dtype="<f4")
    samples[131_072] = 0.5
    shape = waveform_shape(samples, 1.0)
    assert shape is not None
    assert (shape.step, shape.high) == (0.5, 0.5)


def test_errors_that_were_cleared_away_unseen_confirm_nothing(wire: Wire) -> None:
    """Too short a waveform is not taken, so what was selected before still is: a loud one that was built in."""
    wire.renew()
    before = ["*CLS", "OUTP1 OFF", "ABOR", "*RST", "FORM:BORD SWAP", "SOUR1:DATA:VOL:CLE", "SYST:ERR?"]
    after = ["OUTP1:LOAD 50", "TRIG1:SOUR EXT", 'SOUR1:FUNC:ARB "A"', "SOUR1:FUNC:ARB:FILT STEP"]
    after += ["SOUR1:FUNC:ARB:SRAT 1e5", "SOUR1:FUNC ARB", "SOUR1:VOLT 5", "SOUR1:VOLT:OFFS 0", "*CLS", "SYST:ERR?"]
    short = np.full(4, 0.1, "<f4")
    lines: list[Line] = [*((line, None) for line in before), ("SOUR1:DATA:ARB A,", short)]
    assert wire.send([*lines, *((line, None) for line in after), ("OUTP1 ON", None)]) == 1
    assert not wire.awg.channels[1].is_on
