# SPDX-License-Identifier: Apache-2.0
"""Samples of ports, families of programs, and binding many sets at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from paper_backend import NS, frames, paper, port
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector

from feedline_hal import (
    Calibration,
    CalibrationSet,
    Frame,
    Play,
    PulseGate,
    Schedule,
    ShiftFrequency,
    Waveform,
    lower,
)
from feedline_hal.errors import LimitError, PulseError
from feedline_hal.lowering.bind import bind
from feedline_hal.lowering.family import ProgramFamily
from feedline_hal.lowering.render import render, render_each


def test_samples_are_the_closed_form_of_carrier_and_envelope() -> None:
    """x(t) = amplitude w(t - t0) exp(i (2 pi (f - lo) t + phase)), at the middle of each sample."""
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    circuit.rz(0.7, 0)
    circuit.x(0)
    samples = render(lower(circuit, paper(1)), rate_hz=1e9)["q0_drive"]
    time_s = (np.arange(80) + 0.5) * NS
    shape = Waveform.drag(40 * NS, 1.0, sigma_s=10 * NS, beta_s=1 * NS).sample(1e9)
    envelope = np.concatenate([0.15 * shape, 0.3 * shape * np.exp(0.7j)])
    np.testing.assert_allclose(samples, envelope * np.exp(2j * math.pi * 50e6 * time_s), atol=2e-7)
    assert samples.dtype == np.complex64


def test_a_frequency_change_is_phase_continuous() -> None:
    """The carrier's phase does not jump where its frequency does."""
    drive = frames(0)[0]
    flat = Waveform.constant(40 * NS, 0.5)
    chirp = Calibration(
        gate="chirp",
        qubits=(0,),
        schedule=Schedule((Play(drive, flat), ShiftFrequency(drive, 20e6), Play(drive, flat))),
    )
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("chirp", 1), [0])
    samples = render(lower(circuit, paper(1, more=(chirp,))))["q0_drive"]
    steps = np.angle(samples[1:] / samples[:-1]) / (2 * math.pi * NS)
    np.testing.assert_allclose(steps[:39], 50e6, rtol=1e-4)
    np.testing.assert_allclose(steps[40:], 70e6, rtol=1e-4)
    np.testing.assert_allclose(steps[39], 60e6, rtol=1e-4)  # half a sample of each


def test_streaming_gives_what_rendering_one_by_one_gives(rng) -> None:
    """Also where shapes and frequencies come with the parameters."""
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1)
    circuit.rz(a, 0)
    circuit.append(PulseGate("wide", 1, [b * NS]), [0])
    circuit.append(PulseGate("tune", 1, [a]), [0])
    circuit.sx(0)
    program = lower(circuit, paper(1))
    values = np.stack([rng.normal(size=70), rng.uniform(5, 15, size=70)], axis=1)
    for point, samples in enumerate(render_each(program, values)):
        np.testing.assert_array_equal(samples["q0_drive"], render(program, values[point])["q0_drive"])


def test_a_multiplexed_port_adds_up_and_refuses_more_than_full_scale() -> None:
    """Two tones of 0.4 fit, two of 0.6 do not."""

    def tones(amplitude: float) -> Calibration:
        line = port("line", 0, is_multiplexed=True)
        pair = [Frame(f"tone{index}", line, frequency_hz=6e9) for index in range(2)]
        plays = [Play(frame, Waveform.constant(40 * NS, amplitude)) for frame in pair]
        return Calibration(gate="tones", qubits=(0,), schedule=Schedule.parallel(*plays))

    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("tones", 1), [0])
    np.testing.assert_allclose(render(lower(circuit, paper(1, more=(tones(0.4),))))["line"], 0.8, rtol=1e-6)
    with pytest.raises(LimitError, match=r"'line' add up to 1\.2"):
        render(lower(circuit, paper(1, more=(tones(0.6),))))


def test_rendering_names_parameters_that_are_missing_and_rates_that_do_not_fit() -> None:
    circuit = QuantumCircuit(1)
    circuit.rz(Parameter("angle"), 0)
    circuit.sx(0)
    circuit.sx(0)
    program = lower(circuit, paper(1))
    with pytest.raises(PulseError, match=r"has 1 parameters \(angle\), 0 were given"):
        render(program)
    with pytest.raises(PulseError, match="does not lie on a sample"):
        render(program, [0.1], rate_hz=0.99e9)


def test_many_sets_bind_as_one_by_one(rng) -> None:
    """A table's rows do not know each other."""
    theta = ParameterVector("t", 6)
    circuit = QuantumCircuit(2)
    for index, angle in enumerate(theta):
        circuit.rx(angle, index % 2)
        circuit.rz(2 * angle, index % 2)
    program = lower(circuit, paper(2))
    values = rng.uniform(-1, 1, size=(20, 6))
    whole = bind(program, values)[0]
    for point in range(20):
        one = bind(program, values[point : point + 1])[0]
        np.testing.assert_allclose(whole.amplitude[point], one.amplitude[0])
        np.testing.assert_allclose(whole.phase_rad[point], one.phase_rad[0])


def test_a_family_compiles_once_for_angles_and_once_for_each_duration() -> None:
    """Only durations make new programs; points come back in groups."""
    wait, angle = Parameter("wait"), Parameter("angle")
    circuit = QuantumCircuit(1)
    circuit.rx(angle, 0)
    circuit.delay(wait, 0, unit="s")
    circuit.sx(0)
    family = ProgramFamily.of(circuit, paper(1))
    values = np.array([[0.1, 100 * NS], [0.2, 200 * NS], [0.3, 100 * NS]])
    groups = list(family.groups(values))
    assert [points.tolist() for points, _, _ in groups] == [[0, 2], [1]]
    assert [program.block.duration_ticks for _, program, _ in groups] == [180, 280]
    np.testing.assert_allclose(groups[0][2], [[0.1], [0.3]])
    again = next(family.groups(values[:1]))[1]
    assert again is groups[0][1]


def test_a_family_binds_durations_inside_control_flow_again_and_again() -> None:
    """Each set of durations starts from the circuit as it was given."""
    wait, angle = Parameter("wait"), Parameter("angle")
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.append(PulseGate("long", 1, [2 * wait]), [0])
        circuit.rz(angle, 0)
    circuit.sx(0)
    family = ProgramFamily.of(circuit, paper(1))
    for first, second in ((50, 70), (90, 50)):
        values = np.array([[0.1, first * NS], [0.2, second * NS]])
        found = {
            float(given[0, 0]): list(program.blocks())[1].duration_ticks for _, program, given in family.groups(values)
        }
        assert found == {0.1: 2 * first, 0.2: 2 * second}
    assert [parameter.name for parameter in circuit.parameters] == ["angle", "wait"]


def test_templates_are_kept_per_calibration_so_an_override_is_played() -> None:
    """A derived backend shares what it has in common with its parent, and nothing else."""
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    circuit.x(0)
    base = paper(1)
    before = lower(circuit, base).block.plays.amplitude.constant
    louder = Calibration(
        gate="x", qubits=(0,), schedule=Schedule((Play(frames(0)[0], Waveform.constant(40 * NS, 0.7)),))
    )
    derived = base.with_calibrations(CalibrationSet.of([louder]))
    np.testing.assert_allclose(lower(circuit, derived).block.plays.amplitude.constant, [0.15, 0.7])
    np.testing.assert_allclose(lower(circuit, base).block.plays.amplitude.constant, before)
