# SPDX-License-Identifier: Apache-2.0
"""Errors that decay and noise make even if every pulse is right."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from .chip import Qubit
from .theory_readout import Clouds


def coherence_limit(duration_s: float, *qubits: Qubit) -> float:
    """Average gate infidelity of a gate of that length on one or several transmons, of decay alone.

    Of a channel that takes ``exp(-t/T1)`` of a qubit's Z and leaves ``exp(-t/T2)`` of X and Y, ``(1 + exp(-t/T1) +
    2 exp(-t/T2)) / 4`` is the process fidelity, that of several qubits the product; the average gate fidelity in ``d``
    dimensions is ``(d F + 1) / (d + 1)``. Decay to a thermal state is no different.

    Source: Nielsen, Phys. Lett. A 303, 249 (2002), for the relation of both fidelities.
    """
    kept = math.prod(
        (1 + math.exp(-duration_s / one.t1_s) + 2 * math.exp(-duration_s / one.t2_s)) / 4 for one in qubits
    )
    dimension = 2 ** len(qubits)
    return float(1 - (dimension * kept + 1) / (dimension + 1))


def misreads(qubit: Qubit, known: Clouds) -> tuple[float, float]:
    """Probabilities that 0 is read as 1, and 1 as 0, prepared from equilibrium without and with a perfect ``x``.

    A transmon that decays meanwhile gives a point in between, by what was gathered until then: the resonator's ringing
    after the jump is left out. The border is halfway.

    Source: Gambetta et al., Phys. Rev. A 76, 012325 (2007), for filters and decay meanwhile; Krantz et al.,
    Appl. Phys. Rev. 6, 021318 (2019), section V.
    """
    half = (known.one - known.zero) / 2 / max(known.noise, 1e-12)
    thermal = qubit.thermal_population
    times = (np.arange(len(known.gathered)) + 0.5) * known.sample_s
    beyond = ndtr(half * (1 - 2 * known.gathered))  # of a point that left its level's cloud at that time
    wrong = []
    for rate in ((thermal / qubit.t1_s), ((1 - thermal) / qubit.t1_s)):
        leaving = rate * np.exp(-rate * times) * known.sample_s
        stays = math.exp(-rate * known.sample_s * len(times))
        wrong.append(float(leaving @ beyond + stays * ndtr(-half)))
    misread_0, misread_1 = wrong
    return (
        (1 - thermal) * misread_0 + thermal * (1 - misread_1),
        (1 - thermal) * misread_1 + thermal * (1 - misread_0),
    )
