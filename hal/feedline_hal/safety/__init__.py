# SPDX-License-Identifier: Apache-2.0
"""Safety: one gate just before the wire. It refuses, never clips, and says so in the log."""

from .gate import Gate
from .guard import Effect, Guard
from .settable_guard import SettableGuard

__all__ = ["Effect", "Gate", "Guard", "SettableGuard"]
