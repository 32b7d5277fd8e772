# SPDX-License-Identifier: Apache-2.0
"""Targets made of calibration sets."""

from __future__ import annotations

import logging
import math
import sys
from pathlib import Path

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import RXGate, SXGate
from qiskit.quantum_info import Operator

from feedline_hal import Calibration, Grid, Play, PulseGate, Schedule, ShiftPhase, Waveform
from feedline_hal.errors import CalibrationError, GridError
from feedline_hal.target import make_target

sys.path.append(str(Path(__file__).parent / "gate"))
from pulse_lab import COUPLER, DRIVE, GRID, NS, THETA, WIDTH, calibration_set, drive, kick, lab, own_calibrations, wave

LENGTH = Parameter("length")


def target(*calibrations: Calibration, control_flow: tuple[str, ...] = ()) -> object:
    return make_target(calibration_set(*calibrations), num_qubits=WIDTH, grid=GRID, control_flow=control_flow)


def rx(qubit: int | None, *arguments: object, **more: object) -> Calibration:
    schedule = drive(qubit or 0, THETA / 4 if THETA in arguments else 0.2)
    return Calibration(gate="rx", qubits=(qubit,), arguments=arguments, schedule=schedule, **more)  # type: ignore[arg-type]


def test_gates_have_the_durations_and_errors_of_their_calibrations() -> None:
    made = lab().target
    assert made["sx"][(1,)].duration == 20e-9
    assert made["sx"][(1,)].error == 1e-4
    assert made["rz"][(0,)].duration == 0.0
    assert made["cz"][(1, 2)].duration == 40e-9
    assert made["measure"][(2,)].duration == pytest.approx(1e-6, rel=1e-15)
    assert isinstance(made.operation_from_name("sx"), SXGate)
    assert sorted(made.build_coupling_map().get_edges()) == [(0, 1), (1, 2)]


def test_the_grid_gives_timing_and_frames_give_frequencies() -> None:
    made = lab().target
    assert (made.dt, made.granularity, made.min_length) == (NS, 4, 8)
    assert (made.pulse_alignment, made.acquire_alignment) == (2, 4)
    assert [item.frequency for item in made.qubit_properties] == [5.0e9, 5.1e9, 5.2e9]


def test_delay_box_and_declared_control_flow_are_there() -> None:
    made = target(*own_calibrations(), control_flow=("if_else", "break_loop"))
    names = set(made.operation_names)  # type: ignore[attr-defined]
    assert {"delay", "box", "if_else", "break_loop"} <= names
    assert not {"for_loop", "while_loop", "continue_loop"} & names


def test_other_names_and_sizes_become_pulse_gates() -> None:
    strange = Calibration(gate="x", qubits=(0,), arguments=(THETA,), schedule=drive(0, THETA))
    for calibrations, name in ((kick(0, 1), "kick"), ((strange,), "x")):
        made = target(*calibrations)
        operation = made.operation_from_name(name)  # type: ignore[attr-defined]
        assert isinstance(operation, PulseGate)
        assert len(operation.params) == 1


def test_wildcards_stand_for_every_qubit_and_every_ordered_pair() -> None:
    one = Calibration(gate="sx", qubits=(None,), schedule=drive(0))
    named = Calibration(gate="sx", qubits=(1,), schedule=Schedule.left(Play(DRIVE[1], wave(0.2, 40 * NS))))
    two = Calibration(gate="cz", qubits=(None, None), schedule=Schedule.left(Play(COUPLER[0], wave())))
    made = target(one, named, two)
    durations = {qubits: item.duration for qubits, item in made["sx"].items()}  # type: ignore[index]
    assert durations == {(0,): 20e-9, (1,): 40e-9, (2,): 20e-9}
    assert sorted(made["cz"]) == [(a, b) for a in range(3) for b in range(3) if a != b]  # type: ignore[index]


def test_a_duration_that_depends_on_parameters_is_none() -> None:
    schedule = Schedule.left(Play(DRIVE[0], Waveform.constant(LENGTH, 0.2)))
    made = target(Calibration(gate="long", qubits=(0,), arguments=(LENGTH,), schedule=schedule))
    assert made["long"][(0,)].duration is None  # type: ignore[index]


def test_literal_calibrations_make_a_gate_of_fixed_angle() -> None:
    made = target(rx(0, math.pi / 2), rx(1, math.pi / 2))
    assert made.operation_from_name("rx") == RXGate(math.pi / 2)  # type: ignore[attr-defined]
    assert made.instruction_supported("rx", (0,), parameters=[math.pi / 2])  # type: ignore[attr-defined]
    assert not made.instruction_supported("rx", (0,), parameters=[0.3])  # type: ignore[attr-defined]


