# SPDX-License-Identifier: Apache-2.0
"""Programs on the reference device: what comes out is what the same circuit in Python gives."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from feedline import Estimator, RuntimeService, Sampler, Session
from feedline.circuit_file import circuit_of_text
from feedline.errors import CapabilityError, InputError
from feedline.program_text import load_programs
from feedline.testing import IdealBackend
from feedline_hal import CalibrationSet, Play, PulseGate, Schedule, Waveform, pulse_box
from feedline_hal.program.program import Program
from feedline_hal.testing.reference import ReferenceBackend

EXAMPLE = Path(__file__).parents[3] / "examples" / "openpulse_bell.qasm"
FLIP = "defcal flip(float a) $0 { play(q0_drive_frame, drag(a, 32ns, 6ns, -0.276e-9)); }\n"
PLAIN = 'include "stdgates.inc";\nbit c;\nx $0;\nc = measure $0;'
HALF = 0.335069
"""Amplitude of a quarter turn on the reference device's qubit 0."""


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ReferenceBackend:
    """A reference device, and a job store of the test's own."""
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path))
    return ReferenceBackend(2, seed=5)


def excited(result: object, index: int = 0) -> float:
    """Share of ones in a pub's only register."""
    bits = next(iter(result[index].data.values()))  # type: ignore[index]
    return float(np.mean(bits.array))


def test_bell_state_in_pulses_is_correlated(device: ReferenceBackend) -> None:
    (program,) = load_programs(EXAMPLE)
    counts = Sampler(device).run([program], shots=4000).result()[0].data.c.get_counts()
    assert set(counts) == {"00", "11"}
    assert counts["00"] == pytest.approx(2000, abs=5 * math.sqrt(1000))


def test_bell_state_in_pulses_has_the_observables_of_a_bell_state(device: ReferenceBackend) -> None:
    text = EXAMPLE.read_text().split("c[0] =")[0]
    found = Estimator(device).run([(text, [["XX"], ["YY"], ["ZZ"], ["ZI"]])], precision=0.02).result()[0].data.evs
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    expected = [float(np.real(Statevector(bell).expectation_value(_pauli(name)))) for name in ("XX", "YY", "ZZ", "ZI")]
    assert found.reshape(-1) == pytest.approx(expected, abs=0.1)


def _pauli(name: str) -> object:
    from qiskit.quantum_info import Pauli

    return Pauli(name)


def test_text_gives_what_the_same_circuit_gives(device: ReferenceBackend) -> None:
    text = FLIP + f"bit[2] c;\nx $1;\nflip({HALF}) $0;\nflip({HALF / 2}) $0;\nc[0] = measure $0;\nc[1] = measure $1;"
    circuit = QuantumCircuit(2, 2)
    circuit.x(1)
    circuit.append(PulseGate("flip", 1, [HALF]), [0])
    circuit.append(PulseGate("flip", 1, [HALF / 2]), [0])
    circuit.measure([0, 1], [0, 1])
    calibrations = Program.for_later(text).on(device).calibrations
    assert [one.label for one in calibrations.calibrations] == ["flip(a) q0"]
    options = {"simulator": {"seed_simulator": 7}}
    by_text = Sampler(device, options).run([text], shots=500).result()[0].data.c
    by_hand = Sampler(device.with_calibrations(calibrations), options).run([circuit], shots=500).result()[0].data
    assert by_text.get_counts() == by_hand.c.get_counts()


def test_cal_block_gives_what_a_pulse_box_gives(device: ReferenceBackend) -> None:
    text = f"bit c;\nsx $0;\ncal {{ play(q0_drive_frame, drag({HALF}, 32ns, 6ns, -0.276e-9)); }}\nc = measure $0;"
    frame = device.calibrations.frames["q0_drive_frame"]
    play = Play(frame, Waveform.drag(32e-9, HALF, sigma_s=6e-9, beta_s=-0.276e-9))
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    with pulse_box(circuit, Schedule.left(play), qubits=[0]):
        pass
    circuit.measure(0, 0)
    result = Sampler(device).run([text], shots=200).result()
    assert excited(result) == 1.0
    assert excited(Sampler(device).run([circuit], shots=200).result()) == 1.0


def test_rabi_in_one_text_is_a_sine(device: ReferenceBackend) -> None:
    """A pulse of amplitude a turns by an angle that is linear in a; a quarter turn is at `HALF`."""
    text = f"""for int i in [0:8] {{
      reset $0;
      cal {{ play(q0_drive_frame, drag({HALF} * i / 4, 32ns, 6ns, -0.276e-9)); }}
      measure $0;
    }}"""
    ones = Sampler(device).run([text], shots=2000).result()[0].data.measured
    found = [float(np.mean(ones.slice_bits(i).array)) for i in range(9)]
    assert found == pytest.approx([math.sin(i * math.pi / 16) ** 2 for i in range(9)], abs=0.06)


