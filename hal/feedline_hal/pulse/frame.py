# SPDX-License-Identifier: Apache-2.0
"""Frames: frequency and phase clocks on a port."""

from __future__ import annotations

import attrs

from .port import Port
from .value import Value, check_value


@attrs.frozen(slots=True)
class Frame:
    """A clock on a port: its carrier is ``exp(i (2 pi f t + phase))``, continuous when the frequency changes.

    Attributes:
        name: Its name, an identifier.
        port: Where it plays and captures.
        frequency_hz: At the start of a program.
        phase_rad: At the start of a program.

    Source: OpenQASM 3 specification, "OpenPulse Grammar", sections "Frames" and "Phase tracking".
    """

    name: str
    port: Port
    frequency_hz: Value = attrs.field(kw_only=True)
    phase_rad: Value = attrs.field(default=0.0, kw_only=True)

    @frequency_hz.validator
    def _check_frequency(self, _field: object, value: object) -> None:
        check_value(f"frame '{self.name}': frequency_hz", value, unit="Hz")

    @phase_rad.validator
    def _check_phase(self, _field: object, value: object) -> None:
        check_value(f"frame '{self.name}': phase_rad", value, unit="radians")
