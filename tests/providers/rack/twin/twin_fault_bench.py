# SPDX-License-Identifier: Apache-2.0
"""Faults in a lab with a simulated chip: what comes out of a job is physics, so it is right if its statistics are."""

from __future__ import annotations

import collections
import re
import tomllib
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from expected import check_counts, expected
from fault_lab import ActingScript, FaultBench, bell, quick
from qiskit import QuantumCircuit

import feedline
from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.cable import Burst
from feedline_hal.rack.reading import read_rack
from feedline_hal.rack.schema import RackSpec
from feedline_hal.twin.chip import Chip
from feedline_hal.twin.chip_bench import chip_bench
from feedline_hal.twin.chip_file import read_chip
from feedline_rack.twin.writing import chip_files

INSTRUMENTS = ("awg1", "gen", "scope", "lo_drive", "lo_readout1", "q0_bias", "q1_bias", "trig")
SHOTS = 200
_TOLD = re.compile(rb":?(?:SOUR:(?P<scpi>FREQ|POW|LEV) |(?P<letter>[fW]))(?P<number>[-+0-9.E]+)")
_SAFE = {
    ("lo_drive", "f"): "a_frequency_hz", ("lo_drive", "W"): "a_power_dbm",
    ("lo_readout1", "FREQ"): "frequency_hz", ("lo_readout1", "POW"): "power_dbm",
    ("q0_bias", "LEV"): "level_v", ("q1_bias", "LEV"): "level_v",
}  # fmt: skip


@attrs.frozen(slots=True, eq=False)
class TwinLab:
    """Emulators with a chip behind them, and the backend of the rack file that points to them."""

    bench: Bench
    chip: Chip
    backend: Any

    def emulator(self, name: str) -> Any:
        """The emulator of an instrument."""
        return self.bench.emulators[name]


def twin_lab(folder: Path, scripts: dict[str, ActingScript]) -> TwinLab:
    """Files of `feedline twin new`, emulators of its rack; the caller stops them."""
    for path, text in chip_files(folder / "lab.toml", num_qubits=2, seed=0).items():
        path.write_text(text, encoding="utf-8")
    rack, chip = folder / "lab_rack.toml", read_chip(folder / "lab.toml")
    bench = chip_bench(chip, read_rack(rack), faults=scripts, at_rack_addresses=False)
    bench.__enter__()
    text = rack.read_text(encoding="utf-8")
    for name, table in tomllib.loads(text)["instruments"].items():
        text = text.replace(f'"{table["address"]}"', f'"{bench.addresses[name]}"')
    rack.write_text(quick(text), encoding="utf-8")
    return TwinLab(bench, chip, feedline.backend(f"rack:{rack}"))


def reset_bell() -> QuantumCircuit:
    """A Bell state after a reset, which the generator plays."""
    circuit = QuantumCircuit(2, 2)
    circuit.reset([0, 1])
    return circuit.compose(bell())


class TwinFaultBench(FaultBench):
    """A Bell state on two transmons behind eight instruments."""

    filled = "awg1"
    triggered = "c"
    needs_others = ("scope", "gen")

    def __init__(self, folder: Path) -> None:
        scripts = {name: ActingScript() for name in INSTRUMENTS}
        lab = twin_lab(folder, scripts)
        self.wanted = expected(bell(), lab.backend, lab.chip)
        super().__init__(lab, scripts, reset_bell(), SHOTS)
        self.check(self.plain, may_fail_at=())

    def close(self) -> None:
        """Stop the emulators."""
        self.lab.bench.__exit__(None, None, None)

    def is_answered(self, name: str, message: bytes) -> bool:
        return super().is_answered(name, message) or (name == "lo_drive" and message in (b"+", b"-", b"v0"))

    def snapshot(self, burst: Burst) -> object:
        awg, gen, synth, read = (self.lab.emulator(name) for name in ("awg1", "gen", "lo_drive", "lo_readout1"))
        biases = [self.lab.emulator(name) for name in ("q0_bias", "q1_bias")]
        played = [awg.played(channel, range(1)) for channel in awg.outputs]
        played += [gen.played(channel, range(1)) for channel, one in gen.channels.items() if one.shots]
        return (
            (burst.count, burst.period_s, awg.shots, awg.rate_hz, [one.shots for one in gen.channels.values()]),
            [(one.level_v, one.is_on, one.range_v) for one in biases],
            [getattr(synth, f"{out}_{what}") for out in "ab" for what in ("frequency_hz", "power_dbm", "is_on")],
            (read.frequency_hz, read.power_dbm, read.is_on),
            [float(np.abs(volts).sum()) for volts in played],
        )

    def check_bits(self, bits: list[str] | None) -> None:
        assert bits is not None
        assert len(bits) == SHOTS
        check_counts(collections.Counter(bits), self.wanted)

    def check_safe(self) -> None:
        awg, gen, synth = (self.lab.emulator(name) for name in ("awg1", "gen", "lo_drive"))
        assert not any(one.is_on for one in awg.outputs.values())
        assert not any(one.is_on for one in gen.channels.values())
        assert not synth.a_is_on
        assert not synth.b_is_on
        assert not self.lab.emulator("lo_readout1").is_on
        for name in ("q0_bias", "q1_bias"):
            assert (self.lab.emulator(name).level_v, self.lab.emulator(name).is_on) == (0, 0)
        assert not self.lab.emulator("trig").is_running
        self._check_limits(self.lab.backend.spec)

    def _check_limits(self, spec: RackSpec) -> None:
        for name in ("awg1", "gen"):
            for channel in self.lab.emulator(name).outputs if name == "awg1" else (1, 2):
                low, high = spec.instruments[name].safe[f"ch{channel}_voltage_v"]
                assert low - 1e-6 <= self.lab.emulator(name).output_volts(channel)[0]
                assert self.lab.emulator(name).output_volts(channel)[1] <= high + 1e-6
        for name in ("lo_drive", "lo_readout1", "q0_bias", "q1_bias"):
            for message in self.lab.emulator(name).log:
                self._check_message(spec, name, message)

    def _check_message(self, spec: RackSpec, name: str, message: bytes) -> None:
        found = _TOLD.fullmatch(message)
        if found is None:
            return
        letter = (found["scpi"] or found["letter"]).decode()
        key = _SAFE[name, letter]
        ranges = [spec.instruments[name].safe[key]]
        if name == "lo_drive":
            ranges.append(spec.instruments[name].safe[key.replace("a_", "b_")])
        value = float(found["number"]) * (1e6 if letter == "f" else 1.0)
        assert min(low for low, _ in ranges) <= value <= max(high for _, high in ranges), message
