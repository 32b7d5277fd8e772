# SPDX-License-Identifier: Apache-2.0
"""When operations happen."""

from __future__ import annotations

import pytest
from paper_backend import NS, THETA, drag, frames, paper
from qiskit import QuantumCircuit
from qiskit.circuit import Duration, Parameter
from qiskit.circuit.classical import expr

from feedline_hal import Calibration, Frame, Grid, Play, Port, PulseGate, Schedule, ShiftPhase, Waveform, lower
from feedline_hal.errors import GridError, LimitError, PulseError
from feedline_hal.lowering.insert import Insertion, inserted
from feedline_hal.lowering.scheduled import ScheduledProgram


def times(program: ScheduledProgram) -> list[tuple[str, tuple[int, ...], int, int]]:
    block = next(program.blocks())
    uses = [program.templates[index] for index in block.template]
    return [
        (template.use.name, template.use.qubits, int(start), template.duration_ticks)
        for template, start in zip(uses, block.start_ticks, strict=True)
    ]


def test_gates_are_as_late_as_possible_and_readout_is_simultaneous() -> None:
    """A short qubit waits at the start, not between its gate and the measurement."""
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    for _ in range(3):
        circuit.sx(1)
    circuit.measure([0, 1], [0, 1])
    scheduled = lower(circuit, paper(2), "scheduled")
    assert times(scheduled) == [
        ("sx", (0,), 80, 40),
        ("sx", (1,), 0, 40),
        ("sx", (1,), 40, 40),
        ("sx", (1,), 80, 40),
        ("measure", (0,), 120, 400),
        ("measure", (1,), 120, 400),
    ]


def test_asap_begins_at_once() -> None:
    """The other method packs towards the start."""
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.sx(1)
    circuit.sx(1)
    assert times(lower(circuit, paper(2), "scheduled", method="asap"))[0] == ("sx", (0,), 0, 40)
    with pytest.raises(ValueError, match=r"no scheduling method 'late'[\s\S]*alap, asap"):
        lower(circuit, paper(2), method="late")


def test_barriers_align_and_delays_last() -> None:
    """What follows a barrier begins together; a delay is as long as it says, in every unit."""
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.delay(100, 1, unit="ns")
    circuit.barrier()
    circuit.sx(1)
    circuit.delay(1, 0, unit="us")
    found = times(lower(circuit, paper(2), "scheduled"))
    assert ("delay", (1,), 0, 100) in found
    assert ("sx", (0,), 60, 40) in found
    assert ("delay", (0,), 100, 1000) in found


def test_gates_begin_on_the_pulse_grid_and_captures_on_theirs() -> None:
    """Alignment pads; it never shifts a pulse off the grid."""
    grid = Grid(dt_s=1 * NS, pulse_alignment_ticks=8, capture_alignment_ticks=16, granularity_ticks=4)
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.cz(0, 1)
    circuit.measure([0, 1], [0, 1])
    found = times(lower(circuit, paper(2, grid=grid), "scheduled"))
    assert all(start % 8 == 0 for _, _, start, _ in found)
    assert all(start % 16 == 0 for name, _, start, _ in found if name == "measure")


def test_a_delay_off_the_grid_is_refused_with_what_the_grid_allows() -> None:
    """Nothing is rounded in silence."""
    circuit = QuantumCircuit(1)
    circuit.delay(10.4, 0, unit="ns")
    with pytest.raises(GridError, match=r"delay on q0 is 10\.4 ns[\s\S]*10 ns and 11 ns"):
        lower(circuit, paper(1))
    circuit = QuantumCircuit(1)
    circuit.delay(10, 0, unit="dt")
    with pytest.raises(GridError, match=r"grid of 8 ns[\s\S]*8 ns and 16 ns"):
        lower(circuit, paper(1, grid=Grid(dt_s=1 * NS, pulse_alignment_ticks=8)))


def test_a_program_that_is_too_long_is_refused() -> None:
    """The device's own limit is named."""
    circuit = QuantumCircuit(1)
    circuit.delay(2, 0, unit="ms")
    with pytest.raises(LimitError, match=r"lasts 2000000 ns, the device allows 1000000 ns"):
        lower(circuit, paper(1, grid=Grid(dt_s=1 * NS, max_duration_s=1e-3)))


