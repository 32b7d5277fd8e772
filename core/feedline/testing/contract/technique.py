# SPDX-License-Identifier: Apache-2.0
"""Everything that Feedline asks of a pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub

from feedline.errors import CapabilityError
from feedline.execution import Execution
from feedline.passes import Cost, Estimate, Pass, PassContext, Stage
from feedline.plan import Plan
from feedline.processor import Backend
from feedline.testing.ideal import IDEAL, IdealBackend

from .primitive import PATIENCE_S
from .subject import OwnRuntime, refused

ANGLES = np.array([0.3, 1.1, 2.5])
OBSERVABLES = ("ZZ", "XX", "IZ")
REPLICATES = 8


class PassContract(OwnRuntime):
    """Inherit it in a test class of the pass, and set `technique` or override `make_pass`.

    Attributes:
        technique: The pass.
        precision: Standard error that runs ask for.
        bias: How far the values may lie from the exact ones on an ideal backend, besides noise.

    .. code-block:: python

        class TestRepeat(PassContract):
            technique = Repeat()
    """

    technique: ClassVar[Pass | None] = None
    precision: ClassVar[float] = 0.03
    bias: ClassVar[float] = 0.0

    @classmethod
    def make_pass(cls) -> Pass:
        """The pass under test."""
        if cls.technique is None:
            pytest.fail(f"{cls.__name__}: set `technique`, or override `make_pass`.")
        return cls.technique

    @classmethod
    def make_backend(cls, tokens: frozenset[str]) -> Backend:
        """A backend without noise that publishes these tokens; override it if they are to mean something."""
        return IdealBackend(3, capabilities=attrs.evolve(IDEAL, tokens=tokens))

    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Pass:
        """The pass."""
        return cls.make_pass()

    @pytest.fixture(scope="class")
    @classmethod
    def ideal(cls, subject: Pass) -> Backend:
        """A backend that has what the pass needs."""
        return cls.make_backend(subject.needs)

    @pytest.fixture
    def plan(self, ideal: Backend) -> Plan:
        """An Estimator's plan: a swept circuit, three terms in two bases."""
        from feedline import Estimator

        pub = EstimatorPub.coerce((swept(), [[name] for name in OBSERVABLES], ANGLES[:, None]), self.precision)
        return Estimator(ideal, {"simulator": {"seed_simulator": 3}}).plan_of([pub])

    def test_pass_says_what_it_is(self, subject: Pass) -> None:
        """Name, options with defaults, stage, needs, conflicts."""
        assert isinstance(subject, Pass)
        assert re.fullmatch("[a-z][a-z0-9_]*", subject.name), f"name is {subject.name!r}"
        assert attrs.has(subject.options), "options is an attrs class"
        assert isinstance(subject.options(), subject.options), "options are made without arguments"
        assert isinstance(subject.stage, Stage)
        for words in (subject.needs, subject.conflicts):
            assert isinstance(words, frozenset)
            assert all(isinstance(word, str) for word in words)
        assert subject.name not in subject.conflicts, "a pass does not exclude itself"

    def test_widen_keeps_what_was_asked(self, subject: Pass, ideal: Backend, plan: Plan) -> None:
        """Axes, roles and coordinates are added; pubs, registers, readings and the fold stay."""
        before = [(execution, execution.values.copy()) for execution in plan.executions]
        wide = subject.widen(plan, context(subject, ideal))
        for execution, values in before:
            assert (execution.values == values).all(), "widen changed the plan that it was given"
        assert wide.fold is plan.fold
        assert wide.num_pubs == plan.num_pubs
        tags = {id(execution.tag): execution for execution in plan.executions}
        for execution in mains(wide):
            assert id(execution.tag) in tags, "an execution lost the tag that its fold finds it by"
            old = tags[id(execution.tag)]
            assert execution.pub == old.pub
            assert registers(execution) == registers(old), "widen changed classical registers"
            assert set(execution.axes) >= set(old.axes), f"axes are {execution.axes}, were {old.axes}"
            assert len(set(execution.axes)) == len(execution.axes), f"an axis twice: {execution.axes}"
            assert len(execution.axes) == len(execution.sweep), "one name for each axis of the sweep"
            param = execution.axes.index("param")
            assert execution.sweep[param] == len(ANGLES), "axis 'param' keeps its length"
            assert execution.reading is not None, "an execution lost its reading"
        assert {id(execution.tag) for execution in mains(wide)} == set(tags), "an execution is gone"

    def test_widen_is_deterministic(self, subject: Pass, ideal: Backend, plan: Plan) -> None:
        """The context's rng is the only randomness."""
        first, second = (subject.widen(plan, context(subject, ideal)).executions for _ in range(2))
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert one.circuit == other.circuit
            assert (one.values == other.values).all()
            assert (one.shots, one.axes, one.role) == (other.shots, other.axes, other.role)

    def test_cost_is_what_it_costs(self, subject: Pass, ideal: Backend, plan: Plan) -> None:
        """Circuits, shots and calibration shots as declared, to a few percent."""
        cost = subject.cost(plan, context(subject, ideal))
        assert isinstance(cost, Cost)
        assert cost.variance > 0
        wide = subject.widen(plan, context(subject, ideal))
        circuits = sum(execution.size for execution in mains(wide))
        shots = sum(execution.size * execution.shots for execution in mains(wide))
        assert circuits == pytest.approx(cost.circuits * sum(e.size for e in plan.executions), rel=0.05)
        assert shots == pytest.approx(cost.shots * plan.total_shots, rel=0.05)
        assert wide.total_shots - shots == pytest.approx(cost.calibration_shots, rel=0.05)

    def test_fold_reduces_exactly_what_widen_added(self, subject: Pass, ideal: Backend, plan: Plan) -> None:
        """The other axes stay, in their order, with their lengths."""
        bound, estimate, calibration = widened(subject, ideal, plan)
        folded = subject.fold(estimate, calibration, bound)
        assert folded.axes == ("param",)
        assert folded.mean.shape == (1 + REPLICATES, len(ANGLES), estimate.mean.shape[-1])
        assert set(folded.coords) <= set(folded.axes)
        assert np.isfinite(folded.mean).all()

    def test_fold_treats_replicates_alike(self, subject: Pass, ideal: Backend, plan: Plan) -> None:
        """Reordering replicates reorders the result and changes nothing else."""
        bound, estimate, calibration = widened(subject, ideal, plan)
        folded = subject.fold(estimate, calibration, bound)
        back = np.arange(REPLICATES, -1, -1)
        turned = subject.fold(
            attrs.evolve(estimate, mean=estimate.mean[back]),
            {role: attrs.evolve(given, mean=given.mean[back]) for role, given in calibration.items()},
            bound,
        )
        np.testing.assert_allclose(turned.mean[back], folded.mean, rtol=1e-9, atol=1e-12)

    def test_nothing_changes_without_noise(self, subject: Pass, ideal: Backend) -> None:
        """On an ideal backend the values with the pass are the exact ones, and the errors honest."""
        data = self.estimated(ideal, subject).run([PUB], precision=self.precision).result(PATIENCE_S)[0].data
        exact = self.estimated(ideal).run([PUB], precision=0).result(PATIENCE_S)[0].data.evs
        assert data.evs.shape == exact.shape
        assert np.isfinite(data.stds).all()
        assert (data.stds >= 0).all()
        margin = 5 * np.maximum(data.stds, self.precision) + self.bias
        assert (np.abs(data.evs - exact) <= margin).all(), f"{data.evs} instead of {exact}, ± {margin}"

    def test_what_it_needs_is_refused_where_lacking(self, subject: Pass) -> None:
        """A pass that the user named is refused, by name, before anything runs."""
        if not subject.needs:
            pytest.skip("needs nothing")
        bare = self.make_backend(frozenset())
        with refused(CapabilityError, subject.name, *sorted(subject.needs)):
            self.estimated(bare, subject).run([PUB], precision=self.precision)

    @staticmethod
    def estimated(backend: Backend, *techniques: Pass) -> Any:
        """A seeded Estimator with passes."""
        from feedline import Estimator

        options = {"simulator": {"seed_simulator": 5}, "resilience": {"passes": list(techniques)}}
        return Estimator(backend, options)


