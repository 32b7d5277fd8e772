# SPDX-License-Identifier: Apache-2.0
"""The chip between emulated instruments: a `Signal` for digitizers, made of what sequencers played."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.rack.schema import PortSpec, RackSpec

from .answer import Answer, Response, response
from .chip import Chip, Line, Qubit
from .field import Field, fields
from .processor import Processor, Sensed

_SHOTS_AT_ONCE = 128


@attrs.frozen(kw_only=True, slots=True, eq=False)
class _Burst:
    """One burst of triggers as the chip lived through it.

    Attributes:
        rows: How many different programs there are.
        fields: What arrived, by port, a row per program.
        sensed: What was measured, by program, for the shots of each.
    """

    rows: int
    fields: Mapping[str, Field]
    sensed: Sequence[Sequence[Sensed]]


class TwinSignal:
    """What a chip sends to one digitizer.

    Args:
        chip: The chip.
        spec: The rack that it is wired to.
        emulators: The rack's emulators; asked for what they put out when a record is read.
        digitizer: Name of the digitizer.
    """

    def __init__(self, chip: Chip, spec: RackSpec, emulators: Mapping[str, Any], digitizer: str) -> None:
        self._chip, self._spec, self._emulators, self._digitizer = chip, spec, emulators, digitizer
        self._processor = Processor(chip)
        self._rng = np.random.default_rng(chip.seed)
        self._lock = threading.Lock()
        self._mark: tuple[object, ...] = ()
        self._burst: _Burst | None = None
        self._responses: dict[tuple[str, bytes], Response] = {}

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Records of a channel ``(shots, times)``; times count from the trigger, shots from the arming."""
        with self._lock:
            burst = self._current(max(shots) + 1 if shots else 0)
            made = self._rng.standard_normal((len(shots), len(times_s)), dtype=np.float32)
            ports = [port for port in self._spec.ports.values() if self._hears(port, channel)]
            made *= np.float32(math.hypot(*(self._line(port).noise_v for port in ports)) if ports else 0.0)
            for port in ports:
                if port.name in burst.fields:
                    self._add(made, burst, port, channel, np.array(shots), times_s)
            return made

    def _hears(self, port: PortSpec, channel: int) -> bool:
        return any(one.instrument == self._digitizer and one.number == channel for one in port.inputs)

    def _line(self, port: PortSpec) -> Line:
        return self._chip.lines.get(port.name, Line())

    def _current(self, count: int) -> _Burst:
        """The burst that the records are of; lived through when the first record is read."""
        mark = tuple((name, id(getattr(one, "burst", None))) for name, one in self._emulators.items())
        if self._burst is None or mark != self._mark:
            self._burst, self._mark = self._live(), mark
        return self._burst

    def _live(self) -> _Burst:
        playing = {name: one for name, one in self._emulators.items() if getattr(one, "burst", None)}
        rows = math.lcm(*(max(1, one.num_steps) for one in playing.values())) if playing else 1
        shots = {name: range(one.burst.start, one.burst.start + rows) for name, one in playing.items()}
        total = max((len(one.burst) for one in playing.values()), default=0)
        arrived = fields(self._spec, playing | self._sources(), self._chip.mixers, shots)
        each = [len(range(row, total, rows)) for row in range(rows)]
        frequencies_hz = {one.index: self._frequency_hz(one) for one in self._chip.qubits}
        sensed: list[list[Sensed]] = [[] for _ in range(rows)]
        for group in _alike(arrived, rows):
            some = {name: attrs.evolve(one, volts=one.volts[group]) for name, one in arrived.items()}
            found = self._processor.play(some, frequencies_hz, [each[row] for row in group], self._rng)
            for row, one in zip(group.tolist(), found, strict=True):
                sensed[row] = one
        self._responses.clear()
        return _Burst(rows=rows, fields=arrived, sensed=sensed)

    def _sources(self) -> dict[str, Any]:
        used = {port.lo.instrument for port in self._spec.ports.values() if port.lo is not None}
        return {name: self._emulators[name] for name in used if name in self._emulators}

    def _frequency_hz(self, qubit: Qubit) -> float:
        """As it is biased: ``f = (f_max + |a|) sqrt|cos(pi phi)| - |a|``, see Koch et al., PRA 76, 042319 (2007)."""
        source = self._emulators.get(qubit.bias)
        if source is None:
            return qubit.frequency_hz
        level_v = float(source.level_v) if source.is_on else 0.0
        flux = (level_v - qubit.bias_sweet_v) / qubit.bias_period_v
        charging_hz = abs(qubit.anharmonicity_hz)
        return (qubit.frequency_hz + charging_hz) * math.sqrt(abs(math.cos(math.pi * flux))) - charging_hz

    def _add(
        self,
        made: NDArray[np.float32],
        burst: _Burst,
        port: PortSpec,
        channel: int,
        shots: NDArray[np.intp],
        times_s: NDArray[np.float64],
    ) -> None:
        """Add what comes back on one line."""
        trigger = self._spec.triggers.get(self._digitizer)
        late_s = 0.0 if trigger is None else trigger.delay_s
        there_s = times_s + late_s - port.capture_delay_s
        answer = Answer(chip=self._chip, line=self._line(port), times_s=there_s)
        part = [one.number for one in port.inputs].index(channel)
        for row in range(burst.rows):
            places = np.flatnonzero(shots % burst.rows == row)
            known = self._response(burst, port, row, there_s)
            own = [one for one in burst.sensed[row] if one.port == port.name]
            for first in range(0, len(places), _SHOTS_AT_ONCE):
                some = places[first : first + _SHOTS_AT_ONCE]
                heard = answer.volts(known, own, shots[some] // burst.rows)
                made[some] += heard.imag if part else heard.real

    def _response(self, burst: _Burst, port: PortSpec, row: int, times_s: NDArray[np.float64]) -> Response:
        source = burst.fields[port.name]
        key = port.name, source.volts[row].tobytes() + times_s[:2].tobytes()
        known = self._responses.get(key)
        if known is None:
            resonators = [one.resonator for one in self._chip.qubits if one.resonator is not None]
            known = self._responses[key] = response(source.volts[row], source, resonators, times_s)
        return known


def _alike(arrived: Mapping[str, Field], rows: int) -> list[NDArray[np.intp]]:
    """Programs whose pulses lie at the same times, together."""
    masks = [np.packbits(one.volts != 0, axis=1) for one in arrived.values()]
    if not masks:
        return [np.arange(rows)]
    _, which = np.unique(np.concatenate(masks, axis=1), axis=0, return_inverse=True)
    which = which.reshape(-1)
    return [np.flatnonzero(which == number) for number in range(int(which.max()) + 1)]
