# SPDX-License-Identifier: Apache-2.0
"""Feedline: Qiskit primitives for your own lab.

Everything is loaded on first use, so that ``import feedline`` and the command line start at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .capabilities import Capabilities, MeasLevel
    from .device import Device, Executable
    from .errors import FeedlineError
    from .execution import Chunk, Execution
    from .hookspecs import hookimpl
    from .primitives.estimator import Estimator
    from .primitives.executor import Executor
    from .primitives.sampler import Sampler
    from .processor import Backend
    from .registry import BackendEntry, PassEntry
    from .runtime.service import RuntimeService
    from .runtime.session import Batch, Session
    from .serialization import qasm3_dumps, qasm3_loads, qpy_dump, qpy_load

_HOME = {
    "Backend": "processor",
    "BackendEntry": "registry",
    "Batch": "runtime.session",
    "Capabilities": "capabilities",
    "Chunk": "execution",
    "Device": "device",
    "Estimator": "primitives.estimator",
    "Executable": "device",
    "Execution": "execution",
    "Executor": "primitives.executor",
    "FeedlineError": "errors",
    "MeasLevel": "capabilities",
    "PassEntry": "registry",
    "RuntimeService": "runtime.service",
    "Sampler": "primitives.sampler",
    "Session": "runtime.session",
    "hookimpl": "hookspecs",
    "qasm3_dumps": "serialization",
    "qasm3_loads": "serialization",
    "qpy_dump": "serialization",
    "qpy_load": "serialization",
}

__all__ = [
    "Backend",
    "BackendEntry",
    "Batch",
    "Capabilities",
    "Chunk",
    "Device",
    "Estimator",
    "Executable",
    "Execution",
    "Executor",
    "FeedlineError",
    "MeasLevel",
    "PassEntry",
    "RuntimeService",
    "Sampler",
    "Session",
    "backend",
    "backends",
    "hookimpl",
    "qasm3_dumps",
    "qasm3_loads",
    "qpy_dump",
    "qpy_load",
]

__version__ = "0.1.0"


def backend(name: str, **options: Any) -> Backend:
    """Make a backend by name.

    Args:
        name: As listed by `backends`; what follows a colon is its argument (``rack:lab.toml``).
        **options: Passed to the provider (``noise_model=`` and the like).

    Raises:
        NotFoundError: If no plugin offers it; names the nearest.
        MissingExtraError: If the provider's dependency is not installed; names the extra.
    """
    from .front_door import backend as make

    return make(name, **options)


def backends() -> list[str]:
    """Names of all backends that installed plugins offer."""
    from .front_door import backends as names

    return names()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'feedline' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
