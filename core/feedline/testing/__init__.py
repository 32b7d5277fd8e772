# SPDX-License-Identifier: Apache-2.0
"""For authors of plugins: contracts to inherit, and backends to test against."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .null import NullBackend, NullDevice, zeros
    from .scripted import ScriptedBackend, ScriptedDevice

_HOME = {
    "NullBackend": "null",
    "NullDevice": "null",
    "ScriptedBackend": "scripted",
    "ScriptedDevice": "scripted",
    "zeros": "null",
}

__all__ = ["NullBackend", "NullDevice", "ScriptedBackend", "ScriptedDevice", "zeros"]


def __getattr__(name: str) -> Any:
    if name in _HOME:  # the contracts need pytest, the doubles do not
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module 'feedline.testing' has no attribute '{name}'")
