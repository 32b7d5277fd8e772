# SPDX-License-Identifier: Apache-2.0
"""The part of the contract about opening, closing and aborting."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress

import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from feedline.capabilities import Capabilities
from feedline.device import Device
from feedline.errors import FeedlineError, ProviderError
from feedline.execution import Execution
from feedline.processor import Backend

from .subject import BackendSubject, ask, executable, isa, refused, take


def flip(backend: Backend) -> QuantumCircuit:
    """X on qubit 0, measured into classical bit 0."""
    circuit = QuantumCircuit(1, 1, name="flip")
    circuit.x(0)
    circuit.measure(0, 0)
    return isa(backend, circuit)


class LifecycleContract(BackendSubject):
    """A backend describes; a device is opened, acts, is aborted, is closed."""

    def test_backend_describes_itself(self, subject: Backend) -> None:
        """A name, a target with qubits, declared capabilities; all without a device."""
        assert isinstance(subject, Backend)
        assert subject.name
        assert isinstance(subject.target, Target)
        assert subject.num_qubits >= 1
        assert isinstance(subject.capabilities, Capabilities)
        assert subject.device_id == subject.device_id
        json.dumps(dict(subject.describe()))

    def test_device_opens_and_closes_twice(self, subject: Backend) -> None:
        """Closing a closed device does nothing; a device can be opened again."""
        for _ in range(2):
            device = subject.open()
            device.close()
            device.close()

    def test_device_is_closed_by_its_context(self, subject: Backend) -> None:
        """After the with block, every call but close is refused with words."""
        with subject.open() as device:
            assert isinstance(device, Device)
            assert isinstance(device.fingerprint, tuple)
            executions = executable(device, [ask(flip(subject), shots=1)])
        with refused(ProviderError):
            list(device.execute(executions))

    def test_reopened_device_works(self, subject: Backend) -> None:
        """What a closed device leaves behind does not disturb the next."""
        for _ in range(2):
            with subject.open() as device:
                assert take(device, ask(flip(subject)))[0].mean(0) > 0.5

    def test_second_device_works_or_is_refused_with_words(self, subject: Backend) -> None:
        """A processor that is taken says so; it does not hang, and the first owner keeps it."""
        with subject.open() as first:
            with suppress(FeedlineError), subject.open() as second:
                take(second, ask(flip(subject), shots=2))
            assert take(first, ask(flip(subject)))[0].mean(0) > 0.5

    def test_abort_is_harmless_when_idle(self, subject: Backend, device: Device) -> None:
        """An abort that comes too early or too late does not stop the next execution."""
        device.abort()
        assert take(device, ask(flip(subject)))[0].mean(0) > 0.5
        device.abort()
        assert take(device, ask(flip(subject)))[0].mean(0) > 0.5

    def test_stream_may_be_left_early(self, subject: Backend, device: Device) -> None:
        """A reader that stops reading leaves the device usable."""
        stream = device.execute(executable(device, [ask(flip(subject)), ask(flip(subject))]))
        next(iter(stream))
        close = getattr(stream, "close", None)
        if close is not None:
            close()
        assert take(device, ask(flip(subject)))[0].mean(0) > 0.5

    def test_abort_ends_execution_early(self, subject: Backend, device: Device) -> None:
        """From another thread, without an error; afterwards the device works."""
        limit = subject.capabilities.max_shots or 100_000
        load = executable(device, [ask(flip(subject), shots=min(limit, 100_000)) for _ in range(64)])
        failures = self._drained_after_abort(device, load)
        assert failures == []
        assert take(device, ask(flip(subject)))[0].mean(0) > 0.5

    def _drained_after_abort(self, device: Device, load: list[Execution]) -> list[BaseException]:
        failures: list[BaseException] = []
        is_going = threading.Event()

        def drain() -> None:
            try:
                for _ in device.execute(load):
                    is_going.set()
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(error)
            is_going.set()

        thread = threading.Thread(target=drain, name="contract-execute")
        thread.start()
        is_going.wait(timeout=self.patience_s)
        began_s = time.monotonic()
        device.abort()
        thread.join(timeout=self.patience_s)
        if thread.is_alive():
            device.close()
            thread.join(timeout=self.patience_s)
            pytest.fail(f"execute went on for {time.monotonic() - began_s:.1f} s after abort.")
        return failures
