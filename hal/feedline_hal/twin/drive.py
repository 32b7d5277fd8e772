# SPDX-License-Identifier: Apache-2.0
"""What each transmon and coupler feels: fields of all ports, in the frame that turns with the transmon."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import Chip, Qubit
from .field import Field


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Drive:
    """Samples that act on something.

    Attributes:
        samples: Shape ``(programs, samples)``; complex for a drive in volts, real for a voltage.
        start_s: When the first begins.
        rate_hz: Samples per second.
    """

    samples: NDArray[np.complex128]
    start_s: float
    rate_hz: float

    def between(self, start_s: float, stop_s: float) -> NDArray[np.complex128]:
        """The samples of a span; zeros where it reaches beyond."""
        first = round((start_s - self.start_s) * self.rate_hz)
        count = round((stop_s - start_s) * self.rate_hz)
        made = np.zeros((len(self.samples), count), dtype=np.complex128)
        low, high = max(first, 0), min(first + count, self.samples.shape[1])
        if high > low:
            made[:, low - first : high - first] = self.samples[:, low:high]
        return made

    def resampled(self, start_s: float, count: int, rate_hz: float) -> NDArray[np.complex128]:
        """The value at the middle of each of ``count`` samples of another clock."""
        if rate_hz == self.rate_hz and abs((start_s - self.start_s) * rate_hz % 1 - 0.5) > 0.499:
            return self.between(start_s, start_s + count / rate_hz)
        times_s = start_s + (np.arange(count) + 0.5) / rate_hz
        index = np.floor((times_s - self.start_s) * self.rate_hz).astype(np.intp)
        inside = (index >= 0) & (index < self.samples.shape[1])
        made = np.zeros((len(self.samples), count), dtype=np.complex128)
        made[:, inside] = self.samples[:, index[inside]]
        return made


def drives(chip: Chip, fields: Mapping[str, Field], frequencies_hz: Mapping[int, float]) -> dict[int, Drive]:
    """What drives each transmon, in volts at the chip, in its own frame; those that nothing drives are left out.

    Args:
        chip: The chip.
        fields: By port.
        frequencies_hz: Of each transmon as it is biased.
    """
    found: dict[int, Drive] = {}
    for qubit in chip.qubits:
        felt = [(port, share) for port, share in _shares(qubit) if port in fields and fields[port].volts.any()]
        if not felt:
            continue
        base = fields[felt[0][0]]
        total = np.zeros_like(base.volts)
        for port, share in felt:
            own = _in_frame(fields[port], frequencies_hz[qubit.index])
            part = own.samples if fields[port] is base else own.resampled(base.start_s, total.shape[1], base.rate_hz)
            total = total + share * part
        found[qubit.index] = Drive(samples=total, start_s=base.start_s, rate_hz=base.rate_hz)
    return found


def _shares(qubit: Qubit) -> list[tuple[str, float]]:
    own = [(qubit.port, 1.0)] if qubit.port else []
    return own + list(qubit.crosstalk.items())


def _in_frame(field: Field, frequency_hz: float) -> Drive:
    """An envelope as the transmon feels it; nothing where the local oscillator is off."""
    if not np.isfinite(field.lo_hz):
        return Drive(samples=np.zeros_like(field.volts), start_s=field.start_s, rate_hz=field.rate_hz)
    turning = np.exp(2j * np.pi * (field.lo_hz - frequency_hz) * field.times_s())
    return Drive(samples=field.volts * turning, start_s=field.start_s, rate_hz=field.rate_hz)


def voltages(ports: list[str], fields: Mapping[str, Field]) -> dict[str, Drive]:
    """Voltages at baseband ports (couplers, resets), those that are ever not zero."""
    return {
        port: Drive(samples=fields[port].volts, start_s=fields[port].start_s, rate_hz=fields[port].rate_hz)
        for port in ports
        if port in fields and fields[port].volts.any()
    }
