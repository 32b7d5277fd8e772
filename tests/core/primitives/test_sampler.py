# SPDX-License-Identifier: Apache-2.0
"""Sampler against Qiskit's StatevectorSampler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives import BitArray, StatevectorSampler
from scipy.stats import chi2_contingency

import feedline
from feedline import Sampler
from feedline.errors import CapabilityError, InputError
from feedline.testing import NullBackend

from .circuits import measured_circuits

FIXTURES_ARE_STATELESS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@st.composite
def pubs(draw: st.DrawFn) -> tuple[QuantumCircuit, NDArray[np.float64]]:
    circuit = draw(measured_circuits())
    shape = draw(st.sampled_from([(), (1,), (3,), (2, 2)]))
    values = np.random.default_rng(draw(st.integers(0, 2**16))).uniform(-3, 3, (*shape, circuit.num_parameters))
    return circuit, values


def looks_alike(one: BitArray, other: BitArray) -> bool:
    """Chi-square test of homogeneity of two samples; False only below p = 1e-6."""
    first, second = one.get_counts(), other.get_counts()
    outcomes = [key for key in first.keys() | second.keys() if first.get(key, 0) + second.get(key, 0) >= 10]
    rare = [sum(counts.values()) - sum(counts.get(key, 0) for key in outcomes) for counts in (first, second)]
    rows = zip((first, second), rare, strict=True)
    table = [[*(counts.get(key, 0) for key in outcomes), left] for counts, left in rows]
    columns = [column for column in zip(*table, strict=True) if sum(column) > 0]
    return len(columns) < 2 or bool(chi2_contingency(np.array(columns)).pvalue > 1e-6)


@settings(max_examples=40, deadline=None, suppress_health_check=FIXTURES_ARE_STATELESS)
@given(st.lists(pubs(), min_size=1, max_size=2))
def test_samples_agree_with_the_statevector(aer: feedline.Backend, many: list[Any]) -> None:
    wanted = StatevectorSampler(seed=np.random.default_rng(1)).run(many, shots=1000).result()
    given_ = Sampler(aer).run(many, shots=1000).result()
    for one, other in zip(given_, wanted, strict=True):
        assert list(one.data.keys()) == list(other.data.keys())
        assert one.data.shape == other.data.shape
        for name in one.data:
            assert one.data[name].array.shape == other.data[name].array.shape
            assert one.data[name].array.dtype == other.data[name].array.dtype
            assert one.data[name].num_bits == other.data[name].num_bits
            for point in np.ndindex(one.data.shape):
                assert looks_alike(one.data[name][point], other.data[name][point])
        assert looks_alike(one.join_data(), other.join_data())


def ghz() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure_all()
    return circuit


def test_counts_are_at_hand(aer: feedline.Backend) -> None:
    result = Sampler(aer).run([ghz()], shots=100).result()[0]
    assert set(result.counts()) <= {"000", "111"}
    assert sum(result.counts().values()) == 100
    assert result.counts("meas") == result.counts()
    with pytest.raises(InputError, match=r"no register 'mes'(.|\n)*'meas'"):
        result.counts("mes")


def test_counts_join_registers_with_the_last_one_leftmost(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(2)
    circuit.add_register(ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.x(0)
    circuit.measure(0, 2)
    circuit.measure(1, 0)
    result = Sampler(aer).run([circuit], shots=10).result()[0]
    assert result.counts() == {"100": 10}
    assert result.counts("b") == {"10": 10}
    assert result.counts("a") == {"0": 10}


def test_shots_come_from_the_pub_then_the_call_then_the_options(aer: feedline.Backend) -> None:
    sampler = Sampler(aer, options={"default_shots": 7})
    assert sampler.run([ghz()]).result()[0].data.meas.num_shots == 7
    assert sampler.run([ghz()], shots=8).result()[0].data.meas.num_shots == 8
    assert sampler.run([(ghz(), None, 9)], shots=8).result()[0].data.meas.num_shots == 9


def test_mid_circuit_measurement_reset_and_loops_run(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    with circuit.for_loop(range(3)):
        circuit.x(0)
    circuit.measure(0, 1)
    assert Sampler(aer).run([circuit], shots=20).result()[0].counts() == {"11": 20}


def test_while_and_switch_run(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.while_loop((0, 0)):
        circuit.h(0)
        circuit.measure(0, 0)
    with circuit.switch(circuit.clbits[0]) as case:
        with case(1):
            circuit.x(1)
    circuit.measure(1, 1)
    assert Sampler(aer).run([circuit], shots=50).result()[0].counts() == {"11": 50}


def test_registers_wider_than_a_machine_word(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1)
    circuit.add_register(ClassicalRegister(70, "wide"), ClassicalRegister(3, "tail"))
    circuit.x(0)
    circuit.measure(0, 65)
    circuit.measure(0, 71)
    result = Sampler(aer).run([circuit], shots=3).result()[0]
    assert result.counts("wide") == {"0" * 4 + "1" + "0" * 65: 3}
    assert result.counts("tail") == {"010": 3}


def test_circuit_without_registers_has_no_data_and_does_not_run() -> None:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    with pytest.warns(UserWarning, match="no output classical registers"):
        result = Sampler(NullBackend(1)).run([circuit]).result()[0]
    assert len(result.data) == 0
    with pytest.raises(InputError, match="no classified bits"):
        result.counts()


def test_empty_sweep_gives_empty_arrays(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    circuit.measure_all()
    result = Sampler(aer).run([(circuit, np.zeros((0, 1)))], shots=5).result()[0]
    assert result.data.shape == (0,)
    assert result.data.meas.array.shape == (0, 5, 1)


@pytest.mark.parametrize(("level", "shape"), [("kerneled", (2, 5)), ("avg_kerneled", (2,))])
def test_iq_data_are_sorted_to_registers(level: str, shape: tuple[int, ...]) -> None:
    circuit = QuantumCircuit(3)
    circuit.rx(Parameter("a"), 0)
    circuit.add_register(ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.measure([0, 1, 2], [0, 1, 2])
    options = {"execution": {"meas_type": level}}
    result = Sampler(NullBackend(3), options).run([(circuit, [[0.1], [0.2]])], shots=5).result()[0]
    assert result.data.a.shape == (*shape, 1)
    assert result.data.b.shape == (*shape, 2)
    assert np.iscomplexobj(result.data.a)


def test_measurement_level_that_the_backend_lacks_is_refused(aer: feedline.Backend) -> None:
    with pytest.raises(CapabilityError, match="meas_type is 'kerneled'"):
        Sampler(aer, {"execution": {"meas_type": "kerneled"}}).run([ghz()])


def test_circuit_may_change_after_run(aer: feedline.Backend) -> None:
    circuit = ghz()
    job = Sampler(aer).run([circuit], shots=10)
    circuit.clear()
    assert sum(job.result()[0].counts().values()) == 10


def test_same_seed_gives_the_same_shots(aer: feedline.Backend) -> None:
    options = {"simulator": {"seed_simulator": 3}}
    runs = [Sampler(aer, options).run([ghz()], shots=50).result()[0].data.meas.array for _ in range(2)]
    assert (runs[0] == runs[1]).all()


def test_shots_are_in_no_order(aer: feedline.Backend) -> None:
    """Half of the shots must be like the other half: 5 sigma of a fair coin."""
    bits = Sampler(aer, {"simulator": {"seed_simulator": 3}}).run([ghz()], shots=1000).result()[0].data.meas
    ones = (bits.array[:500, 0] == 7).sum()
    assert abs(ones - 250) < 5 * np.sqrt(125)


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    ([ghz()], {"shots": 0}, "shots is 0"),
    ([ghz()], {"shots": -3}, "shots is -3"),
    ([ghz()], {"shots": 1.5}, r"shots is 1\.5"),
    ([(ghz(), None, 0)], {}, "Pub 0 cannot be used"),
    ([(ghz(), [1.0])], {}, "Pub 0 cannot be used"),
    (["bell"], {}, "Pub 0 is text, but not OpenQASM"),
    (ghz(), {}, "instead of a list of pubs"),
    (3, {}, "instead of a list of pubs"),
]


@pytest.mark.parametrize(("many", "keywords", "words"), REFUSED)
def test_bad_pubs_are_refused_before_anything_runs(many: Any, keywords: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        Sampler(NullBackend(3)).run(many, **keywords)
    assert "\n  -> " in str(caught.value)


def test_wrong_number_of_parameters_is_refused() -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    circuit.rz(Parameter("b"), 0)
    circuit.measure_all()
    for values in ([[0.1, 0.2, 0.3]], None):
        with pytest.raises(InputError, match=r"Pub 0 cannot be used: .*(parameter|last dimension)"):
            Sampler(NullBackend(1)).run([(circuit, values)])
