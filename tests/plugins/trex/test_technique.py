# SPDX-License-Identifier: Apache-2.0
"""The pass ``trex``: the contract, unbiased values under every kind of readout error, refusals."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer.noise import NoiseModel, ReadoutError

import feedline
from feedline import Estimator, Sampler
from feedline.errors import CapabilityError, OptionError
from feedline.passes import Estimate, Pass
from feedline.testing import NullBackend
from feedline.testing.contract.technique import PassContract, context
from feedline_trex.factor import BlockNote, divided
from feedline_trex.options import TrexOptions
from feedline_trex.technique import Trex

GATES = ["id", "rz", "sx", "x", "cx"]


class TestTrex(PassContract):
    technique: ClassVar[Pass | None] = Trex()


def independent() -> NoiseModel:
    """Readout that errs 4 % one way and 9 % the other, on every qubit by itself."""
    model = NoiseModel(basis_gates=GATES)
    model.add_all_qubit_readout_error(ReadoutError([[0.96, 0.04], [0.09, 0.91]]))
    return model


def correlated() -> NoiseModel:
    """Qubits 0 and 1 err together as often as alone; the rest as in `independent`."""
    model = independent()
    rows = [[0.90, 0.02, 0.02, 0.06], [0.05, 0.85, 0.06, 0.04], [0.05, 0.08, 0.84, 0.03], [0.10, 0.04, 0.05, 0.81]]
    model.add_readout_error(ReadoutError(rows), [0, 1])
    return model


def ghz(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits)
    circuit.h(0)
    for qubit in range(1, num_qubits):
        circuit.cx(qubit - 1, qubit)
    return circuit


def estimated(model: NoiseModel, pubs: list[Any], *, passes: tuple[Any, ...] = (Trex(),), **options: Any) -> Any:
    given = {"default_shots": 40_000, "simulator": {"seed_simulator": 3}, **options}
    given["resilience"] = {"passes": list(passes), **given.get("resilience", {})}
    return Estimator(feedline.backend("aer", noise_model=model), given).run(pubs).result()


def ghz_parities(seed: int, points: int) -> Any:
    """GHZ-4 with independent errors, as many shots for the calibration as for all points."""
    options = {"simulator": {"seed_simulator": seed}, "resilience": {"trex": {"calibration_share": float(points)}}}
    return estimated(independent(), [(ghz(4), "ZZZZ", np.zeros((points, 0)))], **options)[0].data


def test_ghz_parity_is_one() -> None:
    """A factor of 0.57 and 40,000 shots: 10 points' mean has a standard error of 0.0023, and so has the calibration's.

    0.01 is 3 of both; a rate taken for a probability would give 0.96.
    """
    data = ghz_parities(3, 10)
    raw = estimated(independent(), [(ghz(4), "ZZZZ")], passes=())[0].data
    assert raw.evs == pytest.approx(0.87**4, abs=0.02)
    assert data.evs.mean() == pytest.approx(1.0, abs=0.01)
    assert data.stds.mean() == pytest.approx(np.hypot(0.0072, 0.0023), rel=0.2)


@pytest.mark.exhaustive
@pytest.mark.timeout(1200)
def test_ghz_parity_is_one_over_repeats() -> None:
    """100 repeats, each of 10 points of 40,000 shots: the mean's standard error is 0.0003, and it is 1 within 0.002."""
    means = [ghz_parities(1000 * repeat, 10).evs.mean() for repeat in range(100)]
    assert np.mean(means) == pytest.approx(1.0, abs=0.002)


def test_correlated_readout_is_corrected_too() -> None:
    """Tolerance: 5 standard errors, of which each is below 0.02."""
    terms = ["ZZ", "XX", "YY", "IZ"]
    data = estimated(correlated(), [(ghz(2), [[term] for term in terms])])[0].data
    assert (data.stds < 0.02).all()
    assert (np.abs(data.evs[:, 0] - [1, 1, -1, 0]) < 5 * data.stds[:, 0]).all()


