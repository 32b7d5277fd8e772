# SPDX-License-Identifier: Apache-2.0
"""The pass ``dd``: idle qubits live longer, circuits mean what they meant, and what cannot be is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp

import feedline
from feedline import Estimator, Sampler
from feedline.errors import OptionError
from feedline.testing import PassContract
from feedline.testing.contract.technique import context
from feedline.testing.ideal import IDEAL, IdealBackend
from feedline_dd.option import DynamicalDecouplingOptions
from feedline_dd.schedule import decoupled
from feedline_dd.technique import DynamicalDecoupling

sys.path.insert(0, str(Path(__file__).parent))
from timeline import final_state, idling, line

SEQUENCES = ["auto", "staggered", "XX", "XpXm", "XY4", "XY8", "CPMG"]


def timed(count: int = 3, *, tokens: frozenset[str] = frozenset({"durations"}), **more: Any) -> IdealBackend:
    """An ideal machine whose gates take time."""
    backend = IdealBackend(count, capabilities=attrs.evolve(IDEAL, tokens=tokens))
    backend._target = line(count, **more)
    return backend


class TestDynamicalDecoupling(PassContract):
    technique = DynamicalDecoupling()

    @classmethod
    def make_backend(cls, tokens: frozenset[str]) -> feedline.Backend:
        return timed(tokens=tokens)


def options(**own: Any) -> DynamicalDecouplingOptions:
    return DynamicalDecouplingOptions(**own)


def error(sequence: str, zz_hz: float, idle_dt: int) -> float:
    """Mean of 1 - <X> over the qubits and 12 draws of a detuning of 30 kHz rms."""
    target = line(3)
    circuit = idling(3, idle_dt)
    if sequence:
        circuit = decoupled(circuit, target, options(sequence_type=sequence)).circuit
    rng = np.random.default_rng(7)
    lost = []
    for _ in range(12):
        state = final_state(circuit, target, zz_hz, rng.normal(scale=30e3, size=3))
        lost += [1 - state.expectation_value(SparsePauliOp.from_sparse_list([("X", [q], 1)], 3)).real for q in range(3)]
    return float(np.mean(lost))


@pytest.mark.parametrize("idle_dt", [3800, 7700])
def test_staggered_sequence_removes_always_on_zz_of_idle_neighbours(idle_dt: int) -> None:
    """Exact evolution under ZZ of 25 kHz: others keep all of it, the staggered one loses a fifth of theirs at most."""
    none, staggered = error("", 25e3, idle_dt), error("staggered", 25e3, idle_dt)
    for other in ("XX", "XpXm", "XY4", "XY8", "CPMG"):
        assert staggered < error(other, 25e3, idle_dt) / 5
    assert staggered < none / 10
    assert error("auto", 25e3, idle_dt) == staggered


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_every_sequence_removes_slow_detuning(sequence: str) -> None:
    """ZZ of 1 kHz, 7.7 us: without pulses 0.4 and more is lost, with them 1 % at most; staggered is no worse."""
    assert error("", 1e3, 7700) > 0.4
    assert error(sequence, 1e3, 7700) < 0.01
    assert error("staggered", 1e3, 7700) <= error("XX", 1e3, 7700) + 1e-3


def test_each_template_is_decoupled_once_whatever_runs_on_it() -> None:
    backend = timed()
    swept = QuantumCircuit(2)
    swept.ry(Parameter("a"), 0)
    swept.delay(3000, 1)
    swept.cx(0, 1)
    estimator = Estimator(backend, {})
    pub = EstimatorPub.coerce((swept, [["ZZ"], ["XX"]], np.linspace(0, 3, 5)[:, None]), 0.1)
    plan = estimator.plan_of([pub, pub])
    technique = DynamicalDecoupling()
    wide = technique.widen(plan, context(technique, backend))
    assert len({id(one.circuit) for one in plan.executions}) == len({id(one.circuit) for one in wide.executions}) == 2
    again = technique.widen(plan, context(technique, backend))
    assert [one.circuit for one in again.executions] == [one.circuit for one in wide.executions]
    assert all(one.circuit is other.circuit for one, other in zip(again.executions, wide.executions, strict=True))
    assert all(one.values is other.values for one, other in zip(plan.executions, wide.executions, strict=True))


def test_results_tell_what_was_done() -> None:
    asked = {"resilience": {"passes": ["dd"], "dd": {"sequence_type": "XY4"}}, "simulator": {"seed_simulator": 3}}
    result = Estimator(timed(), asked).run([(idling(2, 3000), "XX")]).result()[0]
    info = result.metadata["passes"][0]["dd"]
    assert info["sequence"] == ["XY4"]
    assert info["gates_added"][0] > 0
    assert abs(result.data.evs - 1) < 5 * result.data.stds + 0.01
    circuit = idling(2, 3000)
    circuit.measure_all()
    told = Sampler(timed(), asked).run([circuit]).result()[0].metadata["passes"][0]["dd"]
    assert told["options"]["sequence_type"] == "XY4"


def test_level_1_has_it_on_the_twin() -> None:
    """The twin's level 1 runs: an excited qubit that waited is still read as excited mostly."""
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.delay(1000, 0)
    circuit.sx(1)
    circuit.cz(0, 1)
    circuit.measure_all()
    job = Sampler(feedline.backend("twin"), {"resilience_level": 1, "default_shots": 200}).run([circuit])
    result = job.result(timeout=60)
    assert result.metadata["resilience"]["passes"] == ["readout", "dd"]
    told = result[0].metadata["passes"][0]
    assert told["dd"]["sequence"] == ["staggered"]
    assert told["dd"]["gates_added"][0] > 0
    assert result[0].data.meas.slice_bits(0).get_counts()["1"] > 150


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"sequence_type": "XYZ"}, r"sequence_type is 'XYZ'(.|\n)*'XY4'"),
        ({"scheduling_method": "soon"}, "scheduling_method is 'soon'"),
        ({"extra_slack_distribution": "left"}, "extra_slack_distribution is 'left'"),
        ({"skip_reset_qubits": 1}, "skip_reset_qubits is 1"),
        ({"sequence_type": "staggered", "extra_slack_distribution": "edges"}, "'edges'(.|\n)*'middle'"),
    ],
)
def test_bad_options_are_refused(own: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        options(**own)
