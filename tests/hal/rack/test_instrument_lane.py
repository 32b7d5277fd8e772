# SPDX-License-Identifier: Apache-2.0
"""A safe state that an instrument does not answer to is not begun again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from feedline_hal.drivers.windfreak_synthhd import WindfreakSynthhd
from feedline_hal.rack.instrument_lane import InstrumentLane
from feedline_hal.rack.schema import InstrumentSpec


class SlowDriver:
    """Is made safe when it is let."""

    def __init__(self) -> None:
        self.began = 0
        self.let = threading.Event()

    def safe_state(self) -> None:
        self.began += 1
        assert self.let.wait(10), "the test's leave was awaited for 10 s"

    def close(self) -> None:
        pass


@pytest.fixture
def lane() -> Iterator[InstrumentLane]:
    made = InstrumentLane(InstrumentSpec(name="lo", driver="x", address="ASRL/dev/x::INSTR"), WindfreakSynthhd)
    made.driver = SlowDriver()
    yield made
    made.driver.let.set()
    made.close()


def test_a_safe_state_under_way_is_waited_for_not_queued_behind(lane: InstrumentLane) -> None:
    driver = lane.driver
    first, second = lane.start_making_safe(), lane.start_making_safe()
    assert first is second
    driver.let.set()
    first.result(timeout=10)
    lane.start_making_safe().result(timeout=10)
    assert driver.began == 2


def test_what_came_after_a_safe_state_is_followed_by_another(lane: InstrumentLane) -> None:
    driver = lane.driver
    first = lane.start_making_safe()
    between = lane.submit(lambda: driver.began)
    second = lane.start_making_safe()
    assert second is not first
    driver.let.set()
    second.result(timeout=10)
    assert between.result() == 1
    assert driver.began == 2
