# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time

import pytest

from feedline.errors import InputError
from feedline.runtime.clock import FakeClock, RealClock, seconds


@pytest.mark.parametrize(
    ("value", "expected_s"),
    [
        ("2h 30m", 9000),
        ("1h", 3600),
        ("90s", 90),
        ("1d2h", 93600),
        (" 1.5 m ", 90),
        ("1H 1s", 3601),
        (7, 7),
        (0.5, 0.5),
    ],
)
def test_duration_is_read(value: float | str, expected_s: float) -> None:
    assert seconds(value, "max_time") == expected_s


@pytest.mark.parametrize(
    "value",
    ["", "1", "h", "1h 2h", "1h-", "-1s", "1 week", 0, -1, float("nan"), float("inf"), True, None, [1]],
)
def test_duration_that_is_none_is_refused_with_its_name_and_examples(value: object) -> None:
    with pytest.raises(InputError, match=r"max_time is .*, which is no duration\.\n  -> Give seconds .*'2h 30m'"):
        seconds(value, "max_time")  # type: ignore[arg-type]


def test_real_clock_wait_ends_by_time_and_by_notification() -> None:
    clock, condition = RealClock(), threading.Condition()
    with condition:
        assert not clock.wait(condition, clock.now_s() + 0.01)
    with condition:
        threading.Timer(0.01, _notify, [condition]).start()
        assert clock.wait(condition, clock.now_s() + 20)


def test_fake_clock_wait_ends_when_its_time_is_reached() -> None:
    clock, condition, woken = FakeClock(), threading.Condition(), []

    def sleep_until(until_s: float) -> None:
        with condition:
            while clock.now_s() < until_s:
                clock.wait(condition, until_s)
        woken.append(until_s)

    threads = [threading.Thread(target=sleep_until, args=(until_s,)) for until_s in (10.0, 20.0)]
    for thread in threads:
        thread.start()
    time.sleep(0.02)
    clock.advance(9.9)
    time.sleep(0.02)
    assert woken == []
    clock.advance(0.1)
    threads[0].join(20)
    assert woken == [10.0]
    clock.advance(100)
    threads[1].join(20)
    assert woken == [10.0, 20.0]
    assert clock.wall_s() == 1.7e9 + 110


def test_fake_clock_wait_for_a_time_that_is_past_returns_at_once() -> None:
    clock, condition = FakeClock(), threading.Condition()
    clock.advance(5)
    with condition:
        assert not clock.wait(condition, 5.0)


def _notify(condition: threading.Condition) -> None:
    with condition:
        condition.notify_all()
