# SPDX-License-Identifier: Apache-2.0
"""Routines for the frequency of a qubit: a spectrum, then fringes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter

from feedline_bringup.edit import (
    drive_frame,
    number,
    play_of,
    with_frequency,
)
from feedline_bringup.experiment import Finding, Plan, Routine, Sweep, measured, measuring, signals
from feedline_bringup.fitting import Array, Measured, fading_wave, fit, main_frequency, peak
from feedline_bringup.state import State
from feedline_hal.calibration.calibration import Calibration
from feedline_hal.gate.pulse_gate import PulseGate
from feedline_hal.pulse.instruction import Play, ShiftFrequency
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

from .shared import apart, area, curve_of, evolved, found, only_value


class QubitSpectroscopy(Routine):
    """Where a long weak pulse excites."""

    name = "spectroscopy"
    title = "Qubit frequency, by a weak pulse"
    shots = 400
    reach_hz = 12e6
    points = 61
    duration_s = 1.2e-6

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """A Gaussian of the area of ``x``, so that it is about a half turn on resonance."""
        shift = Parameter("shift_hz")
        made = [self._probe(state, qubit, shift) for qubit in qubits]
        circuit = measuring(backend.num_qubits, qubits)
        for qubit in qubits:
            circuit.append(PulseGate("probe", 1, [shift]), [qubit])
        values = {shift: np.linspace(-self.reach_hz, self.reach_hz, self.points)}
        sweep = Sweep(circuit=measured(circuit, qubits), values=values)
        return [Plan(sweeps=(sweep,), shots=self.shots, calibrations=tuple(made))]

    def _probe(self, state: State, qubit: int, shift: Parameter) -> Calibration:
        pulse = play_of(state.calibrations, "x", (qubit,))
        shape = Waveform.gaussian(self.duration_s, 1.0, sigma_s=self.duration_s / 5)
        weak = shape.scaled(area(pulse.waveform) / area(shape))
        frame = pulse.frame
        schedule = Schedule.left(ShiftFrequency(frame, shift), Play(frame, weak), ShiftFrequency(frame, -1 * shift))
        return Calibration(gate="probe", qubits=(qubit,), arguments=(shift,), schedule=schedule)

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """A Gaussian peak."""
        shift_hz = only_value(plan)
        return [self._finding(state, qubit, shift_hz, *both) for qubit, both in signals(state, qubits, data[0]).items()]

    def _finding(self, state: State, qubit: int, shift_hz: Array, y: Array, error: Array) -> Finding:
        base = float(np.median(y))
        top = int(np.argmax(np.abs(y - base)))
        begin = {"amplitude": y[top] - base, "shift": shift_hz[top], "width": 6e5, "offset": base}
        limits = {"width": (1e5, 4e6), "shift": (-self.reach_hz, self.reach_hz)}
        fitted = fit(peak, shift_hz, y, error, begin, **limits)
        base_hz = number(drive_frame(state.calibrations, qubit).frequency_hz, f"frequency of q{qubit}")
        problem = fitted.problem or ("" if fitted["shift"].error < 2e5 else "the peak is too flat to find")
        values = {"frequency_hz": Measured(base_hz + fitted["shift"].value, fitted["shift"].error)}
        curve = curve_of(shift_hz, y, error, fitted, scale=1e6)
        return found(qubit, values, (curve,), (f"frequency - {base_hz / 1e9:.6f} GHz (MHz)", "signal"), problem)

    def propose(self, state: State, finding: Finding) -> State:
        """The drive frame is at that frequency."""
        frame = drive_frame(state.calibrations, finding.qubits[0])
        return evolved(state, with_frequency(state.calibrations, frame, finding.value("frequency_hz")))


class Ramsey(Routine):
    """Qubit frequency, by the phase that it gathers."""

    name = "ramsey"
    title = "Qubit frequency, by Ramsey fringes"
    shots = 600
    longest_s = 8e-6
    points = 49
    artificial_hz = 0.6e6

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """``sx``, a delay, a phase that grows with it, ``sx``; neighbours one after the other."""
        dt_s = backend.grid.dt_s * backend.grid.granularity_ticks
        delays_s = np.round(np.linspace(0, self.longest_s, self.points) / dt_s) * dt_s
        plans = []
        for group in apart(state, qubits):
            delay, turn = Parameter("delay_s"), Parameter("turn_rad")
            circuit = measuring(backend.num_qubits, group)
            for qubit in group:
                circuit.sx(qubit)
                circuit.delay(delay, qubit, "s")
                circuit.rz(turn, qubit)
                circuit.sx(qubit)
            values = {delay: delays_s, turn: 2 * np.pi * self.artificial_hz * delays_s}
            sweep = Sweep(circuit=measured(circuit, group), values=values)
            plans.append(Plan(sweeps=(sweep,), shots=self.shots, about={"qubits": group}))
        return plans

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """A wave that fades."""
        delays_s = only_value(plan)
        return [self._finding(state, qubit, delays_s, *both) for qubit, both in signals(state, qubits, data[0]).items()]

    def _finding(self, state: State, qubit: int, delays_s: Array, y: Array, error: Array) -> Finding:
        guess = main_frequency(delays_s * 1e6, y, 0.4 * self.points / (self.longest_s * 1e6))
        begin = {
            "amplitude": float(np.ptp(y)) / 2,
            "frequency": guess,
            "phase": 0.0,
            "offset": float(y.mean()),
            "rate": 0.03,
        }
        fitted = fit(fading_wave, delays_s * 1e6, y, error, begin, rate=(-0.05, 3.0), frequency=(0.0, 10.0))
        base_hz = number(drive_frame(state.calibrations, qubit).frequency_hz, f"frequency of q{qubit}")
        off_hz = self.artificial_hz - fitted["frequency"].value * 1e6
        error_hz = fitted["frequency"].error * 1e6
        problem = fitted.problem or ("" if error_hz < 2e4 else "the period is not clear")
        values = {"frequency_hz": Measured(base_hz + off_hz, error_hz), "off_hz": Measured(off_hz, error_hz)}
        curve = curve_of(delays_s * 1e6, y, error, fitted)
        return found(qubit, values, (curve,), ("delay (µs)", "signal"), problem)

    def propose(self, state: State, finding: Finding) -> State:
        """The drive frame is at that frequency."""
        frame = drive_frame(state.calibrations, finding.qubits[0])
        return evolved(state, with_frequency(state.calibrations, frame, finding.value("frequency_hz")))
