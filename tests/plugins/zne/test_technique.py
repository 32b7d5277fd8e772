# SPDX-License-Identifier: Apache-2.0
"""The pass zne: its contract, on depolarising noise, with every kind of circuit, and what it refuses."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit_aer.noise import NoiseModel, depolarizing_error

import feedline
from feedline import Estimator, Sampler
from feedline.errors import CapabilityError, InputError
from feedline.passes import Cost, PassContext
from feedline.plan import Plan
from feedline.testing import PassContract
from feedline.testing.ideal import IDEAL, IdealBackend
from feedline_zne.options import ZneOptions
from feedline_zne.technique import Zne

PATIENCE_S = 120


class TestZne(PassContract):
    """Everything Feedline asks of a pass."""

    technique = Zne()


def depolarised(error: float = 0.03) -> feedline.Backend:
    """Entanglers depolarised, everything else exact: what an exponential describes."""
    model = NoiseModel(basis_gates=["id", "rz", "ry", "h", "sx", "x", "cx", "rzz"])
    model.add_all_qubit_quantum_error(depolarizing_error(error, 2), ["cx", "rzz"])
    return feedline.backend("aer", noise_model=model)


def ghz(repeats: int = 3) -> QuantumCircuit:
    """Three entangled qubits, with entanglers that undo each other; the angle undoes itself as well."""
    circuit, angle = QuantumCircuit(3, name="ghz"), Parameter("angle")
    circuit.h(0)
    for _ in range(repeats):
        circuit.rzz(angle, 0, 1)
        circuit.rzz(-angle, 0, 1)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    return circuit


def estimate(pubs: list[Any], backend: Any = None, default_shots: int = 20_000, seed: int = 11, **zne: Any) -> Any:
    """Run with zne and these options of it."""
    options = {
        "default_shots": default_shots,
        "transpilation": {"optimization_level": 0},
        "simulator": {"seed_simulator": seed},
        "resilience": {"passes": ["zne"], "zne": zne},
    }
    return Estimator(backend or depolarised(), options).run(pubs).result(PATIENCE_S)


def told(result: Any, pub: int = 0) -> Any:
    """What zne told of a pub."""
    return result[pub].metadata["passes"][0]["zne"]


def planned(*pubs: Any, zne: dict[str, Any] | None = None) -> tuple[Plan, Plan, Cost]:
    """Plans before and after, and the declared cost."""
    backend = depolarised()
    estimator = Estimator(backend, {"default_shots": 1000, "transpilation": {"optimization_level": 0}})
    plan = estimator.plan_of([EstimatorPub.coerce(pub) for pub in pubs])

    def context() -> PassContext:
        return PassContext(options=ZneOptions(**zne or {}), backend=backend, rng=np.random.default_rng(7))

    return plan, Zne().widen(plan, context()), Zne().cost(plan, context())


def test_exponential_recovers_the_ideal_value_within_its_bar() -> None:
    """ZZ.., XXX and a projector of a GHZ state are 1, 1 and 1/2; raw they are many bars off. 4 bars: 6e-5 each."""
    pub = (ghz(), [["ZZI"], ["IZZ"], ["XXX"], ["000"]], np.linspace(0, 1, 4)[:, None])
    ideal = np.array([1, 1, 1, 0.5])[:, None]
    data = (result := estimate([pub]))[0].data
    raw = np.moveaxis(np.array(told(result)["values"])[0], 0, 1)
    assert (ideal - raw > 0.02).all()
    assert (np.abs(data.evs - ideal) < 4 * data.stds).all()
    assert (data.stds < 0.03).all()
    assert set(np.ravel(told(result)["extrapolator"])) == {"exponential"}


@pytest.mark.parametrize("how", ["gate_folding_front", "gate_folding_back", "random", "global"])
def test_every_amplifier_recovers_the_ideal_value(how: str) -> None:
    """4 bars, and 0.02 for gates of unlike effect on the value, which partial folding amplifies unevenly."""
    pub = (ghz(), ["ZZI", "XXX"], [0.4])
    result = estimate([pub], amplifier=how, noise_factors=(1, 2, 3))
    data = result[0].data
    assert (np.abs(data.evs - 1) < 4 * data.stds + 0.02).all()
    assert told(result)["noise_factors"] == pytest.approx([1, 2, 3])


def bell(angle: float = np.pi / 2) -> QuantumCircuit:
    """Two qubits, one entangler."""
    circuit = QuantumCircuit(2)
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    return circuit


def test_bars_cover_on_a_simulator() -> None:
    """200 repeats: 95.4 % are within 2 bars, give or take 1.5 %; 92 % is 2.3 of these below."""
    data = estimate([(bell(), "XX", np.zeros((200, 0)))], depolarised(0.1), default_shots=1500, seed=5000)[0].data
    assert data.evs.shape == (200,)
    assert np.mean(np.abs(data.evs - 1) <= 2 * data.stds) >= 0.92


def test_declared_variance_is_the_measured_one() -> None:
    """200 repeats tell a variance to 10 %, so 25 % is 2.5 of these.

    Noise is weak, and the value far from 1, so that variances per shot hardly differ between the factors:
    (1 - 0.5**2) / shots without extrapolation.
    """
    circuit = bell(np.pi / 3)
    spread = estimate([(circuit, "IZ", np.zeros((200, 0)))], depolarised(0.005), default_shots=1000, seed=9000)
    _, _, cost = planned((circuit, "IZ"))
    assert spread[0].data.evs.var(ddof=1) / (0.75 / 1000) == pytest.approx(cost.variance, rel=0.25)


def test_shots_are_shared_or_given_to_each() -> None:
    pub = (ghz(), ["ZZI", "XXX"], [0.4])
    plan, wide, cost = planned(pub)
    assert wide.total_shots == plan.total_shots
    assert (cost.circuits, cost.shots) == (3, 1)
    first = [execution.shots for execution in wide.executions[:3]]
    assert first[0] > first[2] > first[1] > 0
    plan, wide, cost = planned(pub, zne={"shots": "each"})
    assert wide.total_shots == 3 * plan.total_shots
    assert (cost.circuits, cost.shots) == (3, 3)


def test_realised_factors_are_coordinates_and_alike_ones_are_merged() -> None:
    circuit = QuantumCircuit(2)
    for angle in (0.1, 0.2, 0.3):
        circuit.rz(angle, 0)
        circuit.cx(0, 1)
    _, wide, _ = planned((circuit, ["ZZ", "XX"]), zne={"noise_factors": (1, 1.2, 1.5, 2)})
    assert [execution.coords["noise_factor"] for execution in wide.executions] == pytest.approx([1, 5 / 3] * 2)
    result = estimate([(circuit, "ZZ")], noise_factors=(1, 1.2, 1.5, 2))
    assert told(result)["requested_factors"] == [1, 1.2, 1.5, 2]
    assert told(result)["noise_factors"] == pytest.approx([1, 5 / 3])
    assert "merged" in told(result)["warnings"][0]


def test_swept_circuit_is_one_circuit_for_each_factor_and_basis() -> None:
    _, wide, _ = planned((ghz(), [["ZZI"], ["XXX"]], np.linspace(0, 1, 50)[:, None]))
    assert len(wide.executions) == len({id(execution.circuit) for execution in wide.executions}) == 6
    assert {execution.sweep for execution in wide.executions} == {(50,)}
    plan, wide, _ = planned((ghz(), "ZZI", [0.1]))
    assert wide.executions[0].circuit is plan.executions[0].circuit, "factor 1 is compiled as without the pass"


def test_pubs_differ_and_one_without_entanglers_is_left_out() -> None:
    single = QuantumCircuit(1)
    single.ry(0.5, 0)
    pubs = [(single, "Z"), (ghz(), ["ZZI", "XXX"], [0.2])]
    result = estimate(pubs)
    assert abs(result[0].data.evs - np.cos(0.5)) < 4 * result[0].data.stds
    assert told(result, 0)["warnings"] == [
        "left out: the circuit has no gate on two or more qubits that could be folded"
    ]
    assert told(result, 1)["noise_factors"] == [1, 3, 5]
    assert (np.abs(result[1].data.evs - 1) < 4 * result[1].data.stds).all()
    plan, wide, cost = planned(*pubs)
    assert cost.circuits == pytest.approx(len(wide.executions) / len(plan.executions))


def test_dynamic_circuit_goes_through_and_says_how_it_counts() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
        circuit.cx(1, 0)
        circuit.cx(1, 0)
    result = estimate([(circuit, "ZI")])
    assert abs(result[0].data.evs - 1) < 4 * result[0].data.stds + 0.01
    assert any("branches" in warning for warning in told(result)["warnings"])


def test_what_has_no_inverse_is_left_alone_and_told() -> None:
    circuit = ghz()
    circuit.initialize([1, 0, 0, 0], [1, 2])
    circuit.cx(0, 1)
    result = estimate([(circuit, "ZII", [0.2])], feedline.backend("aer"))
    assert told(result)["left_alone"] == {"initialize": 1}
    assert told(result)["noise_factors"] == pytest.approx([1, 1 + 2 * 9 / 10, 1 + 4 * 9 / 10])


def test_information_holds_what_a_refit_needs() -> None:
    pub = (ghz(), [["ZZI"], ["XXX"]], np.linspace(0, 1, 3)[:, None])
    info = told(estimate([pub], extrapolator="linear"))
    values, stds = np.array(info["values"]), np.array(info["stds"])
    assert values.shape == stds.shape == (3, 3, 2)
    assert np.shape(info["extrapolator"]) == np.shape(info["model_spread"]) == (3, 2)
    assert info["weighted_by"] == "number of gates"
    assert (np.array(info["model_spread"])[:, 1] > 0.05).all(), "XXX feels every entangler"


def test_same_seed_gives_the_same_value() -> None:
    pub = (ghz(), "XXX", [0.2])
    both = [estimate([pub], amplifier="random", noise_factors=(1, 2, 4))[0].data.evs for _ in range(2)]
    assert both[0] == both[1]


def test_asymptote_of_a_projector_is_that_of_the_mixed_state() -> None:
    """Strong noise: the projector decays to 1/8, and taking 0 for it is off by more than the bars."""
    pub, noisy = (ghz(6), "000", [0.2]), depolarised(0.08)
    right = estimate([pub], noisy, default_shots=200_000)[0].data
    wrong = estimate([pub], noisy, default_shots=200_000, asymptote=0)[0].data
    assert abs(right.evs - 0.5) < abs(wrong.evs - 0.5)
    same = estimate([pub], noisy, default_shots=200_000, asymptote=0.125)[0].data
    assert same.evs == right.evs


def test_sampler_is_refused() -> None:
    circuit = ghz().assign_parameters([0.1])
    circuit.measure_all()
    with pytest.raises(CapabilityError, match=r"'zne' extrapolates expectation values(.|\n)*Estimator"):
        Sampler(depolarised(), {"resilience": {"passes": ["zne"]}}).run([circuit])


def test_exact_values_are_refused() -> None:
    with pytest.raises(CapabilityError, match="Pub 0 asks for exact values"):
        Estimator(depolarised(), {"resilience": {"passes": ["zne"]}}).run([(ghz(), "ZZI", [0.1])], precision=0)


def test_too_few_shots_are_refused() -> None:
    with pytest.raises(InputError, match=r"2 shots cannot be shared among the 3 noise factors"):
        estimate([(ghz(), "ZZI", [0.1])], default_shots=2)


def test_factors_that_a_circuit_cannot_tell_apart_are_refused() -> None:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    with pytest.raises(InputError, match=r"Pub 0: the 1 gates(.|\n)*odd factors"):
        estimate([(circuit, "ZZ")], noise_factors=(1, 1.1))


@pytest.mark.parametrize(("tokens", "words"), [((), "does not publish pulse.stretch"), (("pulse.stretch",), "not use")])
def test_pulse_stretch_is_refused(tokens: tuple[str, ...], words: str) -> None:
    backend = IdealBackend(3, capabilities=attrs.evolve(IDEAL, tokens=frozenset(tokens)))
    with pytest.raises(CapabilityError, match=words):
        estimate([(ghz(), "ZZI", [0.1])], backend, amplifier="pulse_stretch")
