# SPDX-License-Identifier: Apache-2.0
"""What each transmon and coupler feels: fields of all ports together, on one clock and relative to one frequency."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import Chip, Qubit
from .field import Field

_SLOW_HZ = 10.0
"""Rabi frequency of a leaking carrier that is left out."""
_LEAST_HELD = 0.2
"""Of a tone: what a sample leaves of it four fifths of the clock away; beyond, an oscillator drives no transmon."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Drive:
    """Samples that act on something, each held for its time.

    Attributes:
        samples: Shape ``(programs, samples)``; complex for a drive in volts, real for a voltage.
        start_s: When the first begins.
        rate_hz: Samples per second.
        frame_hz: What a drive is relative to.
        rest_v: What of it is there all the time: a carrier that leaks.
    """

    samples: NDArray[np.complex128]
    start_s: float
    rate_hz: float
    frame_hz: float = 0.0
    rest_v: complex = 0.0

    def between(self, start_s: float, count: int) -> NDArray[np.complex128]:
        """Samples of its own clock from the one that begins nearest; zeros where they reach beyond."""
        first = round((start_s - self.start_s) * self.rate_hz)
        made = np.zeros((len(self.samples), count), dtype=np.complex128)
        low, high = max(first, 0), min(first + count, self.samples.shape[1])
        if high > low:
            made[:, low - first : high - first] = self.samples[:, low:high]
        return made

    def acts(self, start_s: float, stop_s: float) -> bool:
        """Whether anything is there between two times."""
        first = max(0, math.floor((start_s - self.start_s) * self.rate_hz + 1e-6))
        last = max(0, math.ceil((stop_s - self.start_s) * self.rate_hz - 1e-6))
        return bool(self.rest_v) or bool(self.samples[:, first:last].any())

    def is_on_grid(self, time_s: float) -> bool:
        """Whether one of its samples begins at a time."""
        offset = (time_s - self.start_s) * self.rate_hz
        return abs(offset - round(offset)) < 1e-6

    def resampled(self, start_s: float, count: int, rate_hz: float) -> NDArray[np.complex128]:
        """Means over ``count`` samples of another clock, shape ``(programs, count)``; areas are kept."""
        if rate_hz == self.rate_hz and self.is_on_grid(start_s):
            return self.between(start_s, count)
        offset = (start_s - self.start_s) * self.rate_hz
        length = self.samples.shape[1]
        edges = np.clip(offset + np.arange(count + 1) * (self.rate_hz / rate_hz), 0, length)
        whole = np.minimum(np.floor(edges).astype(np.intp), max(length - 1, 0))
        area = np.concatenate([np.zeros((len(self.samples), 1)), np.cumsum(self.samples, axis=1)], axis=1)
        reached = area[:, whole] + (edges - whole) * self.samples[:, whole]
        means: NDArray[np.complex128] = np.diff(reached, axis=1) * (rate_hz / self.rate_hz)
        return means

    def relative_to(self, frame_hz: float, transmon_hz: float) -> Drive:
        """The same relative to another frequency, at the same rate: turned at each sample's middle.

        Between two frequencies that are far apart a sample turns while it is held. What stands for it turns a
        transmon on resonance as far, to first order.

        Args:
            frame_hz: The other frequency.
            transmon_hz: The transmon's.
        """
        if frame_hz == self.frame_hz:
            return self
        times_s = self.start_s + (np.arange(self.samples.shape[1]) + 0.5) / self.rate_hz
        held, moved = np.sinc((np.array([self.frame_hz, frame_hz]) - transmon_hz) / self.rate_hz)
        turning = held / max(moved, _LEAST_HELD) * np.exp(2j * np.pi * (self.frame_hz - frame_hz) * times_s)
        return attrs.evolve(self, samples=self.samples * turning, frame_hz=frame_hz, rest_v=0.0)

    def finer(self, parts: int) -> Drive:
        """The same with each sample in parts."""
        return attrs.evolve(self, samples=np.repeat(self.samples, parts, axis=1), rate_hz=self.rate_hz * parts)


def drives(chip: Chip, fields: Mapping[str, Field], frequencies_hz: Mapping[int, float]) -> dict[int, Drive]:
    """What drives each transmon, in volts at the chip; those that nothing drives are left out.

    It is relative to the local oscillator of the transmon's own port, or of the first that it feels; what other
    oscillators leak is left out.

    Args:
        chip: The chip.
        fields: By port.
        frequencies_hz: Of each transmon as it is biased.
    """
    return {
        qubit.index: _together(felt, frequencies_hz[qubit.index])
        for qubit in chip.qubits
        if (felt := [one for port, share in _shares(qubit) if (one := _scaled(fields.get(port), share, qubit))])
    }


def _shares(qubit: Qubit) -> list[tuple[str, float]]:
    own = [(qubit.port, 1.0)] if qubit.port else []
    return own + list(qubit.crosstalk.items())


def _scaled(field: Field | None, share: float, qubit: Qubit) -> Drive | None:
    """A share of a port's field; none where nothing plays, or the local oscillator is off."""
    if field is None or not math.isfinite(field.lo_hz):
        return None
    rest_v = share * field.rest_v if qubit.rabi_hz_per_v * abs(share * field.rest_v) > _SLOW_HZ else 0.0
    if not rest_v and not field.volts.any():
        return None
    samples = share * field.volts
    return Drive(samples=samples, start_s=field.start_s, rate_hz=field.rate_hz, frame_hz=field.lo_hz, rest_v=rest_v)


def _together(felt: list[Drive], transmon_hz: float) -> Drive:
    base = felt[0]
    if len(felt) == 1:
        return base
    ends_s = [one.start_s + one.samples.shape[1] / one.rate_hz for one in felt]
    early = max(0, math.ceil((base.start_s - min(one.start_s for one in felt)) * base.rate_hz - 1e-6))
    start_s = base.start_s - early / base.rate_hz
    count = math.ceil((max(ends_s) - start_s) * base.rate_hz - 1e-6)
    moved = [one.relative_to(base.frame_hz, transmon_hz).resampled(start_s, count, base.rate_hz) for one in felt]
    rest_v = sum(one.rest_v for one in felt if one.frame_hz == base.frame_hz)
    whole = moved[0]
    for one in moved[1:]:
        whole += one
    return attrs.evolve(base, samples=whole, start_s=start_s, rest_v=rest_v)


def voltages(ports: Iterable[str], fields: Mapping[str, Field]) -> dict[str, Drive]:
    """Voltages at baseband ports (couplers, resets), those that are ever not zero."""
    return {
        port: Drive(samples=fields[port].volts, start_s=fields[port].start_s, rate_hz=fields[port].rate_hz)
        for port in ports
        if port in fields and fields[port].volts.any()
    }
