# SPDX-License-Identifier: Apache-2.0
"""What a device with known errors would measure: circuits of a plan simulated by Aer, bits made points of clouds."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from feedline_bringup.experiment import Plan, Sweep
from feedline_bringup.state import State
from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.grid import Grid
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Play
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform

ZERO, ONE, SIGMA = 0.2, 1.1, 0.2
"""Where points of 0 and 1 lie, and how far they scatter."""


@attrs.frozen(kw_only=True)
class Bench:
    """As much of a backend as a plan asks for."""

    num_qubits: int = 2
    grid: Grid = attrs.field(factory=lambda: Grid(dt_s=1e-9, max_duration_s=400e-6))


def known_state(*, t1_s: float, t2_s: float, pulse_s: float = 40e-9, gate_s: float = 60e-9) -> State:
    """Two qubits with known times and readout, gates of known lengths."""
    frames = [Frame(f"q{qubit}", Port(f"d{qubit}"), frequency_hz=5e9) for qubit in (0, 1)]
    made = [
        Calibration(gate="sx", qubits=(qubit,), schedule=Schedule.left(Play(frame, Waveform.constant(pulse_s, 0.1))))
        for qubit, frame in enumerate(frames)
    ]
    gate = Schedule.left(Play(Frame("c", Port("c"), frequency_hz=0.0), Waveform.constant(gate_s, 0.1)))
    made += [Calibration(gate="cz", qubits=order, schedule=gate) for order in ((0, 1), (1, 0))]
    state = State(calibrations=CalibrationSet.of(made))
    for qubit in (0, 1):
        state = state.knowing(qubit, t1_s=t1_s, t2_s=t2_s, angle_rad=0.0, zero=ZERO, one=ONE)
    return state


def measured_by(plan: Plan, noise: NoiseModel, rng: np.random.Generator) -> list[NDArray[Any]]:
    """Points of all sweeps, ``(points, shots, 2)``."""
    simulator = AerSimulator(method="density_matrix", noise_model=noise, max_parallel_threads=1)
    return [_points(simulator, sweep, plan.shots, rng) for sweep in plan.sweeps]


def _points(simulator: AerSimulator, sweep: Sweep, shots: int, rng: np.random.Generator) -> NDArray[Any]:
    count = len(next(iter(sweep.values.values())))
    bare: QuantumCircuit = sweep.circuit.remove_final_measurements(inplace=False)
    bare.save_probabilities()
    found = []
    for place in range(count):
        bound = bare.assign_parameters({name: values[place] for name, values in sweep.values.items()})
        shares = np.clip(simulator.run(bound).result().data()["probabilities"], 0, 1)
        state = rng.choice(4, size=shots, p=shares / shares.sum())
        bits = np.stack([state & 1, state >> 1], axis=-1)
        scatter = SIGMA * (rng.normal(size=bits.shape) + 1j * rng.normal(size=bits.shape))
        found.append(ZERO + (ONE - ZERO) * bits + scatter)
    return np.array(found)
