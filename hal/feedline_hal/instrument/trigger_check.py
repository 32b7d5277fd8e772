# SPDX-License-Identifier: Apache-2.0
"""Whether a coordinator can do what a plan asks of it."""

from __future__ import annotations

import math

from feedline.errors import nearest
from feedline_hal.errors import LimitError

from .triggering import CoordinatorCapabilities, TriggerPlan


def check_plan(plan: TriggerPlan, can: CoordinatorCapabilities, instrument: str) -> None:
    """Refuse a plan that a coordinator cannot carry out to the letter.

    Args:
        plan: The burst.
        can: What the coordinator can do.
        instrument: What errors call it.

    Raises:
        LimitError: If the count or a time is beyond what it can do, a time lies between its steps, a trigger does
            not end within the period, or an output is not there or is there twice.
    """
    if not 1 <= plan.count <= can.max_count:
        raise LimitError(f"{instrument}: a burst of {plan.count} triggers.", remedy=f"Use 1 to {can.max_count}.")
    _check_time(f"{instrument}: the period", plan.period_s, can.period_s, can.period_resolution_s or can.resolution_s)
    names = [item.name.casefold() for item in plan.outputs]
    for item in plan.outputs:
        if item.name.casefold() not in [name.casefold() for name in can.outputs]:
            remedy = nearest(item.name, can.outputs)
            raise LimitError(f"{instrument}: there is no output '{item.name}'.", remedy=remedy)
        if names.count(item.name.casefold()) > 1:
            raise LimitError(f"{instrument}: output '{item.name}' is there twice.", remedy="Give it one trigger.")
        _check_time(f"{instrument}: the delay of output {item.name}", item.delay_s, can.delay_s, can.resolution_s)
        _check_time(f"{instrument}: the width of output {item.name}", item.width_s, can.width_s, can.resolution_s)
        end_s = item.delay_s + item.width_s
        if end_s >= plan.period_s:
            raise LimitError(
                f"{instrument}: the trigger of output {item.name} ends {end_s:.9g} s after the start of a period of "
                f"{plan.period_s:.9g} s.",
                remedy="Shorten its delay or its width, or repeat less often.",
            )


def _check_time(what: str, time_s: float, limits: tuple[float, float], step_s: float) -> None:
    low_s, high_s = limits
    if not low_s <= time_s <= high_s:
        raise LimitError(f"{what} is {time_s:.12g} s.", remedy=f"Use {low_s:g} s to {high_s:g} s.")
    steps = time_s / step_s
    if abs(steps - round(steps)) > max(1e-3, 1e-9 * steps):
        near = " or ".join(f"{count * step_s:.12g} s" for count in (math.floor(steps), math.ceil(steps)))
        raise LimitError(f"{what} is {time_s:.12g} s, no multiple of {step_s:g} s.", remedy=f"Use {near}.")
