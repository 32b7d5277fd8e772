# SPDX-License-Identifier: Apache-2.0
"""Where one capture lies in a digitizer's records, and what it is multiplied with."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import PulseError
from feedline_hal.pulse.value import check_value
from feedline_hal.pulse.waveform import Waveform


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Window:
    """One capture in every record of an acquisition.

    Attributes:
        name: What errors call it.
        channels: Of the digitizer: one, whose signal is real, or two, I and Q of ``v = I + i Q``.
        start: Sample of the record that is its first, from 0.
        samples: How many it has.
        frequency_hz: Intermediate frequency: of the capture's frame, less the local oscillator's; may be
            negative, and beyond half the sample rate, where it is folded as the digitizer folds it.
        first_time_s: When its first sample was taken, counted from the moment that its phase is of.
        kernel: Weights, ``None`` for 1: a waveform, sampled at the digitizer's rate, or its samples, complex,
            shape ``(samples,)``. Weight ``n`` goes with sample ``n`` of the window.

    Raises:
        PulseError: If there are not one or two channels, or it does not lie in any record.
    """

    name: str = "capture"
    channels: tuple[int, ...]
    start: int
    samples: int
    frequency_hz: float = 0.0
    first_time_s: float = 0.0
    kernel: Waveform | NDArray[np.complexfloating] | None = None

    def __attrs_post_init__(self) -> None:
        if len(self.channels) not in (1, 2) or len(set(self.channels)) != len(self.channels):
            raise PulseError(
                f"Window '{self.name}' has channels {self.channels}.",
                remedy="Give one channel of the digitizer, or two different ones: I and Q.",
            )
        if self.start < 0 or self.samples < 1:
            raise PulseError(
                f"Window '{self.name}' begins at sample {self.start} and has {self.samples}.",
                remedy="It begins at 0 or later and has 1 sample or more.",
            )
        check_value(f"Window '{self.name}': frequency_hz", self.frequency_hz, unit="Hz")
        check_value(f"Window '{self.name}': first_time_s", self.first_time_s, unit="seconds")

    @property
    def stop(self) -> int:
        """Sample after its last."""
        return self.start + self.samples

    def weights(self, rate_hz: float) -> NDArray[np.complex128]:
        """What samples in volts are multiplied with and summed over, shape ``(samples,)``.

        ``(g / samples) kernel_n exp(-2 pi i frequency_hz t_n)`` with ``t_n = first_time_s + n / rate_hz``, the
        instant of sample ``n``, and ``g`` 2 for a real signal, of which half lies at the negative frequency.

        Raises:
            PulseError: If the kernel has another number of samples, or unbound parameters.
            GridError: If the kernel lasts no whole number of samples.
        """
        times_s = self.first_time_s + np.arange(self.samples) / rate_hz
        gain = (2 if len(self.channels) == 1 else 1) / self.samples
        turned: NDArray[np.complex128] = gain * np.exp(-2j * np.pi * self.frequency_hz * times_s)
        if self.kernel is None:
            return turned
        kernel = self.kernel.sample(rate_hz) if isinstance(self.kernel, Waveform) else self.kernel
        if kernel.shape != (self.samples,):
            raise PulseError(
                f"Window '{self.name}' has {self.samples} samples, its kernel {kernel.size} at {rate_hz:.10g} Hz.",
                remedy="Give the window and the kernel the same duration.",
            )
        return turned * kernel
