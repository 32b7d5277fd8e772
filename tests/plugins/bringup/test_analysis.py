# SPDX-License-Identifier: Apache-2.0
"""Analyses of drive pulses and times: a known truth in noisy points is found within its error; poor data are refused.

Points are drawn shot by shot: 0 or 1 by the model's probability, and Gaussian noise of 0.2 of their distance. What is
found has to be within 4 of its own standard errors, which a right analysis misses once in 16,000 tries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline_bringup.experiment import Finding, Plan, Routine, Sweep
from feedline_bringup.fitting import Measured
from feedline_bringup.routine.amplitude import FineAmplitude, Rabi
from feedline_bringup.routine.coherence import T1, T2Echo
from feedline_bringup.routine.drag import Drag
from feedline_bringup.routine.frequency import QubitSpectroscopy, Ramsey
from feedline_bringup.state import State
from feedline_hal import Calibration, CalibrationSet, Frame, Play, Port, Schedule, Waveform

Array = NDArray[np.float64]
SHOTS, NOISE, BASE_HZ = 600, 0.2, 5.1e9
DELAYS_S = np.linspace(0, 8e-6, 49)


@pytest.fixture
def state() -> State:
    """A qubit with ``sx`` and ``x``, whose points are 0 and 1 on the real axis."""
    frame = Frame("q0", Port("d0"), frequency_hz=BASE_HZ)
    made = [
        Calibration(
            gate=gate,
            qubits=(0,),
            schedule=Schedule.left(Play(frame, Waveform.drag(40e-9, amplitude, sigma_s=10e-9, beta_s=0.0))),
        )
        for gate, amplitude in (("sx", 0.1), ("x", 0.2))
    ]
    return State(calibrations=CalibrationSet.of(made)).knowing(0, angle_rad=0.0, zero=0.0, one=1.0, threshold=0.5)


def shots(probability: Array, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Points of one qubit, shape ``(points, shots, 1)``."""
    size = (len(probability), SHOTS)
    levels = rng.random(size) < probability[:, np.newaxis]
    return (levels + rng.normal(0, NOISE, size) + 1j * rng.normal(0, NOISE, size))[..., np.newaxis]


def analysed(
    routine: Routine, state: State, data: Sequence[NDArray[Any]], values: Array | None, about: Mapping[str, Any]
) -> Finding:
    """What a routine makes of data of one qubit."""
    given = {} if values is None else {Parameter("swept"): values}
    sweeps = tuple(Sweep(circuit=QuantumCircuit(1, 1), values=given) for _ in data)
    (found,) = routine.analyse(state, [0], Plan(sweeps=sweeps, shots=SHOTS, about=about), data)
    return found


def assert_found(one: Measured, truth: float) -> None:
    assert one.error > 0
    assert abs(one.value - truth) < 4 * one.error


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng([ord(letter) for letter in request.node.name])


FACTORS = np.linspace(0, 2.2, 41)


@pytest.mark.parametrize("turns", [0.8, 1.0, 1.25])
def test_rabi_finds_the_amplitude_of_half_a_turn(state: State, rng: np.random.Generator, turns: float) -> None:
    data = shots(0.5 - 0.48 * np.cos(np.pi * turns * FACTORS), rng)
    found = analysed(Rabi(), state, [data], FACTORS, {})
    assert found.problem == ""
    assert_found(found.values["factor"], 1 / turns)


def test_spectroscopy_finds_the_peak(state: State, rng: np.random.Generator) -> None:
    shift_hz = np.linspace(-12e6, 12e6, 61)
    data = shots(0.02 + 0.9 * np.exp(-0.5 * ((shift_hz - 4.9e6) / 5e5) ** 2), rng)
    found = analysed(QubitSpectroscopy(), state, [data], shift_hz, {})
    assert found.problem == ""
    assert_found(found.values["frequency_hz"], BASE_HZ + 4.9e6)


@pytest.mark.parametrize("off_hz", [-2.2e5, 3e4, 2.5e5])
def test_ramsey_finds_frequency_and_its_sign(state: State, rng: np.random.Generator, off_hz: float) -> None:
    """The qubit is above the frame by that much: fringes of the artificial frequency less it."""
    fringes_hz = Ramsey.artificial_hz - off_hz
    data = shots(0.5 + 0.45 * np.exp(-DELAYS_S / 3e-5) * np.cos(2 * np.pi * fringes_hz * DELAYS_S), rng)
    found = analysed(Ramsey(), state, [data], DELAYS_S, {})
    assert found.problem == ""
    assert_found(found.values["off_hz"], off_hz)
    assert found.values["frequency_hz"].value == pytest.approx(BASE_HZ + found.value("off_hz"))


