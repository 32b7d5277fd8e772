# SPDX-License-Identifier: Apache-2.0
"""Circuits on the twin, through drivers, sockets and serial lines to a simulated chip and back."""

from __future__ import annotations

import socket
import threading

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

import feedline
from feedline.errors import OptionError
from feedline_hal.twin.chip_file import chip_id
from feedline_hal.twin.random_chip import random_chip
from feedline_rack.twin.backend import TwinBackend


def ghz(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(0)
    for qubit in range(num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(num_qubits), range(num_qubits))
    return circuit


def shares(counts: dict[str, int]) -> dict[str, float]:
    return {key: count / sum(counts.values()) for key, count in counts.items()}


def test_bell_counts_are_those_of_a_chip_with_one_percent_errors(session: feedline.Session) -> None:
    """Two qubits, each thermal by 1 % and read with some: 48, 2, 2 and 48 %, a standard deviation of 0.8 % allowed."""
    found = shares(feedline.Sampler(mode=session).run([ghz(2)], shots=4000).result()[0].data.c.get_counts())
    assert found["00"] == pytest.approx(0.48, abs=0.035)
    assert found["11"] == pytest.approx(0.48, abs=0.035)
    assert 0.003 < found["01"] < 0.03
    assert 0.003 < found["10"] < 0.03


def test_three_qubits_are_entangled() -> None:
    with feedline.Session(feedline.backend("twin", num_qubits=3)) as session:
        found = shares(feedline.Sampler(mode=session).run([ghz(3)], shots=2000).result()[0].data.c.get_counts())
    assert found["000"] + found["111"] > 0.92
    assert abs(found["000"] - found["111"]) < 0.08


def test_a_measured_qubit_is_reset_and_used_again(session: feedline.Session) -> None:
    """1, then 0 after the reset, then 1 again after another pi pulse: bits of one shot, the last one first."""
    circuit = QuantumCircuit(1, 3)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.measure(0, 1)
    circuit.x(0)
    circuit.measure(0, 2)
    found = shares(feedline.Sampler(mode=session).run([circuit], shots=1000).result()[0].data.c.get_counts())
    assert found["101"] > 0.95


def test_a_second_measurement_finds_what_the_first_one_did(session: feedline.Session) -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.measure(0, 1)
    found = shares(feedline.Sampler(mode=session).run([circuit], shots=1000).result()[0].data.c.get_counts())
    assert found["00"] + found["11"] > 0.96
    assert 0.4 < found["00"] < 0.6


def test_a_sweep_is_a_cosine(session: feedline.Session) -> None:
    """sx rz(theta) sx leaves 1 with cos^2(theta/2); up to the chip's errors of a few percent."""
    theta = Parameter("theta")
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    circuit.rz(theta, 0)
    circuit.sx(0)
    circuit.measure(0, 0)
    angles = np.linspace(0, 2 * np.pi, 9)
    bits = feedline.Sampler(mode=session).run([(circuit, angles)], shots=500).result()[0].data.c
    ones = bits.bitcount().mean(axis=-1)
    assert np.allclose(ones, np.cos(angles / 2) ** 2, atol=0.07)


def test_expectation_values_of_a_bell_state(session: feedline.Session) -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    paulis = [SparsePauliOp(name) for name in ("ZZ", "XX", "YY", "ZI")]
    data = feedline.Estimator(mode=session).run([(circuit, paulis)], precision=0.02).result()[0].data
    assert np.allclose(data.evs, [0.94, 0.94, -0.94, 0.0], atol=0.09)


def test_clouds_lie_on_both_sides_of_the_threshold(session: feedline.Session, twin: TwinBackend) -> None:
    """Kerneled points of 0 and 1 are apart by several of their own widths, along the readout's angle."""
    circuits = [QuantumCircuit(1, 1), QuantumCircuit(1, 1)]
    circuits[1].x(0)
    for circuit in circuits:
        circuit.measure(0, 0)
    options = {"execution": {"meas_type": "kerneled"}}
    results = feedline.Sampler(mode=session, options=options).run(circuits, shots=500).result()
    zero, one = (np.asarray(result.data.c)[..., 0] for result in results)
    readout = twin.spec.readout["q0"]
    line = [np.median((cloud * np.exp(-1j * readout.angle_rad)).real) for cloud in (zero, one)]
    width = np.median(np.abs(zero - np.median(zero.real) - 1j * np.median(zero.imag)))
    assert line[0] < readout.threshold < line[1]
    assert line[1] - line[0] > 4 * width


def test_results_say_that_they_are_simulated_and_with_what(session: feedline.Session, twin: TwinBackend) -> None:
    described = twin.describe()
    assert described["simulated"] is True
    assert described["chip_id"] == chip_id(random_chip(2, 0))
    assert described["calibration_id"] == twin.calibrations.id
    assert described["calibrations"].startswith("shipped")
    assert "SIMULATED chip of 2 qubits" in str(twin.description)


def test_a_chip_is_one_processor_whoever_made_its_backend(twin: TwinBackend) -> None:
    assert feedline.backend("twin").device_id == twin.device_id
    assert feedline.backend("twin", seed=1).device_id != twin.device_id


def test_closing_leaves_no_thread_behind(twin: TwinBackend) -> None:
    """The drivers' lanes end with the device, and the emulators, which are in another process."""
    before = set(threading.enumerate())
    device = twin.open()
    assert len(set(threading.enumerate()) - before) >= len(twin.spec.instruments)
    address = device._rack.lanes["awg1"].address.split("::")
    socket.create_connection((address[1], int(address[2])), timeout=5).close()
    device.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address[1], int(address[2])), timeout=5)
    device.close()
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(timeout=5)
    assert not [thread.name for thread in left if thread.is_alive()]


