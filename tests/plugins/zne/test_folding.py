# SPDX-License-Identifier: Apache-2.0
"""Folding: the same unitary with more gates, of the target's own, and the noise factor that it really has."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.library import (
    CPhaseGate,
    CSdgGate,
    CSGate,
    CXGate,
    CZGate,
    ECRGate,
    HGate,
    RXGate,
    RXXGate,
    RYYGate,
    RZGate,
    RZXGate,
    RZZGate,
    SwapGate,
    SXGate,
    TGate,
    XGate,
    XXPlusYYGate,
    iSwapGate,
)
from qiskit.quantum_info import Operator
from qiskit.transpiler import InstructionProperties, Target

from feedline.errors import CapabilityError
from feedline_zne.folding import folds_for, order_of, scanned
from feedline_zne.inverse import Inverses
from feedline_zne.whole import folded_whole

RNG = np.random.default_rng(1)


def target_of(*gates: Gate, num_qubits: int = 3) -> Target:
    """A target with these gates everywhere."""
    made = Target(num_qubits=num_qubits)
    for gate in (*gates, RZGate(Parameter("rz")), SXGate()):
        made.add_instruction(gate, name=gate.name)
    return made


def folded(circuit: QuantumCircuit, target: Target, factor: float, how: str = "gate_folding") -> tuple[Any, Any]:
    """The folded circuit and its noise factor."""
    inverses = Inverses(target)
    scan, census = scanned(circuit, inverses)
    order = order_of("gate_folding_back" if how == "global" else how, len(census.weights), RNG)
    folds = folds_for(census.weights, order, factor)
    made = folded_whole(scan, folds.tolist(), inverses) if how == "global" else scan.folded(folds.tolist())
    return made, census.realised(folds)


class LabCz(Gate):
    """A lab's own gate: its matrix is all that is known of it."""

    def __init__(self) -> None:
        super().__init__("lab_cz", 2, [])

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.diag([1, 1, 1, -1]).astype(dtype or complex)


@pytest.mark.parametrize(
    "gate",
    [
        CXGate(),
        CZGate(),
        ECRGate(),
        SwapGate(),
        iSwapGate(),
        LabCz(),
        RZZGate(0.7),
        RXXGate(0.7),
        RYYGate(0.7),
        RZXGate(0.7),
        CPhaseGate(0.7),
        XXPlusYYGate(0.7, 0.2),
    ],
    ids=lambda gate: gate.name,
)
def test_folded_gate_is_the_same_unitary_in_the_targets_gates(gate: Gate) -> None:
    circuit = QuantumCircuit(3)
    circuit.append(gate, [2, 0])
    circuit.sx(0)
    circuit.append(gate, [0, 1])
    made, factor = folded(circuit, target_of(gate), 5)
    assert factor == 5
    assert made.count_ops()[gate.name] == 10
    assert set(made.count_ops()) <= {gate.name, "rz", "sx"}
    assert Operator(made).equiv(Operator(circuit))


def test_gate_with_an_inverse_of_another_name_needs_it_in_the_target() -> None:
    circuit = QuantumCircuit(2)
    circuit.cs(0, 1)
    made, factor = folded(circuit, target_of(CSGate(), CSdgGate()), 3)
    assert dict(made.count_ops()) == {"cs": 2, "csdg": 1}
    assert factor == 3
    _, census = scanned(circuit, Inverses(target_of(CSGate())))
    assert dict(census.left_alone) == {"cs": 1}


def test_angles_of_one_sign_are_undone_between_paulis() -> None:
    target = target_of(RXGate(Parameter("rx")))
    target.add_instruction(RZZGate(Parameter("t")), angle_bounds=[(0.0, math.pi / 2)])
    circuit = QuantumCircuit(2)
    circuit.rzz(0.4, 0, 1)
    circuit.rzz(Parameter("a"), 0, 1)
    made, _ = folded(circuit, target, 3)
    assert all(item.params[0] == 0.4 or item.params[0].name == "a" for item in made.get_instructions("rzz"))
    bound, before = made.assign_parameters([0.9]), circuit.assign_parameters([0.9])
    assert Operator(bound).equiv(Operator(before))


def test_swept_angle_is_folded_and_stays_one_parameter() -> None:
    angle, other = Parameter("angle"), Parameter("z")
    circuit = QuantumCircuit(2)
    circuit.rz(other, 0)
    circuit.rzz(2 * angle, 0, 1)
    made, _ = folded(circuit, target_of(RZZGate(Parameter("t"))), 3)
    assert list(made.parameters) == list(circuit.parameters)
    assert Operator(made.assign_parameters([0.3, 0.8])).equiv(Operator(circuit.assign_parameters([0.3, 0.8])))


def chain(count: int) -> QuantumCircuit:
    """Gates in a row, told apart by the angles between them."""
    circuit = QuantumCircuit(2)
    for number in range(count):
        circuit.rz(0.1 + 0.01 * number, 0)
        circuit.cx(0, 1)
    return circuit


@pytest.mark.parametrize(("asked", "realised"), [(1.1, 1.0), (1.2, 1.0), (1.5, 5 / 3), (2, 5 / 3), (4.9, 5.0)])
def test_realised_factor_is_what_three_gates_can_do(asked: float, realised: float) -> None:
    made, factor = folded(chain(3), target_of(CXGate()), asked)
    assert factor == pytest.approx(realised)
    assert made.count_ops()["cx"] / 3 == pytest.approx(realised)


