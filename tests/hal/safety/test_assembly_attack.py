# SPDX-License-Identifier: Apache-2.0
"""Assemblies made by hand are given to sequencers behind their gates; the emulators' own records say what came out.

An assembly is plain data, and a driver sends what is in it: whoever makes one can have parts that bear another's
name, lie about their size or hold any command at all, and send them again in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from feedline_hal.drivers.keysight_33600a import Keysight33600a
from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.drivers.tektronix_awg70000 import TektronixAwg70000
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.keysight_33600a import Emulated33600a
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.emulator.tektronix_awg70000 import EmulatedAwg70000
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.assembly import Assembly, Command, Part
from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.safety.gate import Gate
from feedline_hal.transport.block import block_header, sample_bytes

SAFE_V, SAFE_SLEW = 0.2, 2e8
COUNT = 2400
LOUD_TEKTRONIX = (
    *('WLISt:WAVeform:NEW "loud",2400', 'SLISt:SEQuence:NEW "old",1,2', 'SOURce1:CASSet:SEQuence "old",1'),
    *('SLISt:SEQuence:STEP1:TASSet1:WAVeform "old","loud"', "SOURce1:VOLTage {most}", "SOURce2:VOLTage {most}"),
    *("CLOCk:SRATe 2e9", "*CLS"),
)
LOUD_KEYSIGHT = ("SOUR1:VOLT 10", "SOUR2:VOLT 10", "SOUR1:FUNC ARB", "SOUR2:FUNC ARB", "TRIG1:SOUR EXT", "*CLS")


@attrs.frozen(kw_only=True)
class Kind:
    """A sequencer, what stands in for it, and what somebody left set."""

    driver: Any
    emulator: Any
    options: Mapping[str, Any] = attrs.field(factory=dict)
    left: tuple[str, ...]
    names: tuple[str, ...]
    lines: tuple[str, ...]


TEKTRONIX_LINES = tuple(
    """
SOURce1:VOLTage {v}|SOURce2:VOLTage {v}|SOURce1:VOLTage:OFFSet {v}|CLOCk:SRATe {r}|OUTPut1:STATe 1|OUTPut2:STATe 1
OUTPut1:PATH DIRect|OUTPut1:PATH DCHB|OUTPut1:PATH DCHV|AWGControl:RUN|AWGControl:STOP|*CLS|*RST|*TRG|*RCL 1|*OPC
SOURce1:CASSet:SEQuence "{n}",1|SOURce2:CASSet:SEQuence "{n}",{c}|SOURce1:CASSet:WAVeform "{n}"|SOURce1:CASSet:CLEar
WLISt:WAVeform:DELete "{n}"|WLISt:WAVeform:DELete ALL|WLISt:WAVeform:NEW "{n}",2400,REAL|SLISt:SEQuence:DELete "{n}"
SLISt:SEQuence:NEW "{n}",{c},2|SLISt:SEQuence:STEP{c}:TASSet1:WAVeform "{n}","{n}"|SLISt:SEQuence:DELete ALL|SYST:PRES
SOURce1:VOLTage 0.3;:SOURce1:VOLTage {v}|OUTPut1:WVALue:ANALog:STATe FIRSt|SLISt:SEQuence:STEP1:GOTO "{n}",2
SYSTem:ERRor?|AWGControl:RSTate?|TRIGger:IMMediate ATRigger|SOURce1:RMODe TRIGgered|WLISt:WAVeform:NORMalize "{n}",FSC
""".strip().replace("\n", "|").split("|")
)  # fmt: skip
KEYSIGHT_LINES = tuple(
    """
