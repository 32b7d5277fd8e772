# SPDX-License-Identifier: Apache-2.0
"""Transmons that act on each other for a while: their Hamiltonian, all in frames that turn equally fast."""

from __future__ import annotations

import math
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from .chip import LEVELS, Coupler, Qubit
from .operator import Matrix, driven, exchange, rest
from .scene import Scene
from .timeline import Span

_PARTS = 12
"""Parts of the time in which two oscillators turn by a whole turn, and of samples on clocks that do not coincide."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Component:
    """Couplers and drives that act on some transmons during a span.

    Attributes:
        qubits: The transmons.
        couplers: Between them.
        driven: Which of them are driven.
        detunings_hz: Their frequencies less the frame's.
        rate_hz: Clock of the samples.
        samples: Couplers' voltages, then drives relative to the frame, ``(programs, parts, samples)``.
    """

    qubits: tuple[Qubit, ...]
    couplers: tuple[Coupler, ...]
    driven: tuple[int, ...]
    detunings_hz: tuple[float, ...]
    rate_hz: float
    samples: NDArray[np.complex128]

    @classmethod
    def of(cls, scene: Scene, span: Span) -> Self:
        """What acts in a span."""
        qubits = tuple(scene.chip.qubits[index] for index in span.qubits)
        couplers = tuple(one for one in scene.active() if set(one.qubits) <= set(span.qubits))
        acting = {
            index: scene.drives[index]
            for index in span.qubits
            if index in scene.drives and scene.drives[index].acts(span.start_s, span.stop_s)
        }
        frames_hz = [one.frame_hz for one in acting.values()] or [scene.frequencies_hz[span.qubits[-1]]]
        frame_hz = frames_hz[0]
        clock_hz = max(one.rate_hz for one in (*(scene.volts[one.port] for one in couplers), *acting.values()))
        parts = 1 + int(_PARTS * max(abs(one_hz - frame_hz) for one_hz in frames_hz) / clock_hz)
        if not all(one.is_on_grid(time_s) for one in acting.values() for time_s in (span.start_s, span.stop_s)):
            parts = max(parts, _PARTS)
        count = math.ceil((span.stop_s - span.start_s) * clock_hz * parts - 1e-6)
        rate_hz = _rate_hz(count, span, clock_hz * parts)
        voltages = [scene.volts[one.port].resampled(span.start_s, count, rate_hz) for one in couplers]
        felt = []
        for index, drive in acting.items():
            moved = drive if parts == 1 else drive.finer(math.ceil(parts * clock_hz / drive.rate_hz))
            moved = moved.relative_to(frame_hz, scene.frequencies_hz[index])
            felt.append(moved.resampled(span.start_s, count, rate_hz) + moved.rest_v)
        return cls(
            qubits=qubits,
            couplers=couplers,
            driven=tuple(acting),
            detunings_hz=tuple(scene.frequencies_hz[index] - frame_hz for index in span.qubits),
            rate_hz=rate_hz,
            samples=np.stack([*voltages, *felt], axis=1),
        )

    @property
    def key(self) -> tuple[object, ...]:
        """What superoperators depend on besides the samples."""
        numbers = tuple((one.index, one.t1_s, one.t2_s) for one in self.qubits)
        ports = tuple(one.port for one in self.couplers)
        return numbers, ports, self.driven, tuple(round(one) for one in self.detunings_hz), self.rate_hz

    def hamiltonians(self, samples: NDArray[np.complex128]) -> Matrix:
        """Hamiltonians of one program's samples ``(parts, samples)``, shape ``(samples, 3^k, 3^k)``."""
        size, count = len(self.qubits), samples.shape[1]
        found = np.zeros((count, LEVELS**size, LEVELS**size), dtype=np.complex128)
        drives = dict(zip(self.driven, samples[len(self.couplers) :], strict=True))
        for place, (qubit, detuning_hz) in enumerate(zip(self.qubits, self.detunings_hz, strict=True)):
            if qubit.index in drives:
                found += embedded(driven(qubit, drives[qubit.index], detuning_hz), (place,), size)
            else:
                found += embedded(rest(qubit, detuning_hz)[np.newaxis], (place,), size)
        places = {qubit.index: place for place, qubit in enumerate(self.qubits)}
        for coupler, volts in zip(self.couplers, samples, strict=False):
            where = (places[coupler.qubits[0]], places[coupler.qubits[1]])
            found += embedded(exchange(coupler, volts.real), where, size)
        return found


def _rate_hz(count: int, span: Span, clock_hz: float) -> float:
    """The clock, or one that fits the samples into a span whose length is no whole number of them."""
    fitting_hz = count / (span.stop_s - span.start_s)
    return clock_hz if abs(fitting_hz / clock_hz - 1) * count < 1e-6 else fitting_hz


def embedded(operators: Matrix, places: tuple[int, ...], size: int) -> Matrix:
    """Operators ``(samples, 3^k, 3^k)`` on some of ``size`` transmons, the others left alone."""
    identity = np.eye(LEVELS ** (size - len(places)))
    whole = np.einsum("sab,cd->sacbd", operators, identity)
    shaped = whole.reshape(len(operators), *(LEVELS,) * (2 * size))
    order = [*places, *(one for one in range(size) if one not in places)]
    back = np.argsort(order)
    axes = [0, *(1 + back), *(1 + size + back)]
    found: Matrix = shaped.transpose(axes).reshape(len(operators), LEVELS**size, LEVELS**size)
    return found
