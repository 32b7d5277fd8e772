# SPDX-License-Identifier: Apache-2.0
"""Shots in loops and branches of the reference device."""

from __future__ import annotations

import attrs
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline import Sampler
from feedline_hal import Calibration, Play, PulseGate, Schedule, ShiftFrequency, Waveform
from feedline_hal.errors import LimitError, PulseError
from feedline_hal.testing import ReferenceBackend


def counts(circuit: QuantumCircuit) -> dict[str, int]:
    return dict(Sampler(ReferenceBackend(2, seed=5)).run([circuit], shots=100).result()[0].join_data().get_counts())


@pytest.mark.parametrize(("leave", "wanted"), [("break_loop", "01"), ("continue_loop", "00")])
def test_jumps_in_a_loop_over_a_parameter_mean_the_whole_loop(leave, wanted) -> None:
    """One turn of four if it is left, four if it goes on."""
    circuit = QuantumCircuit(1, 2)
    turn = Parameter("turn")
    with circuit.for_loop(range(4), turn):
        circuit.x(0)
        circuit.rz(turn, 0)
        getattr(circuit, leave)()
        circuit.x(0)
    circuit.measure(0, 0)
    assert counts(circuit) == {wanted: 100}


def test_a_break_leaves_what_is_inside_and_nothing_outside() -> None:
    """Shots that leave a loop over a parameter go on in the loop around it."""
    circuit = QuantumCircuit(1, 1)
    turn = Parameter("turn")
    with circuit.for_loop(range(3)):
        with circuit.for_loop(range(4), turn):
            circuit.rz(turn, 0)
            circuit.measure(0, 0)
            circuit.x(0)
            with circuit.if_test((0, 1)):
                circuit.break_loop()
    circuit.measure(0, 0)  # each time around: X, then X and away
    assert counts(circuit) == {"0": 100}


@pytest.mark.parametrize("is_loop", [True, False])
def test_what_is_too_long_only_together_is_refused(is_loop) -> None:
    """Turns of a counted loop, and blocks with a decision between them."""
    circuit = QuantumCircuit(1, 1)
    if is_loop:
        with circuit.for_loop(range(1000)):
            circuit.delay(1, 0, unit="ms")
    else:
        circuit.delay(6, 0, unit="ms")
        circuit.measure(0, 0)
        with circuit.if_test((0, 0)):
            circuit.delay(6, 0, unit="ms")
    circuit.measure(0, 0)
    with pytest.raises(LimitError, match=r"for more than 10 ms|lasts 1000000400 ns, the device allows"):
        counts(circuit)


def test_a_negative_delay_is_refused_with_words() -> None:
    """Durations are bound when they are known, which is when the circuit runs."""
    circuit = QuantumCircuit(1, 1)
    circuit.delay(Parameter("wait"), 0, unit="s")
    circuit.measure(0, 0)
    job = Sampler(ReferenceBackend(1)).run([(circuit, [-1e-9])], shots=1)
    with pytest.raises(PulseError, match=r"has a delay that cannot be: .*must be positive.*-1e-09"):
        job.result()


def test_frequencies_that_gather_in_a_loop_stay_in_the_ports_range() -> None:
    """Each turn shifts by a little, and none leaves the range alone."""
    backend = ReferenceBackend(1)
    frame = backend.calibrations.frames["q0_drive_frame"]
    up = Schedule.left(ShiftFrequency(frame, 50e6), Play(frame, Waveform.constant(32e-9, 0.1)))
    backend = backend.with_calibrations(
        attrs.evolve(backend.calibrations, calibrations=[Calibration(gate="up", qubits=(0,), schedule=up)])
    )

    def run(turns: int) -> None:
        circuit = QuantumCircuit(1, 1)
        with circuit.for_loop(range(turns)):
            circuit.append(PulseGate("up", 1), [0])
        circuit.measure(0, 0)
        Sampler(backend).run([circuit], shots=1).result()

    run(16)
    with pytest.raises(LimitError, match=r"add up to 6050000000 Hz on port 'q0_drive'[\s\S]*to 6000000000 Hz"):
        run(17)