def test_an_unbound_duration_is_refused_and_a_bound_one_is_honoured() -> None:
    """Durations of delays and of gates may be parameters, if they are given."""
    wait = Parameter("wait")
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    circuit.delay(wait, 0, unit="s")
    circuit.append(PulseGate("long", 1, [wait]), [0])
    with pytest.raises(PulseError, match="'wait', which is not bound"):
        lower(circuit, paper(1))
    program = lower(circuit, paper(1), values={wait: 200 * NS})
    assert program.block.duration_ticks == 40 + 200 + 200
    assert program.block.plays.duration_ticks.tolist() == [40, 200]


def test_gates_on_different_qubits_take_turns_on_a_port_they_share() -> None:
    """Qubits alone would let both play at once on the one port."""
    drive = frames(0)[0]
    shared = [
        Calibration(gate="kick", qubits=(qubit,), schedule=Schedule((Play(drive, Waveform.constant(40 * NS, 0.1)),)))
        for qubit in (1, 2)
    ]
    circuit = QuantumCircuit(3)
    circuit.append(PulseGate("kick", 1), [1])
    circuit.append(PulseGate("kick", 1), [2])
    program = lower(circuit, paper(3, more=tuple(shared)))
    assert program.block.plays.start_ticks.tolist() == [0, 40]


def test_who_writes_a_bit_last_writes_it_last() -> None:
    """Two measurements into one bit keep their order, though their qubits have nothing to do with each other."""
    circuit = QuantumCircuit(3, 2)
    circuit.measure(1, 0)
    circuit.x(0)
    with circuit.box():
        circuit.measure(0, 0)
    circuit.measure(2, 1)
    starts = {
        name_of: start for name, name_of, start, _ in times(lower(circuit, paper(3), "scheduled")) if name == "measure"
    }
    assert starts == {(1,): 0, (0,): 400, (2,): 400}


def test_boxes_keep_their_duration() -> None:
    """A box without pulses groups: what is in it lies within its time."""
    circuit = QuantumCircuit(2)
    with circuit.box(duration=300, unit="dt"):
        circuit.sx(0)
        circuit.noop(1)
    circuit.sx(1)
    found = times(lower(circuit, paper(2), "scheduled"))
    assert found == [("sx", (0,), 260, 40), ("sx", (1,), 300, 40)]
    short = QuantumCircuit(1)
    with short.box(duration=10, unit="dt"):
        short.sx(0)
    with pytest.raises(GridError, match="to last 10 ticks, its body takes 40"):
        lower(short, paper(1))


@pytest.mark.parametrize("method", ["alap", "asap"])
@pytest.mark.parametrize("length_ns", [400, 500, 501])
def test_captures_in_a_box_begin_on_their_grid(method, length_ns) -> None:
    """Wherever the box would have begun by itself, and however long it is."""
    circuit = QuantumCircuit(1, 1)
    circuit.delay(1, 0, unit="ns")
    with circuit.box(duration=length_ns, unit="ns"):
        circuit.measure(0, 0)
    circuit.delay(2, 0, unit="ns")
    block = lower(circuit, paper(1, grid=Grid(dt_s=1 * NS, capture_alignment_ticks=4)), method=method).block
    assert block.captures.start_ticks[0] % 4 == 0
    assert block.duration_ticks >= length_ns + 3


@pytest.mark.parametrize("method", ["alap", "asap"])
@pytest.mark.parametrize("is_multiplexed", [False, True])
def test_a_virtual_gate_stays_in_order_with_a_gate_elsewhere_that_plays_its_frame(method, is_multiplexed) -> None:
    """An X with a compensating tone on its neighbour, whose phase a virtual Z of the neighbour turns."""
    port = Port("neighbour", qubits=(1,), is_multiplexed=is_multiplexed)
    frame = Frame("neighbour_frame", port, frequency_hz=5e9)
    turn = Calibration(gate="turn", qubits=(1,), arguments=(THETA,), schedule=Schedule.left(ShiftPhase(frame, THETA)))
    tone = Schedule.parallel(Play(frames(0)[0], drag(0.3)), Play(frame, drag(0.01)))
    backend = paper(2, more=(turn, Calibration(gate="quiet_x", qubits=(0,), schedule=tone)))
    circuit = QuantumCircuit(2)
    for _ in range(3):
        circuit.append(PulseGate("quiet_x", 1), [0])
        circuit.append(PulseGate("turn", 1, [0.5]), [1])
    circuit.append(PulseGate("quiet_x", 1), [0])
    plays = lower(circuit, backend, method=method).block.plays
    tones = [row for row, place in enumerate(plays.port) if backend.ports[list(backend.ports)[place]] == port]
    assert plays.phase_rad.constant[tones].tolist() == [0.0, 0.5, 1.0, 1.5]


