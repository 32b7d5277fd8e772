# SPDX-License-Identifier: Apache-2.0
"""Settable instruments behind a wire without a network, what is safe for them, and what an enemy would send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st

from feedline_hal.drivers.holzworth_hs9000 import HolzworthHs9000
from feedline_hal.drivers.mini_circuits_rudat import MiniCircuitsRudat
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.drivers.windfreak_synthhd import WindfreakSynthhd
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.emulator.holzworth_hs9000 import EmulatedHs9000
from feedline_hal.emulator.mini_circuits_rudat import EmulatedRudat
from feedline_hal.emulator.rohde_schwarz_sgs100a import EmulatedSgs100a
from feedline_hal.emulator.windfreak_synthhd import EmulatedSynthhd, LetterReader
from feedline_hal.emulator.yokogawa_gs200 import EmulatedGs200
from feedline_hal.errors import HardwareFault

Range = tuple[float, float]


class Wire:
    """Carries commands to an emulator at once; may lose its connection after it has carried one."""

    name = "bench"

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator
        self.breaks = False
        self._reader = LetterReader() if isinstance(emulator, EmulatedSynthhd) else None

    def _send(self, command: str) -> bytes | None:
        message = command.encode()
        messages = [message] if self._reader is None else [*self._reader.feed(message), *self._reader.finish()]
        replies = [self.emulator.process(item) for item in messages]
        if self.breaks:
            raise HardwareFault("The cable was pulled.", remedy="Plug it in.", instrument="bench")
        return replies[-1] if replies else None

    def write(self, command: str) -> None:
        self._send(command)

    def query(self, command: str, *, timeout_s: float | None = None) -> str:
        reply = self._send(command)
        if reply is None:
            raise HardwareFault("Nothing came.", remedy="Ask something.", instrument="bench")
        return reply.decode()

    def query_block(self, command: str, dtype: str, *, timeout_s: float | None = None) -> np.ndarray:
        self._send(command)
        return np.zeros(0)


@attrs.frozen
class Bench:
    kind: Any
    make: Callable[[], Any]
    ranges: Mapping[str, Range]
    nasty: tuple[str, ...]
    starts: Mapping[str, float]


LO: Mapping[str, Range] = {"frequency_hz": (4e9, 6e9), "power_dbm": (-30.0, 0.0), "phase_deg": (-360.0, 360.0)}
RF_NASTY = ("*RST", "*RCL 1", "*TST?", "SYST:PRES")
BENCHES = {
    "sgs100a": Bench(
        RohdeSchwarzSgs100a,
        EmulatedSgs100a,
        LO,
        (*RF_NASTY, "SOUR:POW 20", "SOUR:POW MAX", "sour:pow 20.00", "SOUR:FREQ 9e9", "OUTP ON", "SOUR:POW 0;POW 20"),
        {"frequency_hz": 10e9, "power_dbm": 20.0},
    ),
    "holzworth": Bench(
        HolzworthHs9000,
        lambda: EmulatedHs9000(channels=2),
        {f"{output}_{name}": limits for output in ("ch1", "ch2") for name, limits in LO.items()},
        (*RF_NASTY, ":CH1:FREQ:9GHz", ":CH1:FREQ:9GHz?", ":CH2:PWR:20", ":ch1:pwr:rf:on", ":CH1:PWR:20.00dBm?"),
        {},
    ),
    "synthhd": Bench(
        WindfreakSynthhd,
        EmulatedSynthhd,
        {f"{output}_{name}": limits for output in "ab" for name, limits in LO.items()},
        ("f9000f?", "C0f5000", "C0", "C1", "f9000.0000000", "C0f9000.0000000f?", "h1", "E1r1h1", "W20", "W20W?", "c1",
         "C0W-5.000W15.000", "C0f5e3", "C0f?f9000?", "C0f5000.0000000W20", "C0E1r1h1W20.000", "x1", "e", "-f9000?"),
        {},
    ),
    "rudat": Bench(
        MiniCircuitsRudat, EmulatedRudat, {"attenuation_db": (20.0, 60.0)},
        (":SETATT=0", "SETATT=10", ":SETATT=10.00?", ":setatt=10.00", ":SETATT=1e1", ":SETATT=200.00"), {},
    ),
    "gs200": Bench(
        YokogawaGs200,
        EmulatedGs200,
        {"level_v": (-0.5, 0.5), "level_v_per_s": (0.0, 0.25), "range_v": (0.01, 30.0)},
        ("*RST", ":SOUR:LEV 0.4", ":SOUR:LEV MAX", ":SOUR:FUNC CURR", ":SOUR:RANG 10", ":OUTP ON", ":SOUR:LEV:AUTO 1",
         ":PROG:RUN", ":SOUR:LEV 1.000000E-01?", ":sour:lev 3.000000E-01"),
        {"level_v": 0.8},
    ),
}  # fmt: skip


def commands(bench: Bench) -> st.SearchStrategy[str]:
    """What the driver writes, good values and bad; pieces of it; what an enemy would write."""

    def told(setting: Any) -> st.SearchStrategy[str]:
        low, high = bench.ranges.get(setting.name, (setting.low, setting.high))
        if setting.is_switch:
            return st.sampled_from([setting.told(0), setting.told(1)])
        near = st.floats(low, high) | st.floats(setting.low, setting.high) | st.sampled_from([low, high, 0.0])
        ranges = st.sampled_from([0.01, 0.1, 1.0, 10.0, 30.0])
        return (ranges if setting.name == "range_v" else near).map(setting.told)

    given_ranges = tuple(bench.ranges)
    own = [item for item in bench.kind.settings if item.is_switch or item.name in given_ranges]
    canonical = st.sampled_from(own).flatmap(told)
    fragments = st.sampled_from(bench.nasty) | canonical
    joined = st.lists(fragments, min_size=2, max_size=3).map("".join)
    spoilt = st.builds(lambda text, tail: text + tail, fragments, st.sampled_from("?; 019.e\t"))
    return st.one_of(canonical, canonical, fragments, joined, spoilt, st.sampled_from([item.query for item in own]))
