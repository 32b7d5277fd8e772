# SPDX-License-Identifier: Apache-2.0
"""`backend.run`: its results are what Qiskit's own readers of results read."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2

import feedline
from feedline.errors import CapabilityError, FeedlineError, OptionError


def flipped() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.x(1)
    circuit.measure([0, 1], [0, 1])
    return circuit


@pytest.mark.parametrize(("kind", "shape"), [("single", (50, 2)), ("avg", (2,))])
def test_kerneled_points_are_read_by_qiskits_result(kind: str, shape: tuple[int, ...]) -> None:
    backend = feedline.backend("pulse", seed=1)
    result = backend.run(flipped(), shots=50, meas_level=1, meas_return=kind).result()
    points = result.get_memory()
    assert points.shape == shape
    mean = points.reshape(-1, 2).mean(axis=0)
    assert mean[0].imag * mean[1].imag < 0, "qubits in different states answer from different sides"


@pytest.mark.parametrize(("kind", "shape"), [("single", (50, 2)), ("avg", (2,))])
def test_kerneled_points_reach_qiskits_own_primitives(kind: str, shape: tuple[int, ...]) -> None:
    backend = feedline.backend("pulse", seed=1)
    sampler = BackendSamplerV2(backend=backend, options={"run_options": {"meas_level": 1, "meas_return": kind}})
    points = np.asarray(sampler.run([flipped()], shots=50).result()[0].data.c)
    assert points.shape == shape
    assert np.iscomplexobj(points)


def test_a_sampler_has_its_backend_where_clients_of_qiskits_own_look() -> None:
    backend = feedline.backend("pulse", seed=1)
    assert feedline.Sampler(backend)._backend is backend


def test_tags_are_those_of_the_job_and_no_delay_is_the_backends_own() -> None:
    job = feedline.backend("pulse", seed=1).run(flipped(), shots=10, rep_delay=None, job_tags=["M3 calibration"])
    assert job.job.tags == ["M3 calibration"]
    assert job.result().get_counts() == {"10": 10}
    assert job.time_per_step()["COMPLETED"].isoformat() == job.metrics()["timestamps"]["finished"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rep_delay": 1e-3}, CapabilityError, "rep_delay is 0.001, but backend 'pulse' does not take that option"),
        ({"rep_delay": -1}, OptionError, "rep_delay is -1"),
        ({"job_tags": "monday"}, OptionError, "job_tags is 'monday'"),
        ({"job_tags": [1]}, OptionError, "job_tags"),
        ({"job_tag": ["monday"]}, OptionError, "no option 'job_tag'(.|\n)*'job_tags'"),
        ({"memory": 1}, OptionError, "memory is 1"),
        ({"seed_simulator": -1}, OptionError, "seed_simulator is -1"),
        ({"meas_level": 3}, OptionError, "meas_level is 3"),
    ],
)
def test_options_that_run_does_not_take_are_refused(
    options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        feedline.backend("pulse").run(flipped(), **options)


def test_the_delay_between_shots_reaches_the_rack() -> None:
    """Too short a one for the circuit is refused by what plans the shots, as it is with Sampler's option."""
    job = feedline.backend("twin").run(flipped(), shots=10, rep_delay=1e-9)
    with pytest.raises(FeedlineError, match="to be repeated every 1e-09 s"):
        job.result(60)


@pytest.mark.parametrize("name", ["twin", "pulse", "aer"])
def test_configuration_says_what_target_and_capabilities_say(name: str) -> None:
    backend = feedline.backend(name)
    configuration = backend.configuration()
    assert configuration.backend_name == backend.name
    assert configuration.num_qubits == configuration.n_qubits == backend.num_qubits
    assert {"rz", "sx", "x", "cz", "measure"} <= set(configuration.basis_gates) <= set(backend.operation_names)
    assert not {"if_else", "box"} & set(configuration.basis_gates)
    assert configuration.dt == backend.dt
    assert configuration.max_shots == backend.capabilities.max_shots
    assert configuration.max_experiments > 10**6, "no limit"
    assert configuration.simulator is (name != "twin")
    assert (configuration.coupling_map is None) == (backend.coupling_map is None)
