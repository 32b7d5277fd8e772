# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import math

import numpy as np
import pytest
from qiskit.circuit import Parameter

from feedline_hal.errors import PulseError
from feedline_hal.export.table import rows, to_dict

from .lab import READOUT_AMPLITUDE, SEVEN_GHZ, SIX_GHZ, SX_AMPLITUDE, decisions, layers, turns


def test_every_play_capture_and_phase_change_has_a_row(lowered) -> None:
    theta = Parameter("theta")
    table = rows(lowered(turns(theta)), {"theta": math.pi / 2})
    found = [
        (row["kind"], row["start_ns"], row["duration_ns"], row["port"], row["gate"], row["qubits"]) for row in table
    ]
    assert found[:3] == [
        ("play", 0.0, 40.0, "q0_drive", "sx", [0]),
        ("shift_phase", 40.0, 0.0, "q0_drive", "rz", [0]),
        ("play", 40.0, 40.0, "q0_drive", "sx", [0]),
    ]
    assert sorted(found[3:]) == [
        ("capture", 80.0, 1000.0, "q0_readout", "measure", [0]),
        ("play", 80.0, 1000.0, "q0_readout", "measure", [0]),
    ]


def test_plays_have_amplitude_frequency_and_the_phase_that_virtual_z_gave(lowered) -> None:
    first, turn, second, *_ = rows(lowered(turns(Parameter("theta"))), [1.5])
    assert turn["value"] == 1.5
    for play, phase in ((first, 0.0), (second, 1.5)):
        assert play["amplitude"] == SX_AMPLITUDE
        assert play["frequency_hz"] == SIX_GHZ
        assert play["waveform"].startswith("drag_")
        assert play["frame_phase_rad"] == pytest.approx(phase)
        # The local oscillator is 100 MHz below: by 40 ns the carrier has turned 4 times against it.
        assert math.remainder(play["phase_rad"] - phase, 2 * math.pi) == pytest.approx(0.0, abs=1e-6)


def test_captures_name_their_bit_and_kind(lowered) -> None:
    table = rows(lowered(turns(0.0)), bits=["meas[0]"])
    (capture,) = [row for row in table if row["kind"] == "capture"]
    assert (capture["bit"], capture["mode"], capture["frequency_hz"]) == ("meas[0]", "capture_v2", SEVEN_GHZ)
    (tone,) = [row for row in table if row["gate"] == "measure" and row["kind"] == "play"]
    assert tone["amplitude"] == READOUT_AMPLITUDE


def test_frame_phases_add_up_over_a_long_circuit(lowered, rng: np.random.Generator) -> None:
    """What the table says of each play is what a walk over the circuit's own angles gives."""
    circuit = layers(3, 6, rng)
    expected: dict[int, list[float]] = {qubit: [] for qubit in range(3)}
    reached = dict.fromkeys(range(3), 0.0)
    for instruction in circuit.data:
        qubit = circuit.find_bit(instruction.qubits[0]).index
        if instruction.name == "rz":
            reached[qubit] += instruction.params[0]
        elif instruction.name == "sx":
            expected[qubit].append(reached[qubit])
    table = rows(lowered(circuit))
    for qubit in range(3):
        found = [row["frame_phase_rad"] for row in table if row["gate"] == "sx" and row["qubits"] == [qubit]]
        assert np.exp(1j * np.array(found)) == pytest.approx(np.exp(1j * np.array(expected[qubit])))
        assert all(-math.pi < phase <= math.pi for phase in found)


def test_blocks_have_numbers_and_captions(lowered) -> None:
    table = rows(lowered(decisions()))
    assert {row["block"]: row["caption"] for row in table} == {0: "", 1: "if c0 == 1", 3: "repeat 2 times", 4: ""}


def test_document_is_json_and_holds_every_row(lowered) -> None:
    program = lowered(decisions())
    document = json.loads(json.dumps(to_dict(program)))
    assert document["stage"] == "port"
    assert len(document["rows"]) == len(rows(program))
    assert [block["duration_ns"] for block in document["blocks"]] == [1000.0, 40.0, 300.0, 40.0, 40.0]
    assert document["flow"][1]["branch"] == {"clbits": [0], "value": 1}
    assert {port["name"]: port["lo_frequency_hz"] for port in document["ports"]} == {
        "q0_drive": SIX_GHZ - 1e8,
        "q0_readout": SEVEN_GHZ,
    }


def test_unbound_parameters_are_named(lowered) -> None:
    with pytest.raises(PulseError, match="Program 'turns' needs a value for theta"):
        rows(lowered(turns(Parameter("theta"))))