def test_projectors_are_corrected_pauli_by_pauli() -> None:
    """A GHZ state's populations, a projector beside a Pauli, and a sum of both, under correlated readout."""
    terms = ["000", "111", "010", "0Z1", "1ZZ", "+++", "ZZI"]
    exact = [0.5, 0.5, 0.0, 0.0, 0.5, 0.25, 1.0]
    observables = [[term] for term in terms] + [[{"000": 1.0, "111": 1.0, "ZZI": -0.5}]]
    data = estimated(correlated(), [(ghz(3), observables)])[0].data
    assert (data.stds < 0.03).all()
    assert (np.abs(data.evs[:, 0] - [*exact, 0.5]) < 5 * data.stds[:, 0]).all()
    raw = estimated(correlated(), [(ghz(3), [["000"]])], passes=())[0].data.evs[0, 0]
    assert raw < 0.45


def test_bars_of_projectors_are_the_spread() -> None:
    """60 points: their spread has a relative error of 9 %, the replicates of 6 %; 40 % is over 3 of both."""
    options = {"default_shots": 4000, "resilience": {"trex": {"calibration_share": 30.0}}}
    data = estimated(correlated(), [(ghz(3), "00Z", np.zeros((60, 0)))], **options)[0].data
    assert np.median(data.stds) == pytest.approx(data.evs.std(ddof=1), rel=0.4)


def test_pubs_and_bases_that_measure_the_same_qubits_share_a_calibration() -> None:
    backend = feedline.backend("aer", noise_model=independent())
    pubs = [(ghz(2), ["ZZ", "XX"]), (ghz(2), ["YY"]), (ghz(3), ["ZZZ"])]
    plan = Estimator(backend).plan_of([EstimatorPub.coerce(pub, 0.05) for pub in pubs])
    wide = Trex().widen(plan, context(Trex(), backend))
    assert len(plan.executions) == 4
    assert [e.circuit.num_clbits for e in wide.executions if e.role == "trex"] == [2, 3]
    assert len({id(e.circuit) for e in wide.executions}) == 6, "one circuit each, whatever the number of flips"
    result = estimated(independent(), pubs)
    assert (np.abs(np.concatenate([pub.data.evs for pub in result]) - [1, 1, -1, 0]) < 0.05).all()


def test_flips_take_in_the_basis_rotation() -> None:
    """rz sx rz sx before each measurement, and the rotation into the basis is not there besides."""
    backend = feedline.backend("aer", noise_model=independent())
    plan = Estimator(backend).plan_of([EstimatorPub.coerce((ghz(2), ["XX"]), 0.05)])
    wide = Trex().widen(plan, context(Trex(), backend))
    before, behind = plan.executions[0].circuit.count_ops(), wide.executions[0].circuit.count_ops()
    assert before["sx"] == 3
    assert behind["sx"] == 1 + 2 * 2
    assert behind["cx"] == before["cx"]


def test_parametrised_gates_before_the_measurement_are_taken_in() -> None:
    circuit, angle = QuantumCircuit(1), Parameter("angle")
    circuit.rx(2 * angle, 0)
    values = np.linspace(0, 3, 5)
    data = estimated(independent(), [(circuit, [["Z"], ["Y"]], values[:, None])])[0].data
    assert (np.abs(data.evs - [np.cos(2 * values), -np.sin(2 * values)]) < 5 * data.stds + 1e-9).all()


def test_same_seed_gives_the_same_values() -> None:
    first, second = (estimated(correlated(), [(ghz(2), ["ZZ", "0Z"])])[0].data for _ in range(2))
    assert (first.evs == second.evs).all()
    assert (first.stds == second.stds).all()


def test_factors_and_randomisations_are_told() -> None:
    told = estimated(independent(), [(ghz(2), [["ZZ"], ["IZ"]])])[0].metadata["passes"][0]["trex"]
    assert told["num_randomizations"] == 32
    assert sorted(told["factors"]) == pytest.approx([0.87**2, 0.87], abs=0.02)
    assert all(error < 0.01 for error in told["factor_errors"])
    assert "left_raw" not in told


