# SPDX-License-Identifier: Apache-2.0
"""Lowering as users call it: stages, parameters, errors, control flow."""

from __future__ import annotations

import json

import numpy as np
import pytest
from paper_backend import NS, frames, paper, port
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline.errors import CapabilityError, InputError
from feedline.testing import IdealBackend
from feedline_hal import Calibration, Frame, Play, PulseGate, Schedule, Waveform, lower
from feedline_hal.errors import CalibrationError, LimitError, PulseError
from feedline_hal.lowering.bind import bind
from feedline_hal.lowering.flow import Branch, Jump, Loop
from feedline_hal.lowering.port_program import Block


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.rz(0.3, 0)
    circuit.cz(0, 1)
    circuit.rx(Parameter("angle"), 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


@pytest.mark.parametrize("stage", ["isa", "scheduled", "pulse"])
def test_every_stage_is_plain_records_that_json_takes(stage) -> None:
    """A dump can be read back, names the calibration set, and keeps parameters by name."""
    backend = paper(2)
    dumped = json.loads(json.dumps(lower(bell(), backend, stage).to_dict()))
    assert dumped["stage"] == stage
    assert dumped["calibration_id"] == backend.calibrations.id
    assert dumped["parameters"] == ["angle"]
    assert "angle" in json.dumps(dumped)


def test_lowering_is_pure() -> None:
    """The same circuit gives the same program; the circuit is untouched."""
    circuit, backend = bell(), paper(2)
    before = circuit.copy()
    one, other = lower(circuit, backend), lower(circuit, backend)
    assert circuit == before
    np.testing.assert_array_equal(one.block.plays.start_ticks, other.block.plays.start_ticks)
    assert one.waveforms == other.waveforms


def test_waveforms_are_unique() -> None:
    """A gate that comes often is one waveform."""
    circuit = QuantumCircuit(2)
    for _ in range(20):
        circuit.sx(0)
        circuit.x(1)  # the same shape at twice the amplitude
    assert len(lower(circuit, paper(2)).waveforms) == 1


def test_captures_go_to_the_circuits_bits() -> None:
    """A measurement's capture names the classical bit; unused slots name none."""
    circuit = QuantumCircuit(2, 3)
    circuit.measure(0, 2)
    circuit.measure(1, 0)
    captures = lower(circuit, paper(2)).block.captures
    assert captures.clbit.tolist() == [2, 0]
    assert captures.kind.tolist() == [2, 2]


def test_an_unknown_stage_names_those_there_are() -> None:
    with pytest.raises(CapabilityError, match=r"no stage 'ports'[\s\S]*Did you mean 'port'"):
        lower(bell(), paper(2), "ports")


def test_a_backend_without_pulses_is_refused_by_name() -> None:
    with pytest.raises(CapabilityError, match="'ideal' plays no pulses"):
        lower(bell(), IdealBackend(2))


def test_a_missing_calibration_names_gate_qubits_and_the_nearest() -> None:
    circuit = QuantumCircuit(2)
    circuit.cz(1, 0)
    with pytest.raises(CalibrationError, match=r"cz[\s\S]*q1[\s\S]*q0"):
        lower(circuit, paper(2))


def test_values_are_checked_against_the_circuits_parameters() -> None:
    circuit = bell()
    with pytest.raises(InputError, match="no parameter 'angel'"):
        lower(circuit, paper(2), values={"angel": 1.0})
    with pytest.raises(InputError, match="2 values were given"):
        lower(circuit, paper(2), values=[1.0, 2.0])
    assert lower(circuit, paper(2), values=[1.0]).parameters == ()


def test_an_amplitude_beyond_full_scale_is_refused_when_lowered_or_bound() -> None:
    """Nothing is clipped: neither a number nor a parameter's value."""
    drive = frames(0)[0]
    loud = Calibration(gate="loud", qubits=(0,), schedule=Schedule((Play(drive, Waveform.constant(40 * NS, 1.2)),)))
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("loud", 1), [0])
    with pytest.raises(LimitError, match=r"'loud q0' at 0 ns plays an amplitude of 1\.2 on port 'q0_drive'"):
        lower(circuit, paper(1, more=(loud,)))
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("bend", 1, [Parameter("t")]), [0])
    program = lower(circuit, paper(1))
    bind(program, np.array([[1.0]]))
    with pytest.raises(PulseError, match="nan"):
        bind(program, np.array([[np.nan]]))


