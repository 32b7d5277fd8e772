# SPDX-License-Identifier: Apache-2.0
"""Cases that went wrong once: each would return wrong numbers in silence, or fail with somebody else's words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import AnnotatedOperation, InverseModifier, Measure, Parameter
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import RXGate, SGate, XGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, pauli_error

import feedline
from feedline import Chunk, Estimator, Execution, Executor, Sampler
from feedline.errors import CapabilityError, FeedlineError, InputError, OptionError, ProviderError
from feedline.isa import is_isa
from feedline.options.primitive import SamplerExecutionOptions
from feedline.structure import structure_key
from feedline.testing import IdealBackend, NullBackend


def one_qubit() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    return circuit


def test_delays_of_different_unit_do_not_share_an_executable() -> None:
    def delayed(unit: str) -> QuantumCircuit:
        circuit = QuantumCircuit(1)
        circuit.delay(300, 0, unit=unit)
        return circuit

    assert structure_key(delayed("us")) != structure_key(delayed("ns"))


def test_label_given_later_is_noticed() -> None:
    """Noise, and calibrations, may hang on a gate's label."""
    model = NoiseModel(basis_gates=["x", "cx", "rz", "sx"])
    model.add_all_qubit_quantum_error(pauli_error([("X", 1.0)]), "bad")
    sampler, circuit = Sampler(AerSimulator(noise_model=model)), one_qubit()
    assert sampler.run([circuit], shots=20).result()[0].counts() == {"1": 20}
    circuit.data[0] = circuit.data[0].replace(operation=XGate(label="bad"))
    assert sampler.run([circuit], shots=20).result()[0].counts() == {"0": 20}


def test_exact_values_say_that_readout_error_is_not_in_them() -> None:
    model = NoiseModel()
    model.add_all_qubit_readout_error(ReadoutError([[0.8, 0.2], [0.2, 0.8]]))
    result = Estimator(feedline.backend("aer", noise_model=model)).run([(QuantumCircuit(1), "Z")], precision=0).result()
    assert result[0].metadata["exact_values"] == "without readout error"


def test_device_that_is_opened_again_does_not_repeat_its_shots() -> None:
    backend = feedline.backend("aer", seed=1)
    circuit = QuantumCircuit(8)
    circuit.h(range(8))
    circuit.measure_all()

    def shots() -> list[int]:
        with backend.open() as device:
            asked = Execution(circuit=circuit, values=np.zeros(0), shots=50, executable=device.compile(circuit))
            (chunk,) = device.execute([asked])
            assert chunk.bits is not None
            return chunk.bits.ravel().tolist()

    assert shots() != shots()


def test_targets_replaced_by_the_vendor_are_seen() -> None:
    vendor = GenericBackendV2(3, noise_info=False)
    sampler = Sampler(vendor)
    vendor._target = GenericBackendV2(2, noise_info=False).target
    assert sampler.backend().target.num_qubits == 2


def test_gate_of_fixed_angle_is_not_another_angle() -> None:
    target = Target(num_qubits=1)
    target.add_instruction(RXGate(np.pi / 2), {(0,): None}, name="rx")
    target.add_instruction(Measure(), {(0,): None})
    other, same = QuantumCircuit(1), QuantumCircuit(1)
    other.rx(0.3, 0)
    same.rx(np.pi / 2, 0)
    assert not is_isa(other, target)
    assert is_isa(same, target)


@pytest.mark.parametrize("make", [lambda: GenericBackendV2(2, seed=1), lambda: IdealBackend(2)])
def test_parameter_that_the_transpiler_finds_void_is_left_out(make: Callable[[], Any]) -> None:
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1, 1)
    circuit.rx(a, 0)
    circuit.rz(b, 0)
    circuit.measure(0, 0)
    values = np.array([[0.0, 0.3], [np.pi, 0.1]])
    data = Sampler(make()).run([(circuit, values)], shots=200).result()[0].data.c
    assert data[0].get_counts().get("1", 0) < 40 < 160 < data[1].get_counts().get("1", 0)
    by_name = Sampler(make()).run([(circuit, {"b": [0.3, 0.1], "a": [0.0, np.pi]})], shots=200).result()[0].data.c
    assert by_name[1].get_counts().get("1", 0) > 160


