# SPDX-License-Identifier: Apache-2.0
"""A start that is wrong on purpose, to see that bring-up finds its way from there."""

from __future__ import annotations

import math

import attrs
import numpy as np

from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.coherence import QUBITS
from feedline_hal.calibration.content import READOUT

from .edit import capture_of, drive_frame, number, play_of, scaled, with_frequency

OFF_HZ, OFF_SHARE = 5e6, 0.2
"""By how much frequencies and amplitudes are wrong."""


def wrong_start(calibrations: CalibrationSet, seed: int) -> CalibrationSet:
    """The set with every number wrong that calibration is to find.

    Frequencies of drives and readout tones are off by 5 MHz up or down, amplitudes of ``sx``, ``x`` and ``cz`` by 20 %
    up or down, angles and thresholds are random. What was measured of the qubits before is forgotten. Gates that the
    set does not have stay away.

    Args:
        calibrations: The set to spoil.
        seed: Of signs, angles and thresholds.
    """
    rng = np.random.default_rng(seed)
    found = {(one.gate, one.qubits): one for one in calibrations.calibrations}
    made, readout = calibrations, {}
    for qubit in sorted({one for _, qubits in found for one in qubits if one is not None}):
        if ("sx", (qubit,)) in found:
            frame = drive_frame(made, qubit)
            made = with_frequency(made, frame, number(frame.frequency_hz, frame.name) + _either(rng) * OFF_HZ)
        if ("measure", (qubit,)) in found:
            frames = dict.fromkeys((play_of(made, "measure", (qubit,)).frame, capture_of(made, qubit).frame))
            off_hz = _either(rng) * OFF_HZ
            for frame in frames:
                made = with_frequency(made, frame, number(frame.frequency_hz, frame.name) + off_hz)
            readout[f"q{qubit}"] = {
                "angle_rad": float(rng.uniform(-math.pi, math.pi)),
                "threshold": float(rng.normal(0, 0.1)),
            }
    done: set[tuple[str, frozenset[int | None]]] = set()
    for gate, qubits in found:
        if gate in ("sx", "x", "cz") and (gate, frozenset(qubits)) not in done:
            done.add((gate, frozenset(qubits)))
            named = [one for one in qubits if one is not None]
            made = scaled(made, gate, named, 1 + _either(rng) * OFF_SHARE)
    kept = {key: value for key, value in calibrations.metadata.items() if key not in (QUBITS, READOUT)}
    return attrs.evolve(made, metadata={**kept, READOUT: readout})


def _either(rng: np.random.Generator) -> float:
    return float(rng.choice([-1.0, 1.0]))
