# SPDX-License-Identifier: Apache-2.0
"""The pipeline: which passes a run gets, in which order, and the plan widened by them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np

from .errors import CapabilityError, OptionError, nearest
from .forecast import Forecast, PassForecast, forecast
from .passes import BoundPass, Pass, PassContext
from .plan import Plan

if TYPE_CHECKING:
    from .processor import Backend

REPLICATES = 128
"""Replicates that means carry when there are passes; the bar's own error is 1/sqrt(256) = 6 %."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Pipeline:
    """The passes of one run, in the order of their stages.

    Attributes:
        passes: The passes with their options.
        backend: Where the plan runs.
        seed: Seeds the passes' randomness, or ``None``.
        metadata: What the result says of them: which ran, and which a level left out and why.
        max_overhead: By how much the passes may multiply variance; ``None`` for as much as they like.
    """

    passes: tuple[tuple[Pass, Any], ...]
    backend: Backend
    seed: int | None
    metadata: Mapping[str, Any]
    max_overhead: float | None = None

    @classmethod
    def of(cls, primitive: str, backend: Backend, options: Any) -> Self:
        """Choose the passes that options ask for.

        Passes of the resilience level that the backend cannot serve are left out and the metadata
        says so; passes that the user named are refused.

        Raises:
            OptionError: If the level or a pass does not exist, or two passes exclude each other.
            CapabilityError: If the backend cannot serve a pass that was named.
        """
        level = vars(options).get("resilience_level", 0)
        resilience = vars(options).get("resilience")
        named = list(getattr(resilience, "passes", None) or ())
        seed = options.simulator.seed_simulator
        if not level and not named:
            return cls(passes=(), backend=backend, seed=seed, metadata={})
        chosen, left_out = _chosen(primitive, backend, level, named)
        bound = tuple((technique, _own_options(technique, resilience)) for technique in _ordered(chosen))
        story: dict[str, Any] = {"passes": [technique.name for technique, _ in bound]}
        if left_out:
            story["left_out"] = left_out
        return cls(
            passes=bound,
            backend=backend,
            seed=seed,
            metadata={"resilience": {"level": level, **story}},
            max_overhead=getattr(resilience, "max_overhead", None),
        )

    def widen(self, plan: Plan) -> Plan:
        """Let each pass widen the plan, ascending by stage, and give the fold the way back.

        Raises:
            OptionError: If the passes multiply variance by more than ``options.resilience.max_overhead``.
        """
        return self._widened(plan)[0]

    def forecast(self, plan: Plan, precisions: Sequence[float | None] = ()) -> Forecast:
        """What would run, and what it would cost; nothing runs, and the cap on overhead is not applied."""
        wide, costs = self._widened(attrs.evolve(plan), is_capped=False)
        left_out = self.metadata.get("resilience", {}).get("left_out", {})
        return forecast(wide, costs, self.backend, left_out=left_out, precisions=precisions)

    def _widened(self, plan: Plan, *, is_capped: bool = True) -> tuple[Plan, list[PassForecast]]:
        if not self.passes:
            return plan, []
        streams = np.random.SeedSequence(self.seed).spawn(len(self.passes) + 1)
        bound, costs = [], []
        for (technique, options), stream in zip(self.passes, streams[1:], strict=True):
            context = PassContext(options=options, backend=self.backend, rng=np.random.default_rng(stream))
            cost = technique.cost(plan, attrs.evolve(context, rng=np.random.default_rng(stream)))
            costs.append(PassForecast(name=technique.name, cost=cost, options=attrs.asdict(options)))
            if is_capped:
                self._check_overhead(costs)
            plan = technique.widen(plan, context)
            bound.append(BoundPass(technique, attrs.evolve(context, note=plan.notes.get(technique.name))))
        return attrs.evolve(plan, fold=_with_passes(plan.fold, tuple(bound), streams[0])), costs

    def _check_overhead(self, costs: Sequence[PassForecast]) -> None:
        variance = math.prod(one.cost.variance for one in costs)
        if self.max_overhead is not None and not variance <= self.max_overhead:
            told = ", ".join(f"{one.name} {one.cost.variance:.4g}" for one in costs)
            raise OptionError(
                f"The passes multiply variance by {variance:.4g} ({told}), more than "
                f"options.resilience.max_overhead, {self.max_overhead:g}.",
                remedy="Leave a pass out, have it remove less noise, or raise the cap (None for no cap); "
                "the primitive's plan() shows what a run would cost.",
            )


