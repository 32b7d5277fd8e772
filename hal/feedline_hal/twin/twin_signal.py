# SPDX-License-Identifier: Apache-2.0
"""The chip between emulated instruments: a `Signal` for digitizers, made of what sequencers played."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.rack.schema import PortSpec, RackSpec

from .answer import Answer, Response, response
from .chip import Chip, Line
from .life import Life, LivedBurst
from .noise import white_noise
from .sensed import Sensed, stacked_sensed
from .timeline import Span

_KEPT = 1024
_MOMENT_S = 0.5
_FEW = 64
"""Different tones that are remembered from burst to burst."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class _Unison:
    """Programs of a burst that a line answers alike: the same tone, measurements at the same times.

    Attributes:
        tone: Its number.
        row: One of them.
        places: Of each program of the burst among them, -1 for none, shape ``(programs,)``.
        most: Shots of a program, at most.
        sensed: What they sensed, one below the other.
    """

    tone: int
    row: int
    places: NDArray[np.intp]
    most: int
    sensed: Sequence[Sensed]

    @classmethod
    def of(cls, tone: int, rows: Sequence[int], sensed: Sequence[Sequence[Sensed]], burst: LivedBurst) -> Self:
        """Some rows of a burst, of what all of them sensed."""
        places = np.full(burst.rows, -1, dtype=np.intp)
        places[list(rows)] = np.arange(len(rows))
        most = -(-burst.shots // burst.rows)
        together = stacked_sensed([sensed[row] for row in rows], most)
        return cls(tone=tone, row=rows[0], places=places, most=most, sensed=together)


class TwinSignal:
    """What a chip sends to one digitizer; threads may share it.

    Args:
        chip: The chip.
        spec: The rack that it is wired to.
        emulators: The rack's emulators; asked for what they put out when a record is read.
        digitizer: Name of the digitizer.
        life: The chip's life, which all digitizers of a rack share; one of its own if not given.
    """

    def __init__(
        self,
        chip: Chip,
        spec: RackSpec,
        emulators: Mapping[str, Any],
        digitizer: str,
        *,
        life: Life | None = None,
    ) -> None:
        self._chip, self._spec, self._digitizer = chip, spec, digitizer
        self._life = Life(chip, spec, emulators) if life is None else life
        self._lock = threading.Lock()
        self._living = threading.Thread()
        self._beginning = threading.Lock()
        self._number = -1
        self._played: dict[tuple[object, ...], int] = {}
        self._unisons: dict[str, list[_Unison]] = {}
        self._responses: dict[tuple[float, ...], Response] = {}

    def begin(self) -> bool:
        """Begin to live through the last burst of triggers; whether there is anything that was not lived through."""
        with self._beginning:
            if not self._living.is_alive():
                if self._life.is_lived():
                    return False
                self._living = threading.Thread(target=self._live, name="twin-life", daemon=True)
                self._living.start()
            return True

    def is_ready(self) -> bool:
        """Whether the last burst of triggers was lived through; if not, that begins, and half a second is waited."""
        if self.begin():
            self._living.join(_MOMENT_S)
        return not self._living.is_alive()

    def _live(self) -> None:
        with contextlib.suppress(Exception):  # raised again where records are asked for
            self._life.burst()

    def volts(self, channel: int, shots: range, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Records of a channel ``(shots, times)``; times count from the trigger, shots from the arming.

        Shots beyond the triggers that sequencers took are noise: nothing played.
        """
        with self._lock:
            burst = self._life.burst()
            if burst.number != self._number:
                self._number = burst.number
                self._unisons.clear()
                if len(self._played) > _FEW:
                    self._played.clear()
                    self._responses.clear()
            ports = [port for port in self._spec.ports.values() if self._hears(port, channel)]
            noise_v = math.hypot(*(self._line(port).noise_v for port in ports)) if ports else 0.0
            seed = [self._chip.seed, 1 + channel, burst.number, shots.start]
            made = white_noise((len(shots), len(times_s)), noise_v, seed)
            for port in ports:
                if port.name in burst.fields and math.isfinite(burst.fields[port.name].lo_hz):
                    self._add(made, burst, (port, channel), np.array(shots), times_s)
            return made

    def _hears(self, port: PortSpec, channel: int) -> bool:
        return any(one.instrument == self._digitizer and one.number == channel for one in port.inputs)

    def _line(self, port: PortSpec) -> Line:
        return self._chip.lines.get(port.name, Line())

    def _add(
        self,
        made: NDArray[np.float32],
        burst: LivedBurst,
        heard: tuple[PortSpec, int],
        shots: NDArray[np.intp],
        times_s: NDArray[np.float64],
    ) -> None:
        """Add what comes back on one line."""
        port, channel = heard
        there_s = times_s - port.capture_delay_s
        own = [one for one in self._chip.qubits if one.resonator is not None and one.resonator.port == port.name]
        answer = Answer(
            columns={one.index: place for place, one in enumerate(own)},
            line=self._line(port),
            times_s=there_s,
            part=[one.number for one in port.inputs].index(channel),
        )
        row, shot = shots % burst.rows, shots // burst.rows
        for one in self._in_unison(burst, port):
            place = one.places[row]
            mine = np.flatnonzero((place >= 0) & (shots < burst.shots))
            if not len(mine):
                continue
            known, index = self._response(burst, port, one, there_s), place[mine] * one.most + shot[mine]
            if len(mine) == len(shots):
                answer.add(made, known, one.sensed, index)
                continue
            some = made[mine]
            answer.add(some, known, one.sensed, index)
            made[mine] = some

    def _in_unison(self, burst: LivedBurst, port: PortSpec) -> list[_Unison]:
        """Programs that are answered alike, together: found once for each burst."""
        known = self._unisons.get(port.name)
        if known is None:
            alike: dict[tuple[int, tuple[Span, ...]], list[int]] = {}
            sensed = [[one for one in some if one.port == port.name] for some in burst.sensed]
            for row in range(burst.rows):
                key = self._tone(burst, port, row), tuple(one.span for one in sensed[row])
                alike.setdefault(key, []).append(row)
            known = self._unisons[port.name] = [
                _Unison.of(tone, rows, sensed, burst) for (tone, _), rows in alike.items()
            ]
        return known

    def _tone(self, burst: LivedBurst, port: PortSpec, row: int) -> int:
        """A number for what plays on a line; the same for the same."""
        source = burst.fields[port.name]
        played = port.name, source.lo_hz, source.start_s, source.rate_hz, source.volts[row].tobytes()
        return self._played.setdefault(played, len(self._played))

    def _response(self, burst: LivedBurst, port: PortSpec, some: _Unison, times_s: NDArray[np.float64]) -> Response:
        source = burst.fields[port.name]
        key = some.tone, *times_s[:2].tolist(), len(times_s)
        known = self._responses.get(key)
        if known is None:
            if len(self._responses) > _KEPT:
                self._responses.clear()
            own = [one.resonator for one in self._chip.qubits if one.resonator and one.resonator.port == port.name]
            known = self._responses[key] = response(source.volts[some.row], source, own, times_s)
        return known
