# SPDX-License-Identifier: Apache-2.0
"""Stretches: delays that take what time is left."""

from __future__ import annotations

from typing import Any

from .isa import DELAY, Operations, Use


def has_stretch(operations: Operations, uses: tuple[Use, ...]) -> bool:
    """Whether a delay's duration is a stretch, or an expression with one."""
    delays = {index for index, use in enumerate(uses) if use.kind == DELAY}
    return bool(delays) and any(
        _is_stretch(arguments[0])
        for index, arguments in zip(operations.use, operations.arguments, strict=True)
        if index in delays
    )


def resolved(operations: Operations, uses: tuple[Use, ...], scheduler: Any, *, length_s: Any = None) -> Operations:
    """Operations with every stretch replaced by a duration."""
    raise NotImplementedError


def _is_stretch(duration: Any) -> bool:
    from qiskit.circuit.classical import expr

    return isinstance(duration, expr.Expr)