@pytest.mark.parametrize("where", ["gate", "cal"])
def test_input_is_swept_through_the_primitive(device: ReferenceBackend, where: str) -> None:
    play = "flip(a) $0;" if where == "gate" else "cal { play(q0_drive_frame, drag(a, 32ns, 6ns, -0.276e-9)); }"
    text = f"{FLIP}input float a;\nbit c;\n{play}\nc = measure $0;"
    values: NDArray[np.float64] = HALF * np.linspace(0, 2, 5)
    bits = Sampler(device).run([(text, values)], shots=2000).result()[0].data.c
    found = np.mean(bits.array, axis=(-1, -2))
    assert found == pytest.approx(np.sin(np.linspace(0, math.pi / 2, 5)) ** 2, abs=0.06)


def test_virtual_z_of_the_text_moves_the_phase(device: ReferenceBackend) -> None:
    text = "bit c;\nsx $0;\ncal {{ shift_phase(q0_drive_frame, {0}); }}\nsx $0;\nc = measure $0;"
    result = Sampler(device).run([text.format(angle) for angle in ("0", "pi", "pi / 2")], shots=1000).result()
    assert [excited(result, index) for index in range(3)] == pytest.approx([1, 0, 0.5], abs=0.08)


def test_branch_on_a_measured_bit_plays_its_pulses(device: ReferenceBackend) -> None:
    text = f"""bit[2] c; x $0; c[0] = measure $0;
    if (c[0] == 1) {{ cal {{ play(q0_drive_frame, drag({2 * HALF}, 32ns, 6ns, -0.276e-9)); }} }}
    c[1] = measure $0;"""
    assert Sampler(device).run([text], shots=100).result()[0].data.c.get_counts() == {"01": 100}


def test_capture_in_a_cal_block_gives_the_bit(device: ReferenceBackend) -> None:
    text = """bit[2] c; x $0;
    cal { barrier q0_readout_frame, q0_capture_frame; play(q0_readout_frame, constant(0.4, 400ns));
          c[1] = capture_v2(q0_capture_frame, constant(1.0, 400ns)); }"""
    assert Sampler(device).run([text], shots=100).result()[0].data.c.get_counts() == {"10": 100}


def test_program_without_results_warns_where_it_is_run(device: ReferenceBackend) -> None:
    with pytest.warns(UserWarning, match="no output classical registers") as caught:
        Sampler(device).run([FLIP + "flip(0.1) $0;"], shots=10).result()
    assert caught[0].filename == __file__


def test_durations_in_dt_are_the_devices(device: ReferenceBackend) -> None:
    text = f"bit c;\ncal {{ play(q0_drive_frame, drag({2 * HALF}, 32dt, 6dt, -0.276e-9)); }}\nc = measure $0;"
    assert excited(Sampler(device).run([text], shots=100).result()) > 0.98


def test_programs_of_one_call_keep_to_their_own_calibrations(device: ReferenceBackend) -> None:
    """The same gates are other pulses in each text, and the device's own beside them."""
    own = "defcal x $0 {{ play(q0_drive_frame, drag({0}, 32ns, 6ns, -0.276e-9)); }}\nbit c;\nx $0;\nc = measure $0;"
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    texts = [own.format(0.0), own.format(HALF), PLAIN, (FLIP + PLAIN).replace("x $0", f"flip({2 * HALF}) $0")]
    result = Sampler(device).run([*texts, circuit], shots=1000).result()
    assert [excited(result, index) for index in range(5)] == pytest.approx([0, 0.5, 1, 1, 1], abs=0.08)


def test_program_that_cannot_carry_its_calibrations_is_refused_beside_others(device: ReferenceBackend) -> None:
    swept = FLIP + "input float a;\nbit c;\nflip(a) $0;\nc = measure $0;"
    with pytest.raises(InputError, match=r"(?s)Program 1 of the call gives the input a to its own gate 'flip'.*own"):
        Sampler(device).run([PLAIN, (swept, [0.1])])
    virtual = FLIP + "qubit q;\nbit c;\nflip(0.1) q;\nc = measure q;"
    with pytest.raises(InputError, match=r"(?s)Program 0 of the call has virtual qubits.*\$0, \$1"):
        Sampler(device).run([virtual, PLAIN])
    tuned = "cal { port q0_drive; frame q0_drive_frame = newframe(q0_drive, 5.1e9, 0.0); }\n" + PLAIN
    with pytest.raises(InputError, match="gives the device's frame 'q0_drive_frame' another frequency"):
        Sampler(device).run([tuned, PLAIN])


def test_virtual_qubits_are_laid_out_where_the_calibrations_are(device: ReferenceBackend) -> None:
    text = "defcal flip(float a) $1 { play(q1_drive_frame, drag(a, 32ns, 6ns, -0.267e-9)); }\nqubit[2] q; bit[2] c;\n"
    text += "flip(0.745062) q[1];\nc = measure q;"
    assert Sampler(device).run([text], shots=200).result()[0].data.c.get_counts()["10"] > 195


def test_run_takes_programs_as_they_are(device: ReferenceBackend) -> None:
    text = FLIP + f"bit c;\nflip({2 * HALF}) $0;\nc = measure $0;"
    assert device.run(text, shots=100).result().get_counts()["1"] > 97
    assert device.run([Program.for_later(text), text], shots=10).result().success