def test_a_program_too_long_in_loops_and_blocks_is_refused() -> None:
    """As far as is known before anything is measured."""
    backend = paper(1, grid=Grid(dt_s=1 * NS, max_duration_s=10e-6))
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(30)):
        circuit.measure(0, 0)
    with pytest.raises(LimitError, match=r"lasts 12000 ns, the device allows 10000 ns"):
        lower(circuit, backend)
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(30)):
        circuit.measure(0, 0)
        with circuit.if_test((0, 1)):
            circuit.break_loop()
    lower(circuit, backend)  # it may well be over after one turn


def test_stretches_share_the_time_that_is_left() -> None:
    """A spin echo placed by stretches lies symmetrically in the other qubit's time."""
    circuit = QuantumCircuit(2, 2)
    a = circuit.add_stretch("a")
    circuit.delay(1000, 1, unit="dt")
    circuit.delay(a, 0)
    circuit.x(0)
    circuit.delay(expr.mul(2.0, a), 0)
    circuit.x(0)
    circuit.delay(a, 0)
    circuit.barrier()
    circuit.measure([0, 1], [0, 1])
    echoes = [start for name, _, start, _ in times(lower(circuit, paper(2), "scheduled")) if name == "x"]
    assert echoes == [230, 230 + 40 + 460]


def test_stretches_fill_a_box() -> None:
    """The box's duration decides; a stretch plus a duration is one too."""
    circuit = QuantumCircuit(1)
    a = circuit.add_stretch("a")
    with circuit.box(duration=200, unit="dt"):
        circuit.delay(expr.add(a, Duration.dt(20)), 0)
        circuit.x(0)
        circuit.delay(a, 0)
    found = times(lower(circuit, paper(1), "scheduled"))
    assert found == [("delay", (0,), 0, 90), ("x", (0,), 90, 40), ("delay", (0,), 130, 70)]


def test_idle_times_are_slots_and_take_decoupling_pulses() -> None:
    """A rewrite sees the slots, puts gates in, and moves nothing else."""
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.sx(1)
    circuit.delay(400, 1, unit="dt")
    circuit.cz(0, 1)
    circuit.sx(0)
    backend = paper(2)
    scheduled = lower(circuit, backend, "scheduled")
    slot = next(slot for slot in scheduled.slots(100) if slot.is_delay)
    assert (slot.qubit, slot.start_ticks, slot.duration_ticks) == (1, 40, 400)

    def decoupled(program: ScheduledProgram) -> ScheduledProgram:
        gates = [Insertion(slot.block, "x", (1,), slot.start_ticks + at) for at in (80, 280)]
        return inserted(program, gates, backend)

    program = lower(circuit, backend, rewrites=[decoupled])
    mine = program.frames.index(frames(1)[0])
    on_q1 = program.block.plays.start_ticks[program.block.plays.frame == mine].tolist()
    assert on_q1 == [0, 120, 320]
    assert program.block.duration_ticks == lower(circuit, backend).block.duration_ticks
    with pytest.raises(PulseError, match=r"'x q1' from tick 20 to 60 overlaps 'sx q1'"):
        inserted(scheduled, [Insertion(0, "x", (1,), 20)], backend)


def test_a_gate_whose_shape_depends_on_its_argument_gets_a_waveform_of_its_own() -> None:
    """One waveform per value; equal ones are one."""
    circuit = QuantumCircuit(1)
    for width in (8 * NS, 9 * NS, 8 * NS):
        circuit.append(PulseGate("wide", 1, [width]), [0])
    program = lower(circuit, paper(1))
    assert [index in (0, 1) for index in program.block.plays.waveform] == [True] * 3
    assert program.block.plays.waveform.tolist() == [0, 1, 0]
    assert THETA not in program.waveforms[0].free
