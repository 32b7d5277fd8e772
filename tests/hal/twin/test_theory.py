# SPDX-License-Identifier: Apache-2.0
"""Calibrations from a chip alone: circuits lowered with them do on the chip what Qiskit's state vector says."""

from __future__ import annotations

import math
from pathlib import Path

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Statevector
from twin_lab import density

from feedline.errors import InputError
from feedline_hal import Schedule
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.pulse.instruction import Play, ShiftPhase
from feedline_hal.rack.reading import read_rack
from feedline_hal.rack.schema import RackSpec
from feedline_hal.twin.bias import set_hz
from feedline_hal.twin.chip import Chip
from feedline_hal.twin.field import Field
from feedline_hal.twin.rack_for import rack_for
from feedline_hal.twin.random_chip import random_chip
from feedline_hal.twin.theory import theory_calibrations, theory_readout
from feedline_hal.twin.theory_wiring import peak_v

RATE_HZ = 1e9


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chip, RackSpec, CalibrationSet]:
    """Two transmons that live for long and hear nothing of each other, on the rack that is made for them."""
    drawn = random_chip(2, 2)
    changes = {"t1_s": 1.0, "t2_s": 1.0, "thermal_population": 0.0, "crosstalk": {}, "bias": ""}
    qubits = tuple(attrs.evolve(one, **changes) for one in drawn.qubits)
    couplers = tuple(attrs.evolve(one, idle_zz_hz=0.0) for one in drawn.couplers)
    made = attrs.evolve(drawn, qubits=qubits, couplers=couplers)
    path = tmp_path_factory.mktemp("rack") / "rack.toml"
    path.write_text(rack_for(made), encoding="utf-8")
    spec = read_rack(path)
    return made, spec, theory_calibrations(made, spec)


def played(circuit: QuantumCircuit, lab: tuple[Chip, RackSpec, CalibrationSet]) -> np.ndarray:
    """Density matrix of the lower levels after a circuit: gates one after the other, frames as decision 6 has them."""
    chip, spec, calibrations = lab
    phases: dict[str, float] = {}
    pieces: list[tuple[str, int, np.ndarray]] = []
    now = 0
    for item in circuit.data:
        qubits = [circuit.find_bit(one).index for one in item.qubits]
        found = calibrations.find(item.operation.name, qubits, item.operation.params)
        schedule: Schedule = found.schedule.bind(dict(zip(found.arguments, item.operation.params, strict=True)))
        for placed, begin in ((one, now) for one in schedule.instructions()):
            if isinstance(placed, ShiftPhase):
                phases[placed.frame.name] = phases.get(placed.frame.name, 0.0) + float(placed.phase_rad)
            elif isinstance(placed, Play):
                port = placed.frame.port.name
                samples = placed.waveform.sample(RATE_HZ) * peak_v(port, spec)
                middles_s = (begin + np.arange(len(samples)) + 0.5) / RATE_HZ
                between_hz = float(placed.frame.frequency_hz) - spec.ports[port].lo_frequency_hz
                turn = 2 * math.pi * between_hz * middles_s + phases.get(placed.frame.name, 0.0)
                pieces.append((port, begin, samples * np.exp(1j * turn)))
        now += round(schedule.duration_s * RATE_HZ)
    fields = {}
    for port in {one[0] for one in pieces}:
        volts = np.zeros((1, now), dtype=complex)
        for _, begin, samples in (one for one in pieces if one[0] == port):
            volts[0, begin : begin + len(samples)] += samples
        fields[port] = Field(volts=volts, start_s=0.0, rate_hz=RATE_HZ, lo_hz=spec.ports[port].lo_frequency_hz)
    rho = density(chip, fields, now / RATE_HZ)[0].reshape(3, 3, 3, 3)[:2, :2, :2, :2].reshape(4, 4)
    back = np.exp(-1j * np.array([0, phases.get("q1_frame", 0), phases.get("q0_frame", 0), 0]))
    back[3] = back[1] * back[2]
    return back.conj()[:, np.newaxis] * rho * back


def ideal(circuit: QuantumCircuit) -> np.ndarray:
    """With qubit 0 as the first factor."""
    return np.asarray(Statevector(circuit.reverse_bits()).data)


