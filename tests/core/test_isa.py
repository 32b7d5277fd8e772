# SPDX-License-Identifier: Apache-2.0
"""ISA checks and preparation."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import RXGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Operator
from qiskit.transpiler import Target

from feedline.capabilities import Capabilities
from feedline.errors import CapabilityError
from feedline.isa import IsaCache, Transpilation, check_isa, is_isa, unroll_boxes
from feedline.kit import kit_of
from feedline.testing import NullBackend

LINE = GenericBackendV2(3, coupling_map=[(0, 1), (1, 2)], seed=1).target


def test_unsupported_instruction_is_named_with_its_qubits_and_what_there_is() -> None:
    circuit = QuantumCircuit(2, name="mine")
    circuit.h(1)
    with pytest.raises(CapabilityError, match=r"'mine' holds 'h' on qubits \(1,\)") as caught:
        check_isa(circuit, LINE)
    assert "cx, " in caught.value.remedy
    assert "transpile" in caught.value.remedy


def test_gate_on_the_wrong_qubits_says_where_it_is() -> None:
    circuit = QuantumCircuit(3)
    circuit.cx(0, 2)
    with pytest.raises(CapabilityError, match=r"'cx' on qubits \(0, 2\)") as caught:
        check_isa(circuit, LINE)
    assert "(0, 1)" in caught.value.remedy


def test_instruction_inside_control_flow_is_checked_on_its_outer_qubits() -> None:
    target = GenericBackendV2(3, coupling_map=[(0, 1), (1, 2)], seed=1, control_flow=True).target
    circuit = QuantumCircuit(3, 1)
    with circuit.if_test((0, 1)):
        circuit.cx(2, 0)
    with pytest.raises(CapabilityError, match=r"\(2, 0\)"):
        check_isa(circuit, target)


def test_angle_outside_its_bounds_is_not_isa() -> None:
    target = Target(num_qubits=1)
    target.add_instruction(RXGate(Parameter("t")), {(0,): None}, angle_bounds=[(0, 1)])
    inside, outside = QuantumCircuit(1), QuantumCircuit(1)
    inside.rx(0.5, 0)
    outside.rx(2.0, 0)
    assert is_isa(inside, target)
    assert not is_isa(outside, target)


def test_isa_circuit_passes_through_untouched() -> None:
    backend = NullBackend(2)
    circuit = QuantumCircuit(2)
    circuit.h(0)
    cache = kit_of(backend).isa
    assert cache.get(circuit, Transpilation()) == circuit
    assert cache.made == 0


class Wrapped(NullBackend):
    """A backend with the line's target."""

    target = LINE  # type: ignore[assignment]  # a plain attribute serves as the property
    _capabilities: Capabilities


def test_abstract_circuit_is_transpiled_once() -> None:
    backend = Wrapped(3)
    cache = IsaCache(backend)
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 2)
    first = cache.get(circuit, Transpilation())
    assert cache.get(circuit, Transpilation()) is first
    assert is_isa(first, LINE)
    assert cache.made == 1
    circuit.x(0)
    assert cache.get(circuit, Transpilation()) is not first
    assert cache.made == 2


def test_transpilation_switched_off_refuses_abstract_circuits() -> None:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    with pytest.raises(CapabilityError, match="'h'"):
        IsaCache(Wrapped(3)).get(circuit, Transpilation(enabled=False))


def test_too_wide_circuit_names_both_widths() -> None:
    with pytest.raises(CapabilityError, match="has 5 qubits, the device has 3"):
        IsaCache(Wrapped(3)).get(QuantumCircuit(5), Transpilation())


def test_control_flow_that_is_not_declared_is_refused_by_name() -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.while_loop((0, 1)):
        circuit.measure(0, 0)
    with pytest.raises(CapabilityError, match="'while_loop'"):
        kit_of(NullBackend(1)).isa.get(circuit, Transpilation())


def test_boxes_are_unrolled_to_the_same_operation() -> None:
    boxed, plain = QuantumCircuit(2), QuantumCircuit(2)
    with boxed.box():
        boxed.h(0)
        with boxed.box():
            boxed.cx(0, 1)
    boxed.rz(0.3, 1)
    plain.h(0)
    plain.cx(0, 1)
    plain.rz(0.3, 1)
    unrolled = unroll_boxes(boxed)
    assert "box" not in unrolled.count_ops()
    assert np.allclose(Operator(unrolled).data, Operator(plain).data)


def test_boxes_inside_control_flow_are_unrolled() -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.if_test((0, 1)), circuit.box():
        circuit.x(0)
    block = unroll_boxes(circuit).data[0].operation.blocks[0]
    assert [instruction.name for instruction in block.data] == ["x"]