def test_program_joins_the_session_of_its_backend(device: ReferenceBackend) -> None:
    text = FLIP + f"bit c;\nflip({2 * HALF}) $0;\nc = measure $0;"
    with Session(device) as session:
        job = Sampler(session).run([text], shots=10)
        assert job.session_id == session.session_id
        assert Sampler(session).run([PLAIN], shots=10).result()


def test_repeated_runs_of_a_text_compile_once(device: ReferenceBackend) -> None:
    text = FLIP + "input float a;\nbit c;\nflip(a) $0;\nc = measure $0;"
    metrics = []
    for value in (0.1, 0.2, 0.3):
        job = Sampler(device).run([(text, [value])], shots=10)
        job.result()
        metrics.append(job.metrics()["compiled"])
    assert metrics == [1, 0, 0]


def test_stored_job_gives_back_circuit_and_text(device: ReferenceBackend) -> None:
    text = FLIP + f"bit c;\nflip({HALF}) $0;\ncal {{ shift_phase(q0_drive_frame, 0.5); }}\nc = measure $0;"
    job = Sampler(device).run([text], shots=10)
    job.result()
    (circuit,) = RuntimeService().job(job.job_id()).inputs.circuits
    assert circuit == Program.for_later(text).on(device).circuit
    assert circuit.metadata == {"openqasm3": text}


def test_backend_without_pulses_refuses_unless_it_may_be_ideal() -> None:
    text = "gate flip q { x q; }\ndefcal flip $0 { }\nbit c;\nflip $0;\nc = measure $0;"
    text = text.replace("{ }", "{ play(f, constant(0.1, 20ns)); }")
    text = 'include "stdgates.inc";\ncal { port p; frame f = newframe(p, 5e9, 0.0); }\n' + text
    with pytest.raises(CapabilityError, match="Backend 'ideal' plays no pulses"):
        Sampler(IdealBackend(1)).run([text])
    allowed = Program.from_text(text).attach(IdealBackend(1), ideal=True)
    assert Sampler(allowed).run([text], shots=10).result()[0].data.c.get_counts() == {"1": 10}
    with pytest.raises(CapabilityError, match="cal_0"):
        Sampler(allowed).run([text.replace("flip $0;", "cal { play(f, constant(0.1, 20ns)); }\nflip $0;", 1)])


def test_text_that_counts_on_a_devices_frames_needs_one_with_pulses() -> None:
    text = "defcal flip $0 { play(q0_drive_frame, constant(0.1, 20ns)); }\nbit c;\nflip $0;\nc = measure $0;"
    with pytest.raises(CapabilityError, match=r"Backend 'ideal' plays no pulses.*'q0_drive_frame' is not declared"):
        Sampler(IdealBackend(1)).run([text])


def test_declarations_alone_run_anywhere() -> None:
    text = 'include "stdgates.inc";\ncal { port p; }\nbit c;\nx $0;\nc = measure $0;'
    assert Sampler(IdealBackend(1)).run([text], shots=10).result()[0].data.c.get_counts() == {"1": 10}


def test_plain_text_and_program_of_the_same_gates_are_the_same_circuit() -> None:
    plain = 'include "stdgates.inc";\ninput float theta;\nbit[2] c;\nrx(2 * theta) $0;\ncx $0, $1;\nc[1] = measure $1;'
    circuit = Program.from_text("cal { port p; }\n" + plain).circuit
    circuit.metadata = {}
    assert circuit.count_ops() == circuit_of_text(plain).count_ops()
    assert CalibrationSet().id == Program.from_text("cal { port p; }\n" + plain).calibrations.id


def test_body_of_the_devices_gates_is_run_where_the_gate_is_not_calibrated(device: ReferenceBackend) -> None:
    """Without an include the body's gates are the device's, and once passed for gates that do nothing."""
    text = (
        "defcal flip $0 { play(q0_drive_frame, constant(0.1, 20ns)); }\ngate flip q { x q; }\ngate both q { flip q; }\n"
        "bit[2] c;\nflip $0; both $1;\nc[0] = measure $0; c[1] = measure $1;"
    )
    counts = Sampler(device).run([text], shots=200).result()[0].data.c.get_counts()
    assert set(counts) == {"10", "11"}
    assert counts["10"] > 150


def test_ideal_meaning_is_made_of_the_devices_gates(device: ReferenceBackend) -> None:
    text = "defcal flip $0 { play(q0_drive_frame, constant(0.1, 20ns)); }\ngate flip q { x q; }\nflip $0;"
    (call,) = Program.for_later(text).on(device).circuit.data
    assert [item.name for item in call.operation.ideal.data] == ["x"]


def test_text_knows_the_ports_of_the_device(device: ReferenceBackend) -> None:
    own = "cal { frame mine = newframe(q0_drive, 5.2e9, 0.0); }\nbit c;\n"
    flip = "cal { play(mine, drag(0.67, 32ns, 6ns, -0.276e-9)); }\nc = measure $0;"
    texts = [own + flip, "cal { port q0_drive; }\n" + own + flip]
    assert [excited(Sampler(device).run([text], shots=200).result()) > 0.9 for text in texts] == [True, True]
