# SPDX-License-Identifier: Apache-2.0
"""For authors of pulse plugins and for tests: the reference device and what it does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .exact import circuit_propagator
    from .model import Model, Transmon
    from .reference import ReferenceBackend
    from .scripted_transport import script

_HOME = {
    "Model": "model",
    "ReferenceBackend": "reference",
    "Transmon": "model",
    "circuit_propagator": "exact",
    "script": "scripted_transport",
}

__all__ = ["Model", "ReferenceBackend", "Transmon", "circuit_propagator", "script"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'feedline_hal.testing' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