def swept() -> QuantumCircuit:
    """An entangled pair that depends on one angle."""
    circuit = QuantumCircuit(2, name="swept")
    circuit.ry(Parameter("angle"), 0)
    circuit.cx(0, 1)
    return circuit


PUB = (swept(), [[name] for name in OBSERVABLES], ANGLES[:, None])


def context(technique: Pass, backend: Backend, note: Any = None) -> PassContext:
    """A context with fixed randomness."""
    return PassContext(options=technique.options(), backend=backend, rng=np.random.default_rng(7), note=note)


def mains(plan: Plan) -> list[Execution]:
    """Executions that are no calibration."""
    return [execution for execution in plan.executions if execution.role == "main"]


def registers(execution: Execution) -> list[tuple[str, int]]:
    """Names and sizes of the classical registers."""
    return [(register.name, register.size) for register in execution.circuit.cregs]


def widened(technique: Pass, backend: Backend, plan: Plan) -> tuple[PassContext, Estimate, Mapping[str, Estimate]]:
    """What the fold is given after a widen: its context, plausible means, plausible calibrations."""
    wide = technique.widen(plan, context(technique, backend))
    calibrations = [execution for execution in wide.executions if execution.role != "main"]
    estimates = {
        role: plausible([execution for execution in calibrations if execution.role == role])
        for role in dict.fromkeys(execution.role for execution in calibrations)
    }
    bound = context(technique, backend, wide.notes.get(technique.name))
    return bound, plausible(mains(wide)), estimates


def plausible(executions: list[Execution]) -> Estimate:
    """Means near 0.8 of the right shape for executions of one role."""
    names = tuple(dict.fromkeys(name for execution in executions for name in execution.coords))
    coords = {name: np.array(sorted({execution.coords[name] for execution in executions})) for name in names}
    terms = 1 + max(
        int(execution.reading.terms.max(initial=0)) for execution in executions if execution.reading is not None
    )
    shape = (1 + REPLICATES, *(len(coords[name]) for name in names), *executions[0].sweep, terms)
    noise = np.random.default_rng(11).normal(scale=0.01, size=shape)
    return Estimate(mean=0.8 + noise, axes=(*names, *executions[0].axes), coords=coords)
