# SPDX-License-Identifier: Apache-2.0
"""A vendor's limits, options, failures and cancels are its own, and are respected."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.providers import Options
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.result import Result

from feedline import Capabilities, Estimator, Execution, MeasLevel, Sampler
from feedline.errors import CapabilityError, InputError, ProviderError
from feedline.front_door import wrap_backend
from feedline_qiskit.backend import QiskitBackend
from feedline_qiskit.plugin import feedline_wrap_backend

from .vendor import Vendor, VendorJob, counts, memory


def swept(name: str = "swept") -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name=name)
    circuit.ry(Parameter("angle"), 0)
    circuit.measure(0, 0)
    return circuit


def validated(**validators: Any) -> Options:
    options = Options(shots=10, memory=False, meas_level=2, meas_return="single", seed_simulator=None)
    for name, validator in validators.items():
        options.set_validator(name, validator)
    return options


def test_capabilities_are_what_the_backend_says() -> None:
    vendor = Vendor(memory("hex"), options=validated(meas_level=[1, 2], shots=(1, 4000)), max_circuits=5)
    capabilities = wrap_backend(vendor).capabilities
    assert capabilities.meas_levels == set(MeasLevel) - {MeasLevel.RAW}
    assert (capabilities.max_shots, capabilities.max_circuits) == (4000, 5)
    assert capabilities.seeded
    assert capabilities.ordered_shots
    assert "meas.kerneled" in capabilities.tokens


def test_iq_data_are_not_declared_on_an_option_alone() -> None:
    """An option ``meas_level`` without a word about level 1 declares nothing; the user can."""
    vendor = Vendor(memory("hex"), options=validated())
    assert wrap_backend(vendor).capabilities.meas_levels == {MeasLevel.CLASSIFIED}


def test_nothing_is_declared_for_a_bare_backend() -> None:
    capabilities = wrap_backend(Vendor(counts("hex"), options=Options(shots=10))).capabilities
    assert not capabilities.seeded
    assert not capabilities.ordered_shots
    assert capabilities.control_flow == frozenset()
    assert capabilities.max_shots is None


def test_only_known_options_are_sent(drive: Any) -> None:
    """The vendor asserts that it is sent nothing else."""
    for options, sent in (
        (Options(shots=10), {"shots"}),
        (Options(shots=10, memory=False), {"shots", "memory"}),
        (Options(shots=10, memory=False, seed_simulator=None), {"shots", "memory", "seed_simulator"}),
    ):
        vendor = Vendor(memory("hex"), options=options)
        drive(QiskitBackend(vendor), swept(), [[0.0]], shots=7, seed=3)
        assert set(vendor.asked[0]) == {*sent, "circuits"}
        assert vendor.asked[0]["shots"] == 7


def test_run_with_named_parameters_is_understood(drive: Any) -> None:
    class Named(Vendor):
        def run(self, run_input: Any, shots: int = 5, memory: bool = False) -> Any:  # type: ignore[override]
            return super().run(run_input, shots=shots, memory=memory)

    backend = QiskitBackend(Named(memory("hex")))
    assert backend.capabilities.ordered_shots
    assert not backend.capabilities.seeded
    (chunk,) = drive(backend, swept(), [[0.0]], shots=9)
    assert chunk.bits.shape == (1, 9, 1)


def test_max_circuits_splits_a_sweep(drive: Any) -> None:
    """Seven points in jobs of at most three; a chunk comes with every job."""
    vendor = Vendor(memory("hex"), max_circuits=3)
    chunks = drive(QiskitBackend(vendor), swept(), np.linspace(0, np.pi, 7)[:, None], shots=4)
    assert [asked["circuits"] for asked in vendor.asked] == [3, 3, 1]
    assert [chunk.points for chunk in chunks] == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert (chunks[0].bits[0] == 0).all()
    assert (chunks[2].bits[0] == 1).all()
    assert chunks[0].stopped_s >= chunks[0].started_s > 1e9


def test_executions_alike_share_jobs() -> None:
    vendor = Vendor(memory("hex"), max_circuits=4)
    backend = QiskitBackend(vendor)
    flip = QuantumCircuit(1, 1)
    flip.x(0)
    flip.measure(0, 0)
    with backend.open() as device:
        asked = [
            Execution(circuit=c, values=v, shots=s, executable=device.compile(c))
            for c, v, s in (
                (swept(), np.zeros((3, 1)), 5),
                (flip, np.zeros(0), 8),
                (flip, np.zeros(0), 5),
                (swept(), np.full((2, 1), np.pi), 5),
            )
        ]
        found = {(chunk.execution, chunk.points.start): chunk.bits for chunk in device.execute(asked)}
    assert [(asked["circuits"], asked["shots"]) for asked in vendor.asked] == [(4, 5), (2, 5), (1, 8)]
    assert {key: int(bits.max()) for key, bits in found.items()} == {(0, 0): 0, (2, 0): 1, (3, 0): 1, (1, 0): 1}


def test_seeded_backends_reproduce_and_jobs_of_one_seed_differ(drive: Any) -> None:
    backend = wrap_backend(GenericBackendV2(2, seed=5))
    circuit = transpile(swept(), backend.vendor)
    one, same, other = (drive(backend, circuit, [[1.5]], shots=100, seed=seed)[0].bits for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    vendor = Vendor(memory("hex"), options=validated(), max_circuits=1)
    drive(QiskitBackend(vendor), swept(), [[0.0], [0.0]], shots=2, seed=4)
    assert vendor.asked[0]["seed_simulator"] != vendor.asked[1]["seed_simulator"]


def test_classified_shots_are_asked_for_where_the_default_is_another_level(drive: Any) -> None:
    vendor = Vendor(memory("hex"), options=Options(shots=1, memory=False, meas_level=1))
    drive(QiskitBackend(vendor), swept(), [[0.0]], shots=2)
    assert vendor.asked[0]["meas_level"] == 2


def test_run_that_raises_names_the_backend(drive: Any) -> None:
    vendor = Vendor(memory("hex"))
    vendor.run_trouble = ValueError("no licence")
    with pytest.raises(ProviderError, match="Backend 'vendor' refused a job: ValueError: no licence"):
        drive(QiskitBackend(vendor), swept(), [[0.0]])


def test_job_that_fails_keeps_the_vendors_words() -> None:
    vendor = Vendor(memory("hex"))
    vendor.trouble = RuntimeError("quench")
    job = Sampler(QiskitBackend(vendor)).run([(swept(), [0.0])])
    with pytest.raises(ProviderError, match="job of backend 'vendor' failed: RuntimeError: quench; fridge is warm"):
        job.result(timeout=20)
    vendor.trouble = None
    again = Sampler(QiskitBackend(vendor)).run([(swept(), [np.pi])], shots=3)
    assert again.result(timeout=20)[0].data.c.get_counts() == {"1": 3}


@pytest.mark.parametrize("trouble", [SystemExit(3), KeyboardInterrupt()])
def test_vendor_that_exits_ends_the_job_not_the_program(trouble: Any, drive: Any) -> None:
    vendor = Vendor(memory("hex"))
    vendor.trouble = trouble
    with pytest.raises(ProviderError, match=f"failed: {type(trouble).__name__}"):
        drive(QiskitBackend(vendor), swept(), [[0.0]])


def test_vendor_whose_error_message_raises_is_still_heard(drive: Any) -> None:
    def speechless(self: VendorJob) -> str:
        raise OSError("no line")

    class Speechless(Vendor):
        def run(self, run_input: Any, **options: Any) -> Any:
            job = super().run(run_input, **options)
            job.error_message = speechless.__get__(job)
            return job

    vendor = Speechless(memory("hex"))
    vendor.trouble = RuntimeError("quench")
    with pytest.raises(ProviderError, match=r"RuntimeError: quench; its error_message\(\) raised OSError"):
        drive(QiskitBackend(vendor), swept(), [[0.0]])


def test_vendor_that_returns_nothing_is_refused(drive: Any) -> None:
    vendor = Vendor(memory("hex"))
    vendor.change = lambda _: None  # type: ignore[assignment, return-value]
    with pytest.raises(ProviderError, match="'vendor' returned 0 results for 1 circuits"):
        drive(QiskitBackend(vendor), swept(), [[0.0]])


def test_result_that_reports_failure_is_refused(drive: Any) -> None:
    def broken(result: Result) -> Result:
        result.success, result.status = False, "ERROR"
        result.results[0].success, result.results[0].status = False, "qubit 0 is off"
        return result

    vendor = Vendor(memory("hex"))
    vendor.change = broken
    with pytest.raises(ProviderError, match="job of backend 'vendor' failed: ERROR; qubit 0 is off"):
        drive(QiskitBackend(vendor), swept(), [[0.0]])


def test_missing_circuits_are_refused(drive: Any) -> None:
    def short(result: Result) -> Result:
        result.results = result.results[:1]
        return result

    vendor = Vendor(memory("hex"))
    vendor.change = short
    with pytest.raises(ProviderError, match="'vendor' returned 1 results for 2 circuits"):
        drive(QiskitBackend(vendor), swept(), [[0.0], [1.0]])


@pytest.mark.parametrize("trouble", [None, RuntimeError("cannot cancel")])
def test_abort_cancels_the_job_and_does_not_wait(trouble: Exception | None, caplog: pytest.LogCaptureFixture) -> None:
    """Also where the vendor's job never ends, and where its cancel raises."""
    vendor = Vendor(memory("hex"), max_circuits=1)
    vendor.held.clear()
    vendor.cancel_trouble = trouble
    circuit = swept()
    with QiskitBackend(vendor).open() as device, caplog.at_level(logging.WARNING):
        execution = Execution(circuit=circuit, values=np.zeros((3, 1)), shots=2, executable=device.compile(circuit))
        stopper = threading.Thread(target=lambda: (vendor.begun.wait(10), device.abort()))
        stopper.start()
        began = time.monotonic()
        assert list(device.execute([execution])) == []
        assert time.monotonic() - began < 5
        stopper.join()
        assert vendor.cancelled == ["vendor-1"]
        assert len(vendor.asked) == 1
        assert ("could not cancel a job: cannot cancel" in caplog.text) is (trouble is not None)
        vendor.held.set()
        assert len(list(device.execute([execution]))) == 3


