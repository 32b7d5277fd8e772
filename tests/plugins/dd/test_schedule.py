# SPDX-License-Identifier: Apache-2.0
"""Schedules mean what the circuit meant, keep the target's times, and go around what they cannot know."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.circuit.library import RGate
from qiskit.quantum_info import Operator
from qiskit.transpiler import InstructionProperties

import feedline
from feedline import Sampler
from feedline.errors import CapabilityError
from feedline_dd.option import DynamicalDecouplingOptions as options
from feedline_dd.schedule import decoupled
from feedline_hal import Calibration, CalibrationSet, Play, PulseGate, Schedule, Waveform, pulse_box

sys.path.insert(0, str(Path(__file__).parent))
from timeline import idling, line


@pytest.mark.parametrize("slack", ["middle", "edges"])
@pytest.mark.parametrize("method", ["alap", "asap"])
@pytest.mark.parametrize("sequence", ["auto", "XX", "XpXm", "XY4", "XY8", "CPMG"])
def test_circuit_means_what_it_meant(sequence: str, method: str, slack: str) -> None:
    """The unitary is the same, global phase included, and no wire is longer than its neighbours' gates ask for."""
    circuit = QuantumCircuit(4, global_phase=0.3)
    circuit.sx(0)
    circuit.cx(0, 1)
    circuit.delay(1003, 1)
    circuit.delay(0.4321e-6, 2, "s")
    circuit.cz(1, 2)
    circuit.rz(Parameter("angle"), 2)
    circuit.cx(2, 3)
    circuit.sx(3)
    made = decoupled(
        circuit,
        line(4),
        options(sequence_type=sequence, scheduling_method=method, extra_slack_distribution=slack),
    )
    assert made.added > 0
    assert made.rounded == ("delay of 4.321e-07 s on [2]: 432 dt",)
    bound, wanted = (one.assign_parameters([0.7]) for one in (made.circuit, circuit))
    assert np.allclose(Operator(bound).data, Operator(wanted).data)
    length = made.circuit.estimate_duration(line(4))
    assert length == pytest.approx(circuit.estimate_duration(line(4)), abs=2e-9)


def test_sequences_are_made_of_what_the_target_has() -> None:
    """An ion's r gate makes every axis; the target without X is refused by name, auto leaves the circuit alone."""
    target = line(2, x_s=None)
    target.add_instruction(
        RGate(Parameter("theta"), Parameter("phi")), {(q,): InstructionProperties(duration=1e-6) for q in range(2)}
    )
    waiting = idling(2, 20_000)
    for sequence in ("XX", "XpXm", "XY4", "XY8", "CPMG"):
        made = decoupled(waiting, target, options(sequence_type=sequence)).circuit
        assert made.count_ops()["r"] >= 4
        assert np.allclose(Operator(made).data, Operator(waiting).data)
    assert decoupled(waiting, target, options()).sequence == "XX"
    with pytest.raises(CapabilityError, match=r"Sequence 'staggered' of pass 'dd' needs the pulses(.|\n)*'auto'"):
        decoupled(waiting, target, options(sequence_type="staggered"))
    bare = decoupled(waiting, line(2, x_s=None), options())
    assert bare.circuit is waiting
    assert "everything" in bare.left_alone[0]


def test_unused_qubits_and_what_follows_a_measurement_get_nothing() -> None:
    circuit = QuantumCircuit(4, 2)
    circuit.sx(0)
    circuit.delay(2000, 0)
    circuit.sx(1)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    target = line(4)
    target.update_instruction_properties("measure", (1,), InstructionProperties(duration=2e-6))
    made = decoupled(circuit, target, options(scheduling_method="asap", sequence_type="XX")).circuit
    assert made.depth(lambda item: 2 in [made.find_bit(bit).index for bit in item.qubits]) == 0
    last = {made.find_bit(item.qubits[0]).index: item.name for item in made.data if len(item.qubits) == 1}
    assert last == {0: "measure", 1: "measure"}


def test_fresh_qubits_can_be_left_alone() -> None:
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.delay(2000, 0)
    circuit.cx(0, 1)
    for sequence in ("XX", "staggered"):
        pulses = [
            decoupled(circuit, line(2), options(sequence_type=sequence, skip_reset_qubits=skip)).circuit
            for skip in (0, 1)
            for skip in [bool(skip)]
        ]
        on_fresh = [
            sum(item.name == "x" and made.find_bit(item.qubits[0]).index == 1 for item in made.data) for made in pulses
        ]
        assert on_fresh[0] > 0
        assert on_fresh[1] == 0