def test_circuits_are_qiskits_with_the_sign_of_rz_and_all(lab: tuple[Chip, RackSpec, CalibrationSet]) -> None:
    """Random one- and two-qubit gates, transpiled to rz, sx, x and cz: the state is Qiskit's, phases included."""
    rng = np.random.default_rng(4)
    for _ in range(4):
        circuit = QuantumCircuit(2)
        for _ in range(3):
            for qubit in (0, 1):
                circuit.u(*rng.uniform(-3, 3, 3), qubit)
            circuit.cz(0, 1)
        circuit.u(*rng.uniform(-3, 3, 3), 0)
        lowered = transpile(circuit, basis_gates=["rz", "sx", "x", "cz"], optimization_level=1)
        state = ideal(lowered)
        assert np.vdot(state, played(lowered, lab) @ state).real > 0.99


def test_single_gates_are_exact_but_for_leakage(lab: tuple[Chip, RackSpec, CalibrationSet]) -> None:
    for qubit in (0, 1):
        circuit = QuantumCircuit(2)
        for angle in (0.4, -1.3, 2.2):
            circuit.sx(qubit)
            circuit.rz(angle, qubit)
        circuit.x(qubit)
        circuit.cz(0, 1)
        circuit.sx(1 - qubit)
        state = ideal(circuit)
        assert np.vdot(state, played(circuit, lab) @ state).real > 0.997


def test_the_set_reads_back_and_holds_every_gate(lab: tuple[Chip, RackSpec, CalibrationSet]) -> None:
    _, spec, calibrations = lab
    names = {(one.gate, one.qubits) for one in calibrations.calibrations}
    assert {("cz", (0, 1)), ("cz", (1, 0)), *((gate, (0,)) for gate in ("rz", "sx", "x", "id", "reset"))} <= names
    assert {("measure", (0,)), ("measure", (1,))} <= names
    assert CalibrationSet.from_openpulse(calibrations.to_openpulse(), dt_s=spec.dt_s).id == calibrations.id


def test_frequencies_are_those_at_the_racks_bias(lab: tuple[Chip, RackSpec, CalibrationSet]) -> None:
    chip = lab[0]
    tuned = attrs.evolve(chip.qubits[0], bias="flux", bias_sweet_v=0.0, bias_period_v=1.0)
    moved = attrs.evolve(chip, qubits=(tuned, chip.qubits[1]))
    found = set_hz(moved, {"flux": {"level_v": 0.1, "is_on": 1.0}})
    high_hz = tuned.frequency_hz - tuned.anharmonicity_hz
    assert found[0] == pytest.approx(high_hz * math.sqrt(math.cos(0.1 * math.pi)) + tuned.anharmonicity_hz)
    assert found[1] == tuned.frequency_hz or found[1] == chip.qubits[1].frequency_hz
    assert set_hz(moved, {"flux": {"level_v": 0.1}})[0] == tuned.frequency_hz


def test_readout_lies_between_the_points_and_is_clear(lab: tuple[Chip, RackSpec, CalibrationSet]) -> None:
    chip, spec, _ = lab
    found = theory_readout(chip, spec)
    assert set(found) == {"q0", "q1"}
    assert all(math.isfinite(one.angle_rad) and math.isfinite(one.threshold) for one in found.values())


def test_a_drive_that_is_too_weak_is_refused_with_its_port(
    lab: tuple[Chip, RackSpec, CalibrationSet], tmp_path: Path
) -> None:
    chip, spec, _ = lab
    weak = attrs.evolve(chip.qubits[0], rabi_hz_per_v=chip.qubits[0].rabi_hz_per_v / 10)
    with pytest.raises(InputError, match=r"q0 needs .* of full scale on port 'q0_drive'"):
        theory_calibrations(attrs.evolve(chip, qubits=(weak, chip.qubits[1])), spec)


def test_a_coupler_that_reaches_no_cz_is_refused(lab: tuple[Chip, RackSpec, CalibrationSet]) -> None:
    chip, spec, _ = lab
    weak = attrs.evolve(chip.couplers[0], exchange_hz_per_v=1e3, shift_hz_per_v2=0.0)
    with pytest.raises(InputError, match="No pulse on port 'q0_q1_coupler' makes a CZ of q0 and q1"):
        theory_calibrations(attrs.evolve(chip, couplers=(weak,)), spec)
