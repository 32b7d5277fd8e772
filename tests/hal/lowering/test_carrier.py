# SPDX-License-Identifier: Apache-2.0
"""Phases and frequencies of plays, against a frame that is followed event by event."""

from __future__ import annotations

import math

import numpy as np
import pytest
from paper_backend import paper
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector

from feedline_hal import PulseGate, lower
from feedline_hal.lowering.bind import bind
from feedline_hal.lowering.port_program import PortProgram
from feedline_hal.lowering.pulse_program import PulseProgram


def followed(pulses: PulseProgram, values: np.ndarray) -> dict[tuple[int, int], tuple[float, float]]:
    """Phase against the oscillator and frequency of every play, by frame and tick: one event after the other."""
    block = next(pulses.blocks())
    numbers = block.value.at(values).real
    dt_s = pulses.scheduled.grid.dt_s
    found = {}
    for index, frame in enumerate(pulses.frames):
        lo_hz = frame.port.lo_frequency_hz
        lo_hz = frame.frequency_hz if lo_hz is None else lo_hz
        clock, shift, frequency, now_s = 0.0, frame.phase_rad, frame.frequency_hz, 0.0
        mine = [row for row in range(len(block)) if block.frame[row] == index]
        for row in sorted(mine, key=lambda row: (block.start_ticks[row], row)):
            time_s = block.start_ticks[row] * dt_s
            clock += 2 * math.pi * (frequency - lo_hz) * (time_s - now_s)
            now_s = time_s
            kind = block.kind[row]
            if kind <= 1:
                found[index, int(block.start_ticks[row])] = (clock + shift, frequency)
            elif kind == 2:
                shift += numbers[row]
            elif kind == 3:
                shift = numbers[row]
            elif kind == 4:
                frequency += numbers[row]
            else:
                frequency = numbers[row]
    return found


def random_circuit(rng: np.random.Generator, symbols: list, names: list[str], length: int = 60) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    for _ in range(length):
        name = names[rng.integers(len(names))]
        qubit = int(rng.integers(2))
        angle = symbols[rng.integers(len(symbols))] if rng.random() < 0.6 else float(rng.normal())
        if name == "cz":
            circuit.cz(0, 1)
        elif name in ("sx", "x"):
            getattr(circuit, name)(qubit)
        elif name == "delay":
            circuit.delay(int(rng.integers(1, 50)), qubit, unit="dt")
        elif name in ("rz", "rx"):
            getattr(circuit, name)(angle, qubit)
        else:
            circuit.append(PulseGate(name, 1, [angle]), [qubit])
    circuit.measure([0, 1], [0, 1])
    return circuit


@pytest.mark.parametrize(
    "names",
    [["rz", "sx", "cz", "bend"], ["rz", "zero", "sx", "delay"], ["rz", "zero", "tune", "retune", "sx", "delay", "cz"]],
)
def test_phases_and_frequencies_are_those_of_a_frame_followed_event_by_event(names, rng) -> None:
    """Running sums over the parameter vector give what integrating each frame gives."""
    a, b = Parameter("a"), Parameter("b")
    backend = paper(2)
    for _ in range(8):
        circuit = random_circuit(rng, [a, b, 2 * a - b + 0.5, a * 3], names)
        values = rng.normal(size=len(circuit.parameters))
        expected = followed(lower(circuit, backend, "pulse"), values)
        program = lower(circuit, backend)
        plays, tables = program.block.plays, bind(program, values[np.newaxis])[0]
        for row in range(len(plays)):
            phase, frequency = expected[int(plays.frame[row]), int(plays.start_ticks[row])]
            assert tables.phase_rad[0, row] == pytest.approx(phase, abs=1e-7)
            assert tables.frequency_hz[0, row] == pytest.approx(frequency, rel=1e-12)


def test_virtual_z_costs_no_pulse_and_is_affine_in_the_parameters(rng) -> None:
    """Phases are A . theta + b; the matrix, the map and differences of the map agree."""
    theta = ParameterVector("t", 12)
    circuit = QuantumCircuit(1)
    for angle in theta:
        circuit.rz(angle, 0)
        circuit.sx(0)
    program = lower(circuit, paper(1))
    assert isinstance(program, PortProgram)
    plays = program.block.plays
    assert len(plays) == 12
    assert program.block.duration_ticks == 12 * 40
    values = rng.normal(size=(5, 12))
    base = plays.phase_rad.at(np.zeros(12))
    np.testing.assert_allclose(plays.phase_rad.matrix().toarray(), np.tril(np.ones((12, 12))))
    np.testing.assert_allclose(
        plays.phase_rad.at(values), base + values @ plays.phase_rad.matrix().toarray().T, atol=1e-12
    )
    np.testing.assert_allclose(np.diff(plays.phase_rad.at(values) - base), values[:, 1:], atol=1e-12)


def test_adding_phase_shifts_up_is_what_matters_not_their_order() -> None:
    """rz(a) rz(b) before a pulse is rz(a + b)."""
    a, b = Parameter("a"), Parameter("b")
    one, other = QuantumCircuit(1), QuantumCircuit(1)
    one.rz(a, 0)
    one.rz(b, 0)
    one.sx(0)
    other.rz(a + b, 0)
    other.sx(0)
    backend, values = paper(1), np.array([0.4, -1.3])
    made = [lower(circuit, backend).block.plays.phase_rad.at(values) for circuit in (one, other)]
    np.testing.assert_allclose(made[0], made[1], atol=1e-12)
    np.testing.assert_allclose(made[0], [-0.9], atol=1e-12)


def test_values_that_are_not_affine_get_columns_of_their_own(rng) -> None:
    """sin(theta/2) as an amplitude, and a nonlinear angle, are computed exactly."""
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("bend", 1, [a * b]), [0])
    circuit.rz(a * a, 0)
    circuit.sx(0)
    program = lower(circuit, paper(1))
    values = rng.normal(size=(7, 2))
    tables = bind(program, values)[0]
    np.testing.assert_allclose(tables.amplitude[:, 0], 0.3 * np.sin(values[:, 0] * values[:, 1] / 2), atol=1e-12)
    clock = 2 * math.pi * 50e6 * 40e-9
    np.testing.assert_allclose(tables.phase_rad[:, 1], values[:, 0] ** 2 + clock, atol=1e-9)
