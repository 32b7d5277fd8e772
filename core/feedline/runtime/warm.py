# SPDX-License-Identifier: Apache-2.0
"""A warm device: open, with everything that was ever compiled for it at hand."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from feedline.device import Device
from feedline.errors import FeedlineError, ProviderError
from feedline.execution import Chunk
from feedline.structure import structure_key

if TYPE_CHECKING:
    from feedline.device import Executable
    from feedline.execution import Execution
    from feedline.processor import Backend

    from .clock import Clock

_log = logging.getLogger("feedline.runtime")
_Key = tuple[Any, ...]

CACHE_SIZE = 512
"""Executables kept per device; the one unused for longest goes first."""


@attrs.frozen(slots=True, eq=False)
class Prepared:
    """Executions that are ready, and what that took.

    Attributes:
        executions: Each with its executable.
        warm: The device that they are ready for.
        fingerprint: Its fingerprint at that time.
        compiled, reused: How many circuits were compiled, and how many executables were there already.
        seconds_s: How long it took.
    """

    executions: tuple[Execution, ...]
    warm: WarmDevice
    fingerprint: tuple[str, ...]
    compiled: int
    reused: int
    seconds_s: float

    def is_good_for(self, warm: WarmDevice) -> bool:
        """Whether nothing has made the executables stale."""
        return self.warm is warm and self.fingerprint == warm.device.fingerprint


class WarmDevice:
    """An open device and its executables, compiled once per circuit structure.

    `prepare` may be called from several threads; everything else belongs to the lane's.

    Attributes:
        backend: The description that it serves now.
        device: The open device.
        compiled, hits: Circuits compiled and executables found, since it was opened.
    """

    def __init__(self, backend: Backend, device: Device, clock: Clock) -> None:
        self.backend = backend
        self.device = device
        self.compiled = 0
        self.hits = 0
        self._clock = clock
        self._executables: OrderedDict[_Key, Executable] = OrderedDict()
        self._lock = threading.Lock()
        self._compiling = threading.Lock()
        self._is_closed = False

    @classmethod
    def open(cls, backend: Backend, clock: Clock) -> WarmDevice:
        """Open a backend.

        Raises:
            ProviderError: If the provider raises something that is no `FeedlineError`.
        """
        try:
            device = backend.open()
        except FeedlineError:
            raise
        except Exception as error:
            raise ProviderError(
                f"Backend '{backend.name}' could not be opened: {type(error).__name__}: {error}",
                remedy="Check that it is switched on and can be reached; the next job tries again.",
            ) from error
        if not isinstance(device, Device):
            raise ProviderError(
                f"Backend '{backend.name}': open() returned a {type(device).__name__}, not a feedline.Device.",
                remedy="Report this to the provider; the next job tries again.",
            )
        return cls(backend, device, clock)

    def adopt(self, backend: Backend) -> bool:
        """Serve another description of the same processor; ``False`` if that takes a reopening."""
        try:
            is_adopted = self.device.adopt(backend)
        except Exception:  # noqa: BLE001 - third-party code may raise anything; reopening is always right
            _log.exception("Device of '%s' raised in adopt; it is reopened.", self.backend.name)
            return False
        if is_adopted:
            self.backend = backend
        return is_adopted

    def prepare(self, executions: Sequence[Execution]) -> Prepared:
        """Give every execution its executable; compile what was not compiled before.

        Raises:
            CapabilityError: If the device cannot run a circuit.
            ProviderError: If the provider raises something that is no `FeedlineError`.
        """
        began_s = self._clock.now_s()
        compiled = 0
        fingerprint = self.device.fingerprint
        ready = []
        for execution in executions:
            settings = execution.settings
            extra = tuple(sorted((name, repr(value)) for name, value in settings.items())) if settings else ()
            key = (structure_key(execution.circuit), fingerprint, extra)
            executable = self._find(key)
            if executable is None:
                executable, is_new = self._compile(key, execution)
                compiled += is_new
            ready.append(attrs.evolve(execution, executable=executable))
        reused = len(ready) - compiled
        with self._lock:
            self.hits += reused
        took_s = self._clock.now_s() - began_s
        return Prepared(tuple(ready), self, fingerprint, compiled, reused, took_s)

    def rest(self) -> bool:
        """Have the device rest; ``False`` if it raised, which is logged."""
        try:
            self.device.rest()
        except Exception:  # noqa: BLE001 - third-party code may raise anything; closing leaves outputs safe too
            _log.exception("Device of '%s' raised in rest; it is closed.", self.backend.name)
            return False
        return True

    def close(self) -> None:
        """Close the device, after a compilation that may be going on; an error is logged, not raised."""
        with self._compiling:
            self._is_closed = True
            try:
                self.device.close()
            except Exception:  # noqa: BLE001 - third-party code may raise anything, and we are done with it
                _log.exception("Device of '%s' raised while closing.", self.backend.name)

    def _find(self, key: _Key) -> Executable | None:
        with self._lock:
            executable = self._executables.get(key)
            if executable is not None:
                self._executables.move_to_end(key)
            return executable

    def _compile(self, key: _Key, execution: Execution) -> tuple[Executable, bool]:
        """Compile one circuit, one at a time; another thread may have done it in the meantime."""
        with self._compiling:
            executable = self._find(key)
            if executable is not None:
                return executable, False
            if self._is_closed:
                raise ProviderError(
                    f"Device of '{self.backend.name}' was closed.",
                    remedy="Run the job again; it is reopened.",
                )
            executable = self._blamed_compile(execution)
            with self._lock:
                self.compiled += 1
                self._executables[key] = executable
                if len(self._executables) > CACHE_SIZE:
                    self._executables.popitem(last=False)
            return executable, True

    def _blamed_compile(self, execution: Execution) -> Executable:
        try:
            return self.device.compile(execution.circuit)
        except FeedlineError:
            raise
        except Exception as error:
            raise ProviderError(
                f"Provider '{self.backend.name}' raised {type(error).__name__} while compiling "
                f"'{execution.circuit.name}': {error}",
                remedy="The next job is not affected. Report this to the provider with the traceback above.",
            ) from error


class Stopwatch:
    """A device seen through a stopwatch.

    Attributes:
        execute_s: Time spent waiting for the device.
        is_clean: Whether the device is idle again by its own will.
    """

    def __init__(self, device: Device, clock: Clock) -> None:
        self.execute_s = 0.0
        self.is_clean = True
        self._device = device
        self._clock = clock

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """Stream the device's chunks."""
        clock = self._clock
        self.is_clean = False
        asked_s = clock.wall_s()
        began_s: float | None = clock.now_s()
        try:
            for chunk in self._device.execute(executions):
                self.execute_s += clock.now_s() - (began_s or 0.0)
                began_s = None
                yield _stamped(chunk, asked_s, clock.wall_s())
                asked_s, began_s = clock.wall_s(), clock.now_s()
            self.is_clean = True
        finally:
            if began_s is not None:
                self.execute_s += clock.now_s() - began_s


def _stamped(chunk: Chunk, asked_s: float, came_s: float) -> Chunk:
    """The chunk with its times; those of a device that does not say are when it was asked for and came."""
    if not isinstance(chunk, Chunk) or chunk.stopped_s:
        return chunk
    return attrs.evolve(chunk, started_s=asked_s, stopped_s=came_s)
