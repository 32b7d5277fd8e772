# SPDX-License-Identifier: Apache-2.0
"""QuTiP as the oracle, and the infidelity of a gate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import qutip
from numpy.typing import NDArray

from feedline_hal.testing.model import Model

Matrix = NDArray[np.complex128]
COMPUTATIONAL = (0, 3, 1, 4)
"""Basis states of two three-level transmons in the order of Qiskit's ``|q1 q0>``."""


def infidelity(made: Matrix, wanted: Matrix, kept: tuple[int, ...]) -> float:
    """Average gate infidelity, leakage included: Pedersen et al., Phys. Lett. A 367, 47 (2007)."""
    part = wanted.conj().T @ made[np.ix_(kept, kept)]
    size = len(kept)
    trace, norm = np.trace(part), np.trace(part @ part.conj().T).real
    return float(1 - (abs(trace) ** 2 + norm) / (size * (size + 1)))


def evolved(static: Matrix, driven: list[tuple[Matrix, Callable[[float], complex]]], duration_s: float) -> Matrix:
    """The propagator of ``static + sum of matrix * coefficient(t)``, in radians per second, by QuTiP."""
    scale = 1e-9  # QuTiP's steps are happier with numbers near 1
    terms = [qutip.Qobj(static * scale)]
    terms += [[qutip.Qobj(matrix * scale), lambda t, f=f: f(t * scale)] for matrix, f in driven]
    options = {"atol": 1e-11, "rtol": 1e-10, "nsteps": 10_000_000, "max_step": 0.5}
    return np.asarray(qutip.propagator(qutip.QobjEvo(terms), duration_s / scale, options=options).full())


def transmon(model: Model, qubit: int = 0) -> tuple[Matrix, Matrix]:
    """Lowering operator, and energy in the frame of the qubit's own frequency, radians per second."""
    count = np.arange(float(model.levels))
    lower = np.diag(np.sqrt(count[1:]), 1).astype(np.complex128)
    energy = np.pi * model.transmons[qubit].anharmonicity_hz * count * (count - 1)
    return lower, np.diag(energy).astype(np.complex128)
