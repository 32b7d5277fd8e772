# SPDX-License-Identifier: Apache-2.0
"""Steps of a safe state: all are tried, but not for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument import safe_steps
from feedline_hal.instrument.safe_steps import try_all


def steps(taken: list[int]) -> list[Callable[[], None]]:
    """Of four the first and the third fail."""

    def step(number: int) -> None:
        taken.append(number)
        if number == 0:
            raise HardwareFault("lo1 was silent.", remedy="Look.", instrument="lo1")
        if number == 2:
            raise LimitError("lo1: refused.", remedy="Look.")

    return [lambda number=number: step(number) for number in range(4)]  # type: ignore[misc]


def test_every_step_is_tried_and_the_first_fault_is_told() -> None:
    taken: list[int] = []
    with pytest.raises(HardwareFault, match="lo1 was silent"):
        try_all(steps(taken))
    assert taken == [0, 1, 2, 3]


def test_no_step_is_begun_when_one_failed_and_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_steps, "SAFE_S", -1.0)
    taken: list[int] = []
    with pytest.raises(HardwareFault, match="lo1 was silent"):
        try_all(steps(taken))
    assert taken == [0]


def test_steps_that_do_not_fail_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bias is ramped."""
    monkeypatch.setattr(safe_steps, "SAFE_S", -1.0)
    taken: list[int] = []
    try_all([lambda: taken.append(1), lambda: taken.append(2)])
    assert taken == [1, 2]
