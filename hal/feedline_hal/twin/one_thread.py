# SPDX-License-Identifier: Apache-2.0
"""Small matrices are multiplied by one thread: several get in each other's way, and take many times as long.

OpenBLAS reads ``OPENBLAS_NUM_THREADS`` only when it is loaded, and that is before anybody asks for a twin.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_LOCK = threading.Lock()
_inside: list[Any] = []
"""One entry for each that is inside; the first holds what is given back."""


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS has one thread in here, in the whole process; the last that leaves gives back what there was."""
    with _LOCK:
        _inside.append(_controller().limit(limits=1, user_api="blas") if not _inside else None)
    try:
        yield
    finally:
        with _LOCK:
            first = _inside[0]
            _inside.pop()
            if not _inside:
                first.restore_original_limits()
