# SPDX-License-Identifier: Apache-2.0
"""qiskit-experiments on the twin through our Sampler: does it find the numbers of the chip file?"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from chip_model import infidelity_of_waiting, played, read
from qiskit import QuantumCircuit
from qiskit.quantum_info import DensityMatrix, Statevector, state_fidelity

import feedline
from feedline import Sampler
from feedline_rack.twin.backend import TwinBackend

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    library = pytest.importorskip("qiskit_experiments.library")
    from qiskit_experiments.library.characterization.analysis import T1KerneledAnalysis


def analysed(experiment: Any, sampler: Sampler, shots: int) -> Any:
    """Run it; what was measured and found."""
    data = experiment.run(sampler=sampler, shots=shots).block_for_results(timeout=100)
    assert data.status().name == "DONE", data.errors()
    return data


def found(data: Any, name: str) -> Any:
    """Value of a result, with its standard error if it has one."""
    table = data.analysis_results(dataframe=True)
    (value,) = table[table.name == name].value
    return value


@pytest.mark.parametrize("qubit", [0, 1])
def test_t1_is_that_of_the_chip_file(session: feedline.Session, twin: TwinBackend, qubit: int) -> None:
    delays_s = np.linspace(0, 100e-6, 15)
    data = analysed(library.T1((qubit,), delays_s, backend=twin), Sampler(session), 2000)
    t1 = found(data, "T1")
    assert t1.s < 0.03 * t1.n
    assert abs(t1.n - twin.chip.qubits[qubit].t1_s) < 3 * t1.s


@pytest.mark.parametrize("qubit", [0, 1])
def test_echo_t2_is_that_of_the_chip_file(session: feedline.Session, twin: TwinBackend, qubit: int) -> None:
    """One qubit after the other: echoes of both at once flip both, and what is left of their coupling stays."""
    delays_s = np.linspace(0, 100e-6, 15)
    data = analysed(library.T2Hahn((qubit,), delays_s, backend=twin), Sampler(session), 2000)
    t2 = found(data, "T2")
    assert t2.s < 0.07 * t2.n
    assert abs(t2.n - twin.chip.qubits[qubit].t2_s) < 3 * t2.s


def test_t1_from_points_of_the_iq_plane(session: feedline.Session, twin: TwinBackend) -> None:
    """Level 1: with a sampler of one's own the measurement level is the sampler's option."""
    sampler = Sampler(session, {"execution": {"meas_type": "avg_kerneled"}})
    experiment = library.T1((0,), np.linspace(0, 100e-6, 15), backend=twin)
    experiment.analysis = T1KerneledAnalysis()
    experiment.set_run_options(meas_level=1, meas_return="avg")
    t1 = found(analysed(experiment, sampler, 2000), "T1")
    assert abs(t1.n - twin.chip.qubits[0].t1_s) < 3 * t1.s


def test_jobs_say_when_they_were_completed(session: feedline.Session, twin: TwinBackend) -> None:
    data = analysed(library.T1((0,), [0, 1e-5, 2e-5, 3e-5], backend=twin), Sampler(session), 100)
    ((name, completed),) = data.completion_times.items()
    (job,) = data.jobs()
    assert name == job.job_id()
    assert completed.isoformat() == job.metrics()["timestamps"]["finished"]
    assert data.backend_name == "twin"


@pytest.mark.slow
def test_benchmarking_finds_the_models_error(session: feedline.Session, twin: TwinBackend) -> None:
    """Error per Clifford: pulses per Clifford, counted, times what T1 and T2 take of a pulse of 40 ns; within 20 %.

    What pulses leak and miss besides is 1 to 2 % of that. The fit's own standard error is 6 % at most.
    """
    lengths = [1, 400, 800, 1600, 2400]
    data = analysed(library.StandardRB((0,), lengths, twin, num_samples=4, seed=7), Sampler(session), 1000)
    pulses = cliffords = 0
    for datum in data.data():
        pulses += sum(count for (_, gate), count in datum["metadata"]["count_ops"] if gate in ("sx", "x"))
        cliffords += datum["metadata"]["xval"] + 1  # and the one that undoes them
    per_pulse = infidelity_of_waiting(twin.chip.qubits[0], twin.target["sx"][(0,)].duration)
    wanted = per_pulse * pulses / cliffords
    error = found(data, "EPC")
    assert error.s < 0.06 * wanted
    assert abs(error.n - wanted) < 0.2 * wanted


def test_local_readout_error_is_that_of_heat_and_decay(session: feedline.Session, twin: TwinBackend) -> None:
    """0.5 % allowed: a standard deviation at 10,000 shots is 0.12 %, and clouds overlap a little."""
    mitigator = found(
        analysed(library.LocalReadoutError((0, 1), twin), Sampler(session), 10_000), "Local Readout Mitigator"
    )
    flipped = QuantumCircuit(2)
    flipped.x([0, 1])
    for qubit in (0, 1):
        ones = [read(circuit, twin).probabilities([qubit])[1] for circuit in (QuantumCircuit(2), flipped)]
        assert mitigator.assignment_matrix([qubit])[1] == pytest.approx(ones, abs=0.005)


@pytest.mark.slow
def test_tomography_finds_the_bell_state(session: feedline.Session, twin: TwinBackend) -> None:
    """With the readout's error taken off, the fidelity to Qiskit's state vector is the model's within 1 %.

    A standard deviation is 0.4 %. Heat at the start flips qubits as the readout does, and is taken off with it.
    """
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    data = analysed(library.MitigatedStateTomography(bell, twin), Sampler(session), 4000)
    state = found(data, "state")
    assert isinstance(state, DensityMatrix)
    fidelity = state_fidelity(state, Statevector(bell))
    assert fidelity == pytest.approx(found(data, "state_fidelity"), abs=1e-6)
    assert fidelity == pytest.approx(state_fidelity(played(bell, twin, is_cold=True), Statevector(bell)), abs=0.01)
    raw = found(analysed(library.StateTomography(bell, twin), Sampler(session), 4000), "state")
    assert 0.92 < state_fidelity(raw, Statevector(bell)) < fidelity - 0.01, "each qubit is read wrongly by 1 to 2 %"