def test_a_shape_that_grows_with_a_parameter_is_held_to_full_scale() -> None:
    """The peak of a waveform whose shape is bound late is checked when it is bound."""
    drive = frames(0)[0]
    beta = Parameter("beta")
    steep = Waveform.drag(40 * NS, 0.9, sigma_s=10 * NS, beta_s=beta)
    gate = Calibration(gate="steep", qubits=(0,), arguments=(beta,), schedule=Schedule((Play(drive, steep),)))
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("steep", 1, [Parameter("b")]), [0])
    program = lower(circuit, paper(1, more=(gate,)))
    bind(program, np.array([[1 * NS]]))
    with pytest.raises(LimitError, match=r"'steep q0'[\s\S]*amplitude of"):
        bind(program, np.array([[1 * NS], [30 * NS]]))


def test_an_angle_beyond_its_calibrations_bounds_is_refused_when_bound() -> None:
    program = lower(bell(), paper(2))
    bind(program, np.array([[3.1]]))
    with pytest.raises(LimitError, match=r"'rx\(theta\) q1' gets an angle of 4[\s\S]*from -3.2 to 3.2"):
        bind(program, np.array([[1.0], [4.0]]))


def test_a_frequency_beyond_its_port_is_refused_when_bound() -> None:
    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("retune", 1, [Parameter("mhz")]), [0])
    circuit.sx(0)
    program = lower(circuit, paper(1))
    bind(program, np.array([[100.0]]))
    with pytest.raises(
        LimitError, match=r"'sx q0' uses 5600000000 Hz on port 'q0_drive'[\s\S]*4500000000 to 5500000000"
    ):
        bind(program, np.array([[600.0]]))


def test_overlapping_plays_on_one_port_are_refused_and_multiplexed_ones_are_not() -> None:
    """Two frames of one port at once: an error that names both, unless the port adds them up."""

    def twice(is_multiplexed: bool) -> Calibration:
        line = port("line", 0, is_multiplexed=is_multiplexed)
        plays = [Play(Frame(name, line, frequency_hz=5e9), Waveform.constant(40 * NS, 0.2)) for name in ("one", "two")]
        return Calibration(gate="twice", qubits=(0,), schedule=Schedule.parallel(*plays))

    circuit = QuantumCircuit(1)
    circuit.append(PulseGate("twice", 1), [0])
    with pytest.raises(PulseError, match=r"Port 'line'[\s\S]*one[\s\S]*two"):
        lower(circuit, paper(1, more=(twice(False),)))
    assert len(lower(circuit, paper(1, more=(twice(True),))).block.plays) == 2


def test_control_flow_is_kept_as_blocks() -> None:
    """Branches, loops and jumps stay; their conditions are numbered bits."""
    circuit = QuantumCircuit(2, 2)
    circuit.measure(0, 1)
    with circuit.if_test((circuit.clbits[1], 1)) as otherwise:
        circuit.x(0)
    with otherwise:
        circuit.rz(0.4, 0)
    with circuit.for_loop(range(3)):
        circuit.sx(1)
        circuit.break_loop()
    with circuit.switch(circuit.cregs[0]) as case:
        with case(2, 3):
            circuit.cz(0, 1)
        with case(case.DEFAULT):
            circuit.sx(0)
    program = lower(circuit, paper(2))
    first, branch, loop, switch = program.flow
    assert isinstance(first, Block)
    assert isinstance(branch, Branch)
    assert isinstance(loop, Loop)
    assert branch.choose([0, 1]) is branch.cases[0][1]
    assert branch.choose([1, 0]) is branch.cases[1][1]
    assert loop.count == 3
    assert loop.body[-1] == Jump("break")
    assert switch.choose([0, 1]) is switch.cases[0][1]
    assert switch.choose([1, 0]) is switch.cases[1][1]
    assert len(list(program.blocks())) == 6
    with pytest.raises(PulseError, match="has control flow"):
        _ = program.block


