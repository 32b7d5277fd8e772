# SPDX-License-Identifier: Apache-2.0
"""Rendering: the samples that each port emits."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import LimitError, PulseError

from .bind import Tables, bind
from .port_program import PortProgram

POINTS_AT_ONCE = 32
"""Parameter vectors bound at once while streaming: enough for the arithmetic, little to keep."""

_SHORT = 64
"""Samples up to which scattering a whole group at once is quicker than a slice per play."""

_SINGLE = 1e-6
"""What single precision may add to a sum."""

Samples = dict[str, NDArray[np.complex64]]


def render(
    program: PortProgram, values: Sequence[float] | NDArray[np.float64] | None = None, *, rate_hz: float | None = None
) -> Samples:
    """Samples of every port that plays, for one parameter vector.

    Args:
        program: Without control flow.
        values: Parameter vector, shape ``(n,)``; none if the program has no parameters.
        rate_hz: Samples per second; ``1 / dt`` by default.

    Returns:
        Complex envelopes relative to `PortProgram.lo_hz` by port name, shape ``(samples,)``, complex64; the
        port emits ``Re[x(t) exp(2 pi i lo t)]``.

    Raises:
        PulseError: If parameters are unbound, or the program has control flow.
        LimitError: If signals on a multiplexed port add up to more than its full scale.
    """
    given = np.zeros(0) if values is None else np.asarray(values, dtype=np.float64).reshape(-1)
    if len(given) != len(program.parameters):
        names = ", ".join(program.parameters[:6])
        raise PulseError(
            f"Program '{program.name}' has {len(program.parameters)} parameters ({names}), {len(given)} were given.",
            remedy="Give a value for each, in this order.",
        )
    return next(render_each(program, given[np.newaxis], rate_hz=rate_hz))


def render_each(
    program: PortProgram,
    values: NDArray[np.float64],
    *,
    rate_hz: float | None = None,
    ports: Collection[str] | None = None,
) -> Iterator[Samples]:
    """The same for many parameter vectors ``(points, n)``, one after the other, so that memory stays small.

    Args:
        program, values, rate_hz: As in `render`.
        ports: Names of the ports that matter; all of them if not given.
    """
    renderer = Renderer(program, rate_hz=rate_hz, ports=ports)
    for first in range(0, len(values), POINTS_AT_ONCE):
        some = values[first : first + POINTS_AT_ONCE]
        yield from renderer.each(bind(program, some)[0], some)


@attrs.frozen(slots=True, eq=False)
class _Group:
    """Plays of one waveform on one detuning: one multiplication for all of them.

    Attributes:
        rows: Which plays.
        shape: Waveform times carrier, ``(samples,)``.
        begins: Where each one begins in the samples of all ports, laid end to end.
        index: Where every sample goes, ``(plays, samples)``; ``None`` if slices are quicker, or must be added.
        is_added: Whether others may play at the same time.
    """

    rows: NDArray[np.intp]
    shape: NDArray[np.complex64]
    begins: list[int]
    index: NDArray[np.intp] | None
    is_added: bool

    def write(self, target: NDArray[np.complex64], factors: NDArray[np.complex64]) -> None:
        """Put the plays where they belong."""
        made = np.multiply.outer(factors[self.rows], self.shape)
        if self.index is not None:
            target[self.index] = made
            return
        length = len(self.shape)
        for begin, samples in zip(self.begins, made, strict=True):
            if self.is_added:
                target[begin : begin + length] += samples
            else:
                target[begin : begin + length] = samples


class Renderer:
    """Keeps what all parameter vectors share: sampled waveforms and where they go; may be used again and again.

    Args:
        program: Without control flow.
        rate_hz: Samples per second; ``1 / dt`` by default.
        ports: Names of the ports that matter; all of them if not given.

    Raises:
        PulseError: If something does not lie on a sample, or the program has control flow.
    """

    def __init__(
        self, program: PortProgram, *, rate_hz: float | None = None, ports: Collection[str] | None = None
    ) -> None:
        block = program.block
        rate_hz = 1 / program.dt_s if rate_hz is None else rate_hz
        self._program = program
        wanted = np.array([ports is None or port.name in ports for port in program.ports], dtype=bool)
        self._rows = np.flatnonzero(wanted[block.plays.port])
        plays = block.plays
        self._play_ports, self._waveforms = plays.port[self._rows], plays.waveform[self._rows]
        self._rate_hz = rate_hz
        per_tick = rate_hz * program.dt_s
        self._length = int(_whole(np.array([block.duration_ticks * per_tick]), "end of the program", rate_hz)[0])
        self._ports = np.unique(self._play_ports)
        starts = _whole(plays.start_ticks[self._rows] * per_tick, "start of a play", rate_hz)
        self._begins = starts + np.searchsorted(self._ports, self._play_ports) * self._length
        self._lo_hz = np.array([program.lo_hz(port) for port in range(len(program.ports))])[self._play_ports]
        self._is_added = np.array([program.ports[port].is_multiplexed for port in self._play_ports], dtype=bool)
        self._groups: list[_Group] | None = None
        if plays.frequency_hz.is_constant and not program.shaped:
            self._groups = self._grouped(plays.frequency_hz.constant, np.zeros(0))

    def each(self, tables: Tables, values: NDArray[np.float64]) -> Iterator[Samples]:
        """Samples of the ports for parameter vectors ``(points, n)``, bound to ``tables``, one after the other."""
        for point in range(len(values)):
            yield self._point(tables, point, values[point])

    def _point(self, tables: Tables, point: int, values: NDArray[np.float64]) -> Samples:
        flat = np.zeros(len(self._ports) * self._length, dtype=np.complex64)
        factors = tables.amplitude[point] * np.exp(1j * tables.phase_rad[point])
        groups = self._groups
        if groups is None:
            groups = self._grouped(tables.frequency_hz[point], values)
        factors = factors.astype(np.complex64)
        for group in groups:
            group.write(flat, factors)
        found: Samples = {}
        for place, port in enumerate(self._ports.tolist()):
            samples = flat[place * self._length : (place + 1) * self._length]
            self._check_sum(port, samples)
            found[self._program.ports[port].name] = samples
        return found

    def _grouped(self, frequency_hz: NDArray[np.float64], values: NDArray[np.float64]) -> list[_Group]:
        detuning_hz = frequency_hz[self._rows] - self._lo_hz
        keys = np.stack([self._waveforms, detuning_hz, self._is_added], axis=1)
        distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
        groups = []
        for number, (waveform, offset_hz, is_added) in enumerate(distinct.tolist()):
            rows = np.flatnonzero(inverse.reshape(-1) == number)
            shape = self._shape(int(waveform), values)
            if offset_hz:
                shape = shape * self._carrier(offset_hz, len(shape))
            begins = self._begins[rows]
            is_short = len(shape) <= _SHORT and not is_added
            index = begins[:, np.newaxis] + np.arange(len(shape)) if is_short else None
            groups.append(_Group(self._rows[rows], shape.astype(np.complex64), begins.tolist(), index, bool(is_added)))
        return groups

    def _shape(self, index: int, values: NDArray[np.float64]) -> NDArray[np.complex128]:
        waveform = self._program.waveforms[index]
        if waveform.free:
            parameters = self._program.vector.parameters
            waveform = waveform.bind(dict(zip(parameters, map(float, values), strict=True)))
        return waveform.sample(self._rate_hz)

    def _carrier(self, offset_hz: float, length: int) -> NDArray[np.complex128]:
        """The carrier at the middle of each sample, from the start of the play."""
        time_s = (np.arange(length) + 0.5) / self._rate_hz
        made: NDArray[np.complex128] = np.exp(2j * math.pi * offset_hz * time_s)
        return made

    def _check_sum(self, port: int, samples: NDArray[np.complex64]) -> None:
        limit = self._program.ports[port].max_amplitude
        if not self._program.ports[port].is_multiplexed or not len(samples):
            return
        peak = float(np.abs(samples).max())
        if not peak <= limit * (1 + _SINGLE):
            raise LimitError(
                f"Signals on port '{self._program.ports[port].name}' add up to {peak:.6g}.",
                remedy=f"The port takes up to {limit:.6g} of full scale; use smaller amplitudes.",
            )


def _whole(samples: NDArray[Any], what: str, rate_hz: float) -> NDArray[np.int64]:
    rounded = np.round(samples)
    if np.abs(samples - rounded).max(initial=0.0) > 1e-3:
        raise PulseError(
            f"At {rate_hz:.12g} samples per second the {what} does not lie on a sample.",
            remedy="Render at a multiple of the device's own rate.",
        )
    return rounded.astype(np.int64)