def test_metadata_may_hold_arrays(aer: feedline.Backend) -> None:
    circuit = one_qubit()
    circuit.metadata = {"a": np.arange(3)}
    for _ in range(2):
        assert Sampler(aer).run([circuit], shots=5).result()[0].counts() == {"1": 5}


def test_expressions_without_a_derivative_or_a_value_at_zero_run(aer: feedline.Backend) -> None:
    p = Parameter("p")
    for expression in (p.sign() * np.pi, p * p / p * np.pi / 0.5):
        circuit = QuantumCircuit(1, 1)
        circuit.rx(expression, 0)
        circuit.measure(0, 0)
        assert Sampler(aer).run([(circuit, [0.5])], shots=20).result()[0].counts() == {"1": 20}


class Ragged(NullBackend):
    """Answers half of the shots of four points, then the rest in two pieces."""

    def open(self) -> Any:
        device = super().open()
        given = device.execute

        def execute(executions: Sequence[Execution]) -> Iterator[Chunk]:
            (chunk,) = given(executions)
            assert chunk.bits is not None
            half = chunk.bits.shape[1] // 2
            for points, shots in ((slice(0, 4), slice(0, half)), (slice(0, 2), slice(half, None))):
                yield attrs.evolve(chunk, points=points, bits=chunk.bits[points, shots])
            yield attrs.evolve(chunk, points=slice(2, 4), bits=chunk.bits[2:4, half:])

        device.execute = execute
        return device


def test_shots_may_come_in_pieces_of_any_shape() -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    circuit.measure_all()
    result = Sampler(Ragged(1)).run([(circuit, np.zeros((4, 1)))], shots=10).result()[0]
    assert result.data.meas.array.shape == (4, 10, 1)
    assert result.counts() == {"0": 40}


@pytest.mark.parametrize("name", ["values", "keys", "shape", "size"])
def test_register_names_that_results_cannot_hold_are_refused_before_the_run(name: str) -> None:
    circuit = QuantumCircuit(QuantumRegister(1, "q"), ClassicalRegister(1, name))
    circuit.measure(0, 0)
    with pytest.raises(InputError, match=f"classical register '{name}'"):
        Sampler(NullBackend(1)).run([circuit])


def test_plain_run_names_an_operation_that_is_no_instruction(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.append(AnnotatedOperation(SGate(), InverseModifier()), [0])
    circuit.measure(0, 0)
    with pytest.raises(CapabilityError, match="annotated"):
        aer.run(circuit).result()


def test_boxes_whose_variables_clash_are_refused_with_words(aer: feedline.Backend) -> None:
    circuit = QuantumCircuit(1, 1)
    for _ in range(2):
        with circuit.box():
            circuit.add_var("w", expr.lift(1, types.Uint(8)))
            circuit.x(0)
    circuit.measure(0, 0)
    with pytest.raises(CapabilityError, match="box that cannot be unrolled"):
        Sampler(aer).run([circuit])


@pytest.mark.parametrize("precision", [float("nan"), float("inf"), 1e-200, 1e-9])
def test_precision_of_a_pub_is_checked(precision: float) -> None:
    with pytest.raises(FeedlineError, match=r"precision is|Pub 0 needs .* shots"):
        Estimator(NullBackend(1)).run([(QuantumCircuit(1), "Z", None, precision)])


def test_options_of_another_primitive_are_not_ignored() -> None:
    estimator = Estimator(NullBackend(1))
    with pytest.raises(OptionError, match="no option 'meas_type'"):
        estimator.options.execution = SamplerExecutionOptions(meas_type="kerneled")


@pytest.mark.parametrize("kind", [Sampler, Estimator, Executor])
def test_option_set_on_the_primitive_itself_is_refused(kind: Any) -> None:
    primitive = kind(NullBackend(1))
    with pytest.raises(OptionError, match=r"It is an option: set \.options\.max_execution_time"):
        primitive.max_execution_time = 3
    with pytest.raises(OptionError, match="Did you mean 'options'"):
        primitive.option = {}


def test_tags_appended_in_place_are_checked() -> None:
    sampler = Sampler(NullBackend(1))
    sampler.options.environment.job_tags.append(5)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match=r"job_tags is \[5\](.|\n)*the default is \[\]"):
        sampler.run([one_qubit()])


