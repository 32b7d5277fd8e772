# SPDX-License-Identifier: Apache-2.0
"""Passes compose: they nest, are refused by name, and their error bars are honest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

import feedline
from feedline import Estimator, Sampler, hookimpl
from feedline.errors import CapabilityError, OptionError, PluginError
from feedline.passes import Pass
from feedline.pipeline import Pipeline
from feedline.plugin_host import PluginHost
from feedline.registry import LevelEntry
from feedline.testing import NullBackend

sys.path.insert(0, str(Path(__file__).parent))
from toy_passes import Broken, Flip, Folding, Other, entry


def noisy() -> feedline.Backend:
    """Depolarised entanglers and asymmetric readout; it lets passes flip qubits."""
    model = NoiseModel(basis_gates=["id", "rz", "rx", "ry", "h", "sx", "sxdg", "x", "cx"])
    model.add_all_qubit_quantum_error(depolarizing_error(0.04, 2), ["cx"])
    model.add_all_qubit_readout_error(ReadoutError([[0.97, 0.03], [0.06, 0.94]]))
    backend = feedline.backend("aer", noise_model=model)
    tokens = attrs.evolve(backend.capabilities, tokens=backend.capabilities.tokens | {"meas.flip"})
    cls = type("Flippable", (type(backend),), {"capabilities": property(lambda self: tokens)})
    backend.__class__ = cls
    return backend


def bell(angle: Any = np.pi / 2) -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    return circuit


OPERATOR = SparsePauliOp(["ZZ", "XX", "ZI"], [1.0, 1.0, 0.5])
SEED = {"simulator": {"seed_simulator": 7}, "default_shots": 20_000}


def estimate(passes: list[Any], **more: Any) -> Any:
    options = {**SEED, "resilience": {"passes": passes}, **more}
    return Estimator(noisy(), options).run([(bell(), OPERATOR)]).result()


def test_passes_nest_and_bring_the_value_back() -> None:
    """True value 2: raw is off by the noise, each pass mends its part, both together all of it.

    Tolerance: 5 reported standard errors plus 0.02 for the extrapolation's bias at these rates.
    """
    raw = estimate([])[0].data
    both = estimate([Flip(), Folding()])[0].data
    assert raw.evs < 1.75
    assert abs(both.evs - 2) < 5 * both.stds + 0.02
    for one in (Flip(), Folding()):
        only = estimate([one])[0].data
        assert abs(both.evs - 2) < abs(only.evs - 2) < abs(raw.evs - 2)


def test_order_of_naming_does_not_matter() -> None:
    first, second = estimate([Flip(), Folding()]), estimate([Folding(), Flip()])
    assert first[0].data.evs == second[0].data.evs
    assert first.metadata["resilience"]["passes"] == ["folding", "flip"]


def test_reported_standard_error_after_passes_is_the_spread() -> None:
    """60 repeats: the spread's own relative error is 9 %, the replicates' 6 %; 40 % is over 3 of both."""
    options = {
        "default_shots": 2000,
        "simulator": {"seed_simulator": 3},
        "resilience": {"passes": [Folding()]},
    }
    result = Estimator(noisy(), options).run([(bell(), OPERATOR, np.zeros((60, 0)))]).result()[0].data
    assert result.evs.shape == (60,)
    assert np.median(result.stds) == pytest.approx(result.evs.std(ddof=1), rel=0.4)


def test_passes_keep_broadcasting() -> None:
    circuit = bell(Parameter("a"))
    values = np.linspace(0, 3, 6).reshape(3, 2, 1)
    options = {**SEED, "resilience": {"passes": [Flip(), Folding()]}}
    operators = [[SparsePauliOp("ZZ")], [SparsePauliOp("IZ")], [SparsePauliOp("II", 0.5)]]
    result = Estimator(noisy(), options).run([(circuit, operators, values)]).result()[0].data
    wanted = np.array([np.ones(2), np.cos(values[1, :, 0]), np.full(2, 0.5)])
    assert result.evs.shape == (3, 2)
    assert (np.abs(result.evs - wanted) < 5 * result.stds + 0.03).all()  # 0.03: the linear fit's bias


def test_same_seed_gives_the_same_value_through_passes() -> None:
    assert estimate([Flip(), Folding()])[0].data.evs == estimate([Flip(), Folding()])[0].data.evs


def test_added_axis_is_merged_into_the_shots_of_sampler() -> None:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure_all()
    backend = noisy()
    options = {"resilience": {"passes": [SamplerFlip()]}, "default_shots": 160}
    result = Sampler(backend, options).run([(circuit, np.zeros((3, 0)))]).result()[0]
    assert result.data.meas.shape == (3,)
    assert result.data.meas.num_shots == 160
    assert result.counts()["01"] > 0.8 * 480


class SamplerFlip(Flip):
    """Flips only; no calibration."""

    name = "sampler_flip"

    def widen(self, plan: Any, context: Any) -> Any:
        from toy_passes import flipped

        return attrs.evolve(plan, executions=tuple(flipped(e, context) for e in plan.executions))


def test_options_of_a_pass_reach_it() -> None:
    host, backend = PluginHost(), noisy()
    host.register(plugin([Folding]), "toy")
    with using(host):
        options = {**SEED, "resilience": {"passes": ["folding"], "folding": {"factors": (1, 3, 5)}}}
        result = Estimator(backend, options).run([(bell(), OPERATOR)]).result()[0]
        assert result.metadata["passes"][0]["folding"]["factors"] == [1.0, 3.0, 5.0]
        with pytest.raises(OptionError, match=r"folding has no option 'factor'(.|\n)*'factors'"):
            Estimator(backend, {"resilience": {"folding": {"factor": 3}}})


def plugin(kinds: list[Callable[[], Pass]], levels: list[LevelEntry] | None = None) -> Any:
    """A plugin that registers passes and levels."""

    @hookimpl
    def feedline_register_passes(register: Any) -> None:
        for kind in kinds:
            register(entry(kind))

    @hookimpl
    def feedline_register_levels(register: Any) -> None:
        for level in levels or []:
            register(level)

    module = ModuleType("toy")
    module.feedline_register_passes = feedline_register_passes  # type: ignore[attr-defined]
    module.feedline_register_levels = feedline_register_levels  # type: ignore[attr-defined]
    return module


class using:
    """Put another plugin host in place of the process's own."""

    def __init__(self, host: PluginHost) -> None:
        self.host = host
        self.patch = pytest.MonkeyPatch()

    def __enter__(self) -> None:
        self.patch.setattr("feedline.front_door.host", lambda: self.host)

    def __exit__(self, *_exc: object) -> None:
        self.patch.undo()


