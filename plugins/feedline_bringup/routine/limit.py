# SPDX-License-Identifier: Apache-2.0
"""What decay alone costs a gate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from feedline_bringup.fitting import Measured
from feedline_bringup.state import QubitFacts


def coherence_limit(duration_s: float, times_s: Sequence[tuple[float, float]]) -> float:
    """Average gate infidelity of qubits that only decay.

    Each keeps a process fidelity of ``(1 + exp(-t/T1) + 2 exp(-t/T2)) / 4``; they multiply, and of the product ``F``
    for dimension ``d`` the infidelity is ``1 - (d F + 1) / (d + 1)``. For short times that is ``d / (2 (d + 1))``
    times the sum of all ``t (1/T1 + 1/Tphi)``. That a gate may take its qubits to higher levels meanwhile, where they
    decay faster, is left out.

    Args:
        duration_s: How long the gate is.
        times_s: T1 and T2 of each qubit.

    Source: Nielsen, Phys. Lett. A 303, 249 (2002) for the infidelity; Abad et al., Phys. Rev. Lett. 129, 150504
    (2022) for short times.
    """
    kept = 1.0
    for t1_s, t2_s in times_s:
        kept *= (1 + math.exp(-duration_s / t1_s) + 2 * math.exp(-duration_s / t2_s)) / 4
    dimension = float(2 ** len(times_s))
    return 1 - (dimension * kept + 1) / (dimension + 1)


def known_times(facts: Sequence[QubitFacts]) -> list[tuple[float, float]] | None:
    """T1 and T2 of qubits; ``None`` unless all are known."""
    found = [(one.t1_s, one.t2_s) for one in facts if one.t1_s and one.t2_s]
    return found if len(found) == len(facts) else None


def beside_limit(error: Measured, duration_s: float, facts: Sequence[QubitFacts]) -> dict[str, Measured]:
    """The coherence limit and how many times of it an error is; nothing unless coherence times are known."""
    times_s = known_times(facts)
    if times_s is None:
        return {}
    limit = coherence_limit(duration_s, times_s)
    return {"limit": Measured(limit, 0.0), "times_limit": Measured(error.value / limit, error.error / limit)}
