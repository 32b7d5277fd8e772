# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit.classical import expr

from feedline_hal.export.section import bit_names, sections

from .lab import decisions


def captions(program, circuit: QuantumCircuit) -> list[str]:
    return [section.caption for section in sections(program.flow, bit_names(circuit.num_clbits, circuit))]


def test_sections_follow_the_text_and_say_what_leads_to_them(lowered) -> None:
    circuit = decisions()
    program = lowered(circuit)
    assert captions(program, circuit) == ["", "if c[0] == 1", "else", "repeat 2 times", "while c[0] == 1, break", ""]
    laid = sections(program.flow, ["c0"])
    assert [section.number for section in laid] == [0, 1, 2, 3, -1, 4]
    assert [section.duration_ticks for section in laid] == [1000, 40, 300, 40, 0, 40]
    assert [section.block for section in laid if section.block is not None] == list(program.blocks())


def test_switch_names_its_cases_and_nested_decisions_stand_behind_one_another(lowered) -> None:
    register = ClassicalRegister(2, "m")
    circuit = QuantumCircuit(2)
    circuit.add_register(register)
    circuit.measure([0, 1], register)
    with circuit.switch(register) as case:
        with case(1, 2), circuit.if_test((register[0], 0)):
            circuit.sx(0)
        with case(case.DEFAULT):
            circuit.sx(1)
    found = captions(lowered(circuit), circuit)
    assert "if (m[1] m[0]) == 1 or 2, if m[0] == 0" in found
    assert "if (m[1] m[0]) is none of these" in found


def test_expressions_are_written_out(lowered) -> None:
    register = ClassicalRegister(2, "m")
    circuit = QuantumCircuit(1)
    circuit.add_register(register)
    circuit.measure(0, register[0])
    with circuit.if_test(expr.logic_and(expr.logic_not(register[0]), expr.less(register, 3))):
        circuit.sx(0)
    assert captions(lowered(circuit), circuit)[1] == "if (not m[0] and ((m[1] m[0]) < 3))"


def test_bits_outside_registers_have_numbers() -> None:
    circuit = QuantumCircuit(1, 1)
    assert bit_names(1) == ["c0"]
    assert bit_names(1, circuit) == ["c[0]"]
