# SPDX-License-Identifier: Apache-2.0
"""The backend contract: an honest backend keeps it, and every kind of liar is caught."""

from __future__ import annotations

import contextlib
import inspect
import time
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit

from feedline import Backend, Chunk, Device, Executable, Execution
from feedline.testing import BackendContract, IdealBackend, NullBackend
from feedline.testing.ideal import IDEAL, IdealDevice
from feedline.testing.null import NullDevice


class TestIdeal(BackendContract):
    backend = IdealBackend()
    noiseless = True


class TestNoisyReadout(BackendContract):
    backend = IdealBackend(3, readout_error=0.05)


class Contract(BackendContract):
    """A contract whose tests are called one by one; not collected."""

    noiseless = True
    patience_s = 0.5


def lying(**methods: Any) -> Backend:
    """The ideal backend, whose device has some methods replaced."""
    device: Any = type("LyingDevice", (IdealDevice,), methods)

    class Lying(IdealBackend):
        def open(self) -> Device:
            return device(self.target)

    return Lying()


def altered(change: Any) -> Any:
    """An ``execute`` that changes every chunk."""

    def execute(self: IdealDevice, executions: Sequence[Execution]) -> Iterator[Chunk]:
        for chunk in IdealDevice.execute(self, executions):
            yield from change(chunk)

    return execute


def swapped(chunk: Chunk) -> Iterator[Chunk]:
    assert chunk.bits is not None
    yield attrs.evolve(chunk, bits=chunk.bits[:, :, ::-1])


def twice(chunk: Chunk) -> Iterator[Chunk]:
    yield chunk
    yield chunk


def short(chunk: Chunk) -> Iterator[Chunk]:
    assert chunk.bits is not None
    yield attrs.evolve(chunk, bits=chunk.bits[:, 1:])


def wide(chunk: Chunk) -> Iterator[Chunk]:
    assert chunk.bits is not None
    yield attrs.evolve(chunk, bits=np.repeat(chunk.bits, 2, axis=2))


def reversed_points(self: IdealDevice, executions: Sequence[Execution]) -> Iterator[Chunk]:
    for chunk in IdealDevice.execute(self, executions):
        size = executions[chunk.execution].size
        yield attrs.evolve(chunk, points=slice(size - 1 - chunk.points.start, size - chunk.points.start))


def unseeded(self: IdealDevice, executions: Sequence[Execution]) -> Iterator[Chunk]:
    yield from IdealDevice.execute(self, [attrs.evolve(execution, seed=None) for execution in executions])


def stays_aborted(self: IdealDevice, executions: Sequence[Execution]) -> Iterator[Chunk]:
    if not self.aborted.is_set():
        yield from IdealDevice.execute(self, executions)


def slow(self: IdealDevice, executions: Sequence[Execution]) -> Iterator[Chunk]:
    for chunk in IdealDevice.execute(self, executions[:4]):
        time.sleep(0.4)
        yield chunk


def unchecked(self: IdealDevice, circuit: QuantumCircuit) -> Executable:
    return Executable(circuit)


def silent(self: IdealDevice, circuit: QuantumCircuit) -> Executable:
    raise ValueError("no")


@pytest.mark.parametrize(
    ("backend", "check"),
    [
        (lying(execute=altered(swapped)), "test_bit_stands_where_it_was_measured"),
        (lying(execute=altered(swapped)), "test_registers_follow_each_other"),
        (lying(execute=altered(twice)), "test_every_point_and_shot_comes_once"),
        (lying(execute=altered(short)), "test_every_point_and_shot_comes_once"),
        (lying(execute=altered(wide)), "test_shots_without_order_add_up"),
        (lying(execute=reversed_points), "test_parameters_are_bound_in_the_circuits_order"),
        (lying(execute=unseeded), "test_seed_reproduces_shots"),
        (lying(execute=stays_aborted), "test_abort_is_harmless_when_idle"),
        (lying(execute=slow, abort=lambda self: None), "test_abort_ends_execution_early"),
        (lying(close=lambda self: None), "test_device_is_closed_by_its_context"),
        (lying(compile=unchecked), "test_too_wide_a_circuit_is_refused"),
        (lying(compile=silent), "test_unknown_instruction_is_refused_by_name"),
        (IdealBackend(readout_error=0.3), "test_sampler_gives_bell_pairs_by_register"),
    ],
)
def test_contract_catches(backend: Backend, check: str) -> None:
    function = getattr(Contract(), check)
    with backend.open() as device:
        given = {"subject": backend, "device": device}
        needed = {name: given[name] for name in inspect.signature(function).parameters}
        with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
            function(**needed)


def test_contract_catches_a_boast() -> None:
    """Control flow that is declared but not in the target."""
    boasting = IdealBackend(capabilities=attrs.evolve(IDEAL, control_flow=frozenset({"if_else"})))
    with pytest.raises(AssertionError, match="declared but not in the target"):
        Contract().test_target_and_capabilities_agree_on_control_flow(boasting)


def one_more_sample(self: NullDevice, executions: Sequence[Execution]) -> Iterator[Chunk]:
    for half in (10, 10):
        given = [attrs.evolve(execution, shots=half, executable=execution.executable) for execution in executions]
        for chunk in NullDevice.execute(self, given):
            assert chunk.raw is not None
            yield attrs.evolve(chunk, raw=chunk.raw[..., : self.executed])


def samples_of_nobody(self: NullDevice, executions: Sequence[Execution]) -> Iterator[Chunk]:
    for chunk in NullDevice.execute(self, executions):
        assert chunk.raw is not None
        yield attrs.evolve(chunk, raw=chunk.raw + 0.1)


@pytest.mark.parametrize("execute", [None, one_more_sample, samples_of_nobody])
def test_contract_tells_honest_raw_samples_from_others(execute: Any) -> None:
    """A null device, whose samples are zeros, keeps to it; two kinds of liar do not."""
    backend = NullBackend(1)
    device: Any = type("RawDevice", (NullDevice,), {} if execute is None else {"execute": execute})
    verdict = pytest.raises(AssertionError) if execute else contextlib.nullcontext()
    with device(backend.target) as opened, verdict:
        Contract().test_declared_raw_samples_are_served(backend, opened)


def test_contract_without_a_backend_says_what_to_set() -> None:
    with pytest.raises(pytest.fail.Exception, match="Contract: set `backend`, or override `make_backend`"):
        Contract.make_backend()