def test_factor_that_drowns_in_noise_is_not_divided_by() -> None:
    """Readout at 48 %: ten bits' factor is 0.04**10."""
    model = NoiseModel(basis_gates=GATES)
    model.add_all_qubit_readout_error(ReadoutError([[0.52, 0.48], [0.48, 0.52]]))
    result = estimated(model, [(ghz(10), "Z" * 10)], default_shots=1000)[0]
    told = result.metadata["passes"][0]["trex"]
    assert told["left_raw"] == [0]
    assert "1 terms are within 3 standard errors of 0" in told["warning"]
    assert abs(result.data.evs) < 0.2


def test_division_is_per_replicate() -> None:
    """A replicate with half the factor has twice the value: calibration noise is in the bar."""
    rng = np.random.default_rng(1)
    factors = 0.8 + rng.normal(scale=0.01, size=(9, 2, 1))
    means = np.full((9, 1, 3, 2, 1), 0.4)
    coords = {"trex_block": np.array([0.0])}
    estimate = Estimate(mean=means, axes=("trex_block", "param", "measure_randomization"), coords=coords)
    note = BlockNote(np.array([0]), np.array([0]), ())
    made, _ = divided(estimate, {"trex": Estimate(mean=factors, axes=("measure_randomization",))}, (note,))
    np.testing.assert_allclose(made[:, :, 0], 0.4 / factors.mean(axis=1) @ np.ones((1, 3)))


def test_exact_values_are_left_alone() -> None:
    backend = feedline.backend("aer")
    result = Estimator(backend, {"resilience": {"passes": [Trex()]}}).run([(ghz(2), "ZZ")], precision=0).result()
    assert result[0].data.evs == pytest.approx(1.0)


def test_circuit_with_control_flow_goes_through() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    model = NoiseModel()
    result = Estimator(
        feedline.backend("aer", noise_model=model), {"resilience": {"passes": [Trex()]}, "default_shots": 1000}
    ).run([(circuit, "ZZ")])
    assert result.result()[0].data.evs == pytest.approx(1.0)


def test_more_projected_qubits_than_it_can_is_refused_by_name() -> None:
    with pytest.raises(CapabilityError, match="projects 9 qubits at once; its factors are measured for up to 8"):
        estimated(independent(), [(ghz(9), "0" * 9)])


def test_qubit_that_cannot_be_flipped_is_refused_by_name() -> None:
    backend = feedline.backend("aer", basis_gates=["h", "s", "sdg", "cx"])
    with pytest.raises(CapabilityError, match="trex: qubit 0 has no gates whose angles flip it"):
        Estimator(backend, {"resilience": {"passes": [Trex()]}}).run([(ghz(2), "ZZ")])


def test_more_randomisations_than_shots_is_refused() -> None:
    options = {"default_shots": 20, "resilience": {"passes": [Trex()], "trex": {"num_randomizations": 64}}}
    with pytest.raises(OptionError, match="num_randomizations is 64, but pub 0 has 20 shots a point"):
        Estimator(NullBackend(2), options).run([(ghz(2), "ZZ")])


def test_sampler_is_refused() -> None:
    circuit = QuantumCircuit(1)
    circuit.measure_all()
    with pytest.raises(OptionError, match="trex corrects expectation values"):
        Sampler(NullBackend(1), {"resilience": {"passes": [Trex()]}}).run([circuit])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"num_randomizations": 0}, "num_randomizations is 0(.|\n)*whole number of at least 1"),
        ({"num_randomizations": "many"}, "num_randomizations is 'many'(.|\n)*'auto' or a whole number"),
        ({"num_randomizations": 2.5}, "num_randomizations is 2.5"),
        ({"calibration_share": 0}, "calibration_share is 0(.|\n)*a number above 0"),
    ],
)
def test_bad_option_is_refused_with_its_value(given: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        TrexOptions(**given)


def test_options_are_what_ibm_calls_them() -> None:
    assert attrs.asdict(TrexOptions()) == {"num_randomizations": "auto", "calibration_share": 1.0}


def test_sum_of_operators_over_bases_is_corrected() -> None:
    operator = SparsePauliOp(["ZZ", "XX", "YY"], [1.0, 0.5, -0.25])
    data = estimated(correlated(), [(ghz(2), operator)])[0].data
    assert abs(data.evs - 1.75) < 5 * data.stds
