# SPDX-License-Identifier: Apache-2.0
"""qiskit-mitigation, unmodified, on Feedline's Executor: on Aer noise, and on a stranger's plain BackendV2.

The tolerance: ideal values lie between 0.70 and 0.95. Statistics leave a standard error of about 0.01
(folding, amplification) to 0.02 (cancellation: 1,580 randomizations, gamma 1.26), extrapolation of a
non-exponential decay about 0.01, and TREX of qiskit-mitigation 0.1.1 is 0.3 % a qubit too small by
construction. `TOLERANCE` is three times what that adds up to; the raw values are off by 0.08 to 0.17.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Measure, Parameter
from qiskit.circuit.library import CZGate, RZGate, SXGate, XGate
from qiskit.providers import BackendV2, Options
from qiskit.quantum_info import PauliLindbladMap, SparsePauliOp, Statevector
from qiskit.transpiler import Target, generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
from qiskit_mitigation import (
    PEA,
    PEC,
    TREX,
    GateFolding,
    MitigationTask,
    find_combined_unique_layers,
    load_tasks_from_result,
)
from samplomatic import InjectNoise
from samplomatic.utils import get_annotation

import feedline
from feedline import Executor
from feedline.runtime.codec import decode, encode

DEPOLARIZING = 0.03
READOUT = [(0.02, 0.04), (0.03, 0.05), (0.02, 0.03)]
TOLERANCE = 0.06
OBSERVABLES = [SparsePauliOp(label) for label in ("ZII", "IIZ", "ZZI", "IZZ", "ZZZ")]


def noise(gates: bool = True) -> NoiseModel:
    """Depolarising CZ gates and asymmetric readout errors."""
    model = NoiseModel(basis_gates=["rz", "sx", "x", "cz"])
    if gates:
        model.add_all_qubit_quantum_error(depolarizing_error(DEPOLARIZING, 2), ["cz"])
    for qubit, (up, down) in enumerate(READOUT):
        model.add_readout_error(ReadoutError([[1 - up, up], [down, 1 - down]]), [qubit])
    return model


class PlainBackend(BackendV2):
    """What a vendor ships today: a target and `run`, nothing of Feedline's; hex memory in its results."""

    def __init__(self, model: NoiseModel) -> None:
        super().__init__(name="plain")
        self._chip = AerSimulator(noise_model=model)
        self._target = Target(num_qubits=3)
        for gate in (RZGate(Parameter("angle")), SXGate(), XGate(), Measure()):
            self._target.add_instruction(gate, {(qubit,): None for qubit in range(3)})
        self._target.add_instruction(CZGate(), {pair: None for pair in ((0, 1), (1, 2))})

    @property
    def target(self) -> Target:
        return self._target

    @property
    def max_circuits(self) -> int:
        return 500

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, memory=False, seed_simulator=None)

    def run(self, circuits: Any, **options: Any) -> Any:
        assert len(circuits) <= self.max_circuits
        assert all(not circuit.parameters for circuit in circuits)
        return self._chip.run(circuits, **{**self.options, **options})


BACKENDS: dict[str, Callable[[NoiseModel], Any]] = {
    "aer": lambda model: feedline.backend("aer", noise_model=model),
    "plain": PlainBackend,
}


@pytest.fixture(params=BACKENDS)
def make(request: pytest.FixtureRequest) -> Callable[[NoiseModel], Any]:
    return BACKENDS[request.param]


def ansatz() -> QuantumCircuit:
    rng = np.random.default_rng(3)
    circuit = QuantumCircuit(3)
    for _ in range(2):
        for qubit in range(3):
            circuit.rx(rng.uniform(0.1, 0.4), qubit)
            circuit.rz(rng.uniform(0, 1), qubit)
        circuit.cz(0, 1)
        circuit.cz(1, 2)
    return circuit


def isa() -> QuantumCircuit:
    target = PlainBackend(noise()).target
    return generate_preset_pass_manager(1, target=target, initial_layout=[0, 1, 2]).run(ansatz())


def exact() -> NDArray[np.float64]:
    state = Statevector(ansatz())
    return np.array([state.expectation_value(observable).real for observable in OBSERVABLES])


