# SPDX-License-Identifier: Apache-2.0
"""Programs of one call on one backend: each means what it would mean alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from feedline.errors import CapabilityError, InputError
from feedline_hal.backend import PulseBackend
from feedline_hal.errors import OpenPulseError

from .program import Program

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from feedline.processor import Backend
    from feedline_hal.calibration.calibration_set import CalibrationSet

_KEPT = 16
_SHELF = "_feedline_programs"


def attached(program: Program, backend: Backend, *, ideal: bool = False) -> Backend:
    """The backend derived from this one for a program; the same one for the same calibrations.

    Raises:
        CapabilityError: If it plays no pulses and ``ideal`` is not set.
        CalibrationError: If the calibrations do not fit it.
    """
    calibrations = _calibrations(program, backend)
    if not program.needs_pulses and not calibrations.frames:
        return backend
    if not isinstance(backend, PulseBackend):
        return calibrations.attach(backend, ideal=ideal)
    shelf = backend.__dict__.setdefault(_SHELF, {})
    key = backend.calibrations.id, calibrations.id
    if key not in shelf:
        while len(shelf) >= _KEPT:
            shelf.pop(next(iter(shelf)))
        shelf[key] = calibrations.attach(backend)
    derived: Backend = shelf[key]
    return derived


def _calibrations(program: Program, backend: Backend) -> CalibrationSet:
    """The program's calibrations; a text that counts on ports or frames says that there are none."""
    try:
        return program.calibrations
    except OpenPulseError as error:
        if isinstance(backend, PulseBackend):
            raise
        raise CapabilityError(
            f"Backend '{backend.name}' plays no pulses, and the program cannot be read without: {error.what}",
            remedy="Choose a backend that plays pulses: `feedline backends` lists them.",
        ) from error


def placed(items: Sequence[Any], backend: Backend) -> tuple[Backend, Sequence[QuantumCircuit]]:
    """Find a backend for all items of a call.

    Programs with the same calibrations, alone in their call, get a backend derived for them. In a mixed
    call every gate that a program calibrates becomes a pulse box that carries its schedule, so that no
    other circuit sees it.

    Args:
        items: Circuits and programs.
        backend: Where they are to run.

    Returns:
        The backend, and a circuit for each item.

    Raises:
        CapabilityError: If the backend plays no pulses.
        InputError: If a program of a mixed call cannot carry its schedules with it.
    """
    here = [item.on(backend) if isinstance(item, Program) else item for item in items]
    programs = [item for item in here if isinstance(item, Program)]
    derived = [attached(program, backend) for program in programs]
    circuits = [item.circuit if isinstance(item, Program) else item for item in here]
    alike = {program.calibrations.id for program in programs}
    if not isinstance(backend, PulseBackend) or (len(alike) == 1 and len(programs) == len(here)):
        return derived[0], circuits
    from .carrying import carrying

    for index, item in enumerate(here):
        if isinstance(item, Program):
            _check_frames(index, item, backend)
            circuits[index] = carrying(index, item.circuit, item.calibrations)
    return backend, circuits


def _check_frames(index: int, program: Program, backend: PulseBackend) -> None:
    """Refuse a program that tunes the device's own frames anew while others are in the call."""
    for name, frame in program.calibrations.frames.items():
        own = backend.calibrations.frames.get(name)
        if own is not None and own != frame:
            raise InputError(
                f"Program {index} of the call gives the device's frame '{name}' another frequency or phase, and the "
                "call holds other programs or circuits.",
                remedy="Run it in a call of its own, or call the frame by another name.",
            )
