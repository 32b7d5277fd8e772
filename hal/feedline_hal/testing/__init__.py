# SPDX-License-Identifier: Apache-2.0
"""For authors of drivers and pulse plugins: contracts to inherit, scripted conversations, the reference device."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .coordinator_contract import CoordinatorContract
    from .digitizer_contract import DigitizerContract
    from .exact import circuit_propagator
    from .model import Model, Transmon
    from .reference import ReferenceBackend
    from .scripted_transport import script
    from .sequencer_contract import SequencerContract
    from .settable_contract import SettableContract

_HOME = {
    "CoordinatorContract": "coordinator_contract",
    "DigitizerContract": "digitizer_contract",
    "Model": "model",
    "ReferenceBackend": "reference",
    "SequencerContract": "sequencer_contract",
    "SettableContract": "settable_contract",
    "Transmon": "model",
    "circuit_propagator": "exact",
    "script": "scripted_transport",
}
_REWRITTEN = ("instrument", "assembling", "settable", "sequencer", "digitizer", "coordinator")
"""Contracts need pytest, and their asserts are to say values."""

__all__ = [
    "CoordinatorContract",
    "DigitizerContract",
    "Model",
    "ReferenceBackend",
    "SequencerContract",
    "SettableContract",
    "Transmon",
    "circuit_propagator",
    "script",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'feedline_hal.testing' has no attribute '{name}'")
    if _HOME[name].endswith("_contract"):
        _pytest_for(name).register_assert_rewrite(*(f"{__name__}.{kind}_contract" for kind in _REWRITTEN))
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def _pytest_for(name: str) -> Any:
    try:
        return import_module("pytest")
    except ImportError:
        from feedline.errors import MissingExtraError

        raise MissingExtraError(
            f"feedline_hal.testing.{name} needs pytest, which is not installed.", remedy="pip install pytest"
        ) from None
