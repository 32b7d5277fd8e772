# SPDX-License-Identifier: Apache-2.0
"""Routines for the readout tone: when it comes back, and at what frequency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter
from scipy.ndimage import gaussian_filter1d
from scipy.special import erf

from feedline_bringup.edit import (
    capture_of,
    number,
    play_of,
    with_capture_delay,
    with_frequency,
    with_soft_tone,
)
from feedline_bringup.experiment import Curve, Finding, Plan, Routine, Sweep, measured, measuring
from feedline_bringup.fitting import Array, Measured, fit
from feedline_bringup.state import State
from feedline_hal.calibration.calibration import Calibration
from feedline_hal.gate.pulse_gate import PulseGate
from feedline_hal.pulse.instruction import Barrier, Capture, CaptureKind, Delay, Play, ShiftFrequency
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

from .shared import evolved
from .sounding import demodulated, oscillator_hz, tone_hz, unread

_SMOOTH_S = 10e-9
_EDGE_S = 8e-9
"""Standard deviation of the edges of readout tones."""


class ReadoutDelay(Routine):
    """When the tone comes back: the tone is played late within the record, and its edge is looked for."""

    name = "readout-delay"
    title = "When the readout tone comes back"
    gates = ()
    late_s = 100e-9
    shots = 400

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """One qubit at a time, so that its tone is alone on the line."""
        plans = []
        for qubit in qubits:
            circuit = measured(measuring(backend.num_qubits, [qubit]), [qubit])
            dt_s = backend.grid.dt_s * backend.grid.granularity_ticks
            late_s = max(1, round(self.late_s / dt_s)) * dt_s
            about = {"qubits": [qubit], "late_s": late_s, "dt_s": dt_s, "lo_hz": oscillator_hz(backend, state, qubit)}
            override = (_late(state, qubit, late_s),)
            sweeps = (Sweep(circuit=circuit),)
            plans.append(Plan(sweeps=sweeps, shots=self.shots, level="raw", calibrations=override, about=about))
        return plans

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """The middle of a smooth step in the power of the mean record."""
        (qubit,) = qubits
        capture = capture_of(state.calibrations, qubit)
        duration_s = number(capture.duration_s, "capture") + plan.about["late_s"]
        times_s, record = demodulated(data[0][0, :, 0], duration_s, tone_hz(state, qubit) - plan.about["lo_hz"])
        height = np.abs(gaussian_filter1d(record.mean(axis=0), _SMOOTH_S / (times_s[1] - times_s[0])))
        error = np.full(len(height), max(float(height[times_s < 0.4 * plan.about["late_s"]].std()), 1e-12))
        window = times_s < plan.about["late_s"] + 60e-9
        begin = {"low": 0.0, "high": float(height.max()), "delay": plan.about["late_s"], "width": 10e-9}
        found = fit(_step, times_s[window], height[window], error[window], begin, width=(1e-9, 80e-9))
        delay = Measured(found["delay"].value - plan.about["late_s"], found["delay"].error)
        problem = found.problem or ("" if delay.error < 10e-9 else f"its error is {delay.error * 1e9:.1f} ns")
        rounded = Measured(round(delay.value / plan.about["dt_s"]) * plan.about["dt_s"], 0.0)
        curve = Curve(
            x=times_s * 1e9, y=height, line=(times_s[window] * 1e9, found(times_s[window])), label="mean record"
        )
        return [
            Finding(
                qubits=(qubit,),
                values={"delay_s": delay, "capture_delay_s": rounded},
                curves=(curve,),
                labels=("time (ns)", "envelope"),
                problem=problem,
            )
        ]

    def propose(self, state: State, finding: Finding) -> State:
        """The capture begins when the tone comes back, and a rectangular tone gets soft edges."""
        (qubit,) = finding.qubits
        made = with_soft_tone(state.calibrations, qubit, _EDGE_S)
        made = with_capture_delay(made, qubit, finding.value("capture_delay_s"))
        return unread(evolved(state, made), qubit)


class ResonatorSpectroscopy(Routine):
    """In the middle between the resonances of 0 and 1, where their phases differ most."""

    name = "resonator"
    title = "Readout frequency, between the resonances of 0 and 1"
    shots = 200
    reach_hz = 12e6
    points = 49

    def plan(self, state: State, qubits: Sequence[int], backend: PulseBackend) -> Sequence[Plan]:
        """Both frames of a measurement are shifted, without and with ``x``; one qubit at a time, its tone alone."""
        return [self._plan(state, qubit, backend.num_qubits) for qubit in qubits]

    def _plan(self, state: State, qubit: int, num_qubits: int) -> Plan:
        shift = Parameter("shift_hz")
        values = {shift: np.linspace(-self.reach_hz, self.reach_hz, self.points)}
        sweeps = []
        for is_excited in (False, True):
            circuit = measuring(num_qubits, [qubit])
            if is_excited:
                circuit.x(qubit)
            circuit.append(PulseGate("measure_shift", 1, [shift]), [qubit])
            sweeps.append(Sweep(circuit=measured(circuit, [qubit]), values=values))
        about = {"qubits": [qubit]}
        made = (_shifted(state, qubit, shift),)
        return Plan(sweeps=tuple(sweeps), shots=self.shots, calibrations=made, about=about)

    def analyse(self, state: State, qubits: Sequence[int], plan: Plan, data: Sequence[NDArray[Any]]) -> list[Finding]:
        """A dip for each level; an ``x`` that is imperfect yet moves the second one a little towards the first."""
        (qubit,) = qubits
        shift_hz = next(iter(plan.sweeps[0].values.values()))
        return [self._finding(state, qubit, shift_hz, [one[..., 0] for one in data])]

    def _finding(self, state: State, qubit: int, shift_hz: Array, data: Sequence[NDArray[Any]]) -> Finding:
        base_hz = tone_hz(state, qubit)
        curves, dips = [], []
        for level, each in enumerate(data):
            mean = each.mean(axis=1)
            error = np.sqrt(each.var(axis=1) / each.shape[1] / 2)
            bottom = shift_hz[int(np.argmin(gaussian_filter1d(np.abs(mean), 1.0)))] / 1e6
            begin = {
                "depth": float(np.ptp(np.abs(mean))),
                "shift": bottom,
                "width": 4.0,
                "high": float(np.abs(mean).max()),
            }
            reach = self.reach_hz / 1e6
            found = fit(_dip, shift_hz / 1e6, np.abs(mean), error, begin | {"slope": 0.0}, shift=(-reach, reach))
            dips.append(found)
            line = (base_hz + shift_hz) / 1e9, found(shift_hz / 1e6)
            curves.append(Curve(x=line[0], y=np.abs(mean), error=error, line=line, label=f"{level} prepared"))
        middle_hz = base_hz + 0.5e6 * sum(one["shift"].value for one in dips)
        error_hz = 0.5e6 * math.hypot(*(one["shift"].error for one in dips))
        apart_hz = 1e6 * (dips[1]["shift"].value - dips[0]["shift"].value)
        problem = next((one.problem for one in dips if one.problem), "")
        return Finding(
            qubits=(qubit,),
            values={"frequency_hz": Measured(middle_hz, error_hz), "apart_hz": Measured(apart_hz, 2 * error_hz)},
            curves=curves,
            labels=("readout frequency (GHz)", "mean point"),
            problem=problem or ("" if error_hz < 5e5 else "the dips are too flat to find"),
        )

    def propose(self, state: State, finding: Finding) -> State:
        """Tone and capture are at that frequency; angle and threshold have to be found anew."""
        (qubit,) = finding.qubits
        made = state.calibrations
        for frame in dict.fromkeys((play_of(made, "measure", (qubit,)).frame, capture_of(made, qubit).frame)):
            made = with_frequency(made, frame, finding.value("frequency_hz"))
        return unread(evolved(state, made), qubit)


def _dip(x: Array, depth: float, shift: float, width: float, high: float, slope: float) -> Array:
    return high + slope * x - depth / (1 + (2 * (x - shift) / width) ** 2)


def _step(x: Array, low: float, high: float, delay: float, width: float) -> Array:
    risen: Array = low + (high - low) * 0.5 * (1 + erf((x - delay) / (np.sqrt(2) * width)))
    return risen


def _late(state: State, qubit: int, late_s: float) -> Calibration:
    """A measurement that records longer, and whose tone begins later."""
    capture, tone = capture_of(state.calibrations, qubit), play_of(state.calibrations, "measure", (qubit,))
    long_s = number(capture.duration_s, "capture") + late_s
    together = Barrier((tone.frame, capture.frame))
    schedule = Schedule.left(
        together,
        Delay(late_s, (tone.frame,)),
        Play(tone.frame, tone.waveform),
        Capture(capture.frame, long_s, kernel=Waveform.constant(long_s), kind=CaptureKind.BIT),
        together,
    )
    return Calibration(gate="measure", qubits=(qubit,), schedule=schedule, num_bits=1)


def _shifted(state: State, qubit: int, shift: Parameter) -> Calibration:
    """A gate that shifts both frames of a measurement."""
    frames = dict.fromkeys(
        (play_of(state.calibrations, "measure", (qubit,)).frame, capture_of(state.calibrations, qubit).frame)
    )
    schedule = Schedule.left(*(ShiftFrequency(frame, shift) for frame in frames))
    return Calibration(gate="measure_shift", qubits=(qubit,), arguments=(shift,), schedule=schedule)
