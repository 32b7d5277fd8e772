# SPDX-License-Identifier: Apache-2.0
"""What a driver of an AWG5200 sends, by hand, and a gate that it goes through to nowhere."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from feedline_hal.instrument.assembly import Command, send_all
from feedline_hal.safety.gate import Gate
from feedline_hal.safety.tektronix_awg_guard import TektronixAwgGuard
from feedline_hal.testing.scripted_transport import ScriptedTransport

RANGES = {f"ch{number}_voltage_v": (-0.3, 0.3) for number in (1, 2)} | {
    f"ch{number}_slew_v_per_s": (0.0, 1e9) for number in (1, 2)
}
SAFE = ("*CLS", "AWGControl:STOP", "OUTPut1:STATe 0", "OUTPut2:STATe 0")
WIPED = (*SAFE, "SLISt:SEQuence:DELete ALL", "WLISt:WAVeform:DELete ALL")
LEVELS = (
    "CLOCk:SRATe 1000000000",
    'SOURce1:CASSet:SEQuence "s",1',
    "OUTPut1:PATH DCHB",
    "SOURce1:VOLTage 0.4",
    "SOURce1:VOLTage:OFFSet 0.05",
)
TAKEN = "SYSTem:ERRor?"
Line = str | Command


class Wire(ScriptedTransport):
    """Takes everything."""

    def __init__(self) -> None:
        super().__init__(())

    def write(self, command: str) -> None:
        pass

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        return "0"

    def write_block(self, command: str, samples: np.ndarray) -> None:
        pass


def waveform(name: str, samples: Iterable[float]) -> list[Line]:
    data = np.array(list(samples), np.float32)
    return [
        f'WLISt:WAVeform:NEW "{name}",{len(data)},REAL',
        Command(f'WLISt:WAVeform:DATA "{name}",0,{len(data)},', data),
    ]


def sequence(name: str, *waveforms: str) -> list[Line]:
    steps = [f'SLISt:SEQuence:STEP{step}:TASSet1:WAVeform "{name}","{item}"' for step, item in enumerate(waveforms, 1)]
    return [f'SLISt:SEQuence:NEW "{name}",{len(waveforms)},1', *steps]


def gate(*lines: Line, ranges: dict[str, tuple[float, float]] = RANGES) -> Gate:
    """A gate through which these commands went."""
    made = Gate(Wire(), TektronixAwgGuard(ranges), ranges)
    send(made, *lines)
    return made


def send(to: Gate, *lines: Line) -> None:
    for line in lines:
        if isinstance(line, Command):
            send_all(to, [line])
        elif line.endswith("?"):
            to.query(line)
        else:
            to.write(line)


def playing(first: Iterable[float] = (0, 0.5, 0), second: Iterable[float] = (0, -0.5, 0)) -> list[Line]:
    """A program that plays on channel 1: 0.2 V of amplitude, 0.05 V of offset, 1 GS/s."""
    return [
        *WIPED,
        *waveform("a", first),
        *waveform("b", second),
        *sequence("s", "a", "b"),
        *LEVELS,
        "OUTPut1:STATe 1",
        TAKEN,
    ]


def reach(guard: TektronixAwgGuard, line: str) -> dict[str, tuple[float, float]]:
    return {effect.quantity: (effect.low, effect.high) for effect in guard.effects(line, None) or ()}
