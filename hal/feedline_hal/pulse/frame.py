# SPDX-License-Identifier: Apache-2.0
"""Frames: frequency and phase clocks on a port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from feedline_hal.errors import PulseError

from .port import Port
from .value import Value, bound, check_name, check_value, parameters_of, settle

if TYPE_CHECKING:
    from qiskit.circuit import Parameter


@attrs.frozen(slots=True, cache_hash=True, repr=False)
class Frame:
    """A clock on a port: its carrier is ``exp(i (2 pi f t + phase))``, continuous when the frequency changes.

    Attributes:
        name: Its name, an identifier.
        port: Where it plays and captures.
        frequency_hz: At the start of a program.
        phase_rad: At the start of a program.

    Raises:
        PulseError: If the name is no identifier, or a value is not finite.

    Source: OpenQASM 3 specification, "OpenPulse Grammar", sections "Frames" and "Phase tracking".
    """

    name: str
    port: Port
    frequency_hz: Value = attrs.field(kw_only=True)
    phase_rad: Value = attrs.field(default=0.0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        settle(self, name=check_name("frame: name", self.name))
        what = f"frame '{self.name}':"
        if not isinstance(self.port, Port):
            raise PulseError(
                f"{what} port is {self.port!r}, which is no Port.", remedy="Give a Port: Port('q0_drive')."
            )
        settle(
            self,
            frequency_hz=check_value(f"{what} frequency_hz", self.frequency_hz, unit="Hz"),
            phase_rad=check_value(f"{what} phase_rad", self.phase_rad, unit="radians"),
        )

    def __repr__(self) -> str:
        phase = "" if self.phase_rad == 0 else f", {self.phase_rad} rad"
        return f"<Frame {self.name} on {self.port.name}, {self.frequency_hz} Hz{phase}>"

    @property
    def free(self) -> frozenset[Parameter]:
        """Parameters that it still depends on."""
        return parameters_of(self.frequency_hz) | parameters_of(self.phase_rad)

    def bind(self, values: Mapping[Parameter, Any]) -> Frame:
        """The frame with parameters replaced by numbers or expressions."""
        if not self.free:
            return self
        return attrs.evolve(
            self, frequency_hz=bound(self.frequency_hz, values), phase_rad=bound(self.phase_rad, values)
        )