SOUR1:VOLT {v}|SOUR2:VOLT {v}|SOUR1:VOLT:OFFS {v}|SOUR1:FUNC:ARB:SRAT {r}|OUTP1 ON|OUTP2 ON|OUTP1 OFF|ABOR|*RST|*CLS
OUTP1:LOAD INF|OUTP1:LOAD 50|OUTP1:POL INV|SOUR1:FUNC SIN|SOUR1:FUNC ARB|SOUR1:FUNC DC|SOUR1:FUNC:ARB "{n}"|*TRG|TRIG1
SOUR2:FUNC:ARB "{n}"|SOUR1:DATA:VOL:CLE|SOUR2:DATA:VOL:CLE|FORM:BORD NORM|FORM:BORD SWAP|TRIG1:SOUR IMM|TRIG1:SOUR BUS
SOUR1:FUNC:ARB:FILT NORM|SOUR1:BURS:STAT ON|SOUR1:VOLT 0.1;OUTP1 ON|SOUR1:VOLT:HIGH {v}|SYST:ERR?|SOUR1:SUM:STAT ON
""".strip().replace("\n", "|").split("|")
)  # fmt: skip
KINDS = {
    "tektronix_awg5200": Kind(
        driver=TektronixAwg5200, emulator=EmulatedAwg5200, options={"channels": 2}, lines=TEKTRONIX_LINES,
        left=tuple(line.format(most=1.5) for line in LOUD_TEKTRONIX), names=("loud", "old", "w", "s"),
    ),
    "tektronix_awg70000": Kind(
        driver=TektronixAwg70000, emulator=EmulatedAwg70000, options={"channels": 2}, lines=TEKTRONIX_LINES,
        left=tuple(line.format(most=0.5) for line in LOUD_TEKTRONIX), names=("loud", "old", "w", "s"),
    ),
    "keysight_33600a": Kind(
        driver=Keysight33600a, emulator=Emulated33600a, left=LOUD_KEYSIGHT, lines=KEYSIGHT_LINES,
        names=("EXP_RISE", "A", "B", "S"),
    ),
}  # fmt: skip


class Wire:
    """Straight into an emulator; loses its connection after it has carried so many commands more."""

    name = "awg"

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator
        self.left = -1

    def write(self, command: str) -> None:
        self._carry(command.encode())

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        reply = self._carry(command.encode())
        if reply is None:
            raise HardwareFault("Nothing came.", remedy="Ask something.", instrument="awg")
        return reply.decode()

    def write_block(self, command: str, samples: NDArray[np.generic]) -> None:
        data = sample_bytes(samples).tobytes()
        self._carry(command.encode() + block_header(len(data)) + data)

    def write_all(self, lines: Sequence[tuple[str, NDArray[np.generic] | None]]) -> None:
        for text, block in lines:
            if block is None:
                self.write(text)
            else:
                self.write_block(text, block)

    def distrust(self) -> None:
        """A new connection is as good as the old one here."""

    def _carry(self, message: bytes) -> bytes | None:
        reply: bytes | None = self.emulator.process(message)
        self.left -= 1
        if self.left == 0:
            raise HardwareFault("The cable was pulled.", remedy="Plug it in.", instrument="awg")
        return reply


class Stage:
    """A driver behind its gate, and an instrument that somebody left off, but loud."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.emulator = kind.emulator(**kind.options, clock=SteppedClock())
        for line in kind.left:
            self.emulator.process(line.encode())
        self.wire = Wire(self.emulator)
        ranges = {f"ch{number}_voltage_v": (-SAFE_V, SAFE_V) for number in (1, 2)}
        ranges |= {f"ch{number}_slew_v_per_s": (0.0, SAFE_SLEW) for number in (1, 2)}
        gate: Any = Gate(self.wire, kind.driver.guard(ranges), ranges)  # type: ignore[arg-type]
        self.driver = kind.driver(gate, limits={}, options=kind.options, sleep=self._sleep)
        self.steepest = dict.fromkeys((1, 2), 0.0)

    def do(self, action: Any) -> bool:
        """Do one thing; whether it was done."""
        if isinstance(action, int):
            self.wire.left = action
            return True
        if action == "triggers":
            self._sleep(1e-3)
            self.emulator.triggered(Burst(5, 1e-3))
            self._measure()
            return True
        try:
            if isinstance(action, Assembly):
                self.driver.load(action)
            else:
                getattr(self.driver, action)()
        except Exception:  # noqa: BLE001 - of what is made by hand a driver may make what it likes, but for noise
            return False
        return True

    def is_kept(self) -> bool:
        """Within the safe ranges and a step of the converter, ever since."""
        self._measure()
        ends = [self.emulator.output_volts(number) for number in (1, 2)]
        are_low = all(-SAFE_V - 2e-5 <= low <= high <= SAFE_V + 2e-5 for low, high in ends)
        return are_low and max(self.steepest.values()) <= SAFE_SLEW * (1 + 1e-4)

    def _sleep(self, seconds: float) -> None:
        self.emulator.clock.wait(seconds, self.emulator.interrupt)

    def _measure(self) -> None:
        if self.kind.emulator is not Emulated33600a:
            self.steepest = {number: self.emulator.steepest_v_per_s(number) for number in (1, 2)}
            return
        for number, channel in self.emulator.channels.items():
            if channel.is_on and channel.burst:
                volts = channel.played(channel.burst).ravel()
                largest = float(np.abs(np.diff(volts)).max()) * channel.rate_hz
                self.steepest[number] = max(self.steepest[number], largest)


