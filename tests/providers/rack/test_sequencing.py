# SPDX-License-Identifier: Apache-2.0
"""What is kept from one set of parameter values to the next is what would be rendered anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.lowering.family import ProgramFamily
from feedline_hal.lowering.port_program import PortProgram
from feedline_rack import sequencing
from feedline_rack.offline import Offline
from feedline_rack.sequencing import Points, sequences

VALUES = np.random.default_rng(5).uniform(-np.pi, np.pi, (5, 2))


def circuit() -> QuantumCircuit:
    """One qubit turned by a parameter, the other by none; the coupler and the readout always play the same."""
    made = QuantumCircuit(2, 2)
    made.sx([0, 1])
    made.rz(Parameter("first"), 0)
    made.rz(Parameter("second"), 0)
    made.sx(0)
    made.cz(0, 1)
    made.sx(0)
    made.measure([0, 1], [0, 1])
    return made


def played(program: SequenceProgram) -> NDArray[np.float32]:
    """Samples by step, channel and time."""
    return np.array([[program.waveforms[index] for index in step] for step in program.steps])


@pytest.fixture
def offline(lab: Any) -> Offline:
    return Offline(lab.backend)


def compiled(offline: Offline, made: QuantumCircuit) -> PortProgram:
    """Never the same object twice, so that nothing is known of it."""
    return ProgramFamily.of(made, offline.backend).program(())


def test_only_ports_with_parameters_are_free(offline: Offline) -> None:
    assert compiled(offline, circuit()).free_ports() == {"q0_drive"}


@pytest.mark.parametrize("count", [1, 3])
def test_other_values_give_what_a_new_program_gives(offline: Offline, count: int) -> None:
    known = compiled(offline, circuit())
    for first in range(3):
        values = VALUES[first : first + count]
        warm = sequences(offline.wiring, [Points(program=known, values=values)])["awg"]
        cold = sequences(offline.wiring, [Points(program=compiled(offline, circuit()), values=values)])["awg"]
        np.testing.assert_array_equal(played(warm), played(cold))
        assert len(warm.waveforms) == len(cold.waveforms) == len({one.tobytes() for one in warm.waveforms})


def test_programs_side_by_side_keep_apart(offline: Offline) -> None:
    """Points of two circuits in one table, the kept waveforms of both among them."""
    turned = circuit()
    still = QuantumCircuit(2, 2)
    still.x([0, 1])
    still.measure([0, 1], [0, 1])
    one, other = compiled(offline, turned), compiled(offline, still)
    nothing = np.zeros((2, 0))
    for _ in range(2):
        groups = [Points(program=one, values=VALUES[:2]), Points(program=other, values=nothing)]
        both = played(sequences(offline.wiring, groups)["awg"])
        alone = [played(sequences(offline.wiring, [group])["awg"]) for group in groups]
        np.testing.assert_array_equal(both[:2], alone[0])
        np.testing.assert_array_equal(both[2:], alone[1])


def test_what_has_no_parameters_is_the_very_same_program_for_as_many_points(offline: Offline) -> None:
    still = QuantumCircuit(2, 2)
    still.x([0, 1])
    still.measure([0, 1], [0, 1])
    program = compiled(offline, still)
    made = [sequences(offline.wiring, [Points(program=program, values=np.zeros((n, 0)))])["awg"] for n in (1, 1, 2)]
    assert made[0] is made[1]
    assert made[2].steps.shape[0] == 2
    np.testing.assert_array_equal(played(made[2])[1], played(made[0])[0])


def test_long_programs_are_not_kept(offline: Offline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencing, "_MOST_HELD_SAMPLES", 10)
    program = compiled(offline, circuit())
    made = [sequences(offline.wiring, [Points(program=program, values=VALUES[:1])])["awg"] for _ in range(2)]
    assert made[0] is not made[1]
    assert all(one.flags.writeable for one in made[1].waveforms)
    np.testing.assert_array_equal(played(made[0]), played(made[1]))