def test_abort_while_run_blocks_cancels_the_job_that_comes_of_it() -> None:
    """A vendor that works inside ``run`` gets its cancel as soon as there is a job."""
    gate, entered = threading.Event(), threading.Event()

    class Blocking(Vendor):
        def run(self, run_input: Any, **options: Any) -> Any:
            entered.set()
            gate.wait(20)
            return super().run(run_input, **options)

    vendor = Blocking(memory("hex"))
    circuit = swept()
    with QiskitBackend(vendor).open() as device:
        execution = Execution(circuit=circuit, values=np.zeros((1, 1)), shots=2, executable=device.compile(circuit))
        threading.Thread(target=lambda: (entered.wait(10), device.abort())).start()
        assert list(device.execute([execution])) == []
        gate.set()
        deadline = time.monotonic() + 10
        while not vendor.cancelled and time.monotonic() < deadline:
            time.sleep(0.01)
        assert vendor.cancelled == ["vendor-1"]


def test_unsupported_instruction_is_named(drive: Any) -> None:
    circuit = QuantumCircuit(2, name="swapper")
    circuit.swap(0, 1)
    with pytest.raises(CapabilityError, match=r"'swapper' holds 'swap' on qubits \(0, 1\)(.|\n)*It has cx, h"):
        drive(QiskitBackend(Vendor(memory("hex"))), circuit)


