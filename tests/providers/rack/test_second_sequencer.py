# SPDX-License-Identifier: Apache-2.0
"""Two sequencers of different kinds: what one of them needs, the other plays along with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from rack_lab import RACK

import feedline
from feedline_hal import Barrier, Calibration, CalibrationSet, Frame, Play, Port, Schedule, Waveform
from feedline_hal.errors import HardwareFault

MOST_STEPS = 512
"""Of a sequence of the generator."""
TEXT = RACK.replace('channel = "awg.ch7"', 'channel = "gen.ch1"').replace(
    "[instruments.scope]",
    """[instruments.gen]
driver = "keysight_33600a"
address = "TCPIP::127.0.0.1::54112::SOCKET"
options = { channels = 2 }
settings = { rate_hz = 1e9 }
[instruments.gen.safe]
ch1_voltage_v = [-0.4, 0.4]
ch2_voltage_v = [0, 0]
ch1_slew_v_per_s = [0, 1e9]
ch2_slew_v_per_s = [0, 0]

[triggers.gen]
source = "trig.b"
width_s = 1e-6

[instruments.scope]""",
)


def test_a_circuit_that_a_sequencer_is_silent_in_counts_in_its_steps(make_lab: Any) -> None:
    """Two rows with a flux pulse, then more rows without one than the flux generator has steps."""
    lab = make_lab(TEXT)
    first = QuantumCircuit(2, 2)
    first.cz(0, 1)
    first.measure([0, 1], [0, 1])
    swept = QuantumCircuit(2, 2)
    swept.rz(Parameter("angle"), 0)
    swept.measure([0, 1], [0, 1])
    circuits = transpile([first, swept], lab.backend, optimization_level=0)
    rows = MOST_STEPS + 8
    pubs = [circuits[0], (circuits[1], np.linspace(0, 1, rows)[:, np.newaxis])]
    one, many = feedline.Sampler(lab.backend).run(pubs, shots=2).result()
    assert (one.data.c.num_shots, many.data.c.shape) == (2, (rows,))
    assert lab.emulator("awg").shots > 0


@pytest.mark.parametrize("is_listened_to", [False, True])
def test_flux_goes_back_to_0_after_a_pulse_that_ends_a_shot(make_lab: Any, is_listened_to: bool) -> None:
    """The generator holds a waveform's last sample until the next trigger, ten times as long as the shot."""
    lab = make_lab(TEXT)
    coupler = Frame("own_coupler", Port("coupler", qubits=(0, 1)), frequency_hz=0.0)
    push = Schedule.left(Barrier((coupler,)), Play(coupler, Waveform.constant(800e-9, 0.5)))
    backend = lab.backend.with_calibrations(CalibrationSet.of([Calibration(gate="push", qubits=(0, 1), schedule=push)]))
    circuit = QuantumCircuit(2, 1)
    if is_listened_to:
        circuit.measure(0, 0)
        circuit.barrier()
    circuit.append(backend.target.operation_from_name("push"), [0, 1])
    if not is_listened_to:
        circuit.measure(0, 0)
    feedline.Sampler(backend).run([circuit], shots=3).result()
    played = lab.emulator("gen").played(1, range(3))
    assert played.max() == pytest.approx(0.2, rel=1e-3)
    assert np.abs(played[:, -1]).max() < 1e-4


def test_i_and_q_have_one_full_scale_whatever_their_offsets(make_lab: Any) -> None:
    """A mixer without errors but offsets: a turn of the phase by a quarter moves the pulse from I to Q unchanged."""
    lab = make_lab(RACK.replace("gain = 1.05, phase_rad = 0.02, ", ""))
    heights = []
    for angle, channel, offset_v in ((0.0, 1, 0.002), (-np.pi / 2, 2, -0.001)):
        drive = Frame("own", Port("q0_drive", qubits=(0,)), frequency_hz=5.0e9, phase_rad=-angle)
        kick = Schedule.left(Play(drive, Waveform.constant(50e-9, 0.9)))
        backend = lab.backend.with_calibrations(
            CalibrationSet.of([Calibration(gate="kick", qubits=(0,), schedule=kick)])
        )
        circuit = QuantumCircuit(1, 1)
        circuit.append(backend.target.operation_from_name("kick"), [0])
        circuit.measure(0, 0)
        feedline.Sampler(backend).run([circuit], shots=1).result()
        heights.append(np.abs(lab.emulator("awg").played(channel, range(1))[0][10:40] - offset_v).max())
    assert heights[0] == pytest.approx(heights[1], rel=1e-4)


def test_a_program_of_one_step_that_still_waits_is_asked_once_and_not_armed_again(make_lab: Any) -> None:
    """Its flux pulse does not depend on the angle, so that the generator keeps it; two points have two steps."""
    lab = make_lab(TEXT)
    gen = lab.emulator("gen")
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.rz(Parameter("angle"), 0)
    circuit.sx(0)
    circuit.cz(0, 1)
    circuit.measure([0, 1], [0, 1])
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    played = []
    with feedline.Session(lab.backend) as session:
        sampler = feedline.Sampler(session)
        for angles in ([[0.1]], [[0.7]], [[0.1], [0.7]], [[0.2]]):
            gen.clear_log()
            assert sampler.run([(circuit, angles)], shots=5).result()[0].data.c.num_shots == 5
            played.append((list(gen.log), gen.played(1, range(1))[0]))
    assert played[1][0] == [b"FORM:BORD?", b"OUTP1?"]
    for log, _ in (played[0], played[2], played[3]):
        assert b"OUTP1 ON" in log
    for _, volts in played[1:]:
        np.testing.assert_array_equal(volts[: len(played[0][1])], played[0][1])
    assert played[0][1].max() > 0.05


def test_a_generator_that_was_reset_while_it_waited_is_a_fault(make_lab: Any) -> None:
    lab = make_lab(TEXT)
    circuit = QuantumCircuit(2, 2)
    circuit.cz(0, 1)
    circuit.measure([0, 1], [0, 1])
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    with feedline.Session(lab.backend) as session:
        sampler = feedline.Sampler(session)
        sampler.run([circuit], shots=5).result()
        lab.emulator("gen").process(b"*RST")
        with pytest.raises(HardwareFault, match=r"gen .*has lost what it was told"):
            sampler.run([circuit], shots=5).result()
        assert sampler.run([circuit], shots=5).result()[0].data.c.num_shots == 5


def test_a_generator_whose_output_went_off_while_it_waited_is_a_fault(make_lab: Any) -> None:
    """By an overload, or at its front panel: the qubits would be measured without their flux pulse."""
    lab = make_lab(TEXT)
    circuit = QuantumCircuit(2, 2)
    circuit.cz(0, 1)
    circuit.measure([0, 1], [0, 1])
    circuit = transpile(circuit, lab.backend, optimization_level=0)
    with feedline.Session(lab.backend) as session:
        sampler = feedline.Sampler(session)
        sampler.run([circuit], shots=5).result()
        lab.emulator("gen").process(b"OUTP1 OFF")
        with pytest.raises(HardwareFault, match=r"gen .*put nothing out on channel 1: it answered '0' to 'OUTP1\?'"):
            sampler.run([circuit], shots=5).result()
        sampler.run([circuit], shots=5).result()
        assert lab.emulator("gen").played(1, range(5)).max() > 0.05
        assert lab.emulator("gen").channels[1].is_on
