# SPDX-License-Identifier: Apache-2.0
"""Forecasts: what a run would do and cost, before anything runs."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .passes import Cost

if TYPE_CHECKING:
    from .execution import Execution
    from .plan import Plan
    from .processor import Backend


@attrs.frozen(kw_only=True, slots=True)
class PassForecast:
    """What one pass would cost.

    Attributes:
        name: Its name.
        cost: What it multiplies.
        options: Its options, resolved.
    """

    name: str
    cost: Cost
    options: Mapping[str, Any]


@attrs.frozen(kw_only=True, slots=True)
class Forecast:
    """What a run would do and cost.

    Attributes:
        backend: Where it would run.
        passes: The passes, in the order in which they widen the plan.
        left_out: Passes of the level that would not run, and why.
        num_circuits: Circuits that are compiled.
        num_points: Circuits times parameter sets that are executed.
        total_shots: All shots, those of calibrations included.
        calibration_shots: Those of calibrations.
        precisions: Standard error that each pub asks for; ``None`` where shots are given instead.
        device_s: Seconds of the device, without compiling and loading; ``None`` if durations are not known.
    """

    backend: str
    passes: tuple[PassForecast, ...]
    left_out: Mapping[str, str]
    num_circuits: int
    num_points: int
    total_shots: int
    calibration_shots: int
    precisions: tuple[float | None, ...] = ()
    device_s: float | None = None

    @property
    def cost(self) -> Cost:
        """What all passes together multiply."""
        return math.prod((one.cost for one in self.passes), start=Cost())

    @property
    def expected_stds(self) -> tuple[float | None, ...]:
        """Standard error that each pub would have after the passes, at most."""
        grown = math.sqrt(self.cost.variance)
        return tuple(None if one is None else one * grown for one in self.precisions)

    @property
    def shots_for_precision(self) -> int:
        """Shots that would bring standard errors back to what is asked, calibrations aside."""
        return math.ceil((self.total_shots - self.calibration_shots) * self.cost.variance)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        told = attrs.asdict(self)
        told |= {"variance": self.cost.variance, "shots_for_precision": self.shots_for_precision}
        return {**told, "expected_stds": self.expected_stds}

    def __str__(self) -> str:
        from .cli.table import facts, table

        rows = [[one.name, *_multipliers(one.cost)] for one in self.passes]
        if len(rows) > 1:
            rows.append(["together", *_multipliers(self.cost)])
        head = ["pass", "circuits", "shots", "variance", "calibration shots"]
        parts = [table(head, rows, right=frozenset({1, 2, 3, 4}))] if rows else ["no pass"]
        return "\n\n".join([*parts, facts(list(self._facts()))])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _facts(self) -> Iterator[tuple[str, str]]:
        from .cli.table import duration

        for name, why in self.left_out.items():
            yield f"left out: {name}", why
        yield "backend", self.backend
        yield "circuits", f"{self.num_circuits:,} compiled, {self.num_points:,} with their parameter sets"
        yield "shots", f"{self.total_shots:,}" + self._share()
        for number, (asked, expected) in enumerate(zip(self.precisions, self.expected_stds, strict=True)):
            if asked and expected is not None and expected != asked:
                yield f"pub {number}", f"asked for {asked:.3g}, standard error up to {expected:.3g} after the passes"
        if self.cost.variance != 1 and any(self.precisions):
            yield "for that", f"{self.shots_for_precision:,} shots would bring it to what was asked"
        told = "not known: the backend has no durations" if self.device_s is None else duration(self.device_s)
        yield "device", told if self.device_s is None else f"{told}, without compiling and loading"

    def _share(self) -> str:
        return f", {self.calibration_shots:,} of them for calibration" if self.calibration_shots else ""


def forecast(
    plan: Plan,
    passes: Sequence[PassForecast],
    backend: Backend,
    *,
    left_out: Mapping[str, str],
    precisions: Sequence[float | None] = (),
) -> Forecast:
    """What a widened plan would do.

    Args:
        plan: The plan, as it would run.
        passes: What each pass told of its cost.
        backend: Where it would run.
        left_out: Passes that would not run, and why.
        precisions: What each pub asks for.
    """
    return Forecast(
        backend=backend.name,
        passes=tuple(passes),
        left_out=dict(left_out),
        num_circuits=len({id(execution.circuit) for execution in plan.executions}),
        num_points=sum(execution.size for execution in plan.executions),
        total_shots=plan.total_shots,
        calibration_shots=sum(one.shots * one.size for one in plan.executions if one.role != "main"),
        precisions=tuple(precisions),
        device_s=_device_s(plan.executions, backend),
    )


def _device_s(executions: Sequence[Execution], backend: Backend) -> float | None:
    """Time of all shots; ``None`` if that of one is not known."""
    total_s = 0.0
    known: dict[int, float | None] = {}
    for execution in executions:
        key = id(execution.circuit)
        if key not in known:
            known[key] = backend.shot_s(execution.circuit, execution.settings.get("rep_delay"))
        shot_s = known[key]
        if shot_s is None:
            return None
        total_s += shot_s * execution.shots * execution.size
    return total_s


def _multipliers(cost: Cost) -> list[str]:
    shown = [f"x{value:.4g}" for value in (cost.circuits, cost.shots, cost.variance)]
    return [*shown, f"{cost.calibration_shots:,}" if cost.calibration_shots else ""]
