# SPDX-License-Identifier: Apache-2.0
"""Angles and thresholds of a calibration set come before the rack file's, and take effect at once."""

from __future__ import annotations

from typing import Any

import pytest
from qiskit import QuantumCircuit

import feedline
from feedline_hal import CalibrationSet
from feedline_hal.emulator.cable import Silence
from feedline_hal.errors import CalibrationError
from feedline_hal.rack.schema import ReadoutSpec
from feedline_rack.readout import readout_of


def noting(readout: Any) -> CalibrationSet:
    return CalibrationSet(metadata={"readout": readout})


def test_a_sets_angle_and_threshold_replace_the_rack_files(make_lab) -> None:
    """Silence is 0 V: above a threshold of -1 it is 1, above one of +1 it is 0; the device stays open meanwhile."""
    lab = make_lab(signals={"scope": Silence()})
    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [0, 1])
    made = []
    device = lab.backend.open()
    for low in (0, 1):
        readout = {f"q{qubit}": {"angle_rad": 0.0, "threshold": -1.0 if qubit == low else 1.0} for qubit in (0, 1)}
        made.append(lab.backend.with_calibrations(noting(readout)))
        assert device.adopt(made[-1])
    device.close()
    for low, derived in enumerate(made):
        counts = feedline.Sampler(mode=derived).run([circuit], shots=10).result()[0].data.c.get_counts()
        assert counts == {("01", "10")[low]: 10}
    assert len({backend.spec.id for backend in (lab.backend, *made)}) == 3
    assert lab.backend.spec.readout["q0"].angle_rad == 0.3


def test_what_a_set_does_not_say_stays(lab) -> None:
    derived = lab.backend.with_calibrations(noting({"q1": {"angle_rad": 0.5, "threshold": 0.25}}))
    assert derived.spec.readout == {
        "q0": lab.backend.spec.readout["q0"],
        "q1": ReadoutSpec(qubit=1, angle_rad=0.5, threshold=0.25),
    }
    assert lab.backend.with_calibrations(CalibrationSet()).spec.id == lab.backend.spec.id


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (3, "readout = 3"),
        ({"left": {}}, "readout = 'left'"),
        ({"q0": 3}, "readout.q0 = 3"),
        ({"q0": {"angle_rad": 0.1}}, "readout.q0.threshold = None"),
        ({"q0": {"angle_rad": "0.1", "threshold": 0.0}}, "readout.q0.angle_rad = '0.1'"),
    ],
)
def test_readout_that_is_none_is_refused_by_name(table: Any, words: str) -> None:
    with pytest.raises(CalibrationError, match=f"metadata has {words}"):
        readout_of(noting(table))