@pytest.mark.parametrize("excess_rad", [-0.03, 0.0, 0.02])
@pytest.mark.parametrize("gate", ["sx", "x"])
def test_fine_amplitude_finds_the_excess(state: State, rng: np.random.Generator, gate: str, excess_rad: float) -> None:
    counts = np.arange(25.0)
    turn, begin = (np.pi / 2, 0.0) if gate == "sx" else (np.pi, np.pi / 2)
    probability = 0.5 - 0.5 * np.cos(begin + counts * (turn + excess_rad))
    data = [shots(probability[place : place + 1], rng) for place in range(len(counts))]
    found = analysed(FineAmplitude(), state, data, None, {"gate": gate})
    assert found.problem == ""
    assert_found(found.values[f"{gate}_excess_rad"], excess_rad)
    assert found.value(f"{gate}_factor") == pytest.approx(turn / (turn + found.value(f"{gate}_excess_rad")))


@pytest.mark.parametrize("best_s", [-4e-10, 2e-10])
def test_drag_finds_the_factor(state: State, rng: np.random.Generator, best_s: float) -> None:
    betas = np.linspace(-1.2e-9, 1.2e-9, 25)
    data = [shots(0.5 - 0.48 * np.cos(n * 0.08 * (betas - best_s) * 1e9), rng) for n in Drag.repeats]
    found = analysed(Drag(), state, data, betas, {})
    assert found.problem == ""
    assert_found(found.values["beta_s"], best_s)


@pytest.mark.parametrize(("routine", "fact"), [(T1(), "t1_s"), (T2Echo(), "t2_s")])
@pytest.mark.parametrize("time_s", [1.5e-5, 6e-5])
def test_times_are_found(state: State, rng: np.random.Generator, routine: Routine, fact: str, time_s: float) -> None:
    delays_s = 1.6e-4 * np.linspace(0, 1, 20) ** 1.5
    data = shots(0.02 + 0.94 * np.exp(-delays_s / time_s), rng)
    found = analysed(routine, state, [data], delays_s, {"delays_s": delays_s})
    assert found.problem == ""
    assert_found(found.values[fact], time_s)
    assert getattr(routine.propose(state, found).fact(0), fact) == found.value(fact)


POOR = {
    "rabi": (Rabi(), FACTORS, {}, 1, "no signal|edge|period|describe"),
    "spectroscopy": (QubitSpectroscopy(), np.linspace(-12e6, 12e6, 61), {}, 1, "no signal|edge|peak|describe"),
    "ramsey": (Ramsey(), DELAYS_S, {}, 1, "no signal|edge|period|describe"),
    "drag": (Drag(), np.linspace(-1.2e-9, 1.2e-9, 25), {}, 2, "no signal|edge|factor|describe"),
    "t1": (T1(), np.linspace(0, 1e-4, 20), {"delays_s": np.linspace(0, 1e-4, 20)}, 1, "no signal|edge|time|describe"),
    "t2": (T2Echo(), np.linspace(0, 1e-4, 20), {"delays_s": np.linspace(0, 1e-4, 20)}, 1, "no signal|edge|time"),
}


@pytest.mark.parametrize("name", POOR)
@pytest.mark.parametrize("seed", range(3))
def test_points_without_a_signal_give_a_reason_and_no_value_to_use(state: State, name: str, seed: int) -> None:
    """A qubit that does nothing at all: every fit says why it is not to be trusted."""
    routine, values, about, count, words = POOR[name]
    rng = np.random.default_rng(seed)
    data = [shots(np.full(len(values), 0.4), rng) for _ in range(count)]
    found = analysed(routine, state, data, values, about)
    assert found.problem != ""
    assert any(word in found.problem for word in words.split("|"))


@pytest.mark.parametrize("gate", ["sx", "x"])
def test_amplitudes_of_no_model_are_refused(state: State, rng: np.random.Generator, gate: str) -> None:
    """Points that jump about: what another qubit's tone in the record makes of them."""
    data = [shots(np.array([probability]), rng) for probability in rng.uniform(0, 1, 25)]
    found = analysed(FineAmplitude(), state, data, None, {"gate": gate})
    assert "describe" in found.problem or "not clear" in found.problem


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_qubit_that_never_leaves_its_level_has_no_amplitude(
    state: State, rng: np.random.Generator, level: float
) -> None:
    """Flat data are what a right pulse gives, but half way between 0 and 1."""
    data = [shots(np.array([level]), rng) for _ in range(25)]
    found = analysed(FineAmplitude(), state, data, None, {"gate": "x"})
    assert "the readout or sx is not calibrated" in found.problem
