# SPDX-License-Identifier: Apache-2.0
"""Chips of one and two transmons, and pulse sequences on them: for the twin's physics, and for its peer as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.twin.chip import Chip, Coupler, Qubit, Resonator
from feedline_hal.twin.field import Field

RATE_HZ = 1e9
RABI_HZ_PER_V = 100e6
EXCHANGE_HZ = 3.8e6
LINE_HZ = 6.9e9
GATE_SAMPLES, TONE_SAMPLES, RINGING_SAMPLES = 40, 400, 200
T1_S, T2_S = 38e-6, 50e-6
FREQUENCIES_HZ = (5.0e9, 4.8e9)
_KAPPA_HZ, _CHI_HZ = 4e6, 2e6
_TONES_HZ = (100e6, 180e6)
_TONE_V = 0.02


@attrs.frozen
class Pulse:
    """One pulse of 40 ns.

    Attributes:
        port: ``d0``, ``d1`` or ``c``, the coupler's.
        start: First sample.
        turn: Part of a whole turn; for a coupler 1.
        phase_rad: Of the drive.
    """

    port: str
    start: int
    turn: float
    phase_rad: float = 0.0

    def volts(self) -> NDArray[np.float64]:
        """Envelope: a Gaussian, or a coupler's plateau."""
        if self.port == "c":
            return np.ones(GATE_SAMPLES)
        middle = (GATE_SAMPLES - 1) / 2
        shape = np.exp(-0.5 * ((np.arange(GATE_SAMPLES) - middle) / (GATE_SAMPLES / 4)) ** 2)
        volts: NDArray[np.float64] = self.turn * shape / (shape.sum() / RATE_HZ * RABI_HZ_PER_V)
        return volts


@attrs.frozen(eq=False)
class Timeline:
    """Pulses and readout tones on a chip.

    Attributes:
        pulses: The pulses.
        tones: Transmon and first sample of each tone.
        samples: How long all of it is.
    """

    pulses: Sequence[Pulse]
    tones: Sequence[tuple[int, int]]
    samples: int

    def until_s(self) -> float:
        """When the last pulse is over."""
        return max(one.start for one in self.pulses) / RATE_HZ + GATE_SAMPLES / RATE_HZ

    def fields(self, phases_rad: NDArray[np.float64], drives_hz: Sequence[float] = FREQUENCIES_HZ) -> dict[str, Field]:
        """What arrives at the chip, with a phase more for each program and pulse, shape ``(programs, pulses)``."""
        ports = {one.port for one in self.pulses}
        shape = len(phases_rad), self.samples
        volts: dict[str, NDArray[np.complex128]] = {port: np.zeros(shape, dtype=np.complex128) for port in ports}
        for column, one in enumerate(self.pulses):
            own = one.volts() * (1 if one.port == "c" else np.exp(1j * (one.phase_rad + phases_rad[:, [column]])))
            volts[one.port][:, one.start : one.start + GATE_SAMPLES] += own
        lows_hz = {"d0": drives_hz[0], "d1": drives_hz[-1], "c": 0.0}
        found = {port: _field(one, lows_hz[port]) for port, one in volts.items()}
        return found | {"line": _field(np.broadcast_to(self._sound(), shape), LINE_HZ)}

    def _sound(self) -> NDArray[np.complex128]:
        made = np.zeros(self.samples, dtype=np.complex128)
        for index, start in self.tones:
            times_s = (np.arange(start, start + TONE_SAMPLES) + 0.5) / RATE_HZ
            made[start : start + TONE_SAMPLES] += _TONE_V * np.exp(
                2j * math.pi * (_TONES_HZ[index] - _CHI_HZ / 2) * times_s
            )
        return made

    def as_numbers(self, drives_hz: Sequence[float], shots: int | None) -> dict[str, Any]:
        """For the peer: what `twin_peer` takes."""
        ports = sorted({one.port for one in self.pulses if one.port != "c"})
        return {
            "transmons": [
                {"frequency_hz": FREQUENCIES_HZ[int(port[1])], "anharmonicity_hz": -300e6, "t1_s": T1_S, "t2_s": T2_S}
                for port in ports
            ],
            "drives_hz": list(drives_hz)[: len(ports)],
            "rabi_hz_per_v": RABI_HZ_PER_V,
            "coupling_hz": EXCHANGE_HZ,
            "pulses": [[one.port, one.start, one.volts().tolist(), one.phase_rad] for one in self.pulses],
            "until_ns": self.until_s() * 1e9,
            "shots": shots,
        }


def chip(num_qubits: int) -> Chip:
    """One transmon, or two with a coupler; resonators on one line."""
    qubits = tuple(
        Qubit(
            index=index,
            frequency_hz=FREQUENCIES_HZ[index],
            anharmonicity_hz=-300e6,
            t1_s=T1_S,
            t2_s=T2_S,
            port=f"d{index}",
            rabi_hz_per_v=RABI_HZ_PER_V,
            resonator=Resonator(
                port="line",
                frequency_hz=LINE_HZ + _TONES_HZ[index],
                chi_hz=_CHI_HZ,
                kappa_hz=_KAPPA_HZ,
                photons_per_v2=1e6,
            ),
        )
        for index in range(num_qubits)
    )
    pairs = [Coupler(qubits=(0, 1), port="c", exchange_hz_per_v=EXCHANGE_HZ)] if num_qubits == 2 else []
    return Chip(name="bench", seed=1, qubits=qubits, couplers=tuple(pairs))


def fifty_gates(num_qubits: int, rng: np.random.Generator) -> Timeline:
    """50 gates: quarter and half turns about random axes; on two transmons 40 of them, and 10 pulses of the coupler."""
    pulses: list[Pulse] = []
    start = 0
    while len(pulses) < 50:
        for _ in range(1 if num_qubits == 1 else 2):
            pulses += [_turn(f"d{index}", start, rng) for index in range(num_qubits)]
            start += GATE_SAMPLES
        if num_qubits == 2:
            pulses.append(Pulse("c", start, 1.0))
            start += GATE_SAMPLES
    return Timeline(pulses, [(index, start) for index in range(num_qubits)], start + TONE_SAMPLES + RINGING_SAMPLES)


def measured_between(num_qubits: int, rng: np.random.Generator, times: int = 5) -> Timeline:
    """Gates, then a measurement of the first transmon, so many times; at the end all are measured."""
    pulses: list[Pulse] = []
    tones: list[tuple[int, int]] = []
    start = 0
    for _ in range(times):
        pulses += [_turn(f"d{index}", start, rng) for index in range(num_qubits)]
        start += GATE_SAMPLES
        if num_qubits == 2:
            pulses.append(Pulse("c", start, 1.0))
            start += GATE_SAMPLES
        tones.append((0, start))
        start += TONE_SAMPLES + RINGING_SAMPLES
    tones += [(index, start) for index in range(num_qubits)]
    return Timeline(pulses, tones, start + TONE_SAMPLES + RINGING_SAMPLES)


def _turn(port: str, start: int, rng: np.random.Generator) -> Pulse:
    return Pulse(port, start, float(rng.choice([0.25, 0.5])), float(rng.uniform(-math.pi, math.pi)))


def _field(volts: NDArray[np.complex128], lo_hz: float) -> Field:
    return Field(volts=volts, start_s=0.0, rate_hz=RATE_HZ, lo_hz=lo_hz)