def available_levels(primitive: str) -> dict[int, list[str]]:
    """Names of the passes of each resilience level that plugins offer."""
    from .front_door import host

    levels: dict[int, list[str]] = {0: []}
    for entry in host().levels:
        if entry.primitive == primitive:
            levels.setdefault(entry.level, []).extend(entry.passes)
    return levels


def _with_passes(fold: Any, passes: tuple[BoundPass, ...], stream: np.random.SeedSequence) -> Any:
    """Give the fold its passes; one that carries means also gets replicates and randomness for them."""
    extra: dict[str, Any] = {}
    if hasattr(fold, "replicates"):
        extra = {"replicates": REPLICATES, "rng": lambda: np.random.default_rng(stream.spawn(1)[0])}
    return attrs.evolve(fold, passes=passes, **extra)


def _chosen(
    primitive: str, backend: Backend, level: int, named: Sequence[str | Pass]
) -> tuple[list[Pass], dict[str, str]]:
    from .front_door import host, make_pass

    levels = available_levels(primitive)
    if level not in levels:
        have = ", ".join(map(str, sorted(levels)))
        raise OptionError(
            f"options.resilience_level is {level}, but no installed plugin makes that level for {primitive}.",
            remedy=f"Levels there are: {have}. Install a plugin with mitigation passes; "
            "`feedline plugins` lists what is installed.",
        )
    chosen: list[Pass] = []
    left_out: dict[str, str] = {}
    for wanted in named:
        technique = make_pass(wanted) if isinstance(wanted, str) else wanted
        if lacking := _lacking(technique, backend):
            raise CapabilityError(
                f"Pass '{technique.name}' needs {lacking}, which backend '{backend.name}' does not have.",
                remedy="Leave the pass out, or use a backend that has it (`feedline backends NAME` shows it).",
            )
        chosen.append(technique)
    names = {technique.name for technique in chosen}
    for name in dict.fromkeys(levels[level]):
        if name in names:
            continue
        if name not in host().passes:
            raise OptionError(f"Level {level} holds the unknown pass '{name}'.", remedy=nearest(name, host().passes))
        technique = make_pass(name)
        lacking = _lacking(technique, backend)
        clash = next((other.name for other in chosen if _clash(technique, other)), "")
        if lacking or clash:
            left_out[name] = f"backend lacks {lacking}" if lacking else f"excluded by '{clash}'"
        else:
            chosen.append(technique)
    return chosen, left_out


def _ordered(passes: Sequence[Pass]) -> list[Pass]:
    """Sort by stage; refuse passes that exclude each other, and one named twice."""
    for index, first in enumerate(passes):
        for second in passes[index + 1 :]:
            if first.name == second.name:
                raise OptionError(f"Pass '{first.name}' is named twice.", remedy="Name each pass once.")
            if _clash(first, second):
                raise OptionError(
                    f"Passes '{first.name}' and '{second.name}' exclude each other.",
                    remedy="Choose one of them.",
                )
    return sorted(passes, key=lambda technique: technique.stage)


def _clash(first: Pass, second: Pass) -> bool:
    return second.name in first.conflicts or first.name in second.conflicts


def _lacking(technique: Pass, backend: Backend) -> str:
    return ", ".join(sorted(technique.needs - backend.capabilities.tokens))


def _own_options(technique: Pass, resilience: Any) -> Any:
    given = resilience.own(technique.name) if resilience is not None else None
    return technique.options() if given is None else given
