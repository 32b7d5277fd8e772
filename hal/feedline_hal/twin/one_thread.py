# SPDX-License-Identifier: Apache-2.0
"""Small matrices are multiplied by one thread: several get in each other's way, and take many times as long.

OpenBLAS reads ``OPENBLAS_NUM_THREADS`` only when it is loaded, and that is before anybody asks for a twin.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_LOCK = threading.Lock()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS has one thread in here. One caller at a time, so that what there was before is there again after it."""
    with _LOCK, _controller().limit(limits=1, user_api="blas"):
        yield
