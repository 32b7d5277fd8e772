# SPDX-License-Identifier: Apache-2.0
"""Raw commands through the gate of an AWG that somebody left loud; its own record says what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.errors import FeedlineError, HardwareFault
from feedline_hal.safety.gate import Gate
from feedline_hal.safety.tektronix_awg_guard import TektronixAwgGuard
from feedline_hal.transport.block import block_header, sample_bytes

RANGES = {
    **{f"ch{number}_voltage_v": (-0.3, 0.3) for number in (1, 2)},
    **{f"ch{number}_slew_v_per_s": (0.0, 2e8) for number in (1, 2)},
}
Line = tuple[str, NDArray[np.generic] | None]
COUNT = 2400


class Wire:
    """Straight into the emulator; may lose its connection after it has carried a command."""

    name = "awg"

    def __init__(self, awg: EmulatedAwg5200) -> None:
        self.awg = awg
        self.breaks = False

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

    def write_all(self, lines: Sequence[Line]) -> None:
        for text, block in lines:
            if block is None:
                self.write(text)
            else:
                self.write_block(text, block)

    def _carry(self, message: bytes) -> bytes | None:
        reply = self.awg.process(message)
        if self.breaks:
            raise HardwareFault("The cable was pulled.", remedy="Plug it in.", instrument="awg")
        return reply


def ramp(peak: float) -> NDArray[np.float32]:
    return (peak * np.sin(np.linspace(0, np.pi, COUNT)) ** 2).astype("<f4")


def spiked(value: float) -> NDArray[np.float32]:
    samples = ramp(0.5)
    samples[7] = value
    return samples


def recipe(first: NDArray[np.generic], volts: float, offset_v: float, rate_hz: float) -> list[Line]:
    """What the driver sends to play a waveform, and another after it."""
    wiped = ["*CLS", "AWGControl:STOP", "OUTPut1:STATe 0", "OUTPut2:STATe 0"]
    wiped += ["SLISt:SEQuence:DELete ALL", "WLISt:WAVeform:DELete ALL"]
    listed = ['SLISt:SEQuence:NEW "s",2,1']
    for step, name in ((1, "a"), (2, "b")):
        listed += [f'SLISt:SEQuence:STEP{step}:WINPut "s",ATRigger']
        listed += [f'SLISt:SEQuence:STEP{step}:TASSet1:WAVeform "s","{name}"']
    listed += ['SLISt:SEQuence:STEP2:GOTO "s",FIRSt', "*OPC?", "SYSTem:ERRor?", "AWGControl:STOP"]
    levels = [f"CLOCk:SRATe {rate_hz:.12g}", 'SOURce1:CASSet:SEQuence "s",1', "OUTPut1:PATH DCHB"]
    levels += [f"SOURce1:VOLTage {volts:.12g}", f"SOURce1:VOLTage:OFFSet {offset_v:.12g}"]
    levels += ["SOURce1:RMODe CONTinuous", "OUTPut1:WVALue:ANALog:STATe ZERO", "OUTPut1:STATe 1"]
    return [
        *((line, None) for line in wiped),
        (f'WLISt:WAVeform:NEW "a",{COUNT},REAL', None),
        (f'WLISt:WAVeform:DATA "a",0,{COUNT},', first),
        (f'WLISt:WAVeform:NEW "b",{COUNT},REAL', None),
        (f'WLISt:WAVeform:DATA "b",0,{COUNT},', ramp(-0.5)),
        *((line, None) for line in [*listed, *levels, "*OPC?", "SYSTem:ERRor?", "AWGControl:RUN", "TRIGGERS"]),
    ]


ODD = (
    """