def ramp(peak: float) -> NDArray[np.float32]:
    return np.asarray(peak * np.sin(np.linspace(0, np.pi, COUNT)) ** 2, np.float32)


def spiked(value: float) -> NDArray[np.float32]:
    samples = ramp(0.5)
    samples[7] = value
    return samples


SHAPES = [ramp(1.0), ramp(-1.0), ramp(0.1), spiked(1.0), spiked(-1.0)]
BLOCKS = [
    *SHAPES, *(spiked(value) for value in (np.nan, np.inf, 1.5)), ramp(1.0).astype("<f8"), ramp(1.0)[:9],
    np.full(COUNT, 32767, "<i2"), np.full(COUNT, -32768, "<i2"), ramp(1.0).astype(">f4"),
    np.frombuffer(b'"S","LOUD",1,onceWaitTrig,maintain,4', np.uint8),
]  # fmt: skip
levels_v = st.sampled_from([0.13, 0.15, SAFE_V, 0.21, 0.25])
numbers = st.floats(-3, 3).map(lambda value: f"{value:.12g}") | st.sampled_from("0 0.3 0.4 10 1e9 nan inf MAX".split())


@st.composite
def programs(draw: st.DrawFn, kind: Kind) -> SequenceProgram:
    """Something to play on both channels; not always safe, nor always possible."""
    chosen = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3))
    steps = draw(st.lists(st.integers(0, len(chosen) - 1), min_size=2, max_size=6))
    offset_v = 0.0 if kind.driver is TektronixAwg70000 else draw(st.sampled_from([0.0, 0.05, -0.06]))
    return SequenceProgram(
        rate_hz=draw(st.sampled_from([1e6, 1e8, 9e8])),
        channels=(1, 2),
        waveforms=tuple(chosen),
        steps=np.array(steps[: len(steps) // 2 * 2]).reshape(-1, 2),
        amplitude_v=np.array([draw(levels_v), draw(levels_v)]),
        offset_v=np.array([offset_v, 0.0]),
    )


@st.composite
def commands(draw: st.DrawFn, kind: Kind, made: Assembly) -> Command:
    """A raw command, with names of what is there, or a block where none belongs."""
    known = [*kind.names, *(part.name for part in made.parts)]
    line = draw(st.sampled_from(kind.lines))
    for field, values in (("{n}", st.sampled_from(known)), ("{v}", numbers), ("{r}", st.sampled_from(["1e3", "2e9"]))):
        while field in line:
            line = line.replace(field, draw(values), 1)
    text = line.replace("{c}", draw(st.sampled_from("12")))
    if draw(st.integers(0, 4)):
        return Command(text)
    others = [command for part in made.parts for command in part.commands if command.block is not None]
    return Command(draw(st.sampled_from(others)).text, draw(st.sampled_from(BLOCKS)))


def changed(draw: Any, told: tuple[Command, ...], kind: Kind, made: Assembly) -> tuple[Command, ...]:
    """Commands with one left out, put in, said twice or given another block."""
    lines = list(told)
    place = draw(st.integers(0, len(lines)))
    how = draw(st.sampled_from(["drop", "insert", "insert", "again", "block"]))
    if how == "insert" or place == len(lines):
        lines.insert(place, draw(commands(kind, made)))
    elif how == "drop":
        del lines[place]
    elif how == "again":
        lines.append(lines[place])
    elif lines[place].block is not None:
        lines[place] = Command(lines[place].text, draw(st.sampled_from(BLOCKS)))
    return tuple(lines)


@st.composite
def assemblies(draw: st.DrawFn, kind: Kind, driver: Any) -> Assembly:
    """What the driver makes of a program, changed by hand."""
    made: Assembly = driver.assemble(draw(programs(kind)))
    parts, setup, switch = list(made.parts), made.setup, made.switch
    for _ in range(draw(st.integers(0, 3))):
        what = draw(st.sampled_from(["part", "remove", "name", "size", "order", "setup", "switch", "switch"]))
        place = draw(st.integers(0, len(parts) - 1))
        one = parts[place]
        if what == "part":
            parts[place] = attrs.evolve(one, commands=changed(draw, one.commands, kind, made))
        elif what == "remove":
            parts[place] = attrs.evolve(one, remove=changed(draw, one.remove, kind, made))
        elif what == "name":
            parts[place] = attrs.evolve(one, name=draw(st.sampled_from([part.name for part in parts])))
        elif what == "size":
            parts[place] = attrs.evolve(one, memory_samples=draw(st.sampled_from([-COUNT, 0, 1, 10**12])))
        elif what == "order":
            parts.insert(draw(st.integers(0, len(parts) - 1)), parts.pop(place))
        elif what == "setup":
            setup = changed(draw, setup, kind, made)
        else:
            switch = changed(draw, switch, kind, made)
    return Assembly(parts=tuple(parts), setup=setup, switch=switch)


ACTIONS = ("arm", "start", "abort", "safe_state", "identify", "triggers")


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_assembly_brings_out_anything_unsafe(name: str, data: st.DataObject) -> None:
    """Loaded, armed, started and triggered in whatever order, with cables that come off under way."""
    stage = Stage(KINDS[name])
    kept: list[Assembly] = []
    for _ in range(data.draw(st.integers(1, 3))):
        kept.append(data.draw(assemblies(stage.kind, stage.driver)))
        others = st.sampled_from(ACTIONS) | st.sampled_from(kept) | st.integers(1, 40)
        for action in [*data.draw(st.lists(others, max_size=2)), kept[-1], "arm", "start", "triggers"]:
            stage.do(action)
            assert stage.is_kept(), action
        for action in data.draw(st.lists(others, max_size=3)):
            stage.do(action)
            assert stage.is_kept(), action


@pytest.mark.parametrize("name", KINDS)
def test_what_a_driver_makes_is_played(name: str) -> None:
    """The same without anything odd comes out, so that the test above is about something."""
    stage = Stage(KINDS[name])
    program = SequenceProgram(
        rate_hz=1e8,
        channels=(1, 2),
        waveforms=(ramp(1.0), ramp(-1.0)),
        steps=np.array([[0, 1], [1, 0]]),
        amplitude_v=np.array([SAFE_V, SAFE_V]),
        offset_v=np.zeros(2),
    )
    for action in (stage.driver.assemble(program), "arm", "start", "triggers"):
        assert stage.do(action)
    assert stage.is_kept()
    for number in (1, 2):
        assert np.allclose(stage.emulator.output_volts(number), (-SAFE_V, SAFE_V), atol=1e-4)


def test_a_part_that_bears_anothers_name_is_not_played() -> None:
    """The driver takes it to be there already; what plays is what was loaded under that name."""
    stage = Stage(KINDS["tektronix_awg5200"])
    program = SequenceProgram(
        rate_hz=1e8,
        channels=(1,),
        waveforms=(ramp(0.5),),
        steps=np.array([[0]]),
        amplitude_v=np.array([SAFE_V]),
        offset_v=np.zeros(1),
    )
    made = stage.driver.assemble(program)
    assert all(stage.do(action) for action in (made, "arm", "start", "triggers"))
    first = made.parts[0]
    data = Command(first.commands[1].text, spiked(1.0))
    loud = Part(name=first.name, commands=(first.commands[0], data), memory_samples=COUNT)
    stage.do(Assembly(parts=(loud, *made.parts[1:]), switch=made.switch))
    for action in ("arm", "start", "triggers"):
        stage.do(action)
    assert stage.emulator.output_volts(1)[1] == pytest.approx(SAFE_V / 2, abs=1e-4)
    assert stage.is_kept()
