# SPDX-License-Identifier: Apache-2.0
"""Transports: the only importers of pyvisa and pyserial; drivers are handed a connection."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .error_queue import check_errors, drain_errors, wait_until_done
    from .manner import Manner
    from .opening import open_transport
    from .serial_line import SerialTransport
    from .transport import Transport
    from .visa import VisaTransport

_HOME = {
    "Manner": "manner",
    "SerialTransport": "serial_line",
    "Transport": "transport",
    "VisaTransport": "visa",
    "check_errors": "error_queue",
    "drain_errors": "error_queue",
    "open_transport": "opening",
    "wait_until_done": "error_queue",
}

__all__ = [
    "Manner",
    "SerialTransport",
    "Transport",
    "VisaTransport",
    "check_errors",
    "drain_errors",
    "open_transport",
    "wait_until_done",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'feedline_hal.transport' has no attribute '{name}'")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value
