# SPDX-License-Identifier: Apache-2.0
"""The doubles: what they answer, so that tests and benchmarks can rely on it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit

import feedline.testing
from feedline.capabilities import MeasLevel
from feedline.errors import CapabilityError, MissingExtraError, ProviderError
from feedline.execution import Execution
from feedline.testing import NullBackend, ScriptedBackend, zeros


def asked(**fields: Any) -> Execution:
    circuit = QuantumCircuit(1, 9, name="nine")
    return Execution(**{"circuit": circuit, "values": np.zeros((3, 0)), "shots": 5, **fields})


def test_null_device_answers_in_the_form_that_was_asked_for() -> None:
    with NullBackend(1).open() as device:
        (bits,) = device.execute([asked()])
        (counts,) = device.execute([asked(memory=False)])
        (iq,) = device.execute([asked(meas_level=MeasLevel.KERNELED)])
        (average,) = device.execute([asked(meas_level=MeasLevel.AVG_KERNELED)])
        (samples,) = device.execute([asked(meas_level=MeasLevel.RAW)])
    assert bits.bits is not None
    assert bits.bits.shape == (3, 5, 2)
    assert counts.counts is not None
    assert counts.counts.weight.tolist() == [5, 5, 5]
    assert iq.iq is not None
    assert iq.iq.shape == (3, 5, 9)
    assert average.iq is not None
    assert average.iq.shape == (3, 9)
    assert samples.raw is not None
    assert samples.raw.shape == (3, 5, 9, 8)


def test_null_backend_takes_any_standard_circuit_as_it_is() -> None:
    circuit = QuantumCircuit(5)
    circuit.ccx(0, 1, 2)
    circuit.rzz(0.3, 3, 4)
    circuit.delay(100, 0)
    circuit.measure_all()
    with NullBackend(5).open() as device:
        assert device.compile(circuit).circuit is circuit
        with pytest.raises(CapabilityError, match="has 6 qubits, the device has 5"):
            device.compile(QuantumCircuit(6))


def test_null_device_that_waits_is_aborted() -> None:
    with NullBackend(1, wait_s=60).open() as device:
        began_s = time.monotonic()
        threading.Timer(0.1, device.abort).start()
        assert list(device.execute([asked()])) == []
        assert time.monotonic() - began_s < 10
    with pytest.raises(ProviderError, match="The null device is closed"):
        list(device.execute([asked()]))


def test_script_is_played_line_by_line_and_then_zeros() -> None:
    backend = ScriptedBackend([OSError("cable"), [zeros(0, asked(shots=2))], lambda given: [zeros(0, given[0])]])
    with backend.open() as device:
        with pytest.raises(OSError, match="cable"):
            list(device.execute([asked()]))
        shots = [next(iter(device.execute([asked()]))).bits.shape[1] for _ in range(3)]  # type: ignore[union-attr]
    assert shots == [2, 5, 5]
    assert len(backend.calls) == 4
    assert backend.opened == [device]
    with pytest.raises(ProviderError, match="The scripted device is closed"):
        device.compile(QuantumCircuit(1))


def test_doubles_need_no_pytest() -> None:
    code = "import sys; from feedline.testing import NullBackend, IdealBackend; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'feedline\.testing' has no attribute 'FakeBackend'"):
        _ = feedline.testing.FakeBackend


@pytest.mark.parametrize("name", ["BackendContract", "PassContract"])
def test_contract_without_pytest_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytest", None)  # what the import of a missing module meets
    with pytest.raises(MissingExtraError, match=rf"feedline\.testing\.{name} needs pytest") as caught:
        getattr(feedline.testing, name)
    assert caught.value.remedy == "pip install pytest"
