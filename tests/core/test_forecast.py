# SPDX-License-Identifier: Apache-2.0
"""Forecasts: what a run would do and cost is what it then does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import feedline
from feedline import Estimator, Sampler
from feedline.errors import InputError, OptionError
from feedline.passes import Cost
from feedline.testing import NullBackend
from feedline.testing.ideal import IDEAL, IdealBackend

sys.path.insert(0, str(Path(__file__).parent))
from toy_passes import Flip, Folding


class Costly(Folding):
    """Says that it multiplies variance by 50."""

    name = "costly"

    def cost(self, plan: Any, context: Any) -> Cost:
        return attrs.evolve(super().cost(plan, context), variance=50.0)


def swept() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.ry(Parameter("a"), 0)
    circuit.cx(0, 1)
    return circuit


PUB = (swept(), [["ZZ"], ["XX"]], np.linspace(0, 1, 5)[:, None])


def flippable() -> feedline.Backend:
    return IdealBackend(2, capabilities=attrs.evolve(IDEAL, tokens=IDEAL.tokens | {"meas.flip"}))


def test_a_forecast_is_what_then_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, executed = flippable(), []
    kind = type(backend.open())
    execute = kind.execute

    def noted(self: Any, executions: Any) -> Any:
        executed.extend(executions)
        return execute(self, executions)

    monkeypatch.setattr(kind, "execute", noted)
    estimator = Estimator(backend, {"resilience": {"passes": [Flip(), Folding()]}})
    told = estimator.plan([PUB], precision=0.1)
    estimator.run([PUB], precision=0.1).result()
    assert [one.name for one in told.passes] == ["folding", "flip"]
    assert told.num_points == sum(one.size for one in executed)
    assert told.num_circuits == len({id(one.circuit) for one in executed})
    assert told.total_shots == sum(one.size * one.shots for one in executed)
    assert told.calibration_shots == sum(one.size * one.shots for one in executed if one.role == "flip")
    assert told.calibration_shots > 0


def test_multipliers_of_several_passes_multiply() -> None:
    told = Estimator(flippable(), {"resilience": {"passes": [Costly(), Flip()]}}).plan([PUB], precision=0.1)
    assert told.cost.variance == 50
    assert told.cost.circuits == 2
    assert told.expected_stds == (pytest.approx(0.1 * 50**0.5),)
    assert told.shots_for_precision == 50 * (told.total_shots - told.calibration_shots)
    text = str(told)
    for words in ("costly", "together", "x50", "asked for 0.1, standard error up to 0.707", "shots would bring it"):
        assert words in text
    assert "<pre>" in told._repr_html_()
    assert told.to_dict()["passes"][0]["name"] == "costly"


def test_without_passes_it_is_circuits_and_shots() -> None:
    told = Sampler(NullBackend(2)).plan([(swept().measure_all(inplace=False), np.zeros((3, 1)))], shots=7)
    assert (told.num_circuits, told.num_points, told.total_shots) == (1, 3, 21)
    assert told.passes == ()
    assert told.cost == Cost()
    assert "no pass" in str(told)


def test_nothing_runs_and_mistakes_are_told() -> None:
    backend = NullBackend(2)
    backend.open = lambda: pytest.fail("a forecast opens no device")  # type: ignore[method-assign]
    assert Sampler(backend).plan([swept().measure_all(inplace=False).assign_parameters([0.1])]).total_shots == 4096
    with pytest.raises(InputError):
        Sampler(backend).plan([swept().measure_all(inplace=False)])
    with pytest.raises(InputError, match="precision is -1"):
        Estimator(backend).plan([PUB], precision=-1)


def test_more_variance_than_the_cap_is_refused_before_anything_runs() -> None:
    options: dict[str, Any] = {"resilience": {"passes": [Costly()], "max_overhead": 20}}
    estimator = Estimator(flippable(), options)
    words = r"multiply variance by 50 \(costly 50\), more than options\.resilience\.max_overhead, 20"
    with pytest.raises(OptionError, match=words):
        estimator.run([PUB], precision=0.1)
    assert estimator.plan([PUB], precision=0.1).cost.variance == 50, "a plan shows what it would be"
    estimator.options.resilience.max_overhead = None
    assert estimator.run([PUB], precision=0.5).result()[0].data.evs.shape == (2, 5)
    with pytest.raises(OptionError, match=r"max_overhead is 0.5.\n  -> It takes a number of at least 1"):
        estimator.options.resilience.max_overhead = 0.5


def test_the_device_takes_as_long_as_shots_and_durations_say() -> None:
    """On the twin a shot takes its repetition time, 10 us, as no circuit here is longer."""
    told = Sampler(feedline.backend("twin")).plan([bell(), bell()], shots=1000)
    assert told.device_s == pytest.approx(2 * 1000 * 10e-6)
    slow = Sampler(feedline.backend("twin"), {"execution": {"rep_delay": 1e-3}}).plan([bell()], shots=100)
    assert slow.device_s == pytest.approx(0.1)


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit
