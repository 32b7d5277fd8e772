# SPDX-License-Identifier: Apache-2.0
"""Options of ``feedline.backend("aer", ...)``: honoured, or refused with the words that help."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, InstructionProperties, QubitProperties, Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

import feedline
from feedline import Backend, Device
from feedline.capabilities import CONTROL_FLOW, Capabilities
from feedline.errors import CapabilityError, InputError, OptionError, ProviderError
from feedline.front_door import wrap_backend


class Described(Backend):
    """A backend that is only a target."""

    def __init__(self, target: Target) -> None:
        super().__init__("described")
        self._target = target

    @property
    def target(self) -> Target:
        return self._target

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    def open(self) -> Device:
        raise AssertionError("imitating a backend opens nothing")


def noise(*gates: str) -> NoiseModel:
    model = NoiseModel(["x", "cx"])
    model.add_all_qubit_quantum_error(depolarizing_error(0.2, 1), list(gates))
    return model


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"metod": "statevector"}, "no option 'metod'(.|\n)*Did you mean 'method'"),
        ({"method": "statevektor"}, "method is 'statevektor'(.|\n)*Did you mean 'statevector'"),
        ({"method": "unitary"}, "'unitary', which gives a matrix and no shots"),
        ({"device": "TPU"}, "device is 'TPU'(.|\n)*CPU"),
        ({"precision": "half"}, "precision is 'half'(.|\n)*double"),
        ({"noise_model": "strong"}, "noise_model is 'strong'(.|\n)*NoiseModel"),
        ({"num_qubits": 0}, "num_qubits is 0(.|\n)*at least 1"),
        ({"seed": -1}, "seed is -1(.|\n)*at least 0"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"max_parallel_threads": "two"}, "max_parallel_threads is 'two'(.|\n)*int"),
        ({"fusion_enable": 1}, "fusion_enable is 1(.|\n)*bool"),
        ({"basis_gates": ["cz", "hh"]}, "basis_gates holds 'hh'"),
        ({"coupling_map": [[0, 1, 2]]}, r"coupling_map is \[\[0, 1, 2\]\](.|\n)*pairs of qubits"),
        ({"coupling_map": [[0, 5]], "num_qubits": 3}, "num_qubits is 3, but coupling_map couples qubit 5"),
        ({"like": 3}, "like is 3(.|\n)*BackendV2"),
    ],
)
def test_bad_option_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        feedline.backend("aer", **options)


def test_argument_is_refused() -> None:
    with pytest.raises(OptionError, match=r"takes no argument, 'fake' was given(.|\n)*like="):
        feedline.backend("aer:fake")


def test_coupling_and_basis_shape_the_target(drive: Any) -> None:
    for coupling in ([[0, 1], [1, 2]], CouplingMap([[0, 1], [1, 2]])):
        backend = feedline.backend("aer", coupling_map=coupling, basis_gates=["cz", "sx", "rz"])
        assert backend.num_qubits == 3
        assert set(backend.coupling_map.get_edges()) == {(0, 1), (1, 2)}
        assert {"cz", "sx", "rz", "measure", "reset", "delay"} <= set(backend.target.operation_names)
        assert "cx" not in backend.target.operation_names
        assert "coupling" in backend.capabilities.tokens
    circuit = QuantumCircuit(3, name="far")
    circuit.cz(0, 2)
    with pytest.raises(CapabilityError, match=r"'far' holds 'cz' on qubits \(0, 2\)"):
        drive(backend, circuit)


def test_noise_model_sets_the_gates_and_the_shots(drive: Any) -> None:
    backend = feedline.backend("aer", noise_model=noise("x"))
    assert "h" not in backend.target.operation_names
    assert backend.describe()["noise"] == "noise model"
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    (chunk,) = drive(backend, circuit, shots=4000)
    assert chunk.bits.mean() == pytest.approx(0.9, abs=0.03)


def test_imitation_takes_target_and_noise(drive: Any) -> None:
    device = GenericBackendV2(3, basis_gates=["cz", "sx", "rz", "x"], coupling_map=[[0, 1], [1, 2]], seed=3)
    backend = feedline.backend("aer", like=device)
    assert backend.num_qubits == 3
    assert set(backend.coupling_map.get_edges()) == {(0, 1), (1, 2)}
    assert backend.target["sx"][(1,)].error == device.target["sx"][(1,)].error
    assert backend.target.qubit_properties[2].t1 == device.target.qubit_properties[2].t1
    assert {"durations", "readout_error", "coupling"} <= backend.capabilities.tokens
    assert "noisy, like generic_backend_3q" in backend.description
    circuit = QuantumCircuit(3, 3)
    for _ in range(41):
        circuit.x(range(3))
    circuit.measure(range(3), range(3))
    (chunk,) = drive(backend, circuit, shots=4000, memory=False)
    assert len(chunk.counts.weight) > 1


def test_imitation_by_name_and_own_noise_model_wins() -> None:
    assert feedline.backend("aer", like="aer").noise_model is None
    model = noise("x")
    device = GenericBackendV2(2, seed=3)
    assert feedline.backend("aer", like=device, noise_model=model).noise_model is model
    noisy = feedline.backend("aer", noise_model=model)
    assert feedline.backend("aer", like=noisy).noise_model is model
    assert feedline.backend("aer", like=AerSimulator(noise_model=model)).noise_model is model


def test_imitation_says_what_the_target_does_not_tell() -> None:
    """Without T1 and T2, without readout error: no crash, no silence."""
    target = Target(num_qubits=2, qubit_properties=[QubitProperties(t1=1e-4), QubitProperties()])
    from qiskit.circuit import Measure
    from qiskit.circuit.library import CZGate, SXGate

    target.add_instruction(SXGate(), {(q,): InstructionProperties(duration=1e-8, error=1e-3) for q in range(2)})
    target.add_instruction(CZGate(), {(0, 1): InstructionProperties(error=1e-2)})
    target.add_instruction(Measure(), {(q,): InstructionProperties(duration=1e-6) for q in range(2)})
    target.add_instruction(Gate("drag", 1, []), {(0,): None})
    backend = feedline.backend("aer", like=Described(target))
    assert "without relaxation (T1, T2) and readout error, which it does not give" in backend.description
    assert backend.noise_model is not None
    assert "drag" not in backend.target.operation_names


def test_imitation_needs_a_width() -> None:
    with pytest.raises(InputError, match="'described' cannot be imitated: its target gives no number"):
        feedline.backend("aer", like=Described(Target()))


@pytest.mark.parametrize(("method", "declared"), [("automatic", CONTROL_FLOW), ("extended_stabilizer", frozenset())])
def test_control_flow_is_declared_by_method(method: str, declared: frozenset[str]) -> None:
    assert feedline.backend("aer", method=method).capabilities.control_flow == declared


def test_saved_data_are_refused_not_dropped(drive: Any) -> None:
    circuit = QuantumCircuit(1, name="saver")
    circuit.save_statevector()
    with pytest.raises(CapabilityError, match="'saver' holds 'save_statevector'"):
        drive(feedline.backend("aer"), circuit)


def test_own_simulator_keeps_its_options() -> None:
    simulator = AerSimulator(method="statevector", noise_model=noise("x"), seed_simulator=7)
    backend = wrap_backend(simulator)
    assert backend.name == "aer"
    assert backend.describe()["method"] == "statevector"
    assert backend.noise_model is simulator.options.noise_model
    assert backend.seed == 7
    assert wrap_backend(simulator) is backend


def test_closed_device_says_so() -> None:
    device = feedline.backend("aer").open()
    device.close()
    device.close()
    with pytest.raises(ProviderError, match=r"'aer' is closed(.|\n)*Backend.open"):
        device.compile(QuantumCircuit(1))


def test_imitated_gate_set_runs_transpiled_circuits(drive: Any) -> None:
    """From an abstract circuit to counts, through the imitated target."""
    from qiskit import transpile

    device = GenericBackendV2(4, coupling_map=[[0, 1], [1, 2], [2, 3]], seed=3)
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 2)
    circuit.measure_all()
    backend = feedline.backend("aer", like=device)
    (chunk,) = drive(backend, transpile(circuit, backend, seed_transpiler=1), shots=2000)
    words, counts = np.unique(chunk.bits[0, :, 0], return_counts=True)
    assert dict(zip(words.tolist(), counts.tolist(), strict=True))[0] > 700
