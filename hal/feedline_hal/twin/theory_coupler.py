# SPDX-License-Identifier: Apache-2.0
"""A coupler's pulse for CZ: found by search, with the Hamiltonian of two transmons without decay."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError
from feedline_hal.pulse.waveform import Waveform
from feedline_hal.rack.schema import RackSpec

from .chip import LEVELS, Chip, Coupler, Qubit
from .operator import NUMBER, Matrix, exchange, rest
from .propagator import product, unitaries
from .theory_error import coherence_limit
from .theory_wiring import most_slew, peak_v, rate_hz, whole_s

_DURATIONS_S = (32e-9, 40e-9, 48e-9, 60e-9, 80e-9, 120e-9, 200e-9, 320e-9)
_STEPS = 80
_EDGES = (0.3, 0.6, 0.9)
_GOOD = 1e-2
_EDGE_SIGMAS = 4.0
_INDEX = np.array([0, 1, LEVELS, LEVELS + 1])
"""Where ``|00>, |01>, |10>, |11>`` are among nine."""


@attrs.frozen(kw_only=True, slots=True)
class ControlledPhase:
    """A pulse for CZ.

    Attributes:
        waveform: For the coupler's port.
        phases_rad: Shift of each transmon's frame after it.
        error: Average gate infidelity without decay.
    """

    waveform: Waveform
    phases_rad: tuple[float, float]
    error: float


@attrs.frozen(kw_only=True, slots=True)
class _Search:
    """Pulses of one length on one coupler."""

    coupler: Coupler
    qubits: tuple[Qubit, Qubit]
    apart_hz: float
    spec: RackSpec
    duration_s: float

    def waveform(self, amplitude: float, edge: float) -> Waveform:
        """A flat pulse whose Gaussian edges take a share of it."""
        sigma_s = edge * self.duration_s / (2 * _EDGE_SIGMAS)
        width_s = (1 - edge) * self.duration_s
        return Waveform.gaussian_square(self.duration_s, amplitude, sigma_s=sigma_s, width_s=width_s)

    def unitary(self, amplitude: float, edge: float) -> Matrix:
        """In the frames of both transmons, shape ``(9, 9)``."""
        rate = rate_hz(self.coupler.port, self.spec)
        samples = self.waveform(amplitude, edge).sample(rate).real * peak_v(self.coupler.port, self.spec)
        identity = np.eye(LEVELS)
        still = np.kron(rest(self.qubits[0], self.apart_hz), identity) + np.kron(identity, rest(self.qubits[1]))
        steps = unitaries(still + exchange(self.coupler, samples), 1 / rate)
        back = np.exp(2j * np.pi * self.apart_hz * self.duration_s * np.kron(np.diag(NUMBER), np.ones(LEVELS)))
        turned: Matrix = back[:, np.newaxis] * product(steps[np.newaxis])[0]
        return turned

    def error(self, values: NDArray[np.float64]) -> float:
        """Infidelity, decay of the pulse's length included; 1 and more where it cannot be played."""
        amplitude, edge = float(values[0]), float(values[1])
        most = self.spec.ports[self.coupler.port].max_amplitude
        outside = max(0.0, abs(amplitude) - most) + max(0.0, edge - 1) + max(0.0, 0.05 - edge)
        if outside > 0:
            return 1 + outside
        samples = self.waveform(amplitude, edge).sample(rate_hz(self.coupler.port, self.spec)).real
        steep = float(np.abs(np.diff(samples, prepend=0.0, append=0.0)).max()) - most_slew(self.coupler.port, self.spec)
        if steep > 0:
            return 1 + steep
        return infidelity(self.unitary(amplitude, edge))[0]

    @property
    def lost(self) -> float:
        """What decay costs in that time."""
        return coherence_limit(self.duration_s, *self.qubits)


def controlled_phase(
    coupler: Coupler, chip: Chip, spec: RackSpec, frequencies_hz: Mapping[int, float]
) -> ControlledPhase:
    """The best CZ pulse of a coupler: length, amplitude and steepness by search.

    Args:
        coupler: The coupler.
        chip: The chip.
        spec: The rack.
        frequencies_hz: Of each transmon.

    Raises:
        InputError: If none comes within 1 % of a CZ.
    """
    first, second = (chip.qubits[one] for one in coupler.qubits)
    apart_hz = frequencies_hz[first.index] - frequencies_hz[second.index]
    best: tuple[float, ControlledPhase] | None = None
    for duration_s in _DURATIONS_S:
        search = _Search(
            coupler=coupler,
            qubits=(first, second),
            apart_hz=apart_hz,
            spec=spec,
            duration_s=whole_s(duration_s, spec),
        )
        if best is not None and best[0] < search.lost:
            break
        found = _refined(search)
        if found is not None and (best is None or found.error + search.lost < best[0]):
            best = found.error + search.lost, found
    if best is None:
        raise InputError(
            f"No pulse on port '{coupler.port}' makes a CZ of q{first.index} and q{second.index}.",
            remedy="Attenuate the port less, or choose frequencies that the coupler's shift can bring together.",
        )
    return best[1]


def _refined(search: _Search) -> ControlledPhase | None:
    """The best pulse of a length, if it is good: downhill from the best of a grid of amplitudes and edges."""
    from scipy.optimize import minimize  # a third of a second, of which a set that was measured has no need

    most = search.spec.ports[search.coupler.port].max_amplitude
    grid = [np.array([most * step / _STEPS, edge]) for edge in _EDGES for step in range(1, _STEPS + 1)]
    start = grid[int(np.argmin([search.error(one) for one in grid]))]
    corners = np.array([start, start * [0.99, 1.0], start * [1.0, 0.9]])
    found = minimize(
        search.error,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": corners, "xatol": 1e-6, "fatol": 1e-8, "maxiter": 120},
    )
    if float(found.fun) > _GOOD:
        return None
    amplitude, edge = (float(one) for one in found.x)
    phases_rad = infidelity(search.unitary(amplitude, edge))[1]
    return ControlledPhase(waveform=search.waveform(amplitude, edge), phases_rad=phases_rad, error=float(found.fun))


def infidelity(unitary: Matrix) -> tuple[float, tuple[float, float]]:
    """How far from CZ, after the best turns of both frames: average gate infidelity, and the turns.

    Source: Pedersen et al., Phys. Lett. A 367, 47 (2007): ``F = (tr(M M+) + |tr(M)|^2) / 20`` for two qubits.
    """
    block = unitary[np.ix_(_INDEX, _INDEX)]
    phases = np.angle(np.diag(block))
    first, second = phases[0] - phases[2], phases[0] - phases[1]
    beyond = np.angle(-np.exp(1j * (phases[3] + phases[0] - phases[1] - phases[2])))
    first, second = first - beyond / 2, second - beyond / 2
    ideal = np.array([1, 1, 1, -1]) * np.exp(-1j * np.array([0, second, first, first + second]))
    overlap = block * ideal.conj()[:, np.newaxis]
    fidelity = (np.trace(overlap @ overlap.conj().T).real + abs(np.trace(overlap)) ** 2) / 20
    return 1 - float(fidelity), (float(math.remainder(first, 2 * math.pi)), float(math.remainder(second, 2 * math.pi)))
