# SPDX-License-Identifier: Apache-2.0
"""The chip at work: what happens to its transmons when fields arrive, shot by shot where it is measured.

What is modelled: transmons of three levels with T1, T2 and a thermal population, driven by sampled fields in the
rotating-wave approximation; couplers' exchange; measurement that makes the levels of reached transmons definite, or,
where a tone is too weak for that, those of as many shots as lose their coherence. Density matrices are exact for all
shots at once; five and more transmons that are measured in mid-circuit have a pure state for each shot. What is not
modelled: what drives do to a transmon while it is being measured for sure (they are suppressed, as Zeno's effect
would), what photons that are left after a tone do, records' dependence on drives meanwhile, a reset's voltage while a
coupler acts on the same transmon, and asymmetric junctions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from feedline.errors import InputError

from .chip import LEVELS, Chip, Qubit
from .field import Field
from .library import Library
from .operator import Matrix, decay, rest
from .propagator import rest_superoperator
from .scene import Scene
from .sensed import Sensed, merged_sensed
from .trajectory_run import sensed_by

MAX_QUBITS = 6
_MOST_ELEMENTS = 1 << 23
_MOST_PROGRAMS = 256
_KEPT = 4096


class Processor:
    """Plays fields to a chip, and remembers what pulses do.

    Args:
        chip: The chip.

    Raises:
        InputError: If it has more transmons than can be simulated.

    Attributes:
        library: Superoperators of pulses.
    """

    def __init__(self, chip: Chip) -> None:
        if len(chip.qubits) > MAX_QUBITS:
            raise InputError(
                f"Chip '{chip.name}' has {len(chip.qubits)} qubits.",
                remedy=f"Up to {MAX_QUBITS} can be simulated; leave some out.",
            )
        self.chip = chip
        self.library = Library()
        self._rests: dict[tuple[object, ...], Matrix] = {}

    def play(
        self,
        fields: Mapping[str, Field],
        frequencies_hz: Mapping[int, float],
        shots: Sequence[int],
        rng: np.random.Generator,
    ) -> list[list[Sensed]]:
        """Play programs whose pulses lie at the same times.

        Args:
            fields: By port, a row per program.
            frequencies_hz: Of each transmon.
            shots: Of each program.
            rng: Randomness.

        Returns:
            For each program what was sensed, in order of time.
        """
        scene = Scene.of(self.chip, fields, frequencies_hz, len(shots))
        blocks = scene.blocks()
        largest = max((len(one) for one in blocks), default=1)
        step = max(1, min(_MOST_PROGRAMS, _MOST_ELEMENTS // LEVELS ** (2 * largest)))
        sensed: list[list[Sensed]] = [[] for _ in shots]
        for portion in scene.portions(step):
            some = scene.some(portion)
            counts = [shots[program] for program in portion.tolist()]
            runs = [sensed_by(self, some, block, counts, rng) for block in blocks]
            for program, found in zip(portion.tolist(), zip(*runs, strict=True), strict=True):
                sensed[program] = merged_sensed(found)
        return sensed

    def rest(self, qubit: Qubit, duration_s: float) -> Matrix:
        """What happens to a transmon in its own frame while nothing drives it."""
        key = qubit.index, qubit.t1_s, qubit.t2_s, round(duration_s * 1e14)
        known = self._rests.get(key)
        if known is None:
            if len(self._rests) > _KEPT:
                self._rests.clear()
            known = self._rests[key] = rest_superoperator(rest(qubit), decay(qubit), duration_s)
        return known