def test_phases_gathered_in_a_branch_come_out_of_its_block() -> None:
    """What follows a branch starts from the frame phases that the branch left."""
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.rz(0.4, 0)
    circuit.sx(0)
    program = lower(circuit, paper(1))
    _, branch, last = program.flow
    inner = branch.cases[0][1][0]
    drive = [frame.name for frame in program.frames].index("q0_drive_frame")
    assert inner.exit.phase_rad.at(np.zeros(0))[drive] == pytest.approx(0.4)
    assert last.plays.phase_rad.at(np.zeros(0))[0] == pytest.approx(0.0)


def test_what_a_frequency_detour_gathers_comes_out_apart_from_phase_shifts() -> None:
    """A phase that is set later replaces the shifts, not the clock."""
    circuit = QuantumCircuit(1, 1)
    with circuit.if_test((circuit.clbits[0], 0)):
        circuit.append(PulseGate("tune", 1, [2.0]), [0])
        circuit.delay(100, 0, unit="dt")
        circuit.append(PulseGate("tune", 1, [-2.0]), [0])
        circuit.rz(0.3, 0)
    program = lower(circuit, paper(1))
    start, branch = program.flow
    assert start.duration_ticks == 0  # what only happens at the start is not in the branch
    leave = branch.cases[0][1][0].exit
    drive = [frame.name for frame in program.frames].index("q0_drive_frame")
    assert leave.phase_rad.at(np.zeros(0))[drive] == pytest.approx(0.3)
    assert leave.clock_rad.at(np.zeros(0))[drive] == pytest.approx(2 * np.pi * 2e6 * 100 * NS)
    assert leave.frequency_hz.at(np.zeros(0))[drive] == pytest.approx(0.0)


def test_conditions_may_be_expressions() -> None:
    """Qiskit's classical expressions decide as Qiskit says."""
    from qiskit.circuit.classical import expr

    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test(expr.logic_and(circuit.clbits[0], expr.logic_not(circuit.clbits[1]))):
        circuit.x(0)
    branch = lower(circuit, paper(2)).flow[1]
    chosen = {bits: bool(branch.choose(bits)) for bits in ((0, 0), (0, 1), (1, 0), (1, 1))}
    assert chosen == {(0, 0): False, (0, 1): False, (1, 0): True, (1, 1): False}


def test_bits_that_nobody_captures_are_refused() -> None:
    """A bit of a gate must come from its calibration: it would stay 0 in silence."""
    circuit = QuantumCircuit(1, 1)
    circuit.append(PulseGate("zero", 1, [0.0], num_clbits=1), [0], [0])
    with pytest.raises(CalibrationError, match="'zero q0' is to write 1 classical bits, its calibration gives 0"):
        lower(circuit, paper(1))


def test_what_is_bound_is_bound_inside_every_loop() -> None:
    """A loop's parameter twice in one gate, in a branch in the loop: every turn has its own value."""
    turn = Parameter("turn")
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(3), turn), circuit.if_test((circuit.clbits[0], 0)):
        circuit.append(PulseGate("zero", 1, [turn * 0.1]), [0])
        circuit.append(PulseGate("bend", 1, [turn * 0.1]), [0])
    program = lower(circuit, paper(1))
    phases = [float(block.changes.value.constant[0]) for block in program.blocks() if len(block.changes)]
    assert phases == pytest.approx([0.0, 0.1, 0.2])
    assert program.name == circuit.name


def test_an_angle_that_is_not_finite_names_its_gate() -> None:
    circuit = QuantumCircuit(1)
    circuit.rz(float("inf"), 0)
    with pytest.raises(PulseError, match="'rz q0' gets inf as argument 1"):
        lower(circuit, paper(1))


@pytest.mark.parametrize("stage", ["isa", "scheduled", "pulse", "port"])
def test_programs_show_themselves_in_a_line(stage) -> None:
    shown = repr(lower(bell(), paper(2), stage))
    assert "circuit-" in shown
    assert len(shown) < 100
