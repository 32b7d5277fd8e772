# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from feedline_hal.twin.one_thread import one_thread


def cores() -> float:
    """Cores that a product of matrices keeps busy: CPU time of the process by that of this thread."""
    matrix = np.ones((500, 500))
    time.sleep(0.3)  # threads that have nothing to do any more look around for a while before they sleep
    begin_s, own_s = time.process_time(), time.thread_time()
    for _ in range(40):
        matrix @ matrix
    return (time.process_time() - begin_s) / (time.thread_time() - own_s)


def limited() -> tuple[float, float, float]:
    before = cores()
    with one_thread():
        inside = cores()
    return before, inside, cores()


@pytest.mark.parametrize("is_main", [True, False])
def test_blas_has_one_thread_inside_and_as_many_as_before_outside(is_main: bool) -> None:
    """Two threads take about twice the CPU time of the calling one, less where others want the cores too."""
    found: list[tuple[float, float, float]] = []
    if is_main:
        found.append(limited())
    else:
        thread = threading.Thread(target=lambda: found.append(limited()))
        thread.start()
        thread.join(60)
    before, inside, after = found[0]
    if before < 1.2:
        pytest.skip("BLAS has one thread here anyway")
    assert inside < 1.15
    assert after > 1.2
