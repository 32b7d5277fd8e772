# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading

from threadpoolctl import threadpool_info, threadpool_limits

from feedline_hal.twin.one_thread import one_thread


def threads() -> list[int]:
    return [found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"]


def test_blas_has_one_thread_inside_and_as_many_as_before_outside() -> None:
    """Entered twice, by two threads that do not leave in the order in which they came."""
    entered, may_leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_thread():
            entered.set()
            may_leave.wait(10)

    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        assert before
        second = threading.Thread(target=other)
        with one_thread():
            second.start()
            assert entered.wait(10)
            assert threads() == [1] * len(before)
        assert threads() == [1] * len(before)
        may_leave.set()
        second.join(10)
        assert threads() == before
