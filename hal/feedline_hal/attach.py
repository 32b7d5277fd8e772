# SPDX-License-Identifier: Apache-2.0
"""Attach a calibration set to a backend: one that plays pulses, or one that runs what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedline.errors import CapabilityError

from .backend import PulseBackend
from .ideal import IdealPulseBackend

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .calibration.calibration_set import CalibrationSet


def attach(calibrations: CalibrationSet, backend: Backend, *, ideal: bool = False) -> Backend:
    """A backend derived from this one that has these calibrations.

    Args:
        calibrations: The set.
        backend: A backend; one that plays pulses plays them.
        ideal: Allows a backend that plays no pulses to run what they mean instead. A permission: where
            pulses can be played, they are.

    Raises:
        CalibrationError: If a port or qubit does not exist there.
        CapabilityError: If the backend plays no pulses and ``ideal`` is not set.
    """
    if isinstance(backend, PulseBackend):
        return backend.derived(calibrations)
    if isinstance(backend, IdealPulseBackend):
        return IdealPulseBackend(backend.backend, backend.calibrations.merged(calibrations))
    if not ideal:
        raise CapabilityError(
            f"Backend '{backend.name}' plays no pulses, so it takes no calibrations.",
            remedy="Choose a backend that plays pulses, 'pulse' for one, or run what pulse gates mean instead: "
            "backend.with_calibrations(calibrations, ideal=True).",
        )
    return IdealPulseBackend(backend, calibrations)
