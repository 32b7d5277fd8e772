# SPDX-License-Identifier: Apache-2.0
"""What is known of qubits and instructions, as rows for tables: in a terminal and in a notebook."""

from __future__ import annotations

from qiskit.circuit.library import SXGate
from qiskit.circuit.measure import Measure
from qiskit.providers import QubitProperties
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import InstructionProperties, Target

import feedline
from feedline.property_table import instruction_rows, property_tables, qubit_rows


def device() -> Target:
    """Two qubits, of the second only T1 is known."""
    target = Target(qubit_properties=[QubitProperties(t1=42e-6, t2=51e-6, frequency=5.12e9), QubitProperties(t1=30e-6)])
    target.add_instruction(
        SXGate(),
        {
            (0,): InstructionProperties(duration=40e-9, error=3e-4),
            (1,): InstructionProperties(duration=32e-9, error=5e-4),
        },
    )
    target.add_instruction(Measure(), {(0,): InstructionProperties(duration=1e-6, error=0.012), (1,): None})
    return target


def test_every_qubit_has_a_row_and_what_is_not_known_is_empty() -> None:
    head, cells = property_tables(qubit_rows(device()), [])[0]
    assert head == ("qubit", "frequency", "T1", "T2", "readout error")
    assert cells == [("q0", "5.120000 GHz", "42 us", "51 us", "0.012"), ("q1", "", "30 us", "", "")]


def test_instructions_have_their_range_of_durations_and_errors() -> None:
    head, cells = property_tables([], instruction_rows(device()))[0]
    assert head == ("instruction", "places", "duration", "error")
    assert cells == [("measure", "2", "1000 ns", "0.012"), ("sx", "2", "32 to 40 ns", "0.0003 to 0.0005")]


def test_a_table_of_which_nothing_is_known_is_left_out() -> None:
    target = Target(num_qubits=2)
    target.add_instruction(SXGate(), {(0,): None, (1,): None})
    assert property_tables(qubit_rows(target), instruction_rows(target)) == []


def test_a_notebook_shows_what_the_terminal_shows() -> None:
    """Names are text, not markup."""
    backend = feedline.backend("aer", like=GenericBackendV2(num_qubits=3, seed=1))
    backend.description = "<b>like</b> a device"
    shown = backend._repr_html_()
    assert "&lt;b&gt;like&lt;/b&gt; a device" in shown
    for _, cells in property_tables(qubit_rows(backend.target), instruction_rows(backend.target)):
        assert all(f"<td>{cell}</td>" in shown for row in cells for cell in row)
    assert shown.count("<tr>") == shown.count("</tr>") > 3
