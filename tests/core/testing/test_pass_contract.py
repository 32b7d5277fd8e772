# SPDX-License-Identifier: Apache-2.0
"""The pass contract: an honest pass keeps it, and liars are caught."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import pytest

from feedline.passes import Cost, Estimate, PassContext, Stage
from feedline.plan import Plan
from feedline.testing import PassContract
from feedline.testing.contract.technique import PUB, context


@attrs.frozen(kw_only=True)
class RepeatOptions:
    times: int = 3


class Repeat:
    """Runs everything several times with a share of the shots, and takes the mean."""

    name = "repeat"
    options = RepeatOptions
    stage = Stage.RANDOMIZE
    needs: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()

    def cost(self, plan: Plan, context: PassContext) -> Cost:
        return Cost(circuits=context.options.times)

    def widen(self, plan: Plan, context: PassContext) -> Plan:
        times = context.options.times
        executions = tuple(
            attrs.evolve(
                execution,
                values=np.repeat(execution.values[np.newaxis], times, axis=0),
                shots=-(-execution.shots // times),
                axes=("repetition", *execution.axes),
            )
            for execution in plan.executions
        )
        return attrs.evolve(plan, executions=executions)

    def fold(self, estimate: Estimate, calibration: Mapping[str, Estimate], context: PassContext) -> Estimate:
        return estimate.reduced("repetition", estimate.mean.mean(axis=estimate.axis("repetition")))


class NeedyRepeat(Repeat):
    name = "needy"
    needs = frozenset({"durations"})


class TestRepeat(PassContract):
    technique = Repeat()


class TestNeedyRepeat(PassContract):
    technique = NeedyRepeat()


class Contract(PassContract):
    """Called test by test; not collected."""


class Random(Repeat):
    def widen(self, plan: Plan, context: PassContext) -> Plan:
        wide = Repeat.widen(self, plan, context)
        moved = np.random.default_rng().random()
        return attrs.evolve(wide, executions=tuple(attrs.evolve(e, values=e.values + moved) for e in wide.executions))


class Cheap(Repeat):
    def cost(self, plan: Plan, context: PassContext) -> Cost:
        return Cost()


class Forgetful(Repeat):
    def widen(self, plan: Plan, context: PassContext) -> Plan:
        wide = Repeat.widen(self, plan, context)
        return attrs.evolve(wide, executions=wide.executions[1:])


class Favouring(Repeat):
    def fold(self, estimate: Estimate, calibration: Any, context: PassContext) -> Estimate:
        folded = Repeat.fold(self, estimate, calibration, context)
        folded.mean[0] += 0.01
        return folded


class Lazy(Repeat):
    def fold(self, estimate: Estimate, calibration: Any, context: PassContext) -> Estimate:
        return estimate


class Biased(Repeat):
    def fold(self, estimate: Estimate, calibration: Any, context: PassContext) -> Estimate:
        folded = Repeat.fold(self, estimate, calibration, context)
        return attrs.evolve(folded, mean=folded.mean * 0.5)


class Unnamed(Repeat):
    name = "Not A Name"


@pytest.mark.parametrize(
    ("technique", "check"),
    [
        (Random(), "test_widen_is_deterministic"),
        (Cheap(), "test_cost_is_what_it_costs"),
        (Forgetful(), "test_widen_keeps_what_was_asked"),
        (Favouring(), "test_fold_treats_replicates_alike"),
        (Lazy(), "test_fold_reduces_exactly_what_widen_added"),
    ],
)
def test_contract_catches(technique: Repeat, check: str) -> None:
    ideal = Contract.make_backend(frozenset())
    plan = TestRepeat.plan.__wrapped__(Contract(), ideal)  # the fixture's function
    with pytest.raises(AssertionError):
        getattr(Contract(), check)(technique, ideal, plan)


def test_contract_catches_bias_and_bad_names() -> None:
    with pytest.raises(AssertionError, match="instead of"):
        Contract().test_nothing_changes_without_noise(Biased(), Contract.make_backend(frozenset()))
    with pytest.raises(AssertionError, match="name is 'Not A Name'"):
        Contract().test_pass_says_what_it_is(Unnamed())


def test_contract_without_a_pass_says_what_to_set() -> None:
    with pytest.raises(pytest.fail.Exception, match="Contract: set `technique`, or override `make_pass`"):
        Contract.make_pass()
    assert PUB[0].num_parameters == 1
    assert context(Repeat(), Contract.make_backend(frozenset())).note is None
