# SPDX-License-Identifier: Apache-2.0
"""Coherence times of qubits, as whoever calibrated them noted them in the set's metadata.

``metadata["qubits"]`` is ``{"q0": {"t1_s": 42e-6, "t2_s": 51e-6}, ...}``; either time may be missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from feedline_hal.errors import CalibrationError

if TYPE_CHECKING:
    from .calibration_set import CalibrationSet

QUBITS = "qubits"
"""Key of the metadata."""
_NAME = re.compile(r"q(0|[1-9]\d*)")


@attrs.frozen(kw_only=True, slots=True)
class CoherenceTimes:
    """Of one qubit; ``None`` for what was not measured.

    Attributes:
        t1_s: In which energy decays.
        t2_s: In which phase is lost, by an echo.
    """

    t1_s: float | None = None
    t2_s: float | None = None


def coherence_times(calibrations: CalibrationSet) -> Mapping[int, CoherenceTimes]:
    """Coherence times by qubit; empty if none were noted.

    Raises:
        CalibrationError: If the metadata has something else there; says what.
    """
    table = calibrations.metadata.get(QUBITS, {})
    if not isinstance(table, Mapping):
        raise _wrong(QUBITS, table)
    return {_number(name): _times(f"{QUBITS}.{name}", one) for name, one in table.items()}


def noted(times: Mapping[int, CoherenceTimes]) -> dict[str, dict[str, float]]:
    """What to keep under ``qubits`` in a set's metadata."""
    return {
        f"q{qubit}": {key: value for key, value in attrs.asdict(one).items() if value is not None}
        for qubit, one in times.items()
    }


def _number(name: Any) -> int:
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        raise _wrong(QUBITS, name)
    return int(found[1])


def _times(path: str, table: Any) -> CoherenceTimes:
    if not isinstance(table, Mapping):
        raise _wrong(path, table)
    found = {key: table.get(key) for key in ("t1_s", "t2_s")}
    for key, value in found.items():
        is_time = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
        if value is not None and not is_time:
            raise _wrong(f"{path}.{key}", value)
    return CoherenceTimes(**found)


def _wrong(path: str, value: Any) -> CalibrationError:
    return CalibrationError(
        f"The calibration set's metadata has {path} = {value!r}.",
        remedy='Note seconds by qubit: {"qubits": {"q0": {"t1_s": 42e-6, "t2_s": 51e-6}}}.',
    )
