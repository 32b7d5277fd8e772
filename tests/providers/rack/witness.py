# SPDX-License-Identifier: Apache-2.0
"""Looks at every output of an emulated rack after every message, and keeps what was beyond what is safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.cable import Burst

Ranges = Mapping[str, tuple[float, float]]
STEP_S = 20e-3
"""Time between two steps of a ramp."""
_NEAR = 1e-6


class Witness:
    """Stands between the wires and the emulators of a bench, changes nothing, and judges by their state alone.

    Args:
        bench: The emulators.
        safe: Safe ranges by instrument.

    Attributes:
        seen: What came out beyond them.
        was_on: Instruments that ever put anything out.
    """

    def __init__(self, bench: Bench, safe: Mapping[str, Ranges]) -> None:
        self.bench, self.safe = bench, safe
        self.seen: list[str] = []
        self.was_on: set[str] = set()
        self._looks = {
            "tektronix_awg5200": self._awg, "keysight_33600a": self._generator, "yokogawa_gs200": self._bias,
            "rohde_schwarz_sgs100a": self._source, "windfreak_synthhd": self._sources,
            "mini_circuits_rudat": self._attenuator, "quantum_composers_9520": self._coordinator,
        }  # fmt: skip
        self._levels: dict[str, float] = {}
        for name, emulator in bench.emulators.items():
            self._stand_before(name, emulator)

    def _stand_before(self, name: str, emulator: Any) -> None:
        process, look = emulator.process, self._looks.get(bench_driver(self.bench, name))

        def processed(message: bytes) -> bytes | None:
            reply: bytes | None = process(message)
            if look is not None:
                look(name, emulator)
            return reply

        emulator.process = processed
        if look == self._coordinator:
            for output in emulator.outputs:
                emulator.connect(output, self._triggered)

    def _triggered(self, _burst: Burst) -> None:
        for name, emulator in self.bench.emulators.items():
            look = self._looks.get(bench_driver(self.bench, name))
            if look == self._coordinator:
                self._coordinator(name, emulator, is_firing=True)  # a short burst may be over by now
            elif look is not None:
                look(name, emulator)

    def _judge(self, name: str, quantity: str, low: float, high: float, slack: float = 0.0) -> None:
        least, most = self.safe[name][quantity]
        if quantity.startswith("ch"):  # what is off is at 0 V
            least, most = min(least, 0.0), max(most, 0.0)
        slack += _NEAR * max(abs(least), abs(most))
        if not least - slack <= low <= high <= most + slack:
            self.seen.append(f"{name}.{quantity}: {low!r} to {high!r}, safe is {least!r} to {most!r}")

    def _awg(self, name: str, emulator: Any) -> None:
        for number, output in emulator.outputs.items():
            self._judge(name, f"ch{number}_voltage_v", *emulator.output_volts(number), slack=2e-5)
            steepest = emulator.steepest_v_per_s(number)
            self._judge(name, f"ch{number}_slew_v_per_s", 0.0, steepest, slack=1e4 + 1e-4 * steepest)
            if output.is_on:
                self.was_on.add(name)

    def _generator(self, name: str, emulator: Any) -> None:
        for number, channel in emulator.channels.items():
            self._judge(name, f"ch{number}_voltage_v", *emulator.output_volts(number), slack=2e-4)
            if channel.is_on and channel.burst:
                volts = channel.played(channel.burst).ravel()
                steepest = float(np.abs(np.diff(volts)).max()) * channel.rate_hz
                rounding = channel.rate_hz * channel.amplitude_vpp / 65534
                self._judge(name, f"ch{number}_slew_v_per_s", 0.0, steepest, slack=rounding)
                self.was_on.add(name)

    def _bias(self, name: str, emulator: Any) -> None:
        level_v, before_v = emulator.level_v, self._levels.get(name, 0.0)
        self._levels[name] = level_v
        if emulator.is_on:
            self.was_on.add(name)
            self._judge(name, "level_v", level_v, level_v)
            rate = abs(level_v - before_v) / STEP_S
            self._judge(name, "level_v_per_s", rate, rate, slack=1e-3 * self.safe[name]["level_v_per_s"][1])

    def _source(self, name: str, emulator: Any, prefix: str = "") -> None:
        if not getattr(emulator, f"{prefix}is_on"):
            return
        self.was_on.add(name)
        for quantity in (f"{prefix}frequency_hz", f"{prefix}power_dbm"):
            value = getattr(emulator, quantity)
            self._judge(name, quantity, value, value)

    def _sources(self, name: str, emulator: Any) -> None:
        for prefix in ("a_", "b_"):
            self._source(name, emulator, prefix)

    def _attenuator(self, name: str, emulator: Any) -> None:
        value_db = min(emulator.attenuation_db, self.safe[name]["attenuation_db"][1])  # more is safer
        self._judge(name, "attenuation_db", value_db, value_db)

    def _coordinator(self, name: str, emulator: Any, *, is_firing: bool = False) -> None:
        if not (is_firing or emulator.is_running):
            return
        self.was_on.add(name)
        period_s = float(emulator.value(0, "PERiod"))
        self._judge(name, "trigger_rate_hz", 1 / period_s, 1 / period_s)
        for number, output in enumerate(emulator.outputs, 1):
            if emulator.value(number, "STATe") == "1":
                duty = float(emulator.value(number, "WIDTh")) / period_s
                self._judge(name, f"{output}_duty", duty, duty)


def bench_driver(bench: Bench, name: str) -> str:
    """Name of the driver that an emulator is there for."""
    return bench.spec.instruments[name].driver
