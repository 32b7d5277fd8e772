# SPDX-License-Identifier: Apache-2.0
"""What is known of a device while it is brought up: a calibration set, and numbers of its qubits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError
from feedline_hal.calibration.calibration_set import CalibrationSet

QUBITS, READOUT = "qubits", "readout"
"""Keys of a set's metadata: coherence times and so on by qubit, angles and thresholds by qubit."""


@attrs.frozen(kw_only=True, slots=True)
class QubitFacts:
    """Numbers of one qubit; ``None`` for what has not been measured.

    Attributes:
        t1_s, t2_s: Times of energy and, by an echo, of phase.
        angle_rad: Direction from the points of 0 to those of 1 in the IQ plane.
        threshold: Border on that line.
        zero, one: Where on that line the points of 0 and of 1 lie on average.
        misread_0, misread_1: Probability that 0 is read as 1, and 1 as 0.
    """

    t1_s: float | None = None
    t2_s: float | None = None
    angle_rad: float | None = None
    threshold: float | None = None
    zero: float | None = None
    one: float | None = None
    misread_0: float | None = None
    misread_1: float | None = None


_READOUT = ("angle_rad", "threshold")
_OTHERS = tuple(one.name for one in attrs.fields(QubitFacts) if one.name not in _READOUT)


@attrs.frozen(kw_only=True, slots=True)
class State:
    """A calibration set and what is known beside it; what routines begin with and propose.

    Attributes:
        calibrations: The set.
        facts: By qubit.
    """

    calibrations: CalibrationSet
    facts: Mapping[int, QubitFacts] = attrs.field(factory=dict)

    @classmethod
    def of(cls, calibrations: CalibrationSet) -> State:
        """The state that a set's metadata tells.

        Raises:
            InputError: If the metadata has something else where the numbers of qubits should be.
        """
        tables: dict[int, dict[str, float]] = {}
        for key, names in ((QUBITS, _OTHERS), (READOUT, _READOUT)):
            for qubit, table in _tables(calibrations.metadata.get(key, {}), key).items():
                tables.setdefault(qubit, {}).update({name: table[name] for name in names if name in table})
        return cls(calibrations=calibrations, facts={qubit: QubitFacts(**one) for qubit, one in tables.items()})

    def fact(self, qubit: int) -> QubitFacts:
        """What is known of a qubit."""
        return self.facts.get(qubit, QubitFacts())

    def knowing(self, qubit: int, **values: float | None) -> State:
        """The state with some numbers of a qubit replaced."""
        return attrs.evolve(self, facts={**self.facts, qubit: attrs.evolve(self.fact(qubit), **values)})

    def unread_since(self, before: State) -> list[int]:
        """Qubits whose measurement is another one than before, while angle and threshold for it are not known."""
        changed = {
            one.qubits[0]
            for one in self.calibrations.calibrations
            if one.gate == "measure" and len(one.qubits) == 1 and one not in before.calibrations.calibrations
        }
        return sorted(
            qubit
            for qubit in changed
            if qubit is not None and (self.fact(qubit).angle_rad is None or self.fact(qubit).threshold is None)
        )

    def to_set(self, **metadata: Any) -> CalibrationSet:
        """The set, with all numbers and what else is given in its metadata."""
        tables: dict[str, dict[str, dict[str, float]]] = {QUBITS: {}, READOUT: {}}
        for qubit, facts in sorted(self.facts.items()):
            known = {name: value for name, value in attrs.asdict(facts).items() if value is not None}
            for key, names in ((QUBITS, _OTHERS), (READOUT, _READOUT)):
                if found := {name: known[name] for name in names if name in known}:
                    tables[key][f"q{qubit}"] = found
        return attrs.evolve(self.calibrations, metadata={**self.calibrations.metadata, **tables, **metadata})

    def signal(self, qubit: int, points: NDArray[np.complexfloating]) -> NDArray[np.float64]:
        """Points of the IQ plane as population of 1, as far as the readout is known; the shape stays.

        Without zero and one it is the position on the line, without an angle that on the line along which the
        points lie.
        """
        facts = self.fact(qubit)
        angle_rad = _longest(points) if facts.angle_rad is None else facts.angle_rad
        along: NDArray[np.float64] = (points * np.exp(-1j * angle_rad)).real.astype(np.float64)
        if facts.angle_rad is None or facts.zero is None or facts.one is None:
            return along
        return (along - facts.zero) / (facts.one - facts.zero)


def _longest(points: NDArray[np.complexfloating]) -> float:
    """Direction in which the points' means differ most."""
    means = points.reshape(len(points), -1).mean(axis=1)
    apart = means - means.mean()
    return float(np.angle((apart**2).sum()) / 2)


def _tables(given: Any, key: str) -> dict[int, dict[str, float]]:
    try:
        return {
            int(name.removeprefix("q")): {word: float(value) for word, value in table.items()}
            for name, table in given.items()
        }
    except (AttributeError, TypeError, ValueError):
        raise InputError(
            f"The calibration set's metadata has {key} = {given!r}.",
            remedy='Note numbers by qubit: {"q0": {"t1_s": 42e-6}}.',
        ) from None
