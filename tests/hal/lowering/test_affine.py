# SPDX-License-Identifier: Apache-2.0
"""Which values are affine, and what becomes of those that are not."""

from __future__ import annotations

import numpy as np
import pytest
from paper_backend import paper
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline_hal import lower
from feedline_hal.errors import PulseError
from feedline_hal.lowering.affine import slopes_of

A, B = Parameter("a"), Parameter("b")


def test_slopes_are_found_and_curves_are_told_apart() -> None:
    """Of sums and multiples, complex ones too; what bends, or has no derivative, is not affine."""
    assert slopes_of(2 * A - 3 * B + 1) == (1.0, {A: 2.0, B: -3.0})
    assert slopes_of(1j * A) == (0.0, {A: 1j})
    for curved in (A * A, A.sin(), A.sign(), A * A / A, A / B):
        assert slopes_of(curved) is None


@pytest.mark.parametrize(
    ("angle", "wanted"), [(A.sign(), [-1.0, 1.0]), (A * A / A, [-2.0, 0.5]), (A.abs() / 2, [1.0, 0.25])]
)
def test_angles_without_a_derivative_are_computed_at_every_point(angle, wanted) -> None:
    """Not differentiated, and not taken to be flat."""
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    circuit.rz(angle, 0)
    circuit.sx(0)
    phases = lower(circuit, paper(1)).block.plays.phase_rad
    made = phases.at(np.array([[-2.0], [0.5]])) - phases.at(np.array([[1.0]])) + [0.0, float(angle.bind({A: 1.0}))]
    np.testing.assert_allclose(made[:, 1], wanted, atol=1e-9)


def test_an_expression_without_a_value_is_refused_by_name() -> None:
    """A division by a parameter that is 0."""
    circuit = QuantumCircuit(1)
    circuit.rz(1 / A, 0)
    circuit.sx(0)
    program = lower(circuit, paper(1))
    with pytest.raises(PulseError, match=r"'1/a' cannot be computed|'1/a' is"):
        program.block.plays.phase_rad.at(np.zeros((1, 1)))
