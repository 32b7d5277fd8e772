# SPDX-License-Identifier: Apache-2.0
"""Ports: where a signal enters or leaves."""

from __future__ import annotations

import attrs


@attrs.frozen(slots=True)
class Port:
    """Where a signal enters or leaves; a calibration set knows its name, the device its limits.

    Attributes:
        name: Its name, an identifier: ``q0_drive``.
        qubits: Physical qubits that it acts on; what pictures and checks go by.
        rate_hz: Samples per second; ``None`` for the device's ``1 / dt``.
        lo_frequency_hz: Its local oscillator: samples are relative to it. ``None`` for none: the samples
            are relative to the frequency of the port's first frame.
        frequency_range_hz: Lowest and highest frequency of a frame on it.
        max_amplitude: Largest magnitude of a sample, full scale being 1.
        is_multiplexed: Whether several frames may play on it at once (they add up); else that is an error.
        can_play, can_capture: What it is for.

    Source: OpenQASM 3 specification, "OpenPulse Grammar", section "Ports".
    """

    name: str = attrs.field()
    qubits: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    rate_hz: float | None = attrs.field(default=None, kw_only=True)
    lo_frequency_hz: float | None = attrs.field(default=None, kw_only=True)
    frequency_range_hz: tuple[float, float] | None = attrs.field(default=None, kw_only=True)
    max_amplitude: float = attrs.field(default=1.0, kw_only=True)
    is_multiplexed: bool = attrs.field(default=False, kw_only=True)
    can_play: bool = attrs.field(default=True, kw_only=True)
    can_capture: bool = attrs.field(default=True, kw_only=True)
