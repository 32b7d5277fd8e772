# SPDX-License-Identifier: Apache-2.0
"""mthree on the twin: it calibrates through ``backend.run`` and corrects what our Sampler counted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from chip_model import read
from qiskit import QuantumCircuit, transpile

import feedline
from feedline import Sampler, Session
from feedline_rack.twin.backend import TwinBackend

mthree = pytest.importorskip("mthree")
QUBITS = [0, 1, 2]


@pytest.fixture
def three() -> TwinBackend:
    """A chip of three qubits in a line."""
    made = feedline.backend("twin", num_qubits=3)
    assert isinstance(made, TwinBackend)
    return made


def ghz(three: TwinBackend) -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure_all()
    return transpile(circuit, three, initial_layout=QUBITS, optimization_level=1, seed_transpiler=1)


def distance(shares: dict[str, float]) -> float:
    """Total variation distance to half 000, half 111."""
    ideal = {"000": 0.5, "111": 0.5}
    return sum(abs(shares.get(key, 0.0) - ideal.get(key, 0.0)) for key in shares.keys() | ideal.keys()) / 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Treating CircuitInstruction as an iterable:DeprecationWarning")  # mthree's own
def test_corrected_counts_are_nearer_to_the_ideal_than_raw_ones(three: TwinBackend) -> None:
    """Three qubits, 1.4 % wrong each: what is wrong of the counts is less than half as much, corrected."""
    circuit = ghz(three)
    with Session(three) as session:
        mitigator = mthree.M3Mitigation(three)
        (job,) = mitigator.cals_from_system(QUBITS, shots=20_000)
        counts = Sampler(session).run([circuit], shots=20_000).result()[0].data.meas.get_counts()
    mapping = mthree.utils.final_measurement_mapping(circuit)
    corrected = mitigator.apply_correction(counts, mapping).nearest_probability_distribution()
    raw = distance({key: count / 20_000 for key, count in counts.items()})
    assert 0.02 < raw < 0.06
    assert distance({key: float(share) for key, share in corrected.items()}) < raw / 2
    assert job.job.tags == ["M3 calibration"]
    assert datetime.fromisoformat(mitigator.cal_timestamp) == job.time_per_step()["RUNNING"].astimezone(UTC)


@pytest.mark.parametrize("method", ["balanced", "independent", "marginal"])
def test_each_way_of_calibrating_finds_heat_and_decay(twin: TwinBackend, method: str) -> None:
    """0.5 % allowed: a standard deviation at 10,000 shots is 0.12 %, and clouds overlap a little."""
    mitigator = mthree.M3Mitigation(twin)
    mitigator.cals_from_system([0, 1], shots=10_000, method=method)
    flipped = QuantumCircuit(2)
    flipped.x([0, 1])
    for qubit, matrix in zip((0, 1), mitigator.cals_to_matrices(), strict=True):
        ones = [read(circuit, twin).probabilities([qubit])[1] for circuit in (QuantumCircuit(2), flipped)]
        assert matrix[1] == pytest.approx(ones, abs=0.005)