SOURce1:VOLTage 1.5|SOURce1:VOLTage 0.001|SOURce1:VOLTage 1e9|SOURce1:VOLTage 0.6 V|source1:voltage 1.5|VOLT 1.5
:SOURce1:VOLTage 1.5|SOUR1:VOLT 1.5|SOURce1:VOLTage  1.5|SOURce1:VOLTage 600mV|SOURce1:VOLTage nan|*RST|*RCL 1|*TRG
SOURce1:VOLTage:OFFSet 1|SOURce1:VOLTage:OFFSet 9|SOURce1:VOLTage:OFFSet -0.2|SOURce1:VOLTage:OFFSet 0|SYSTem:ERRor?
CLOCk:SRATe 1|CLOCk:SRATe 2.5e9|CLOCk:SRATe 2.5 GHz|FREQ 2.5e9|CLOCk:SRATe 1e6|AWGControl:RUN|AWGControl:STOP|*CLS
AWGControl:RUN;SOURce1:VOLTage 1.5|AWGControl:RSTate?|*OPC?|OUTPut1:STATe 1|OUTPut1:STATe 0|OUTP1 ON|OUTPut2:STATe 1
SOURce1:CASSet:SEQuence "s",1|SOURce1:CASSet:SEQuence "old",1|SOURce1:CASSet:SEQuence "s",2|SOURce1:CASSet:CLEar
SOURce1:CASSet:WAVeform "loud"|SOURce2:CASSet:SEQuence "s",1|SOURce2:VOLTage 0.2|OUTPut2:PATH DCHB|OUTPut1:PATH DIRect
OUTPut1:PATH DCHV|OUTPut1:WVALue:ANALog:STATe FIRSt|SOURce1:RMODe TCONtinuous|TRIGger:IMMediate ATRigger|TRIGGERS|PULL
WLISt:WAVeform:NEW "c",100,REAL|WLISt:WAVeform:NEW "a",2400,REAL|WLISt:WAVeform:DELete "a"|WLISt:WAVeform:DELete ALL
SLISt:SEQuence:NEW "t",1,1|SLISt:SEQuence:NEW "old",1,1|SLISt:SEQuence:NEW "t",99999,1|SLISt:SEQuence:DELete "s"
SLISt:SEQuence:DELete ALL|SLISt:SEQuence:STEP1:TASSet1:WAVeform "s","b"|SLISt:SEQuence:STEP1:TASSet1:WAVeform "t","a"
SLISt:SEQuence:STEP1:TASSet1:WAVeform "s","loud"|SLISt:SEQuence:STEP1:GOTO "s",FIRSt|SOURce1:CASSet:SEQuence "t",1
SOURce1:VOLTage "0.1;VOLT 1.5"|SOURce1:VOLTage 1\N{SUPERSCRIPT TWO}|SOURce1:VOLTage #13999|WAIT
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
BAD = [spiked(value) for value in (1.5, -1.0, 1.0, np.nan, np.inf, -np.inf, 1e-45)]
BLOCKS = [ramp(1.0), ramp(0.1), *BAD, ramp(0.5).astype(">f4"), ramp(0.5).astype("<f8"), ramp(0.5)[::-1], ramp(0.5)[:9]]
data_lines = st.builds(
    lambda name, start, count, block: (f'WLISt:WAVeform:DATA "{name}",{start},{count},', block),
    st.sampled_from("abc"), st.sampled_from([0, 0, 9, COUNT]), st.sampled_from([COUNT, COUNT, 9]),
    st.sampled_from(BLOCKS),
)  # fmt: skip
odd_lines = st.sampled_from(ODD).map(lambda text: (text, None)) | data_lines


def left_loud() -> EmulatedAwg5200:
    """Off and stopped, but 0.75 V, 2 GS/s, and a loud sequence on every channel."""
    awg = EmulatedAwg5200(channels=2, clock=SteppedClock())
    Wire(awg).write_block(f'WLISt:WAVeform:NEW "loud",{COUNT};:WLISt:WAVeform:DATA "loud",0,{COUNT},', spiked(-1.0))
    wire = Wire(awg)
    wire.write('SLISt:SEQuence:NEW "old",1,1;:SLISt:SEQuence:STEP1:TASSet1:WAVeform "old","loud"')
    for number in (1, 2):
        wire.write(f'SOURce{number}:CASSet:SEQuence "old",1;:SOURce{number}:VOLTage 1.5')
    wire.write("CLOCk:SRATe 2e9;*CLS")
    return awg


def send(gate: Gate, wire: Wire, line: Line) -> str:
    """Send a line; how it was refused, if it was."""
    text, block = line
    if text in ("TRIGGERS", "WAIT", "PULL"):
        wire.breaks = text == "PULL"
        if text != "PULL":
            wire.awg.clock.wait(1.0 if text == "WAIT" else 1e-3, wire.awg.interrupt)
            wire.awg.triggered(Burst(3, 1e-3))
        return ""
    before = state(wire.awg)
    try:
        if block is not None:
            gate.write_block(text, block)
        elif text.endswith("?"):
            gate.query(text)
        else:
            gate.write(text)
    except HardwareFault:
        wire.breaks = False
    except FeedlineError as refused:
        assert state(wire.awg) == before
        return str(refused)
    return ""


