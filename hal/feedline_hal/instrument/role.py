# SPDX-License-Identifier: Apache-2.0
"""Roles: small protocols that drivers compose; a driver implements what its instrument has.

All of them are synchronous: VISA and serial lines block, and the layer above runs instruments side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from .identity import Identity


@runtime_checkable
class Instrument(Protocol):
    """What every driver does."""

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is not what the driver is for.
        """

    def safe_state(self) -> None:
        """Leave outputs safe: idempotent, bounded in time, and tried to the end even when a step fails."""

    def close(self) -> None:
        """Leave outputs as they are and let go of the connection; may be called twice."""


@runtime_checkable
class Settable(Instrument, Protocol):
    """Values with units and limits: local oscillators, biases, attenuators, switches."""

    def apply(self, **values: float) -> None:
        """Set values, all of them or none: every one is checked before the first is sent.

        Raises:
            LimitError: If a value is beyond its limits; nothing is clipped.
            HardwareFault: If the instrument does not accept one.
        """

    def read(self, name: str) -> float:
        """Ask for a value."""

    def limits(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest of each value that will be sent."""
