# SPDX-License-Identifier: Apache-2.0
"""For authors of plugins: contracts to inherit, and backends to test against."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contract.backend import BackendContract
    from .contract.technique import PassContract
    from .ideal import IdealBackend
    from .null import NullBackend, NullDevice, zeros
    from .scripted import ScriptedBackend, ScriptedDevice

_HOME = {
    "BackendContract": "contract.backend",
    "IdealBackend": "ideal",
    "NullBackend": "null",
    "NullDevice": "null",
    "PassContract": "contract.technique",
    "ScriptedBackend": "scripted",
    "ScriptedDevice": "scripted",
    "zeros": "null",
}

__all__ = [
    "BackendContract",
    "IdealBackend",
    "NullBackend",
    "NullDevice",
    "PassContract",
    "ScriptedBackend",
    "ScriptedDevice",
    "zeros",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'feedline.testing' has no attribute '{name}'")
    if _HOME[name].startswith("contract."):  # only contracts need pytest; their asserts are to say values
        pytest = _pytest_for(name)
        if f"{__name__}.contract" not in sys.modules:  # who imports a contract's module itself has plain asserts
            pytest.register_assert_rewrite(f"{__name__}.contract")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def _pytest_for(name: str) -> Any:
    try:
        return import_module("pytest")
    except ImportError:
        from feedline.errors import MissingExtraError

        raise MissingExtraError(
            f"feedline.testing.{name} needs pytest, which is not installed.", remedy="pip install pytest"
        ) from None
