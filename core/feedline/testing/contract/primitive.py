# SPDX-License-Identifier: Apache-2.0
"""The part of the contract about what users see: Sampler, Estimator and run on the backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.primitives import StatevectorEstimator

from feedline.capabilities import CONTROL_FLOW, MeasLevel
from feedline.errors import CapabilityError, InputError, OptionError
from feedline.processor import Backend

from .flow import FLOWS
from .lifecycle import flip
from .subject import BackendSubject, refused

PATIENCE_S = 120.0


def bell() -> QuantumCircuit:
    """A Bell pair, measured into register ``pair``, with a spare bit in front."""
    circuit = QuantumCircuit(QuantumRegister(2), ClassicalRegister(1, "spare"), ClassicalRegister(2, "pair"))
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], circuit.cregs[1])
    return circuit


class PrimitiveContract(BackendSubject):
    """Qiskit's primitives on the backend, compared with Qiskit's own."""

    def _sampler(self, subject: Backend, **options: Any) -> Any:
        from feedline import Sampler

        return Sampler(subject, options)

    def _estimator(self, subject: Backend, **options: Any) -> Any:
        from feedline import Estimator

        return Estimator(subject, options)

    def test_sampler_gives_bell_pairs_by_register(self, subject: Backend) -> None:
        """Registers by name, shots as asked, equal bits."""
        if subject.num_qubits < 2:
            pytest.skip("one qubit")
        result = self._sampler(subject).run([bell()], shots=self.shots).result(timeout=PATIENCE_S)
        assert set(result[0].data) == {"spare", "pair"}
        assert result[0].data.spare.get_counts() == {"0": self.shots}
        counts = result[0].data.pair.get_counts()
        assert sum(counts.values()) == self.shots
        equal = (counts.get("00", 0) + counts.get("11", 0)) / self.shots
        assert equal == 1 if self.noiseless else equal > self.fidelity
        margin = 5 * 0.5 / self.shots**0.5 if self.noiseless else 0.3
        assert abs(counts.get("00", 0) / self.shots - 0.5) < margin

    def test_sampler_broadcasts_parameters(self, subject: Backend) -> None:
        """The result has the sweep's shape; every point has its own bits."""
        angle = Parameter("angle")
        circuit = QuantumCircuit(1)
        circuit.ry(angle, 0)
        circuit.measure_all()
        angles = np.array([[0.0, np.pi, 0.0], [np.pi, np.pi, 0.0]])
        pubs = [(circuit, {"angle": angles}, 50), (circuit, [np.pi], 30)]
        result = self._sampler(subject).run(pubs).result(timeout=PATIENCE_S)
        assert result[0].data.meas.shape == (2, 3)
        assert result[0].data.meas.num_shots == 50
        ones = result[0].data.meas.to_bool_array().mean(axis=-2)[..., 0]
        assert ((ones > 0.5) == (angles > 1)).all()
        assert result[1].data.meas.shape == ()
        assert result[1].data.meas.num_shots == 30

    def test_estimator_agrees_with_the_exact_values(self, subject: Backend) -> None:
        """Within five standard errors where noiseless; the reported error is what was asked for."""
        if subject.num_qubits < 2:
            pytest.skip("one qubit")
        circuit = QuantumCircuit(2)
        circuit.h(0)
        circuit.cx(0, 1)
        observables = ["ZZ", "XX", "YY", "IZ"]
        precision = 1 / self.shots**0.5
        exact = StatevectorEstimator().run([(circuit, observables)]).result()[0].data.evs
        job = self._estimator(subject).run([(circuit, observables)], precision=precision)
        data = job.result(timeout=PATIENCE_S)[0].data
        assert data.evs.shape == (4,)
        assert (data.stds <= 1.5 * precision).all()
        margin = 5 * precision if self.noiseless else 1 - (2 * self.fidelity - 1) + 5 * precision
        np.testing.assert_allclose(data.evs, exact, atol=margin)

    def test_seed_option_reproduces_or_is_refused(self, subject: Backend) -> None:
        """Where seeds are declared they reproduce; elsewhere they are refused."""
        circuit = QuantumCircuit(1)
        circuit.h(0)
        circuit.measure_all()
        sampler = self._sampler(subject, simulator={"seed_simulator": 7})
        if not subject.capabilities.seeded:
            with refused(CapabilityError, "seed_simulator", subject.name):
                sampler.run([circuit], shots=10)
            return
        runs = [sampler.run([circuit], shots=100).result(timeout=PATIENCE_S)[0] for _ in range(2)]
        assert (runs[0].data.meas.array == runs[1].data.meas.array).all()

    def test_undeclared_capabilities_are_refused(self, subject: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
        """Measurement levels, exact values and control flow, each by name."""
        capabilities = subject.capabilities
        for level in set(MeasLevel) - capabilities.meas_levels:
            with refused(CapabilityError, level, subject.name):
                self._sampler(subject, execution={"meas_type": str(level)}).run([flip(subject)])
        if not capabilities.exact_expectation:
            with refused(CapabilityError, subject.name):
                self._estimator(subject).run([(QuantumCircuit(1), "Z")], precision=0)
        for name in (CONTROL_FLOW & FLOWS.keys()) - capabilities.control_flow:
            with refused(CapabilityError, subject.name):
                self._sampler(subject).run([FLOWS[name]()[0]])

    def test_bad_requests_are_refused_with_words(self, subject: Backend) -> None:
        """Too wide, too many shots, no shots, not a number, wrong parameter count."""
        sampler, width = self._sampler(subject), subject.num_qubits + 1
        wide = QuantumCircuit(width)
        wide.measure_all()
        with refused(CapabilityError, str(width), str(width - 1)):
            sampler.run([wide])
        with refused(InputError, "0"):
            sampler.run([flip(subject)], shots=0)
        if subject.capabilities.max_shots is not None:
            with refused(CapabilityError, str(subject.capabilities.max_shots)):
                sampler.run([flip(subject)], shots=subject.capabilities.max_shots + 1)
        swept = QuantumCircuit(1)
        swept.ry(Parameter("angle"), 0)
        swept.measure_all()
        with refused(InputError, "angle", "nan"):
            sampler.run([(swept, [np.nan])])
        swept = swept.compose(swept.assign_parameters([Parameter("other")]))
        with refused(InputError, "Pub 0"):
            sampler.run([(swept, [0.1, 0.2, 0.3])])

    def test_run_gives_counts_and_memory(self, subject: Backend) -> None:
        """Plain ``backend.run``: a list of circuits, counts per circuit, shot by shot if asked."""
        circuits = [flip(subject), flip(subject)]
        result = subject.run(circuits, shots=40, memory=True).result()
        for index in range(2):
            counts = result.get_counts(index)
            assert sum(counts.values()) == 40
            assert counts.get("1", 0) > 20
            assert len(result.get_memory(index)) == 40
        with refused(OptionError, "shotz"):
            subject.run(circuits, shotz=3)