def test_a_formal_parameter_goes_before_literals_and_what_cannot_be_shown_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "feedline.pulse"):
        made = target(rx(0, THETA), rx(0, math.pi), rx(1, math.pi / 2))
    assert list(made["rx"]) == [(0,)]  # type: ignore[index]
    assert made.instruction_supported("rx", (0,), parameters=[0.3])  # type: ignore[attr-defined]
    assert [record.getMessage() for record in caplog.records] == [
        "Calibration 'rx(1.57079632679) q1' has no place in the target, which holds one version of 'rx'."
    ]


def test_of_several_literals_the_one_for_most_qubits_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    made = target(rx(0, math.pi), rx(0, 1.0), rx(1, 1.0))
    assert made.operation_from_name("rx") == RXGate(1.0)  # type: ignore[attr-defined]
    assert sorted(made["rx"]) == [(0,), (1,)]  # type: ignore[index]
    assert "'rx(3.14159265359) q0' has no place" in caplog.text


def test_gates_of_one_name_have_one_size() -> None:
    two = Calibration(gate="kick", qubits=(0, 1), schedule=drive(0))
    with pytest.raises(CalibrationError, match=r"'kick q0 q1' has 2 qubits, 0 arguments .* 'kick\(theta\) q0' has 1"):
        target(*kick(0), two)


@pytest.mark.parametrize("name", ["box", "delay", "if_else", "pulse", "barrier"])
def test_names_that_mean_something_else_are_refused(name: str) -> None:
    with pytest.raises(CalibrationError, match=f"'{name}' is no gate in Qiskit"):
        target(Calibration(gate=name, qubits=(0,), schedule=drive(0)))


def test_a_duration_off_the_grid_names_the_calibration() -> None:
    bad = Calibration(gate="bad", qubits=(0,), schedule=Schedule.left(Play(DRIVE[0], wave(0.2, 20.5 * NS))))
    with pytest.raises(GridError, match=r"Calibration 'bad q0': .* 20.5 ns long, which is off the grid"):
        make_target(calibration_set(bad), num_qubits=1, grid=Grid(dt_s=NS))


def fractional(qubits: tuple[int, ...], name: str, low: float, high: float) -> Calibration:
    frame = DRIVE[qubits[0]] if len(qubits) == 1 else COUPLER[qubits[0]]
    schedule = Schedule.left(Play(frame, wave(THETA / 10)), ShiftPhase(frame, THETA))
    return Calibration(gate=name, qubits=qubits, arguments=(THETA,), schedule=schedule, bounds=((low, high),))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("angle", [0.3, 2.0, -0.5, 5.0, math.pi, -math.pi, 7.5, 1e-3])
def test_fractional_gates_keep_to_their_bounds_and_mean_the_same(level: int, angle: float) -> None:
    pairs = [(q, q + 1) for q in range(WIDTH - 1)]
    backend = lab(
        *(fractional((q,), "rx", -math.pi, math.pi) for q in range(WIDTH)),
        *(fractional(pair, "rzz", 0.0, math.pi / 2) for pair in pairs),
    )
    assert backend.target.gate_has_angle_bounds("rzz")
    circuit = QuantumCircuit(2)
    circuit.rzz(angle, 0, 1)
    circuit.rx(angle + 4.0, 0)
    circuit.rzz(0.2, 0, 1)
    made = transpile(circuit, backend, optimization_level=level, initial_layout=[0, 1], seed_transpiler=3)
    for item in made.data:
        if item.name == "rzz":
            assert 0.0 <= item.params[0] <= math.pi / 2
        if item.name == "rx":
            assert -math.pi <= item.params[0] <= math.pi
    narrow = QuantumCircuit(2, global_phase=made.global_phase)
    for item in made.data:
        narrow.append(item.operation, [made.find_bit(bit).index for bit in item.qubits])
    assert Operator(narrow).equiv(Operator(circuit))


def test_bounds_of_several_qubits_are_met_at_once_or_refused() -> None:
    made = target(fractional((0,), "rx", -1.0, 2.0), fractional((1,), "rx", 0.0, 3.0))
    assert made.supported_angle_bound("rx", [2.0])  # type: ignore[attr-defined]
    assert not made.supported_angle_bound("rx", [2.5])  # type: ignore[attr-defined]
    with pytest.raises(CalibrationError, match="'rx' have bounds that nothing fulfils at once"):
        target(fractional((0,), "rx", -1.0, 0.0), fractional((1,), "rx", 1.0, 3.0))
