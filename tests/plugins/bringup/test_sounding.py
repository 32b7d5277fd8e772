# SPDX-License-Identifier: Apache-2.0
"""Analyses of the readout: a known truth in noisy records and points is found within its error; poor data are refused.

What is found has to be within 4 of its own standard errors, which a right analysis misses once in 16,000 tries.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from scipy.special import ndtr

from feedline_bringup.edit import capture_of, with_kernel
from feedline_bringup.experiment import Plan, Sweep
from feedline_bringup.routine.coherence import Assignment
from feedline_bringup.routine.discrimination import Discrimination
from feedline_bringup.routine.readout_kernel import ReadoutKernel
from feedline_bringup.routine.readout_tone import ReadoutDelay, ResonatorSpectroscopy
from feedline_bringup.routine.sounding import prepared
from feedline_bringup.state import State
from feedline_hal import Calibration, CalibrationSet, Capture, Frame, Play, Port, Schedule, Waveform

RATE_HZ, LO_HZ, TONE_HZ, DURATION_S, DT_S = 1.25e9, 7e9, 7.06e9, 400e-9, 1e-9


@pytest.fixture
def state() -> State:
    """A qubit with ``x`` and a measurement of 400 ns, 60 MHz above the oscillator."""
    drive = Frame("q0", Port("d0"), frequency_hz=5.1e9)
    sound, listen = (Frame(name, Port("readout"), frequency_hz=TONE_HZ) for name in ("sound", "listen"))
    tone, kernel = Waveform.constant(DURATION_S, 0.3), Waveform.constant(DURATION_S)
    read = Schedule.left(Play(sound, tone), Capture(listen, DURATION_S, kernel=kernel))
    pulse = Schedule.left(Play(drive, Waveform.constant(40e-9, 0.2)))
    made = [
        Calibration(gate="x", qubits=(0,), schedule=pulse),
        Calibration(gate="measure", qubits=(0,), schedule=read, num_bits=1),
    ]
    return State(calibrations=CalibrationSet.of(made))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng([ord(letter) for letter in request.node.name])


def plan(count: int, values: NDArray[np.float64] | None = None, **about: Any) -> Plan:
    given = {} if values is None else {Parameter("swept"): values}
    return Plan(sweeps=(Sweep(circuit=QuantumCircuit(1, 1), values=given),) * count, shots=1, about=about)


def clouds(shares: tuple[float, float], apart: float, rng: np.random.Generator) -> list[NDArray[np.complex128]]:
    """Points of 0 and 1 prepared, each a share of 1; one standard deviation wide, the line turned by 0.8."""
    made = []
    for share in shares:
        position = apart * (rng.random(8000) < share) - 1.3 + rng.normal(0, 1, 8000) + 1j * rng.normal(0, 1, 8000)
        made.append((position * np.exp(0.8j))[np.newaxis, :, np.newaxis])
    return made


@pytest.mark.parametrize("apart", [2.5, 5.0])
def test_discrimination_finds_direction_and_border(state: State, rng: np.random.Generator, apart: float) -> None:
    (found,) = Discrimination().analyse(state, [0], plan(2), clouds((0.02, 0.97), apart, rng))
    assert found.problem == ""
    assert found.value("angle_rad") == pytest.approx(0.8, abs=4 * found.values["angle_rad"].error)
    for name, truth in (("zero", -1.3), ("one", apart - 1.3), ("sigma", 1.0), ("mixed_0", 0.02), ("mixed_1", 0.97)):
        assert found.value(name) == pytest.approx(truth, abs=4 * found.values[name].error)
    facts = Discrimination().propose(state, found).fact(0)
    assert facts.threshold == pytest.approx((facts.zero + facts.one) / 2)


def test_clouds_on_top_of_each_other_are_not_told_apart(state: State, rng: np.random.Generator) -> None:
    (found,) = Discrimination().analyse(state, [0], plan(2), clouds((0.02, 0.97), 0.3, rng))
    assert found.problem != ""


def test_assignment_counts_what_lies_beyond_the_border(state: State, rng: np.random.Generator) -> None:
    """Gaussians 4 sigma apart, 2 % and 97 % of them of level 1: overlap of 2.3 % on each side."""
    known = state.knowing(0, angle_rad=0.8, threshold=0.7)
    (found,) = Assignment().analyse(known, [0], plan(2), clouds((0.02, 0.97), 4.0, rng))
    wrong = float(ndtr(-2.0))
    for name, share in (("misread_0", 0.02), ("misread_1", 0.03)):
        truth = share * (1 - wrong) + (1 - share) * wrong
        assert found.value(name) == pytest.approx(truth, abs=4 * found.values[name].error)
    assert found.problem == ""


def test_assignment_without_a_border_or_with_clouds_on_one_side_is_refused(
    state: State, rng: np.random.Generator
) -> None:
    data = clouds((0.02, 0.97), 4.0, rng)
    (unknown,) = Assignment().analyse(state, [0], plan(2), data)
    assert unknown.problem == "angle and threshold are not known"
    (beside,) = Assignment().analyse(state.knowing(0, angle_rad=0.8, threshold=9.0), [0], plan(2), data)
    assert beside.problem == "0 and 1 are hardly told apart"


@pytest.mark.parametrize("middle_hz", [-4e6, 5e6])
def test_resonances_are_found_and_the_middle_between_them(
    state: State, rng: np.random.Generator, middle_hz: float
) -> None:
    """Dips of 4 MHz, 2 MHz apart; points with noise of a tenth of a dip."""
    shift_hz = np.linspace(-12e6, 12e6, 49)
    data = []
    for centre_hz in (middle_hz + 1e6, middle_hz - 1e6):
        mean = 1 - 0.6 / (1 + (2 * (shift_hz - centre_hz) / 4e6) ** 2)
        noise = rng.normal(0, 0.06, (49, 200, 1)) + 1j * rng.normal(0, 0.06, (49, 200, 1))
        data.append(mean[:, np.newaxis, np.newaxis] * np.exp(0.4j) + noise)
    (found,) = ResonatorSpectroscopy().analyse(state, [0], plan(2, shift_hz), data)
    assert found.problem == ""
    assert found.value("frequency_hz") == pytest.approx(TONE_HZ + middle_hz, abs=4 * found.values["frequency_hz"].error)
    assert found.value("apart_hz") == pytest.approx(-2e6, abs=4 * found.values["apart_hz"].error)


def test_a_line_without_a_dip_has_no_resonance(state: State, rng: np.random.Generator) -> None:
    shift_hz = np.linspace(-12e6, 12e6, 49)
    data = [1 + rng.normal(0, 0.3, (49, 200, 1)) + 1j * rng.normal(0, 0.3, (49, 200, 1)) for _ in range(2)]
    (found,) = ResonatorSpectroscopy().analyse(state, [0], plan(2, shift_hz), data)
    assert found.problem != ""


def records(envelope: NDArray[Any], noise_v: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Real records of a tone with a complex envelope, shape ``(1, shots, 1, samples)``."""
    times_s = (np.arange(len(envelope)) + 0.5) / RATE_HZ
    mean = (envelope * np.exp(2j * np.pi * (TONE_HZ - LO_HZ) * times_s)).real
    return (mean + rng.normal(0, noise_v, (400, len(envelope))))[np.newaxis, :, np.newaxis, :]


