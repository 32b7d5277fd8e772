# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
import json
from typing import Any

import attrs
import numpy as np
import pytest
from qiskit.circuit import Parameter

from feedline_hal import Port
from feedline_hal.errors import PulseError


def test_a_port_keeps_plain_numbers_whatever_it_is_given() -> None:
    port = Port(
        "q0_drive",
        qubits=np.array([0, 1]),
        rate_hz=np.float32(1e9),
        lo_frequency_hz=np.int64(5),
        frequency_range_hz=np.array([4e9, 6e9]),
        max_amplitude=1,
    )
    assert port == Port("q0_drive", qubits=[0, 1], rate_hz=1e9, lo_frequency_hz=5.0, frequency_range_hz=(4e9, 6e9))
    assert json.loads(json.dumps(attrs.asdict(port)))["frequency_range_hz"] == [4e9, 6e9]
    assert hash(copy.deepcopy(port)) == hash(port)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rate_hz": 0}, r"port 'p': rate_hz is 0.\n  -> Give a number above 0"),
        ({"rate_hz": float("nan")}, r"port 'p': rate_hz is nan"),
        ({"rate_hz": Parameter("r")}, r"port 'p': rate_hz still depends on r"),
        ({"max_amplitude": -1}, r"port 'p': max_amplitude is -1"),
        ({"max_amplitude": float("inf")}, r"port 'p': max_amplitude is inf"),
        ({"lo_frequency_hz": "5 GHz"}, r"port 'p': lo_frequency_hz is '5 GHz', which is not a number.\n  -> .* in Hz"),
        ({"frequency_range_hz": (6e9, 4e9)}, r"the highest comes first.\n  -> Give the lowest frequency first"),
        ({"frequency_range_hz": (6e9,)}, r"frequency_range_hz is .*\n  -> Give the lowest and the highest frequency"),
        ({"frequency_range_hz": 6e9}, r"frequency_range_hz is .*\n  -> Give the lowest and the highest frequency"),
        ({"frequency_range_hz": (0, float("nan"))}, r"frequency_range_hz is nan"),
        ({"qubits": (0, 0)}, r"qubits is \(0, 0\).\n  -> Give different physical qubits, from 0"),
        ({"qubits": (-1,)}, r"qubits is \(-1,\)"),
        ({"qubits": 3}, r"qubits is 3"),
        ({"qubits": "01"}, r"qubits is '01'"),
    ],
)
def test_a_port_refuses_values_that_mean_nothing(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(PulseError, match=words):
        Port("p", **fields)


def test_a_ports_name_is_an_identifier() -> None:
    with pytest.raises(PulseError, match="port: name is 'q0 drive', which is no identifier"):
        Port("q0 drive")