@pytest.mark.parametrize("wrong", [{"seed_simulator": "a"}, {"seed_simulator": -1}, {"memory": "yes"}])
def test_options_of_plain_run_are_checked(aer: feedline.Backend, wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(wrong))):
        aer.run(one_qubit(), **wrong)


def test_options_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(OptionError, match="default_precision"):
        Estimator(NullBackend(1), {"default_precision": np.array([0.1])})
    with pytest.raises(OptionError, match="Pass a dict"):
        Estimator(NullBackend(1), {1: 2})  # type: ignore[dict-item]


class Moody(IdealBackend):
    """Opens rubbish the first time."""

    opened = 0

    def open(self) -> Any:
        self.opened += 1
        return super().open() if self.opened > 1 else None


def test_open_that_returns_no_device_is_named_and_the_next_job_reopens() -> None:
    sampler = Sampler(Moody(1))
    with pytest.raises(ProviderError, match=r"open\(\) returned a NoneType, not a feedline\.Device"):
        sampler.run([one_qubit()]).result()
    assert sampler.run([one_qubit()], shots=3).result()[0].counts() == {"1": 3}


class Deaf(NullBackend):
    """Runs until it is aborted; its first abort raises SystemExit, as careless vendor code may."""

    def open(self) -> Any:
        device, stop, calls = super().open(), threading.Event(), []

        def execute(executions: Sequence[Execution]) -> Iterator[Chunk]:
            stop.wait(20)
            return iter(())

        def abort() -> None:
            calls.append(1)
            if len(calls) == 1:
                raise SystemExit(3)
            stop.set()

        device.execute, device.abort = execute, abort
        return device


def test_abort_that_raises_does_not_reach_the_caller_of_cancel() -> None:
    job = Sampler(Deaf(1)).run([one_qubit()])
    while not job.running():
        time.sleep(0.01)
    assert job.cancel()
    job.wait_for_final_state(10)
    assert job.cancelled()


def test_infinite_coefficients_are_refused(aer: feedline.Backend) -> None:
    for operator in ({"Z": np.inf}, SparsePauliOp("Z", 1e200)):
        with pytest.raises(InputError, match=r"coefficient|shots|cannot be used"):
            Estimator(aer).run([(QuantumCircuit(1), operator)])


def test_terms_that_cancel_say_so(aer: feedline.Backend) -> None:
    with pytest.raises(InputError, match=r"(?s)Empty observable.*terms cancel"):
        Estimator(aer).run([(QuantumCircuit(1), {"Z": 0.0})])


def test_value_for_another_parameter_names_the_nearest() -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("angle"), 0)
    circuit.measure_all()
    with pytest.raises(InputError, match="Parameter 'angle'"):
        Sampler(NullBackend(1)).run([(circuit, {"angel": 1.0})])


def test_callback_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(InputError, match="callback is 5"):
        Sampler(NullBackend(1)).run([one_qubit()], callback=5)  # type: ignore[arg-type]


def test_options_complete_on_the_class_too() -> None:
    """Completers that run no code look at the class of ``sampler.options``."""
    assert {"default_shots", "execution", "simulator"} <= set(dir(type(Sampler(NullBackend(1)).options)))
    assert Sampler(NullBackend(1)).options.changed() == {}
