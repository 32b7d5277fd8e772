# SPDX-License-Identifier: Apache-2.0
"""Estimator against Qiskit's StatevectorEstimator, and what its error bars promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives import StatevectorEstimator
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import SparseObservable, SparsePauliOp

import feedline
from feedline import Estimator
from feedline.errors import CapabilityError, InputError, OptionError
from feedline.testing import NullBackend

from .circuits import unitary_circuits

FIXTURES_ARE_STATELESS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@st.composite
def pubs(draw: st.DrawFn) -> tuple[Any, ...]:
    """A circuit with observables and parameters of shapes that broadcast."""
    circuit = draw(unitary_circuits())
    label = st.text(alphabet="IXYZ", min_size=circuit.num_qubits, max_size=circuit.num_qubits)
    operator = st.dictionaries(label, st.floats(-2, 2).filter(lambda c: abs(c) > 1e-3), min_size=1, max_size=4)
    points, observables = draw(
        st.sampled_from([((), ()), ((3,), ()), ((), (2,)), ((2,), (2,)), ((2, 1), (3,)), ((2, 2), (2,)), ((1,), (3,))])
    )
    flat = [draw(operator) for _ in range(int(np.prod(observables, dtype=int)))]
    nested: Any = np.array(flat, dtype=object).reshape(observables).tolist() if observables else flat[0]
    seed = draw(st.integers(0, 2**16))
    values = np.random.default_rng(seed).uniform(-3, 3, (*points, circuit.num_parameters))
    return circuit, nested, values


@settings(max_examples=40, deadline=None, suppress_health_check=FIXTURES_ARE_STATELESS)
@given(st.lists(pubs(), min_size=1, max_size=2))
def test_sampled_values_agree_with_the_statevector(aer: feedline.Backend, many: list[tuple[Any, ...]]) -> None:
    """Within 5.5 reported standard errors: about 1e-7 a value by chance; shapes and types as Qiskit's."""
    wanted = StatevectorEstimator().run(many, precision=0).result()
    given_ = Estimator(aer, options={"default_shots": 2000}).run(many).result()
    for one, other in zip(given_, wanted, strict=True):
        assert one.data.evs.shape == other.data.evs.shape
        assert one.data.stds.shape == other.data.evs.shape
        assert one.data.evs.dtype == other.data.evs.dtype
        scale = np.maximum(one.data.stds, 1e-9)
        assert (np.abs(one.data.evs - other.data.evs) / scale < 5.5).all()


@settings(max_examples=40, deadline=None, suppress_health_check=FIXTURES_ARE_STATELESS)
@given(st.lists(pubs(), min_size=1, max_size=2))
def test_exact_values_equal_the_statevector(aer: feedline.Backend, many: list[tuple[Any, ...]]) -> None:
    wanted = StatevectorEstimator().run(many, precision=0).result()
    given_ = Estimator(aer).run(many, precision=0).result()
    for one, other in zip(given_, wanted, strict=True):
        assert np.allclose(one.data.evs, other.data.evs, atol=1e-9)
        assert (one.data.stds == 0).all()


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.ry(0.8, 0)
    circuit.cx(0, 1)
    return circuit


@pytest.mark.parametrize(
    "operator",
    [
        SparsePauliOp(["ZZ", "XX", "ZI"], [1.0, 0.5, -0.3]),
        SparsePauliOp(["ZI", "IZ", "XX", "YY"], [0.5, 0.5, 0.2, 0.2]),
        SparsePauliOp(["ZI"], [100.0]),
        SparseObservable.from_list([("0+", 1.0), ("r1", 0.5), ("IZ", 0.2)]),
    ],
)
def test_reported_standard_error_is_the_spread_of_repeated_runs(aer: feedline.Backend, operator: Any) -> None:
    """200 repeats: the spread's own relative error is 1/sqrt(400) = 5 %; 20 % is 4 of them."""
    points = np.zeros((200, 0))
    result = (
        Estimator(aer, options={"default_shots": 1000, "simulator": {"seed_simulator": 5}})
        .run([(bell(), operator, points)])
        .result()[0]
    )
    assert result.data.evs.shape == (200,)
    assert np.median(result.data.stds) == pytest.approx(result.data.evs.std(ddof=1), rel=0.2)


