# SPDX-License-Identifier: Apache-2.0
"""A safe state, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from feedline_hal.errors import HardwareFault, LimitError

SAFE_S = 15.0
"""After so long no further step is begun if one failed: an instrument that is silent costs two timeouts a step."""


def try_all(steps: Iterable[Callable[[], None]]) -> None:
    """Take every step; one that fails does not keep the others from being tried, unless that takes too long.

    Raises:
        HardwareFault: The first that came, when all were tried.
        LimitError: If that is what came first: the gate did not let a step through.
    """
    begin_s = time.monotonic()
    faults: list[HardwareFault | LimitError] = []
    for step in steps:
        if faults and time.monotonic() - begin_s > SAFE_S:
            break
        try:
            step()
        except (HardwareFault, LimitError) as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