def state(awg: EmulatedAwg5200) -> tuple[Any, ...]:
    levels = [(one.amplitude_v, one.offset_v, one.is_on, one.asset, one.path) for one in awg.outputs.values()]
    return len(awg.log), awg.rate_hz, awg.run_state, levels, sorted(awg.waveforms), sorted(awg.sequences)


def is_kept(awg: EmulatedAwg5200) -> bool:
    """Within the safe ranges and half a step of the converter, ever since."""
    ends = [awg.output_volts(number) for number in (1, 2)]
    return all(-0.3 - 1e-5 <= low <= high <= 0.3 + 1e-5 for low, high in ends) and all(
        awg.steepest_v_per_s(number) <= 2e8 * (1 + 1e-5) for number in (1, 2)
    )


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_no_order_of_commands_brings_out_anything_unsafe(data: st.DataObject) -> None:
    """A driver's conversation with lines left out, put in, said twice and moved."""
    first = data.draw(st.sampled_from([ramp(1.0), ramp(0.5), *BAD]))
    volts = data.draw(st.sampled_from([0.3, 0.6, 0.62, 0.005]))
    lines = recipe(first, volts, data.draw(st.sampled_from([0.0, 0.05, -2.5])), data.draw(st.sampled_from([1e6, 1e9])))
    for _ in range(data.draw(st.integers(0, 3))):
        del lines[data.draw(st.integers(0, len(lines) - 1))]
    for line in data.draw(st.lists(odd_lines | st.sampled_from(lines), max_size=8)):
        lines.insert(data.draw(st.integers(0, len(lines))), line)
    awg = left_loud()
    wire = Wire(awg)
    gate = Gate(wire, TektronixAwgGuard(RANGES), RANGES)  # type: ignore[arg-type]
    for line in [*lines, ("AWGControl:RUN", None), ("TRIGGERS", None)]:
        send(gate, wire, line)
        assert is_kept(awg), line[0]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_order_of_several_commands_at_once_brings_out_anything_unsafe(data: st.DataObject) -> None:
    """The same, in pieces: each goes out whole or not at all."""
    first = data.draw(st.sampled_from([ramp(1.0), ramp(0.5), *BAD]))
    lines = recipe(first, data.draw(st.sampled_from([0.3, 0.6, 0.62])), 0.05, data.draw(st.sampled_from([1e6, 1e9])))
    for line in data.draw(st.lists(odd_lines | st.sampled_from(lines), max_size=8)):
        lines.insert(data.draw(st.integers(0, len(lines))), line)
    awg = left_loud()
    wire = Wire(awg)
    gate = Gate(wire, TektronixAwgGuard(RANGES), RANGES)  # type: ignore[arg-type]
    piece: list[Line] = []
    for line in [*lines, ("AWGControl:RUN", None), ("TRIGGERS", None)]:
        if not line[0].endswith("?") and line[0] not in ("TRIGGERS", "WAIT", "PULL"):
            piece.append(line)
            if data.draw(st.booleans()):
                continue
        before = state(awg)
        try:
            gate.write_all(piece)
        except HardwareFault:
            wire.breaks = False
        except FeedlineError:
            assert state(awg) == before
        piece = []
        send(gate, wire, line if line[0].endswith("?") or line[0].isalpha() else ("*OPC?", None))
        assert is_kept(awg), line[0]


@settings(max_examples=100, deadline=None)
@given(peak=st.floats(-1, 1), full_v=st.floats(0.0125, 0.3), side=st.sampled_from([-1, 0, 1]), share=st.floats(0.99, 1))
def test_a_legal_program_is_never_refused(peak: float, full_v: float, side: int, share: float) -> None:
    """Up to the very bound, offset included."""
    offset_v = side * (0.3 - full_v) * (share if side else 1)
    awg = left_loud()
    wire = Wire(awg)
    gate = Gate(wire, TektronixAwgGuard(RANGES), RANGES)  # type: ignore[arg-type]
    refusals = [send(gate, wire, line) for line in recipe(ramp(peak), 2 * full_v, offset_v, 5e8)]
    assert refusals == [""] * len(refusals)
    assert awg.shots
    low, high = awg.output_volts(1)
    expected = [0.0, *(offset_v + full_v * level for level in (0.0, peak, -0.5))]
    assert min(expected) - 1e-6 <= low <= high <= max(expected) + 1e-6
    assert is_kept(awg)