def test_level_leaves_out_what_the_backend_cannot_serve_and_says_so() -> None:
    host = PluginHost()
    host.register(plugin([Folding, Flip], [LevelEntry(level=1, passes=("flip", "folding"))]), "toy")
    with using(host):
        pipeline = Pipeline.of("estimator", NullBackend(2), Estimator(NullBackend(2), {"resilience_level": 1}).options)
    assert pipeline.metadata["resilience"]["passes"] == ["folding"]
    assert pipeline.metadata["resilience"]["left_out"] == {"flip": "backend lacks meas.flip"}


def test_named_pass_that_the_backend_cannot_serve_is_refused() -> None:
    with pytest.raises(CapabilityError, match=r"'flip' needs meas\.flip, which backend 'null'"):
        Estimator(NullBackend(2), {"resilience": {"passes": [Flip()]}}).run([(bell(), "ZZ")])


def test_passes_that_exclude_each_other_are_refused_by_name() -> None:
    with pytest.raises(OptionError, match="'folding' and 'other' exclude each other"):
        Estimator(NullBackend(2), {"resilience": {"passes": [Folding(), Other()]}}).run([(bell(), "ZZ")])


def test_pass_named_twice_is_refused() -> None:
    with pytest.raises(OptionError, match="'folding' is named twice"):
        Estimator(NullBackend(2), {"resilience": {"passes": [Folding(), Folding()]}}).run([(bell(), "ZZ")])


def test_fold_to_the_wrong_shape_names_the_pass() -> None:
    job = Estimator(NullBackend(2), {"resilience": {"passes": [Broken()]}}).run([(bell(), "ZZ")])
    with pytest.raises(PluginError, match="Pass 'broken' folded means of shape"):
        job.result()


def test_unknown_level_names_the_ones_there_are() -> None:
    host = PluginHost()
    host.register(plugin([Folding], [LevelEntry(level=1, passes=("folding",))]), "toy")
    with using(host), pytest.raises(OptionError, match=r"resilience_level is 5(.|\n)*Levels there are: 0, 1"):
        Estimator(NullBackend(2), {"resilience_level": 5}).run([(bell(), "ZZ")])
