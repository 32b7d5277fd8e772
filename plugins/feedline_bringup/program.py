# SPDX-License-Identifier: Apache-2.0
"""The routines in their order, and each of them as a program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from feedline.errors import InputError, nearest

from .experiment import Routine
from .routine.amplitude import FineAmplitude, Rabi
from .routine.benchmarking import SingleBenchmarking
from .routine.coherence import T1, Assignment, T2Echo
from .routine.discrimination import Discrimination
from .routine.drag import Drag
from .routine.entangling import ControlledPhaseAmplitude, ControlledPhases
from .routine.frequency import QubitSpectroscopy, Ramsey
from .routine.leakage import ControlledPhaseLeakage
from .routine.pair_benchmarking import PairBenchmarking
from .routine.readout_kernel import ReadoutKernel
from .routine.readout_tone import ReadoutDelay, ResonatorSpectroscopy
from .run import Step, bring_up
from .state import State

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend
    from feedline_hal.calibration.calibration_set import CalibrationSet

ROUTINES: tuple[Callable[[], Routine], ...] = (
    ReadoutDelay,
    ResonatorSpectroscopy,
    ReadoutKernel,
    Discrimination,
    QubitSpectroscopy,
    Rabi,
    Ramsey,
    Discrimination,
    FineAmplitude,
    Drag,
    FineAmplitude,
    Ramsey,
    ReadoutKernel,
    Discrimination,
    T1,
    T2Echo,
    ControlledPhaseAmplitude,
    partial(ControlledPhaseAmplitude, is_fine=True),
    ControlledPhases,
    ControlledPhaseLeakage,
    Assignment,
    SingleBenchmarking,
    PairBenchmarking,
)
"""All routines; some twice, as others improve what they build on."""


def chosen(only: Sequence[str] = ()) -> list[Routine]:
    """Routines of these names, in the order of bring-up; all of them without names.

    Raises:
        InputError: If there is none of a name.
    """
    made = [make() for make in ROUTINES]
    known = list(dict.fromkeys(one.name for one in made))
    for name in only:
        if name not in known:
            raise InputError(f"There is no routine '{name}'.", remedy=nearest(name, known))
    return [one for one in made if not only or one.name in only]


def program(name: str) -> Callable[..., Any]:
    """A routine as a function ``run(backend, calibrations=None)`` that gives its last `Step`, or ``None``."""
    (routine, *_) = chosen([name])

    def run(backend: PulseBackend, calibrations: CalibrationSet | None = None) -> Step | None:
        state = State.of(backend.calibrations if calibrations is None else calibrations)
        return next(iter(bring_up(backend, state, [routine])), None)

    return run
