# SPDX-License-Identifier: Apache-2.0
"""Measurements: when a tone fills a resonator, and how much it takes of its transmon's coherence.

With fields ``a0`` and ``a1`` in the resonator for levels 0 and 1, in roots of photons, coherence ``rho_01`` is
multiplied by ``exp(-i 2 pi chi int a0 conj(a1) dt)``: its magnitude is what the way out learns, its phase the shift by
the photons. Source: Gambetta et al., Phys. Rev. A 74, 042318 (2006).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import Chip, Resonator
from .field import Field
from .ringing import ringing
from .timeline import Span, runs

SURE = 6.0
"""From here on the record tells the level: coherence is less than exp(-6), and the level is drawn once and for all."""
NOTICED = 0.1
"""Of a logarithm of coherence: a tone that takes less tells nothing of the level, it only dephases."""
_FELT = 1e-4
_RINGING = 12.0
_EDGE = 0.15
_SLACK_S = 16e-9


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Watch:
    """A tone on a line, and the transmons that it reaches.

    Attributes:
        span: When, and which transmons.
        port: The line.
        factors: What coherence of each transmon is multiplied by, ``(programs, transmons)``.
    """

    span: Span
    port: str
    factors: NDArray[np.complex128]

    @property
    def is_sure(self) -> NDArray[np.bool_]:
        """Whether the level of each transmon becomes definite, ``(programs, transmons)``."""
        sure: NDArray[np.bool_] = np.abs(self.factors) < math.exp(-SURE)
        return sure


def noticed(
    factors: NDArray[np.complex128], shots: int, rng: np.random.Generator, *, least: float = NOTICED
) -> NDArray[np.bool_]:
    """Which shots a tone makes definite that is not sure of it.

    Losing a share of the coherence is the same as a projection with that probability; so what the record says and
    what comes after agree, and the mean over all shots is exact.

    Args:
        factors: What coherence of each transmon is multiplied by.
        shots: How many.
        rng: Randomness.
        least: Logarithm of coherence up to which a tone makes none definite.

    Returns:
        Shape ``(shots, transmons)``.
    """
    left = np.abs(factors)
    lost = np.where(left < math.exp(-least), 1 - left, 0.0)
    found: NDArray[np.bool_] = rng.random((shots, len(factors))) < lost
    return found


def kept(factors: NDArray[np.complex128], sure: NDArray[np.bool_]) -> NDArray[np.complex128]:
    """What is left of the coherence of shots that are not made definite, for each program."""
    phases = np.exp(1j * np.angle(factors))
    is_noticed = np.abs(factors) < math.exp(-NOTICED)
    found: NDArray[np.complex128] = np.where(sure, 1.0, np.where(is_noticed, phases, factors))
    return found


def watches(chip: Chip, fields: Mapping[str, Field], gap: int) -> Iterator[Watch]:
    """Measurements on all lines, in order of time: transmons whose tones begin and end together are in one.

    A transmon that is measured twice while other tones fill the time between counts as measured all along.

    Args:
        chip: The chip.
        fields: By port.
        gap: Zeros in a tone that do not divide it.
    """
    found: dict[tuple[str, float, float], list[tuple[int, NDArray[np.complex128]]]] = {}
    for qubit in chip.qubits:
        own = qubit.resonator
        field = None if own is None else fields.get(own.port)
        if own is None or field is None or not math.isfinite(field.lo_hz):
            continue
        for first, last in runs(field.volts, gap):
            inside = _inside(own, field, first, last)
            together = (inside[0].conj() * inside[1]).sum(axis=1)  # envelopes turn the other way than amplitudes
            logarithm = -2j * math.pi * own.chi_hz * own.photons_per_v2 / field.rate_hz * together
            if float(np.abs(logarithm).max(initial=0.0)) > _FELT:
                start_s, stop_s = _extent(own, field, (first, last), inside)
                found.setdefault((own.port, start_s, stop_s), []).append((qubit.index, np.exp(logarithm)))
    for port, start_s, stop_s in sorted(found, key=lambda key: key[1:]):
        some = found[port, start_s, stop_s]
        yield Watch(
            span=Span(start_s, stop_s, tuple(index for index, _ in some)),
            port=port,
            factors=np.stack([factors for _, factors in some], axis=1),
        )


def _inside(own: Resonator, field: Field, first: int, last: int) -> NDArray[np.complex128]:
    """Envelope in a resonator for levels 0 and 1, ringing included, shape ``(2, programs, samples)``."""
    after = math.ceil(_RINGING / (math.pi * own.kappa_hz) * field.rate_hz)
    tone = np.pad(field.volts[:, first:last], ((0, 0), (0, after)))
    made = []
    for level in (0, 1):
        rate = math.pi * own.kappa_hz - 2j * math.pi * (own.level_hz(level) - field.lo_hz)
        keep = np.exp(-rate / field.rate_hz)
        made.append(ringing((1 - keep) * math.pi * own.kappa_hz / rate * tone, rate / field.rate_hz))
    return np.array(made)


def _extent(own: Resonator, field: Field, run: tuple[int, int], inside: NDArray[np.complex128]) -> tuple[float, float]:
    """When a resonator's own tone begins and ends, if it begins later or ends sooner than others on the line.

    By its filling up to 15 %, and falling by as much; what that says is taken on the side that leaves drives alone.
    """
    strength = np.abs(inside).max(axis=(0, 1))
    rise = -math.log(1 - _EDGE) / (math.pi * own.kappa_hz) * field.rate_hz
    top = float(strength.max())
    begins = float(np.argmax(strength > _EDGE * top))
    ends = float(np.flatnonzero(strength > (1 - _EDGE) * top)[-1]) + 1 - rise
    slack = _SLACK_S * field.rate_hz
    first = run[0] if begins - rise < slack else run[0] + begins
    last = run[1] if ends > run[1] - run[0] - slack else run[0] + ends - slack / 4
    return field.start_s + first / field.rate_hz, field.start_s + max(last, first + 1) / field.rate_hz