def repeated(made: QuantumCircuit) -> list[int]:
    """How often each gate of a chain comes."""
    counts: list[int] = []
    for item in made.data:
        if item.name == "rz":
            counts.append(0)
        else:
            counts[-1] += 1
    return counts


def test_gates_folded_once_more_are_where_the_amplifier_says() -> None:
    target = target_of(CXGate())
    by_name = {
        how: repeated(folded(chain(12), target, 1.5, how)[0])
        for how in ("gate_folding_front", "gate_folding_back", "gate_folding", "random")
    }
    assert by_name["gate_folding_front"] == [3] * 3 + [1] * 9
    assert by_name["gate_folding_back"] == [1] * 9 + [3] * 3
    assert sorted(by_name["random"]) == [1] * 9 + [3] * 3
    places = np.flatnonzero(np.array(by_name["gate_folding"]) == 3)
    assert len(places) == 3
    assert np.diff(places).min() >= 3, "spread evenly"


def test_noise_factor_is_weighted_with_the_errors_of_the_target() -> None:
    target = Target(num_qubits=3)
    errors = {(0, 1): InstructionProperties(error=0.03), (1, 2): InstructionProperties(error=0.01)}
    target.add_instruction(CXGate(), errors)
    circuit = QuantumCircuit(3)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    _, factor = folded(circuit, target, 2, "gate_folding_front")
    assert factor == pytest.approx(1 + 2 * 0.03 / 0.04)
    _, factor = folded(circuit, target, 1.5, "gate_folding_back")
    assert factor == pytest.approx(1 + 2 * 0.01 / 0.04)


def test_gate_that_cannot_be_folded_counts_in_the_noise_factor() -> None:
    circuit = chain(3)
    circuit.cs(0, 1)
    made, factor = folded(circuit, target_of(CXGate(), CSGate()), 3)
    assert made.count_ops()["cs"] == 1
    assert factor == pytest.approx(1 + 2 * 3 / 4)


class Pulses(Gate):
    """What core takes for a pulse gate, by its mark; its matrix is not what is played."""

    is_pulse_gate = True

    def __init__(self) -> None:
        super().__init__("my_cz", 2, [])


def test_pulse_gate_is_left_alone_and_counts() -> None:
    circuit = chain(1)
    circuit.append(Pulses(), [0, 1])
    _, census = scanned(circuit, Inverses(target_of(CXGate(), Pulses())))
    assert dict(census.left_alone) == {"my_cz": 1}
    made, factor = folded(circuit, target_of(CXGate(), Pulses()), 3)
    assert dict(made.count_ops()) == {"rz": 1, "cx": 3, "my_cz": 1}
    assert factor == 2


def test_bodies_of_control_flow_are_folded_and_loops_are_counted() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.cx(0, 1)
    with circuit.for_loop(range(4)):
        circuit.cx(1, 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.x(1)
    with otherwise:
        circuit.cz(0, 1)
    target = target_of(CXGate(), CZGate(), XGate())
    scan, census = scanned(circuit, Inverses(target))
    assert census.branches
    assert census.weights == [1, 4, 1]
    made = scan.folded([1, 1, 1])
    assert made.count_ops()["cx"] == 3
    blocks = [item.operation.blocks for item in made.data if item.is_control_flow()]
    assert [block.count_ops().get("cx") for block in blocks[0]] == [3]
    assert [dict(block.count_ops()) for block in blocks[1]] == [{"x": 1}, {"cz": 3}]
    assert circuit.data[1].operation.blocks[0].count_ops()["cx"] == 1, "the circuit that was given is as it was"


def test_barriers_and_measurements_stay_where_they_are() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.cx(0, 1)
    circuit.barrier()
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    made, _ = folded(circuit, target_of(CXGate()), 3)
    assert [item.name for item in made.data] == ["cx"] * 3 + ["barrier"] + ["cx"] * 3 + ["measure"] * 2


@pytest.mark.parametrize("factor", [1, 2, 3, 4.2, 5])
def test_global_folding_is_the_same_unitary(factor: float) -> None:
    circuit = chain(5)
    circuit.h(1)
    circuit.sx(0)
    circuit.t(1)
    circuit.measure_all()
    made, realised = folded(circuit, target_of(CXGate(), HGate(), TGate()), factor, "global")
    assert made.count_ops()["cx"] == pytest.approx(5 * realised)
    assert abs(realised - factor) <= 0.2 + 1e-9
    assert [item.name for item in made.data[-2:]] == ["measure", "measure"]
    assert set(made.count_ops()) <= {"cx", "h", "t", "rz", "sx", "measure", "barrier"}
    for both in (made, circuit):
        both.remove_final_measurements()
    assert Operator(made).equiv(Operator(circuit))


def test_global_folding_refuses_what_has_no_inverse() -> None:
    circuit = chain(2)
    circuit.reset(0)
    with pytest.raises(CapabilityError, match=r"'reset' has no inverse(.|\n)*'gate_folding'"):
        folded(circuit, target_of(CXGate()), 3, "global")