def layer_noise(circuit: QuantumCircuit) -> dict[str, PauliLindbladMap]:
    """The noise of each layer as qiskit-mitigation wants it told: depolarising is 15 equal rates."""
    rate = -np.log(1 - DEPOLARIZING) / 16
    pairs = [first + second for first in "IXYZ" for second in "IXYZ"][1:]
    maps = {}
    for box in find_combined_unique_layers([circuit], [PEC()], box_types="gates"):
        body = box.operation.body
        gates = [[body.find_bit(bit).index for bit in gate.qubits] for gate in body.get_instructions("cz")]
        terms = [(pauli, qubits, rate) for qubits in gates for pauli in pairs]
        reference = get_annotation(box.operation, InjectNoise).ref
        maps[reference] = PauliLindbladMap.from_sparse_list(terms, num_qubits=body.num_qubits)
    return maps


def mitigated(backend: Any, task: Any, calibrations: int = 64, **options: Any) -> NDArray[np.float64]:
    """Prepare, run, post-process: what a user of IBM's executor writes."""
    trex = TREX() if calibrations else None
    program = task.prepare(isa(), OBSERVABLES, None, trex=trex, **options)
    if trex is not None:
        trex.prepare(calibrations, program)
    executor = Executor(backend, {"simulator": {"seed_simulator": 11}})
    return np.asarray(task.postprocess(executor.run(program).result(timeout=100)).data.evs)


def unmitigated(backend: Any) -> NDArray[np.float64]:
    """The same without any technique, and with the same number of shots as one noise factor of folding."""
    return mitigated(backend, MitigationTask(), calibrations=0, num_randomizations=64, shots_per_randomization=128)


def assert_mitigates(values: NDArray[np.float64], raw: NDArray[np.float64]) -> None:
    error, raw_error = np.abs(values - exact()), np.abs(raw - exact())
    assert error.max() < TOLERANCE, f"errors {error}"
    assert raw_error.min() > TOLERANCE, f"raw errors {raw_error}"
    assert np.linalg.norm(error) < np.linalg.norm(raw_error) / 2


def test_the_ibm_client_is_not_needed() -> None:
    """One of the tests below, where an import of the client fails as if it were not installed."""
    code = (
        "import sys; sys.modules['qiskit_ibm_runtime'] = None; import pytest; "
        f"sys.exit(pytest.main([{__file__!r}, '-q', '-p', 'no:cacheprovider', '-k', 'test_gate_folding']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_trex_removes_readout_errors(make: Callable[[NoiseModel], Any]) -> None:
    """Readout errors only, for that is what TREX removes; the raw ones are half of those below."""
    backend = make(noise(gates=False))
    error = np.abs(mitigated(backend, MitigationTask()) - exact())
    raw_error = np.abs(unmitigated(backend) - exact())
    assert error.max() < TOLERANCE / 2
    assert raw_error.max() > TOLERANCE
    assert np.linalg.norm(error) < np.linalg.norm(raw_error) / 2


def test_gate_folding_extrapolates(make: Callable[[NoiseModel], Any]) -> None:
    backend = make(noise())
    values = mitigated(backend, GateFolding(), extrapolator=["exponential", "linear"])
    assert_mitigates(values, unmitigated(backend))


def test_probabilistic_error_cancellation(make: Callable[[NoiseModel], Any]) -> None:
    backend, maps = make(noise()), layer_noise(isa())
    sampling = {"num_randomizations": 1000, "shots_per_randomization": 16}
    values = mitigated(backend, PEC(), calibrations=256, noise_maps=maps, **sampling)
    assert_mitigates(values, unmitigated(backend))


def test_probabilistic_error_amplification(make: Callable[[NoiseModel], Any]) -> None:
    backend, maps = make(noise()), layer_noise(isa())
    fit = {"extrapolator": ["exponential", "linear"], "num_randomizations": 200}
    values = mitigated(backend, PEA(), noise_maps=maps, **fit)
    assert_mitigates(values, unmitigated(backend))


def test_a_stored_result_is_post_processed_by_tasks_made_from_it() -> None:
    """What a user does who comes back later with a job's id."""
    trex = TREX()
    task = GateFolding()
    program = task.prepare(isa(), OBSERVABLES, None, trex=trex, extrapolator=["linear"])
    trex.prepare(32, program)
    result = Executor(feedline.backend("aer", noise_model=noise())).run(program).result(timeout=100)
    arrays: dict[str, Any] = {}
    loaded = decode(encode(result, arrays), arrays)
    [later] = load_tasks_from_result(loaded)
    assert np.allclose(later.postprocess(loaded).data.evs, task.postprocess(result).data.evs)