def test_a_chip_file_is_not_drawn_too() -> None:
    with pytest.raises(OptionError, match=r"num_qubits and seed draw a chip, but chip\.toml has one"):
        feedline.backend("twin:chip.toml", seed=3)


@pytest.mark.parametrize(("option", "value"), [("num_qubits", "3"), ("seed", 1.5), ("num_qubits", True)])
def test_options_are_whole_numbers(option: str, value: object) -> None:
    with pytest.raises(OptionError, match=f"{option} is {value!r}"):
        feedline.backend("twin", **{option: value})


def test_the_target_of_theory_has_the_chips_times_and_errors_of_decay() -> None:
    chip, found = random_chip(2, 0), feedline.backend("twin", calibrations="theory")
    for index, known in enumerate(found.target.qubit_properties):
        assert (known.t1, known.t2) == (chip.qubits[index].t1_s, chip.qubits[index].t2_s)
        assert known.frequency == chip.qubits[index].frequency_hz
    assert found.target["sx"][(0,)].duration == pytest.approx(40e-9)
    assert 1e-4 < found.target["sx"][(0,)].error < 2e-3
    assert found.target["sx"][(0,)].error < found.target["cz"][(0, 1)].error < 5e-3
    assert 0.01 < found.target["measure"][(1,)].error < 0.02


def test_aer_imitates_gates_and_readout_of_the_twin(twin: TwinBackend) -> None:
    """It loses coherence as durations, T1, T2 and errors say, and misreads as often as the target does; 4 sigma."""
    like = feedline.backend("aer", like="twin", seed=5)
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    value = feedline.Estimator(like).run([(circuit, SparsePauliOp("XX"))], precision=0.0).result()[0].data.evs
    assert 0.98 < float(value) < 0.9995
    shots = 40_000
    idle = QuantumCircuit(2, 2)
    idle.measure([0, 1], [0, 1])
    counts = feedline.Sampler(like).run([idle], shots=shots).result()[0].data.c.get_counts()
    for qubit in (0, 1):
        wrong = sum(count for key, count in counts.items() if key[1 - qubit] == "1") / shots
        error = twin.target["measure"][(qubit,)].error
        assert wrong == pytest.approx(error, abs=4 * (error / shots) ** 0.5)