def test_precision_is_met_whatever_the_norm(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(2)
    circuit.h([0, 1])
    for scale in (1.0, 100.0):
        operator = SparsePauliOp(["ZI", "IZ"], [scale, 0.5 * scale])
        result = Estimator(aer).run([(circuit, operator)], precision=0.05 * scale).result()[0]
        assert result.data.stds <= 0.05 * scale
        assert result.metadata["target_precision"] == 0.05 * scale
        assert result.metadata["shots"] == 900


def test_error_bar_is_not_zero_when_all_shots_agree(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1)
    circuit.ry(0.01, 0)
    result = Estimator(aer, options={"default_shots": 100}).run([(circuit, "Z")]).result()[0]
    assert result.data.stds > 0


def test_projectors_work_sampled_and_exact(aer: feedline.Backend) -> None:
    operator = SparseObservable.from_list([("00", 1.0), ("+I", 0.5)])
    cosine = np.cos(0.4) ** 2  # bell() is cos(0.4) |00> + sin(0.4) |11>
    wanted = cosine + 0.5 * 0.5
    exact = Estimator(aer).run([(bell(), operator)], precision=0).result()[0].data
    sampled = Estimator(aer).run([(bell(), operator)], precision=0.01).result()[0].data
    assert exact.evs == pytest.approx(wanted, abs=1e-9)
    assert abs(sampled.evs - wanted) < 5 * sampled.stds


def test_empty_sweep_gives_empty_arrays(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    for precision in (0, 0.1):
        result = Estimator(aer).run([(circuit, "Z", np.zeros((0, 1)))], precision=precision).result()[0]
        assert result.data.evs.shape == (0,)


def test_no_pub_gives_no_result(aer: feedline.Backend) -> None:
    assert len(Estimator(aer).run([]).result()) == 0


def test_identity_needs_no_shots(aer: feedline.Backend) -> None:
    result = Estimator(aer).run([(bell(), SparsePauliOp(["II"], [0.7]))]).result()[0]
    assert result.data.evs == 0.7
    assert result.metadata["shots"] == 0


def test_parameter_that_transpilation_removes_is_no_trouble() -> None:
    """A rotation that a later reset makes void may vanish from the ISA circuit."""
    backend = GenericBackendV2(2, basis_gates=["cx", "rz", "sx", "x"], seed=3)
    circuit = QuantumCircuit(2)
    a, b = Parameter("a"), Parameter("b")
    circuit.rz(a, 0)
    circuit.rz(-a, 0)
    circuit.rx(b, 1)
    values = np.array([[0.3, 0.2], [0.1, 0.9]])
    wanted = StatevectorEstimator().run([(circuit, "ZI", values)], precision=0).result()[0].data.evs
    result = Estimator(backend).run([(circuit, "ZI", values)], precision=0.02).result()[0].data
    assert (np.abs(result.evs - wanted) < 5 * result.stds + 0.1).all()  # 0.1: the fake backend's noise


def test_measurement_reset_and_control_flow_are_estimated(aer: feedline.Backend) -> None:
    """Teleport-like: a measured |+> is corrected to |1> on the other qubit."""
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((0, 0)) as otherwise:
        circuit.x(1)
    with otherwise:
        circuit.reset(1)
        circuit.x(1)
    result = Estimator(aer, options={"default_shots": 500}).run([(circuit, ["ZI", "IZ"])]).result()[0]
    assert result.data.evs[0] == -1
    assert abs(result.data.evs[1]) < 5 * result.data.stds[1]


def test_box_is_unrolled_where_the_backend_lacks_it(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1)
    with circuit.box():
        circuit.x(0)
    assert Estimator(aer).run([(circuit, "Z")], precision=0).result()[0].data.evs == pytest.approx(-1)


def test_layout_of_a_transpiled_circuit_is_the_users_to_apply() -> None:
    """Qiskit's rule: observables are on the qubits of the circuit as it was given."""
    from qiskit import transpile

    backend = GenericBackendV2(4, seed=7)
    circuit = QuantumCircuit(2)
    circuit.x(0)
    isa = transpile(circuit, backend, initial_layout=[3, 1], seed_transpiler=1)
    operator = SparsePauliOp("IZ").apply_layout(isa.layout)
    result = Estimator(backend).run([(isa, operator)], precision=0.05).result()[0].data
    assert result.evs < -0.8  # -1 but for the fake backend's noise


def test_abstract_circuit_keeps_its_observables_meaning() -> None:
    backend = GenericBackendV2(5, coupling_map=[(4, 3), (3, 2), (2, 1), (1, 0)], seed=7)
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.cx(0, 2)
    result = Estimator(backend).run([(circuit, ["IIZ", "IZI", "ZII"])], precision=0.05).result()[0].data
    assert (np.sign(result.evs) == [-1, 1, -1]).all()
    assert (np.abs(result.evs) > 0.7).all()  # 1 but for the fake backend's noise


def test_same_seed_gives_the_same_values_and_points_differ(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    options = {"default_shots": 100, "simulator": {"seed_simulator": 42}}
    runs = [Estimator(aer, options).run([(circuit, "Z", np.zeros((20, 0)))]).result()[0].data.evs for _ in range(2)]
    assert (runs[0] == runs[1]).all()
    assert len(set(runs[0].tolist())) > 5


REFUSED: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    ([(bell(), "Z")], {}, InputError, "Pub 0 cannot be used: .*number of qubits"),
    ([(bell(), "ZZ", [1.0])], {}, InputError, "Pub 0 cannot be used"),
    (bell(), {}, InputError, "instead of a list of pubs"),
    ([(bell(), "ZZ")], {"precision": -1}, InputError, "precision is -1"),
    ([(bell(), "ZZ")], {"precision": float("nan")}, InputError, "precision is nan"),
    ([(bell(), "QQ")], {}, InputError, "Pub 0 cannot be used"),
    ([(bell(), SparsePauliOp("ZZ", 1j))], {}, InputError, "Pub 0 cannot be used"),
]


@pytest.mark.parametrize(("many", "keywords", "error", "words"), REFUSED)
def test_bad_pubs_are_refused_before_anything_runs(
    many: Any, keywords: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        Estimator(NullBackend(2)).run(many, **keywords)
    assert "\n  -> " in str(caught.value)


def test_nan_parameter_names_the_parameter_and_the_point() -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("angle"), 0)
    with pytest.raises(InputError, match=r"parameter 'angle' is nan at sweep point \(1,\)"):
        Estimator(NullBackend(1)).run([(circuit, "Z", [[0.0], [float("nan")]])])


def test_exact_values_are_refused_where_there_are_shots_only() -> None:
    with pytest.raises(CapabilityError, match="precision 0, but backend 'null'"):
        Estimator(NullBackend(2)).run([(bell(), "ZZ")], precision=0)


def test_resilience_level_without_passes_says_so() -> None:
    with pytest.raises(OptionError, match="no installed plugin makes that level"):
        Estimator(NullBackend(2), {"resilience_level": 9}).run([(bell(), "ZZ")])


def test_operator_changed_in_place_is_read_again(aer: feedline.Backend) -> None:
    circuit, operator = QuantumCircuit(1), SparsePauliOp(["Z"], [1.0])
    circuit.rx(Parameter("a"), 0)
    pub = (circuit, operator, np.zeros(1))
    assert Estimator(aer).run([pub], precision=0).result()[0].data.evs == pytest.approx(1)
    operator.coeffs[0] = 2
    assert Estimator(aer).run([pub], precision=0).result()[0].data.evs == pytest.approx(2)


def test_job_keeps_the_values_it_was_given() -> None:
    """The caller's array may change after run() returns; the record and the run must not."""
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    values = np.zeros(1)
    executions = Estimator(NullBackend(1)).plan_of([_pub(circuit, values)]).executions
    values[:] = 5
    assert executions[0].values.tolist() == [[0.0]]


def _pub(circuit: QuantumCircuit, values: Any) -> Any:
    from feedline.primitives.coerce import estimator_pub

    return estimator_pub((circuit, SparsePauliOp("Z"), values), None)
