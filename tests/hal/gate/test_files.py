# SPDX-License-Identifier: Apache-2.0
"""Pulse gates and pulse boxes in QPY, OpenQASM 3 and the job store come back as they were."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulse_lab import DRIVE, THETA, drive, kick, lab, readout
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Parameter
from qiskit.circuit.library import RXGate, XGate
from qiskit.quantum_info import Operator
from test_transpile import ALL, CIRCUITS, isa, played

import feedline
from feedline.circuit_file import load_circuit
from feedline.errors import InputError
from feedline_hal import Play, PulseGate, Schedule, Waveform, pulse_box

PHI = Parameter("phi")


def everything() -> QuantumCircuit:
    """One of each: labels, meanings of every kind, several bits, idle qubits, control flow."""
    circuit = QuantumCircuit(3, 3, name="everything")
    circuit.h(0)
    circuit.append(PulseGate("kick", 1, [THETA, PHI], ideal=RXGate(THETA), label="Kick"), [0])
    circuit.append(PulseGate("kick", 1, [2 * THETA, 0.5]), [1])
    circuit.append(PulseGate("meet", 2, ideal=Operator.from_label("XZ")), [2, 0])
    circuit.append(PulseGate("look", 2, num_clbits=2), [0, 2], [2, 0])
    with pulse_box(circuit, drive(0, name="flip"), qubits=[1]):
        circuit.x(0)
    with circuit.if_test((0, 1)):
        circuit.append(PulseGate("kick", 1, [THETA, PHI], ideal=RXGate(THETA)), [2])
        with pulse_box(circuit, Schedule.left(Play(DRIVE[1], Waveform.sampled([0.1, 0.2j] * 4, rate_hz=1e9)))):
            circuit.noop(1)
    with pulse_box(circuit, readout(1, 2), qubits=[1, 2], clbits=[0, 1]):
        pass
    return circuit


def through_qpy(circuit: QuantumCircuit) -> QuantumCircuit:
    file = io.BytesIO()
    feedline.qpy_dump(circuit, file)
    file.seek(0)
    (loaded,) = feedline.qpy_load(file)
    return loaded


@pytest.mark.parametrize("make", [everything, *ALL])
def test_qpy_gives_back_the_same_circuit(make: object) -> None:
    circuit = make()  # type: ignore[operator]
    loaded = through_qpy(circuit)
    assert loaded == circuit
    assert (loaded.name, loaded.parameters) == (circuit.name, circuit.parameters)
    assert [type(item.operation) for item in loaded.data] == [type(item.operation) for item in circuit.data]
    assert [item.operation.label for item in loaded.data] == [item.operation.label for item in circuit.data]


@pytest.mark.parametrize("make", [everything, *CIRCUITS])
def test_openqasm_gives_back_the_same_circuit(make: object) -> None:
    """Up to the identity of parameters, which text has no words for; so both are bound.

    Loops and ``switch`` are left out: Qiskit's importer does not read them as its exporter writes them.
    """
    circuit = make()  # type: ignore[operator]
    loaded = feedline.qasm3_loads(feedline.qasm3_dumps(circuit))
    assert played(loaded) == played(circuit)
    if make is not everything:  # its operator is decomposed
        values = np.linspace(0.1, 0.2, circuit.num_parameters)
        assert loaded.assign_parameters(values) == circuit.assign_parameters(values)


def test_meanings_come_back_over_their_parameters() -> None:
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("kick", 1, [THETA], ideal=RXGate(THETA)), [0])
    for loaded in (through_qpy(circuit), feedline.qasm3_loads(feedline.qasm3_dumps(circuit))):
        gate = loaded.assign_parameters([0.7]).data[0].operation
        assert Operator(gate.ideal) == Operator(RXGate(0.7))
    bound = circuit.assign_parameters([0.4])
    for loaded in (through_qpy(bound), feedline.qasm3_loads(feedline.qasm3_dumps(bound))):
        assert Operator(loaded.data[0].operation.ideal) == Operator(RXGate(0.4))


@settings(max_examples=20, deadline=None)
@given(
    amplitude=st.complex_numbers(max_magnitude=1.0, allow_nan=False, allow_infinity=False),
    samples=st.lists(st.complex_numbers(max_magnitude=1.0, allow_nan=False), min_size=1, max_size=8),
    angle=st.floats(-1e3, 1e3),
)
def test_numbers_come_back_to_the_last_bit(amplitude: complex, samples: list[complex], angle: float) -> None:
    waveform = Waveform.constant(20e-9, amplitude).then(Waveform.sampled(samples, rate_hz=1e9))
    circuit = QuantumCircuit(1)
    with pulse_box(circuit, Schedule.left(Play(DRIVE[0], waveform))):
        circuit.noop(0)
    assert feedline.qasm3_loads(feedline.qasm3_dumps(circuit)) == circuit
    circuit.append(PulseGate("kick", 1, [angle]), [0])
    assert through_qpy(circuit) == circuit
    in_text = feedline.qasm3_loads(feedline.qasm3_dumps(circuit)).data[1].params[0]
    assert in_text == pytest.approx(angle, abs=1e-8)  # Qiskit writes what is close to a fraction of pi as that


def test_openqasm_text_calls_gates_and_leaves_their_definition_to_calibrations() -> None:
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("kick", 1, [0.5], ideal=XGate()), [0])
    text = feedline.qasm3_dumps(circuit)
    assert "@feedline.pulse.gate {" in text
    assert "  kick(0.5) q[0];" in text
    assert "gate kick" not in text


def test_plain_circuits_are_written_as_qiskit_writes_them() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    assert feedline.qpy_load(file) == [circuit]
    assert feedline.qasm3_loads(feedline.qasm3_dumps(circuit)) == circuit


def test_files_are_read_by_path_and_by_the_command_lines_reader(tmp_path: Path) -> None:
    circuit = everything()
    feedline.qpy_dump([circuit, circuit], tmp_path / "two.qpy")
    assert feedline.qpy_load(tmp_path / "two.qpy") == [circuit, circuit]
    feedline.qpy_dump(circuit, tmp_path / "one.qpy")
    assert load_circuit(tmp_path / "one.qpy") == circuit
    (tmp_path / "one.qasm").write_text(feedline.qasm3_dumps(circuit), encoding="utf-8")
    assert played(load_circuit(tmp_path / "one.qasm")) == played(circuit)


def test_an_isa_circuit_comes_back_runnable() -> None:
    backend = lab()
    circuit = QuantumCircuit(2, 1)
    with pulse_box(circuit, drive(1)):
        circuit.x(1)
    circuit.measure(0, 0)
    made = isa(circuit, backend)
    for loaded in (through_qpy(made), feedline.qasm3_loads(feedline.qasm3_dumps(made))):
        assert played(isa(loaded, backend)) == played(circuit)


def test_damage_in_a_file_is_told(tmp_path: Path) -> None:
    circuit = QuantumCircuit(1)
    with pulse_box(circuit, drive(0)):
        circuit.x(0)
    text = feedline.qasm3_dumps(circuit).replace('"version":1', '"version":7')
    with pytest.raises(InputError, match=r"line \d+, column \d+: The pulse annotation is of version 7"):
        feedline.qasm3_loads(text)
    feedline.qpy_dump(circuit, tmp_path / "cut.qpy")
    content = (tmp_path / "cut.qpy").read_bytes()
    (tmp_path / "cut.qpy").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"cut.qpy is a damaged QPY file"):
        feedline.qpy_load(tmp_path / "cut.qpy")


def test_a_process_that_knows_only_the_jobs_id_reads_its_circuits() -> None:
    circuit = QuantumCircuit(2, 2, name="stored")
    circuit.append(PulseGate("kick", 1, [0.25], ideal=XGate()), [0])
    with pulse_box(circuit, drive(1, name="flip")):
        circuit.x(1)
    circuit.measure([0, 1], [0, 1])
    backend = lab(*kick(0))
    job = feedline.Sampler(backend).run([circuit])
    job.result()
    feedline.RuntimeService().jobs(limit=1)  # what is read here has been written: jobs reach the disk up to 1 s later
    script = (
        "import feedline, sys\n"
        "job = feedline.RuntimeService().job(sys.argv[1])\n"
        "assert 'feedline_hal.gate.pulse_gate' not in sys.modules\n"
        "(circuit,) = job.inputs.circuits\n"
        "print([type(item.operation).__name__ for item in circuit.data][:2], circuit.data[1].label)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, job.job_id()], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "['PulseGate', 'BoxOp'] flip", done.stderr