def test_target_without_a_time_step_gets_delays_in_seconds() -> None:
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.delay(5e-6, 0, "s")
    circuit.sx(1)
    circuit.cx(0, 1)
    made = decoupled(circuit, line(2, dt=None), options(sequence_type="XX")).circuit
    delays = [item.operation for item in made.data if item.name == "delay"]
    assert {delay.unit for delay in delays} == {"s"}
    assert sum(delay.duration for delay in delays) == pytest.approx(2 * (5e-6 - 80e-9), rel=1e-6)


def dynamic() -> QuantumCircuit:
    register = QuantumRegister(3)
    first, last = ClassicalRegister(1, "first"), ClassicalRegister(3, "last")
    circuit = QuantumCircuit(register, first, last)
    circuit.sx(0)
    circuit.delay(3000, 0)
    circuit.sx(0)
    circuit.cx(0, 1)
    circuit.measure(0, first[0])
    with circuit.if_test((first, 1)):
        circuit.x(1)
    circuit.x(2)
    circuit.delay(4000, 2)
    circuit.cx(2, 1)
    circuit.measure([0, 1, 2], last)
    return circuit


def test_static_segments_of_a_dynamic_circuit_are_decoupled_and_the_rest_is_named() -> None:
    """Outcomes stay: 1 is set by the feedback, flipped by qubit 2; both sides of the branch have pulses."""
    made = decoupled(dynamic(), line(3), options(sequence_type="XX"))
    assert made.left_alone == ("if_else on [1]: control flow",)
    names = [item.name for item in made.circuit.data]
    assert "x" in names[: names.index("if_else")]
    assert names[names.index("if_else") :].count("x") > 1
    backend = feedline.backend("aer")
    asked = {"simulator": {"seed_simulator": 3}, "default_shots": 100}
    plain, after = (Sampler(backend, asked).run([one]).result()[0] for one in (dynamic(), made.circuit))
    assert plain.data.last.get_counts() == after.data.last.get_counts()


def test_what_has_no_duration_is_scheduled_around_and_named() -> None:
    circuit = idling(2, 2000)
    circuit.h(0)
    circuit.delay(Parameter("wait"), 1)
    circuit.delay(2000, 1)
    made = decoupled(circuit, line(2), options(sequence_type="XX"))
    assert made.left_alone == ("h on [0]: no duration in the target", "delay on [1]: a delay without a number")
    assert [parameter.name for parameter in made.circuit.parameters] == ["wait"]
    assert made.added >= 6


def test_pulse_gates_and_pulse_boxes_go_through_untouched() -> None:
    """A pulse gate takes its time, in which its neighbour is decoupled; a box is scheduled around and named."""
    backend = feedline.backend("twin")
    frame = backend.calibrations.frames["q0_frame"]
    long = Schedule.left(Play(frame, Waveform.constant(800e-9, 0.001)))
    mine = CalibrationSet(
        ports={frame.port.name: frame.port},
        frames={frame.name: frame},
        calibrations=[Calibration(gate="long", qubits=(0,), arguments=(), schedule=long)],
    )
    backend = backend.with_calibrations(mine)
    circuit = QuantumCircuit(2)
    circuit.x(1)
    circuit.append(PulseGate("long", 1, []), [0])
    circuit.cz(0, 1)
    with pulse_box(circuit, Schedule.left(Play(frame, Waveform.constant(40e-9, 0.001))), qubits=[0]):
        circuit.noop(0)
    circuit.measure_all()
    made = decoupled(circuit, backend.target, options(sequence_type="XX"))
    assert made.left_alone == ("box on [0]: a box",)
    ops = made.circuit.count_ops()
    assert ops["long"] == ops["box"] == 1
    assert ops["x"] >= 3
    asked = {"resilience": {"passes": ["dd"]}, "default_shots": 200}
    result = Sampler(backend, asked).run([circuit]).result(timeout=60)[0]
    assert result.metadata["passes"][0]["dd"]["left_alone"] == ["box on [0]: a box"]
    assert result.data.meas.slice_bits(1).get_counts()["1"] > 150


def test_alignment_is_kept_and_violations_are_refused_with_it() -> None:
    target = line(2, pulse_alignment=8, granularity=4)
    made = decoupled(idling(2, 8000), target, options(sequence_type="XY4")).circuit
    delays = [item.operation.duration for item in made.data if item.name == "delay"]
    assert delays
    assert all(delay % 8 == 0 for delay in delays)
    for sequence in ("XX", "staggered"):
        with pytest.raises(CapabilityError, match=r"cannot schedule circuit(.|\n)*multiples of 8 dt \(dt = 1e-09 s\)"):
            decoupled(idling(2, 8003), target, options(sequence_type=sequence))
