# SPDX-License-Identifier: Apache-2.0
"""Running routines one after the other, in one session."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline import Sampler, Session
from feedline.errors import CapabilityError, InputError
from feedline_hal.backend import PulseBackend
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.errors import CalibrationError

from .experiment import Finding, Plan, Routine
from .state import State


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Step:
    """One routine that has run.

    Attributes:
        routine: Which.
        findings: What it found, accepted or not.
        before, after: The state before and after it.
        seconds_s: How long it took.
    """

    routine: Routine
    findings: tuple[Finding, ...]
    before: State
    after: State
    seconds_s: float

    @property
    def changes(self) -> str:
        """What it changed, as text; empty if nothing."""
        lines = [str(self.before.calibrations.diff(self.after.calibrations))]
        if self.before.calibrations == self.after.calibrations:
            lines = []
        for qubit, facts in sorted(self.after.facts.items()):
            for name, value in attrs.asdict(facts).items():
                old = getattr(self.before.fact(qubit), name)
                if value is not None and value != old:
                    lines.append(f"q{qubit} {name}: {'none' if old is None else f'{old:.6g}'} → {value:.6g}")
        return "\n".join(lines)


def bring_up(backend: PulseBackend, state: State, routines: Sequence[Routine]) -> Iterator[Step]:
    """Run routines, each with what the ones before it found.

    Args:
        backend: What is measured; a session holds it throughout.
        state: What to begin with.
        routines: In order.

    Raises:
        InputError: If the backend plays no pulses.
        CapabilityError: If it does not return points of the IQ plane.
        FeedlineError: What measuring raises; nothing that was found until then is lost to the caller.
    """
    check_backend(backend)
    with Session(backend):
        for routine in routines:
            started_s = time.monotonic()
            before = state
            findings, state = run_routine(routine, backend, state)
            if findings:
                yield Step(
                    routine=routine,
                    findings=tuple(findings),
                    before=before,
                    after=state,
                    seconds_s=time.monotonic() - started_s,
                )


def check_backend(backend: object) -> None:
    """Refuse a backend that cannot be brought up; see `bring_up`."""
    if not isinstance(backend, PulseBackend):
        raise InputError(
            f"Backend '{getattr(backend, 'name', backend)}' plays no pulses, so there is nothing to calibrate.",
            remedy="Choose one that plays pulses: 'twin', or 'rack:FILE'.",
        )
    missing = {"kerneled", "raw"} - {str(level) for level in backend.capabilities.meas_levels}
    if missing:
        raise CapabilityError(
            f"Backend '{backend.name}' does not return {' and '.join(sorted(missing))} measurements.",
            remedy="Calibration looks at points of the IQ plane and at records; choose a rack.",
        )


def run_routine(routine: Routine, backend: PulseBackend, state: State) -> tuple[list[Finding], State]:
    """Run one routine on all qubits that have the gates it needs; what it found, and the state with it."""
    qubits = [qubit for qubit in range(backend.num_qubits) if _has(state, routine, qubit)]
    if not qubits:
        return [], state
    findings: list[Finding] = []
    for plan in routine.plan(state, qubits, backend):
        own = plan.about.get("qubits", qubits)
        findings += routine.analyse(state, own, plan, measure(plan, backend, state))
    for finding in findings:
        if not finding.problem:
            state = routine.propose(state, finding)
    return findings, state


def measure(plan: Plan, backend: PulseBackend, state: State) -> list[NDArray[Any]]:
    """Points or records of all sweeps, each ``(points, shots, qubits[, samples])``."""
    cals = state.calibrations.merged(CalibrationSet.of(plan.calibrations)) if plan.calibrations else state.calibrations
    sampler = Sampler(backend.with_calibrations(cals), options={"execution": {"meas_type": plan.level}})
    pubs = [(sweep.circuit, dict(sweep.values)) if sweep.values else (sweep.circuit,) for sweep in plan.sweeps]
    found = [np.asarray(one.data.c) for one in sampler.run(pubs, shots=plan.shots).result()]
    return [data if sweep.values else data[np.newaxis] for sweep, data in zip(plan.sweeps, found, strict=True)]


def _has(state: State, routine: Routine, qubit: int) -> bool:
    for gate in (*routine.gates, "measure"):
        values = (0.0,) if gate == "rz" else ()
        try:
            state.calibrations.find(gate, (qubit,), values)
        except CalibrationError:
            return False
    return True
