# SPDX-License-Identifier: Apache-2.0
"""The rack as a device: circuits in, bits out of the instruments on the bench."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
from qiskit import QuantumCircuit

from feedline.capabilities import MeasLevel
from feedline.device import Device, Executable
from feedline.errors import FeedlineError, ProviderError
from feedline.execution import Chunk, Execution
from feedline.isa import check_isa
from feedline.processor import Backend
from feedline_hal.instrument.settable_driver import SettableDriver
from feedline_hal.lowering.family import ProgramFamily
from feedline_hal.lowering.key import device_fingerprint
from feedline_hal.rack.open_rack import OpenRack

from .harvest import Harvest
from .listening import check_captures, check_raw
from .planning import Asked, Item, items_of, plan
from .readout import is_wired_alike
from .run import Loaded, Runner, Stopped
from .settling import settled
from .wiring import Wiring

if TYPE_CHECKING:
    from .backend import RackBackend

_log = logging.getLogger("feedline.rack")


class RackDevice(Device):
    """An open rack; what `RackBackend.open` returns.

    Args:
        backend: What it is.
        rack: Its instruments, connected and safe.
        bench: What stands in for instruments, if anything does; stopped with the device.
    """

    def __init__(self, backend: RackBackend, rack: OpenRack, bench: contextlib.ExitStack) -> None:
        self._backend = backend
        self._rack = rack
        self._bench = bench
        self._wiring = Wiring.of(backend.spec, {name: lane.driver for name, lane in rack.lanes.items()})
        self._stop = threading.Event()
        self._runner = Runner(rack, self._wiring, self._stop)
        self._is_settled = False
        self._is_closed = False

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """What port programs depend on besides the circuit."""
        return (*device_fingerprint(self._backend), self._backend.spec.id)

    def adopt(self, backend: Backend) -> bool:
        """Serve a backend that was derived from this one's, by `with_calibrations` for one."""
        if not isinstance(backend, type(self._backend)) or backend.device_id != self._backend.device_id:
            return False
        if not is_wired_alike(backend.spec, self._backend.spec):
            return False
        self._backend = backend
        self._wiring = attrs.evolve(self._wiring, spec=backend.spec)
        return True

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Lower a circuit to the port level, once for all parameter values.

        Raises:
            CapabilityError: If the target does not have an instruction, or a capture cannot be recorded.
            PulseError: If pulses are off the grid, overlap, or leave their ports' limits.
        """
        self._check_open()
        check_isa(circuit, self._backend.target)
        family = ProgramFamily.of(circuit, self._backend)
        if not family.timing:
            check_captures(family.program(()), self._wiring)
        return Executable(circuit, family)

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """Spend all shots; a chunk for each run of points that was loaded together."""
        self._check_open()
        for execution in executions:
            if execution.meas_level is MeasLevel.RAW:
                check_raw(execution, self._wiring)
        self._stop.clear()
        is_done = False
        error: Exception | None = None
        try:
            self._settle()
            yield from self._packs(executions)
            is_done = True
        except Stopped:
            return
        except Exception as caught:
            error = caught
            raise
        finally:
            if not is_done:
                self._end(error)

    def abort(self) -> None:
        """End `execute` at once; it leaves outputs safe."""
        self._stop.set()

    def rest(self) -> None:
        """Make every instrument safe: oscillators and biases do not stay on because somebody may come back.

        Raises:
            HardwareFault: If one cannot be made safe.
        """
        if self._is_settled:
            self._is_settled = False
            self._runner.forget()
            self._rack.make_safe()

    def close(self) -> None:
        """Leave outputs safe, let go of the instruments, stop what stands in for some."""
        self._stop.set()
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._rack.close()
        finally:
            self._bench.close()

    def _packs(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        packs = plan(self._items(executions), self._wiring)
        first = next(packs, None)
        if first is None:
            return
        runner = self._runner
        current: Loaded | None = runner.prepare(first)
        started_s = self._begin(current)
        while current is not None:
            following = next(packs, None)
            upcoming = None if following is None else runner.prepare(following)
            chunks = self._finish(current, executions, started_s)
            if upcoming is not None:  # it runs while whoever asked for the chunks looks at them
                started_s = self._begin(upcoming)
            yield from chunks
            current = upcoming

    def _begin(self, loaded: Loaded | None) -> float:
        if loaded is not None:
            self._runner.begin(loaded)
            self._runner.fire(loaded, next(loaded.pack.runs()))
        return time.time()

    def _finish(self, loaded: Loaded, executions: Sequence[Execution], started_s: float) -> list[Chunk]:
        pack = loaded.pack
        harvest = Harvest(pack, executions, self._wiring)
        for number, shots in enumerate(pack.runs()):
            if number:
                self._runner.fire(loaded, shots)
            harvest.start_run(pack.acquisitions(shots, self._wiring), shots)
            for digitizer, records in self._runner.records():
                harvest.take(digitizer, records)
        stopped_s = time.time()
        return [attrs.evolve(chunk, started_s=started_s, stopped_s=stopped_s) for chunk in harvest.chunks()]

    def _items(self, executions: Sequence[Execution]) -> Iterator[Item]:
        for index, execution in enumerate(executions):
            repetition_s = execution.settings.get("rep_delay")
            asked = Asked(execution=index, shots=execution.shots, repetition_s=repetition_s)
            yield from items_of(asked, _family(execution), execution.points, self._wiring)

    def _settle(self) -> None:
        """Give local oscillators, biases, attenuators their values, unless they have them."""
        if self._is_settled:
            return
        wanted = settled(self._backend.spec, self._rack)
        calls: dict[str, tuple[Any, ...]] = {
            name: (_apply, self._rack.driver(name), values) for name, values in wanted.items()
        }
        self._rack.all(calls)
        self._runner.note_settled(wanted)
        self._is_settled = True

    def _end(self, error: Exception | None) -> None:
        """After an abort or an error: everything safe, and nothing taken for granted; the error says what is not."""
        self._stop.set()
        self._is_settled = False
        self._runner.forget()
        try:
            self._rack.make_safe()
        except FeedlineError as fault:
            if isinstance(error, FeedlineError):
                error.add_note(f"Also: {fault}")
            else:  # nobody reads it there
                _log.error("Rack '%s': %s", self._backend.spec.name, fault)
        if error is not None:
            self._rack.tell_unsafe(error)

    def _check_open(self) -> None:
        if self._is_closed:
            raise ProviderError(
                f"The device of backend '{self._backend.name}' is closed.", remedy="Open it again with Backend.open()."
            )


def _apply(driver: Any, values: dict[str, float]) -> None:
    driver.apply(**values)
    if isinstance(driver, SettableDriver):
        driver.verify(**values)


def _family(execution: Execution) -> ProgramFamily:
    executable = execution.executable
    if executable is None or not isinstance(executable.payload, ProgramFamily):
        raise ProviderError(
            f"Execution of '{execution.circuit.name}' comes without what this device compiled.",
            remedy="Pass Device.compile(circuit) as the execution's executable.",
        )
    return executable.payload
