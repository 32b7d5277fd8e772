# SPDX-License-Identifier: Apache-2.0
"""Effort: roughly how long Aer takes, so that no single call takes long.

One Aer call cannot be interrupted, so work is cut into calls of about `CALL_S`. The cuts depend on the
work alone, never on a clock: the same work with the same seed is cut, and thus drawn, the same way.
"""

from __future__ import annotations

from .anatomy import Anatomy

CALL_S = 0.5
"""What one Aer call may take, as estimated."""

_POINT_S = 1e-4
_GATE_S = 1e-6
_AMPLITUDE_S = 4.5e-9
_SHOT_S = 6e-7
_TRAJECTORY_S = 4e-5
_TRAJECTORY_GATE_S = 2e-6
_KNOWN_WIDTH = 30


def state_s(anatomy: Anatomy, *, is_density: bool = False) -> float:
    """Seconds to compute one state; a density matrix has twice the qubits."""
    width = min(_KNOWN_WIDTH, anatomy.active * (2 if is_density else 1))
    return _POINT_S + anatomy.size * (_GATE_S + _AMPLITUDE_S * 2.0**width)


def sampled_s(anatomy: Anatomy, shots: int, *, is_density: bool = False) -> float:
    """Seconds to compute one state and draw shots from it."""
    return state_s(anatomy, is_density=is_density) + shots * _SHOT_S


def trajectories_s(anatomy: Anatomy, shots: int, *, is_density: bool = False) -> float:
    """Seconds to compute a state for every shot."""
    width = min(_KNOWN_WIDTH, anatomy.active * (2 if is_density else 1))
    gate_s = _TRAJECTORY_GATE_S + _AMPLITUDE_S * 2.0**width
    return _POINT_S + shots * (_TRAJECTORY_S + anatomy.size * gate_s)