def test_wider_circuit_is_refused(drive: Any) -> None:
    with pytest.raises(CapabilityError, match="'wide' has 4 qubits, the device has 3"):
        drive(QiskitBackend(Vendor(memory("hex"))), QuantumCircuit(4, name="wide"))


def test_exact_values_are_refused_never_simulated() -> None:
    vendor = Vendor(memory("hex"))
    circuit = QuantumCircuit(1)
    with pytest.raises(CapabilityError, match="'vendor' has no exact expectation values"):
        Estimator(QiskitBackend(vendor)).run([(circuit, "Z")], precision=0)
    assert vendor.asked == []


def test_undeclared_level_is_refused_with_the_way_to_declare_it(drive: Any) -> None:
    with pytest.raises(CapabilityError, match=r"'kerneled'(.|\n)*QiskitBackend\(backend, capabilities="):
        drive(QiskitBackend(Vendor(memory("hex"))), swept(), [[0.0]], meas_level=MeasLevel.KERNELED)


def test_backend_without_target_is_refused() -> None:
    class Blind(Vendor):
        @property
        def target(self) -> Any:
            return None

    with pytest.raises(InputError, match="'vendor' has no target"):
        QiskitBackend(Blind(memory("hex")))


def test_strangers_are_left_to_others() -> None:
    assert feedline_wrap_backend(object()) is None
    vendor = Vendor(memory("hex"))
    assert wrap_backend(vendor) is wrap_backend(vendor)
    assert wrap_backend(vendor).name == "vendor"
    assert wrap_backend(vendor).describe()["backend_version"] == "7"


def test_given_capabilities_win() -> None:
    mine = Capabilities(max_shots=3)
    backend = QiskitBackend(Vendor(memory("hex")), capabilities=mine, name="lab")
    assert backend.capabilities is mine
    assert backend.name == "lab"


def test_loop_exits_of_fake_backends_are_named_as_in_circuits() -> None:
    backend = wrap_backend(GenericBackendV2(2, seed=1, control_flow=True))
    assert {"break_loop", "continue_loop"} <= backend.capabilities.control_flow
    assert {"break_loop", "continue_loop"} <= set(backend.target.operation_names)
    assert "break_loop" not in backend.vendor.target.operation_names


def test_estimator_runs_on_a_vendors_backend() -> None:
    circuit = QuantumCircuit(2)
    circuit.ry(Parameter("angle"), 0)
    circuit.cx(0, 1)
    backend = QiskitBackend(Vendor(counts("bits"), options=Options(shots=10)))
    values = np.array([0.3, 1.2])
    job = Estimator(backend).run([(circuit, [["ZZ"], ["IZ"], ["XX"]], values)], precision=0.02)
    data = job.result(timeout=60)[0].data
    wanted = [np.ones(2), np.cos(values), np.sin(values)]
    np.testing.assert_allclose(data.evs, wanted, atol=0.1)


def test_raw_samples_of_a_vendor_are_refused_when_they_are_declared() -> None:
    """No BackendV2's level 0 is read: better said at once than after a job has run."""
    with pytest.raises(CapabilityError, match="declared to return raw samples"):
        QiskitBackend(Vendor(memory("hex")), capabilities=Capabilities(meas_levels={"classified", "raw"}))  # type: ignore[arg-type]
