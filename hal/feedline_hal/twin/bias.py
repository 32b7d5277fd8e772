# SPDX-License-Identifier: Apache-2.0
"""Flux bias: how a voltage moves a transmon's frequency."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .chip import Chip, Qubit


def biased_hz(qubit: Qubit, level_v: float) -> float:
    """Frequency of a symmetric transmon at a bias: ``(f + |a|) sqrt|cos(pi phi)| - |a|``, in Hz.

    Source: Koch et al., Phys. Rev. A 76, 042319 (2007), section II.D.
    """
    flux = (level_v - qubit.bias_sweet_v) / qubit.bias_period_v
    charging_hz = abs(qubit.anharmonicity_hz)
    return (qubit.frequency_hz + charging_hz) * math.sqrt(abs(math.cos(math.pi * flux))) - charging_hz


def set_hz(chip: Chip, settings: Mapping[str, Mapping[str, float]]) -> dict[int, float]:
    """Frequency of each transmon with what its bias source is set to.

    Args:
        chip: The chip.
        settings: Values by instrument; a source that is off gives 0 V. Without the instrument, no bias acts.
    """
    found: dict[int, float] = {}
    for qubit in chip.qubits:
        values = settings.get(qubit.bias)
        if values is None:
            found[qubit.index] = qubit.frequency_hz
        else:
            level_v = float(values.get("level_v", 0.0)) if values.get("is_on", False) else 0.0
            found[qubit.index] = biased_hz(qubit, level_v)
    return found
