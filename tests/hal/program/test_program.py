# SPDX-License-Identifier: Apache-2.0
"""What becomes of a text: circuit, calibrations, pulse boxes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline import qpy_dump, qpy_load
from feedline.program_text import read_program
from feedline.pulse_mark import is_pulse_box, is_pulse_gate, pulse_annotation
from feedline_hal import CalibrationSet, Play, PulseGate, ShiftFrequency
from feedline_hal.program.program import Program

from .texts import DECLARED, KICK


def read(text: str, **how: Any) -> Program:
    return Program.from_text(DECLARED + text, **how)


def names(circuit: QuantumCircuit) -> list[str]:
    return [item.name for item in circuit.data]


def schedules(circuit: QuantumCircuit) -> list[Any]:
    return [pulse_annotation(item.operation).schedule for item in circuit.data if item.name == "box"]


def amplitudes(circuit: QuantumCircuit) -> list[Any]:
    return [step.waveform.amplitude for one in schedules(circuit) for step in one.instructions()]


def test_program_of_gates_is_the_circuit_that_qiskit_would_make() -> None:
    program = read("bit[2] c;\nh $0;\ncx $0, $1;\nbarrier $0, $1;\nreset $0;\nc[0] = measure $0;\n")
    expected = QuantumCircuit(2, 2)
    expected.h(0)
    expected.cx(0, 1)
    expected.barrier(0, 1)
    expected.reset(0)
    expected.measure(0, 0)
    assert [(item.name, item.qubits) for item in program.circuit.data] == [
        (item.name, tuple(program.circuit.qubits[expected.find_bit(bit).index] for bit in item.qubits))
        for item in expected.data
    ]
    assert [register.name for register in program.circuit.cregs] == ["c"]
    assert not program.needs_pulses


def test_calibrations_are_what_the_same_text_without_gates_gives() -> None:
    assert read(KICK + "kick(0.5) $0;").calibrations.id == CalibrationSet.from_openpulse(DECLARED + KICK).id


def test_gate_that_only_a_defcal_defines_is_a_pulse_gate() -> None:
    (item,) = read(KICK + "kick(pi/2) $0;").circuit.data
    assert item.operation == PulseGate("kick", 1, [math.pi / 2])


def test_standard_gate_with_a_defcal_stays_a_standard_gate() -> None:
    program = read("defcal x $0 { play(f0, w); }\ndefcal ecr $0, $1 { play(f0, w); }\nx $0;\necr $0, $1;")
    assert names(program.circuit) == ["x", "ecr"]
    assert not any(is_pulse_gate(item.operation) for item in program.circuit.data)


def test_gate_with_a_body_is_played_where_it_is_calibrated_and_means_its_body() -> None:
    text = "gate flip q { x q; }\ndefcal flip $0 { play(f0, w); }\nflip $0;\nflip $1;"
    played, plain = read(text).circuit.data
    assert played.operation.ideal.count_ops() == {"x": 1}
    assert not is_pulse_gate(plain.operation)
    assert plain.operation.definition.count_ops() == {"x": 1}


def test_gate_made_of_pulse_gates_is_written_out() -> None:
    text = KICK + "gate twice(t) q { kick(t) q; rz(t) q; kick(2*t) q; }\ntwice(0.25) $0;"
    circuit = read(text).circuit
    assert [(item.name, float(item.params[0])) for item in circuit.data] == [
        ("kick", 0.25),
        ("rz", 0.25),
        ("kick", 0.5),
    ]


def test_physical_qubits_are_the_circuits_wires() -> None:
    circuit = read("x $3;").circuit
    assert circuit.num_qubits == 4
    assert circuit.find_bit(circuit.data[0].qubits[0]).index == 3
    assert circuit.layout is not None, "which is how core knows that they stay"


def test_constants_fold_into_angles_sizes_indices_and_delays() -> None:
    text = """const int n = 2; const float half = pi / 2; const duration t = 3 * 4ns; float late = half * 2;
    qubit[n] q; bit[n] c;
    rx(half + 1) q[n - 1]; rz(late) q[0]; delay[t] q[0]; c[n - 2] = measure q[0];"""
    rx, rz, delay, measure = read(text).circuit.data
    assert rx.params == [pytest.approx(math.pi / 2 + 1)]
    assert rz.params == [pytest.approx(math.pi)]
    assert (delay.operation.duration, delay.operation.unit) == (12e-9, "s")
    assert read(text).circuit.find_bit(measure.clbits[0]).registers[0][1] == 0


def test_cal_block_between_gates_is_a_pulse_box_on_the_qubits_of_its_ports() -> None:
    text = KICK + "defcal other $1 { play(f1, w); }\nx $0;\ncal { play(f1, w); }\nx $1;"
    first, box, last = read(text).circuit.data
    assert (first.name, last.name) == ("x", "x")
    assert is_pulse_box(box.operation)
    assert pulse_annotation(box.operation).qubits == (1,)
    assert [type(step) for step in pulse_annotation(box.operation).schedule.instructions()] == [Play]


@pytest.mark.parametrize(("text", "qubits"), [("x $2; x $0;", (0, 2)), ("qubit[3] q; qubit r; x q;", (0, 1, 2, 3))])
def test_cal_block_on_ports_that_nobody_places_is_on_all_qubits_of_the_program(
    text: str, qubits: tuple[int, ...]
) -> None:
    box = read(text + "cal { play(f1, w); }").circuit.data[-1]
    assert pulse_annotation(box.operation).qubits == qubits


def test_cal_block_that_only_declares_is_nothing_in_the_circuit() -> None:
    assert names(read("x $0;\ncal { float a = 0.5; }\nx $0;").circuit) == ["x", "x"]


def test_captures_of_a_cal_block_go_to_the_programs_bits() -> None:
    text = """bit[3] c; bit d;
    cal { d = capture_v2(r0, constant(1, 100ns)); c[2] = capture_v2(r0, constant(1, 100ns));
          bit own = capture_v2(r0, constant(1, 100ns)); }
    x $0;"""
    circuit = read(text).circuit
    box = circuit.data[0]
    assert [circuit.find_bit(bit).registers[0][0].name for bit in box.clbits] == ["c", "d"]
    steps = list(pulse_annotation(box.operation).schedule.instructions())
    assert [step.slot for step in steps] == [1, 0, None], "slot k is the k-th bit in the circuit's order"


def test_loop_around_pulses_is_unrolled_with_its_variable() -> None:
    text = """bit[3] c;
    for int i in [0:2] { float a = 0.1 * (i + 1); cal { play(f0, constant(a, 4ns * (i + 1))); } c[i] = measure $0; }"""
    circuit = read(text).circuit
    assert names(circuit) == ["box", "measure"] * 3
    assert amplitudes(circuit) == pytest.approx([0.1, 0.2, 0.3])
    assert [circuit.find_bit(item.clbits[0]).index for item in circuit.data if item.name == "measure"] == [0, 1, 2]


@pytest.mark.parametrize(
    ("over", "values"),
    [
        ("int i in [3:-1:1]", [3, 2, 1]),
        ("uint i in {1, 4}", [1, 4]),
        ("float i in [0.0:0.1:0.3]", [0, 0.1, 0.2, 0.3]),
        ("int i in [2:1]", []),
    ],
)
def test_loop_takes_the_values_that_its_range_says(over: str, values: list[float]) -> None:
    circuit = read(f"x $0;\nfor {over} {{ cal {{ play(f0, constant(0.1 * i, 8ns)); }} }}").circuit
    assert amplitudes(circuit) == pytest.approx([0.1 * value for value in values])


def test_loop_over_durations_is_unrolled() -> None:
    circuit = read("for duration t in [0ns:10ns:20ns] { delay[t] $0; x $0; }").circuit
    assert [item.operation.duration for item in circuit.data if item.name == "delay"] == [0, 1e-8, 2e-8]


def test_loop_of_gates_stays_a_loop() -> None:
    circuit = read(KICK + "for int i in [0:9] { rx(0.1 * i) $0; kick(0.5) $0; }").circuit
    (loop,) = circuit.data
    assert loop.name == "for_loop"
    assert [is_pulse_gate(item.operation) for item in loop.operation.blocks[0].data] == [False, True]


def test_branch_on_a_constant_is_decided_and_one_on_a_bit_stays() -> None:
    text = """const int n = 1; bit[2] c; c[0] = measure $0;
    if (n == 1) { x $0; } else { y $0; }
    if (c[0] == 1) { cal { play(f0, w); } kick(0.1) $0; } else { x $0; }
    while (c[1] == 0) { c[1] = measure $0; }"""
    circuit = read(KICK + text).circuit
    assert names(circuit) == ["measure", "x", "if_else", "while_loop"]
    yes, no = circuit.data[2].operation.blocks
    assert [is_pulse_box(yes.data[0].operation), is_pulse_gate(yes.data[1].operation)] == [True, True]
    assert names(no) == ["x"]


def test_measurements_without_a_target_have_bits_of_their_own() -> None:
    circuit = read("qubit[2] q; bit[1] measured;\nmeasure q[1];\nmeasure q;").circuit
    assert [(register.name, register.size) for register in circuit.cregs] == [("measured_", 3), ("measured", 1)]


def test_single_bits_have_registers_of_their_names() -> None:
    circuit = read("bit b; bit[2] c; bit d = measure $0;\nb = measure $0;").circuit
    assert {register.name: register.size for register in circuit.cregs} == {"b": 1, "c": 2, "d": 1}


def test_inputs_are_parameters_of_gates_and_of_pulses_between_gates() -> None:
    text = KICK + "input angle theta; input float a;\nkick(2 * theta) $0;\ncal { play(f0, constant(a, 8ns)); }"
    program = read(text)
    kick, cal = program.circuit.data
    assert {parameter.name for parameter in program.circuit.parameters} == {"a", "theta"}
    assert str(kick.params[0]) == "2*theta"
    assert cal.operation == PulseGate("cal_0", 1, [cal.params[0]])
    calibration = program.calibrations.find("cal_0", [0], [0.25])
    (play,) = calibration.schedule.bind({calibration.arguments[0]: 0.25}).instructions()
    assert play.waveform.amplitude == 0.25
    assert isinstance(calibration.arguments[0], Parameter)


def test_output_bits_are_bits() -> None:
    assert [register.name for register in read("output bit[2] c;\nc[0] = measure $0;").circuit.cregs] == ["c"]


def test_spectroscopy_of_the_specification_is_read() -> None:
    """OpenQASM 3 specification, "OpenPulse Grammar", section "Rabi Spectroscopy"."""
    text = """const float frequency_start = 4.5e9; const float frequency_step = 1e6; const int frequency_num_steps = 31;
    defcal saturation_pulse $0 { play(f0, constant(0.1, 100e-6 * 1s)); }
    cal { set_frequency(f0, frequency_start); }
    for int i in [1:frequency_num_steps] {
      cal { shift_frequency(f0, frequency_step); }
      saturation_pulse $0;
      measure $0;
    }"""
    circuit = read(text).circuit
    assert circuit.num_clbits == 31
    shifts = [step for one in schedules(circuit)[1:] for step in one.instructions()]
    assert {type(step) for step in shifts} == {ShiftFrequency}
    assert len(shifts) == 31


def test_rabi_of_the_specification_is_read() -> None:
    """OpenQASM 3 specification, "OpenPulse Grammar", section "Rabi Time Spectroscopy"."""
    text = """const duration pulse_length_start = 20dt; const duration pulse_length_step = 1dt;
    const int pulse_length_num_steps = 10;
    for int i in [1:pulse_length_num_steps] {
      duration pulse_length = pulse_length_start + (i-1)*pulse_length_step;
      duration sigma = pulse_length / 4;
      cal { waveform wf = gaussian(0.5, pulse_length, sigma); play(f0, wf); }
      measure $0;
    }"""
    plays = [step for one in schedules(read(text, dt_s=1e-9).circuit) for step in one.instructions()]
    assert [play.waveform.duration_s for play in plays] == pytest.approx([(20 + i) * 1e-9 for i in range(10)])


def test_text_and_name_travel_with_the_circuit() -> None:
    text = DECLARED + KICK + "bit c;\nkick(0.5) $0;\ncal { play(f0, w); }\nc = measure $0;"
    circuit = Program.from_text(text, name="lab/kick.qasm").circuit
    assert circuit.name == "kick"
    assert circuit.metadata == {"openqasm3": text}


def test_circuit_comes_back_from_qpy(tmp_path: Any) -> None:
    circuit = read(KICK + "bit c;\nkick(0.5) $0;\ncal { c = capture_v2(r0, constant(1, 80ns)); }").circuit
    qpy_dump(circuit, tmp_path / "kick.qpy")
    (loaded,) = qpy_load(tmp_path / "kick.qpy")
    assert loaded == circuit
    assert loaded.metadata == circuit.metadata


def test_same_text_is_read_once() -> None:
    text = KICK + "kick(0.5) $0;"
    assert read(text).circuit is read(text).circuit


def test_plugin_reads_programs_and_leaves_the_device_for_later() -> None:
    program = read_program(DECLARED + "cal { play(f0, gaussian(0.1, 32dt, 8dt)); }\n")
    assert isinstance(program, Program)


def test_durations_given_to_gates_count_in_seconds() -> None:
    """A literal with a unit, and arithmetic on constants, reach the calibration's duration."""
    program = Program.from_text(
        """
        OPENQASM 3.0;
        defcalgrammar "openpulse";
        cal { port d0; frame f0 = newframe(d0, 5e9, 0.0); }
        defcal wait(duration t) $0 { delay[t] f0; }
        const duration d = 20ns;
        wait(16ns) $0;
        wait(2 * d) $0;
        """
    )
    assert [item.params for item in program.circuit.data] == [[pytest.approx(16e-9)], [pytest.approx(40e-9)]]
