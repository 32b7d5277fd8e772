# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import attrs
import pytest

from feedline_hal import CalibrationSet, Play
from feedline_hal.calibration.merge import with_ports


def only(cals: CalibrationSet, gate: str, qubit: int) -> CalibrationSet:
    return CalibrationSet.of([cals.find(gate, [qubit])])


def test_merging_replaces_the_same_key_and_keeps_the_order(lab) -> None:
    base = lab()
    over = only(lab(amplitude=0.119), "sx", 1)
    both = base.merged(over)
    assert [one.label for one in both.calibrations] == [one.label for one in base.calibrations]
    assert both.find("sx", [1]) is over.calibrations[0]
    assert both.find("sx", [0]) is base.find("sx", [0])
    assert [change.label for change in base.diff(both).changed] == ["sx q1"]


def test_merging_adds_what_the_base_has_not(lab) -> None:
    base = lab()
    extra = CalibrationSet.of([attrs.evolve(base.find("sx", [0]), gate="drag_x")])
    assert base.merged(extra).calibrations == (*base.calibrations, *extra.calibrations)
    assert CalibrationSet().merged(base) == base == base.merged(CalibrationSet())


def test_frame_tuned_anew_moves_the_gates_of_the_base(lab) -> None:
    tuned = only(lab(frequency_hz=5.1003e9), "sx", 0)
    both = lab().merged(tuned)
    assert both.frames["q0_drive_frame"].frequency_hz == 5.1003e9
    for one in both.calibrations:
        for item in one.schedule.instructions():
            if isinstance(item, Play) and item.frame.name == "q0_drive_frame":
                assert item.frame.frequency_hz == 5.1003e9
    assert both.frames["q1_drive_frame"].frequency_hz == 5.1e9


def test_order_of_layers_decides(lab) -> None:
    low, high = only(lab(amplitude=0.1), "sx", 0), only(lab(amplitude=0.2), "sx", 0)
    assert lab().merged(low).merged(high) == lab().merged(high)
    assert lab().merged(high).merged(low) == lab().merged(low)


def test_metadata_is_merged_too(lab) -> None:
    one, two = (attrs.evolve(lab(), metadata=data) for data in ({"a": 1, "b": 1}, {"b": 2}))
    assert one.merged(two).metadata == {"a": 1, "b": 2}


def test_ports_of_a_device_come_in_everywhere(lab) -> None:
    cals = lab()
    limited = [attrs.evolve(port, max_amplitude=0.25) for port in cals.ports.values()]
    on_device = with_ports(cals, limited)
    assert on_device.id == cals.id
    ports = {item.frame.port for one in on_device.calibrations for item in one.schedule.instructions()}
    assert ports == set(on_device.ports.values()) == set(limited)
    assert with_ports(on_device, limited).calibrations == on_device.calibrations


@pytest.mark.parametrize("gate", ["cz", "measure"])
def test_inner_structure_survives(lab, gate: str) -> None:
    tuned = only(lab(frequency_hz=5.1003e9), "sx", 0)
    qubits = {"cz": [0, 1], "measure": [0]}[gate]
    before, after = lab().find(gate, qubits).schedule, lab().merged(tuned).find(gate, qubits).schedule
    assert after.alignment == before.alignment
    assert [type(item) for item in after.items] == [type(item) for item in before.items]
