# SPDX-License-Identifier: Apache-2.0
"""The guard of instruments that put nothing out: a list of what may be said to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from .guard import Effect, Guard


class HarmlessGuard(Guard):
    """Lets through what is on the list, to the letter, and nothing else: an instrument may have outputs too.

    Args:
        patterns: Of commands and queries without effect on any output, matched in full.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._harmless = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))

    def effects(self, command: str, block: NDArray[np.generic] | None) -> Sequence[Effect] | None:
        """None at all, or ``None`` for what is not on the list."""
        return () if block is None and self._harmless.fullmatch(command) else None