@pytest.mark.parametrize("delay_s", [-12e-9, 7e-9])
def test_delay_of_a_step_is_found(state: State, rng: np.random.Generator, delay_s: float) -> None:
    times_s = (np.arange(625) + 0.5) / RATE_HZ
    data = records(0.2 * (times_s > 100e-9 + delay_s), 0.05, rng)
    (found,) = ReadoutDelay().analyse(state, [0], plan(1, late_s=100e-9, dt_s=DT_S, lo_hz=LO_HZ), [data])
    assert found.problem == ""
    assert found.value("delay_s") == pytest.approx(delay_s, abs=2e-9)
    assert found.value("capture_delay_s") / DT_S == pytest.approx(round(found.value("delay_s") / DT_S))


def test_a_record_of_noise_has_no_step(state: State, rng: np.random.Generator) -> None:
    data = records(np.zeros(625), 0.05, rng)
    (found,) = ReadoutDelay().analyse(state, [0], plan(1, late_s=100e-9, dt_s=DT_S, lo_hz=LO_HZ), [data])
    assert found.problem != ""


def test_kernel_follows_the_difference_of_records(state: State, rng: np.random.Generator) -> None:
    """It weighs late samples, where the resonator has rung up, and turns their phase to the real axis."""
    times_s = (np.arange(500) + 0.5) / RATE_HZ
    risen = 1 - np.exp(-times_s / 80e-9)
    data = [records(0.1 * np.exp(-0.3j) + sign * 0.03j * risen, 0.02, rng) for sign in (-1, 1)]
    (found,) = ReadoutKernel().analyse(state, [0], plan(2, lo_hz={0: LO_HZ}, dt_s=DT_S), data)
    assert found.problem == ""
    weights = found.curves[0].y + 1j * found.curves[1].y
    assert np.abs(weights).max() == pytest.approx(1.0)
    middle = np.abs(np.linspace(0, 1, len(weights)) - 0.5) < 0.2
    assert np.abs(np.angle(weights[middle] / -1j)).max() < 0.2
    assert np.abs(weights[: len(weights) // 10]).mean() < 0.3 * np.abs(weights[middle]).mean()
    kernel = [
        item.kernel
        for item in ReadoutKernel().propose(state, found).calibrations.find("measure", (0,)).schedule.instructions()
        if isinstance(item, Capture)
    ]
    assert kernel[0] is not None
    assert kernel[0].duration_s == pytest.approx(DURATION_S, rel=1e-12)


def test_records_that_do_not_differ_make_no_kernel(state: State, rng: np.random.Generator) -> None:
    data = [records(np.full(500, 0.1), 0.02, rng) for _ in range(2)]
    (found,) = ReadoutKernel().analyse(state, [0], plan(2, lo_hz={0: LO_HZ}, dt_s=DT_S), data)
    assert "standard errors only" in found.problem


def test_preparations_are_measured_at_one_time(state: State) -> None:
    """Without ``x`` the circuit waits as long as ``x`` takes: records of both begin at the same phase."""
    without, with_x = (one.circuit for one in prepared(state, 1, [0]))
    waits, *_ = without.data
    assert (waits.operation.name, waits.operation.params[:1]) == ("delay", [40e-9])
    assert [item.operation.name for item in with_x.data] == ["x", "barrier", "measure"]


@pytest.mark.parametrize("parts", [5, 55, 67])
def test_a_set_with_a_kernel_of_many_parts_reads_back_from_its_text(state: State, parts: int) -> None:
    """Durations of parts add up to the same number in the set and in the text."""
    kernel = functools.reduce(Waveform.then, [Waveform.constant(4e-9, 0.5 + place / 1e3) for place in range(parts)])
    made = with_kernel(state.calibrations, 0, kernel)
    assert CalibrationSet.from_openpulse(made.to_openpulse(), dt_s=1e-9).id == made.id
    assert capture_of(made, 0).duration_s == pytest.approx(parts * 4e-9, rel=1e-14)
