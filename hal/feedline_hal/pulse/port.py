# SPDX-License-Identifier: Apache-2.0
"""Ports: where a signal enters or leaves."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import attrs

from feedline_hal.errors import PulseError

from .value import check_name, check_value, number, settle


def _qubits(value: Iterable[int]) -> tuple[int, ...]:
    try:
        qubits = tuple(operator.index(item) for item in value)
    except TypeError:
        qubits = (-1,)
    if any(qubit < 0 for qubit in qubits) or len(set(qubits)) < len(qubits):
        raise PulseError(f"port: qubits is {value!r}.", remedy="Give different physical qubits, from 0: (0, 1).")
    return qubits


def _positive(what: str, value: Any) -> float:
    checked = number(check_value(what, value), what)
    if checked <= 0:
        raise PulseError(f"{what} is {value!r}.", remedy="Give a number above 0.")
    return checked


def _range(what: str, value: Any) -> tuple[float, float]:
    ends = tuple(value) if isinstance(value, Iterable) else ()
    if len(ends) != 2:
        raise PulseError(f"{what} is {value!r}.", remedy="Give the lowest and the highest frequency in Hz.")
    low, high = (number(check_value(what, end, unit="Hz"), what) for end in ends)
    if low > high:
        raise PulseError(f"{what} is {value!r}: the highest comes first.", remedy="Give the lowest frequency first.")
    return low, high


@attrs.frozen(slots=True, cache_hash=True)
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

    Raises:
        PulseError: If a value is not finite, not ordered, or not positive where it must be.

    Source: OpenQASM 3 specification, "OpenPulse Grammar", section "Ports".
    """

    name: str = attrs.field()
    qubits: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=_qubits)
    rate_hz: float | None = attrs.field(default=None, kw_only=True)
    lo_frequency_hz: float | None = attrs.field(default=None, kw_only=True)
    frequency_range_hz: tuple[float, float] | None = attrs.field(default=None, kw_only=True)
    max_amplitude: float = attrs.field(default=1.0, kw_only=True)
    is_multiplexed: bool = attrs.field(default=False, kw_only=True)
    can_play: bool = attrs.field(default=True, kw_only=True)
    can_capture: bool = attrs.field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        settle(self, name=check_name("port: name", self.name))
        what = f"port '{self.name}':"
        settle(self, max_amplitude=_positive(f"{what} max_amplitude", self.max_amplitude))
        if self.rate_hz is not None:
            settle(self, rate_hz=_positive(f"{what} rate_hz", self.rate_hz))
        if self.lo_frequency_hz is not None:
            name = f"{what} lo_frequency_hz"
            settle(self, lo_frequency_hz=number(check_value(name, self.lo_frequency_hz, unit="Hz"), name))
        if self.frequency_range_hz is not None:
            settle(self, frequency_range_hz=_range(f"{what} frequency_range_hz", self.frequency_range_hz))
