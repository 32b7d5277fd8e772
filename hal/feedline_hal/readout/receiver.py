# SPDX-License-Identifier: Apache-2.0
"""The receiver: records demodulated and integrated, all captures at once."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from feedline.errors import InputError
from feedline_hal.errors import PulseError
from feedline_hal.instrument.acquisition import Records

from .bank import Bank, banks
from .window import Window

_ANGLES_AT_ONCE = 1 << 16


@attrs.frozen(slots=True, eq=False, init=False)
class Receiver:
    """Integrates the captures of one layout; keeps no state, so threads may share it.

    A record of volts ``v_n``, or of ``v_n = I_n + i Q_n``, gives for a window of ``N`` samples

        ``z = (g / N) sum_n kernel_n v_n exp(-i (2 pi frequency_hz t_n + phase_rad))``

    with ``t_n = first_time_s + n / rate_hz`` the instant at which sample ``n`` of the window was taken,
    ``g = 2`` for one real channel and ``g = 1`` for I and Q. ``A cos(2 pi frequency_hz t + phase_rad)`` on a
    real channel, and ``A exp(i (2 pi frequency_hz t + phase_rad))`` on a pair, thus give ``A`` where the kernel
    is 1; with the phase ahead by ``theta`` they give ``A exp(i theta)``. On a real channel this is exact if the
    window holds a whole number of half periods of the intermediate frequency; else the image at twice the
    frequency leaks in, by up to ``A / (N |sin(2 pi frequency_hz / rate_hz)|)``. At frequency 0 the image is the
    tone itself, and a constant 1 V gives 2.

    Converters that play (decision 6) hold sample ``k`` around ``(k + 1/2) / rate``; a digitizer's sample is an
    instant. Where that half sample matters it belongs into `Window.first_time_s`, as cable delays do.

    Args:
        windows: One for each capture.
        rate_hz: Samples per second of the records.

    Raises:
        PulseError: If a kernel does not fit its window, or the rate is not above 0.
        GridError: If a kernel lasts no whole number of samples.
    """

    windows: tuple[Window, ...]
    rate_hz: float
    _banks: tuple[Bank, ...]

    def __init__(self, windows: Iterable[Window], rate_hz: float) -> None:
        if not 0 < rate_hz < float("inf"):
            raise PulseError(f"Receiver: rate_hz is {rate_hz!r}.", remedy="Give a rate above 0, in samples per second.")
        given = tuple(windows)
        self.__attrs_init__(given, rate_hz, tuple(banks(given, rate_hz)))

    def integrate(self, records: Records, phase_rad: ArrayLike = 0.0) -> NDArray[np.complex64]:
        """Points of records, in volts, shape ``(records, captures)``.

        Samples are multiplied as they come, in portions of about half a MiB; what they mean in volts is
        accounted for in the points.

        Args:
            records: Some records of the acquisition.
            phase_rad: Of the captures, at the moment that `Window.first_time_s` counts from; broadcasts to
                ``(records, captures)``: ``(captures,)`` if all records have the same.

        Raises:
            InputError: If a window's channel was not recorded, or its records end before it.
        """
        check_records(self.windows, records)
        points = np.zeros((records.count, len(self.windows)), dtype=np.complex64)
        for bank in self._banks:
            channel = bank.channel
            scale_v = records.scale_v[channel]
            constant_v = records.offset_v[channel] - records.zero[channel] * scale_v
            bank.add(records.data[channel], scale_v, constant_v, points)
        return _turned(points, np.asarray(phase_rad, dtype=np.float64))

    def cut(self, records: Records) -> NDArray[np.inexact]:
        """Samples of the windows in volts: raw, neither demodulated nor weighted.

        Returns:
            Shape ``(records, captures, samples)`` with the samples of the longest window; shorter ones are filled
            with zeros. Complex if any window has I and Q, else real.

        Raises:
            InputError: If a window's channel was not recorded, or its records end before it.
        """
        check_records(self.windows, records)
        longest = max((window.samples for window in self.windows), default=0)
        is_complex = any(len(window.channels) == 2 for window in self.windows)
        kind = np.complex64 if is_complex else np.float32
        out: NDArray[np.inexact] = np.zeros((records.count, len(self.windows), longest), dtype=kind)
        for place, window in enumerate(self.windows):
            for part, channel in enumerate(window.channels):
                target = (out[:, place].real, out[:, place].imag)[part] if is_complex else out[:, place]
                target[:, : window.samples] = _volts(records, channel, window)
        return out


def _volts(records: Records, channel: int, window: Window) -> NDArray[np.float32]:
    raw = records.data[channel][:, window.start : window.stop].astype(np.float32)
    raw -= np.float32(records.zero[channel])
    raw *= np.float32(records.scale_v[channel])
    raw += np.float32(records.offset_v[channel])
    return raw


def _turned(points: NDArray[np.complex64], phase_rad: NDArray[np.float64]) -> NDArray[np.complex64]:
    """Points, turned back by their phases."""
    if not phase_rad.any():
        return points
    if phase_rad.ndim < 2:
        points *= np.exp(-1j * phase_rad).astype(np.complex64)
        return points
    phases = np.broadcast_to(phase_rad, points.shape)
    rows = max(1, _ANGLES_AT_ONCE // max(1, points.shape[1]))
    for top in range(0, len(points), rows):
        points[top : top + rows] *= np.exp(-1j * phases[top : top + rows])
    return points


def check_records(windows: Iterable[Window], records: Records) -> None:
    """Refuse records that windows do not lie in.

    Raises:
        InputError: Names the window, its channel and what was recorded.
    """
    for window in windows:
        for channel in window.channels:
            if channel not in records.data:
                known = ", ".join(str(number) for number in sorted(records.data))
                raise InputError(
                    f"Window '{window.name}' is on channel {channel}; recorded were {known or 'none'}.",
                    remedy="Name its channels in the acquisition.",
                )
            samples = records.data[channel].shape[1]
            if window.stop > samples:
                raise InputError(
                    f"Window '{window.name}' ends with sample {window.stop}, records of channel {channel} "
                    f"have {samples}.",
                    remedy="Record longer, or check the delay from the trigger to the first sample.",
                )
