# SPDX-License-Identifier: Apache-2.0
"""One instrument and the one thread that talks to it."""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import attrs

from feedline.errors import FeedlineError
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.identity import Identity
from feedline_hal.safety.gate import Gate
from feedline_hal.transport import Manner, Transport, open_transport

from .schema import InstrumentSpec

_T = TypeVar("_T")
_log = logging.getLogger("feedline.rack")
AGAIN_S = 8.0
"""A safe state that failed within so long is tried again."""


class InstrumentLane:
    """Owns an instrument's connection; everything that is done with it is done in this thread.

    Args:
        spec: What the rack file says of it.
        kind: The driver's class.
        address: Where it is, if not where the rack file says: where its emulator is.
    """

    def __init__(self, spec: InstrumentSpec, kind: type[Any], address: str = "") -> None:
        self.spec = spec
        self.kind = kind
        self.address = address or spec.address
        self.driver: Any = None
        self._pool: ThreadPoolExecutor | None = None
        self._is_closed = threading.Event()
        self._submitting = threading.RLock()
        self._last: Future[Any] | None = None
        self._safe: Future[None] | None = None

    @property
    def has_outputs(self) -> bool:
        """Whether it puts anything out."""
        return any(item.is_output for item in self.kind.quantities(self.spec.options))

    def open(self) -> Identity:
        """Connect, ask who it is, compare with the rack file; call it in the lane: ``submit(lane.open)``.

        Raises:
            HardwareFault: If nobody answers, or it is another instrument than the rack file says.
        """
        driver = connect(self.spec, self.kind, self.address)
        try:
            identity: Identity = driver.identify()
            self._compare(identity)
        except BaseException:  # nothing is sent to what may be somebody else's instrument, not even its safe state
            driver.close()
            raise
        self.driver = driver
        return identity

    def _compare(self, identity: Identity) -> None:
        for what, told, expected in (
            ("serial number", identity.serial, self.spec.serial),
            ("firmware", identity.firmware, self.spec.firmware),
        ):
            if expected and told != expected:
                raise HardwareFault(
                    f"{self.spec.name} ({self.address}) has {what} '{told}', the rack file says '{expected}'.",
                    remedy="Check the cables and the address, or correct the rack file.",
                    instrument=self.spec.name,
                    command="*IDN?",
                    reply=str(identity),
                )

    def submit(self, call: Callable[..., _T], *args: Any, **options: Any) -> Future[_T]:
        """Have something done in the lane's thread, after what was submitted before."""
        with self._submitting:
            if self._pool is None:
                if self._is_closed.is_set():
                    raise HardwareFault(
                        f"{self.spec.name} is closed.", remedy="Open the rack again.", instrument=self.spec.name
                    )
                self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"rack-{self.spec.name}")
            future = self._last = self._pool.submit(call, *args, **options)
        return future

    def start_making_safe(self) -> Future[None]:
        """Have the instrument made safe; no second time while that is under way and nothing else came after it."""
        with self._submitting:
            is_last = self._last is self._safe
            if is_last and self._safe is not None and not self._safe.done():
                return self._safe
            future = self.submit(self.make_safe)
            self._safe = future
            return future

    def make_safe(self) -> None:
        """Bring the instrument into its safe state; call it in the lane: ``submit(lane.make_safe)``.

        What goes wrong at first may be what is left of something earlier, a late reply or a connection that had
        ended: if it went wrong soon, it is tried once more, over a new connection.

        Raises:
            HardwareFault: If it fails twice, or takes long.
            LimitError: If the gate does not let a step through.
        """
        begin_s = time.monotonic()
        try:
            self.driver.safe_state()
        except HardwareFault as fault:
            if time.monotonic() - begin_s > AGAIN_S:
                raise
            _log.info("%s is made safe once more, for at first: %s", self.spec.name, fault)
            self.driver.safe_state()

    def close(self) -> None:
        """Let go of the connection and end the thread; may be called twice."""
        self._is_closed.set()
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if self.driver is not None:
            pool.submit(self.driver.close)
        pool.shutdown(wait=True, cancel_futures=False)
        self.driver = None


def connect(spec: InstrumentSpec, kind: type[Any], address: str) -> Any:
    """An instrument's driver, connected: the gate stands between it and the wire.

    A driver class with a class method ``connect(name, address, limits, options)`` connects itself: one that
    wraps another framework's instrument.

    Raises:
        HardwareFault: If nobody answers.
    """
    ranges = safe_ranges(spec, kind)
    if hasattr(kind, "connect"):
        return _connect_itself(spec, kind, address, ranges)
    manner: Manner | None = getattr(kind, "manner", None)
    if spec.baud:
        manner = attrs.evolve(manner or Manner(), baud=spec.baud)
    library = spec.library if address == spec.address else "@py"  # elsewhere is its emulator, on this machine
    wire: Transport = open_transport(address, name=spec.name, timeout_s=spec.timeout_s, manner=manner, library=library)
    try:
        gate = Gate(wire, kind.guard(ranges), ranges)
        return make_driver(kind, gate, ranges, spec.options)
    except BaseException:
        wire.close()
        raise


def _connect_itself(
    spec: InstrumentSpec, kind: type[Any], address: str, ranges: Mapping[str, tuple[float, float]]
) -> Any:
    """What the class method makes; what another framework raises meanwhile is a fault of the instrument."""
    try:
        return kind.connect(spec.name, address, ranges, spec.options)
    except FeedlineError:
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        call = f"{kind.__name__}.connect of driver {spec.driver!r}"
        raise HardwareFault(
            f"{spec.name} ({address}) cannot be opened: {call} raised {told}.",
            remedy="Check its power, its cable and the address; then open it in the other framework alone.",
            instrument=spec.name,
            reply=told,
        ) from error


def make_driver(
    kind: type[Any], transport: Any, ranges: Mapping[str, tuple[float, float]], options: Mapping[str, Any]
) -> Any:
    """A driver of a class; given options only if it takes any."""
    if "options" in inspect.signature(kind).parameters:
        return kind(transport, limits=ranges, options=options)
    return kind(transport, limits=ranges)


def safe_ranges(spec: InstrumentSpec, kind: type[Any]) -> dict[str, tuple[float, float]]:
    """Safe range of each quantity: the rack file's, the instrument's own for what is no output."""
    own = {item.name: (item.low, item.high) for item in kind.quantities(spec.options) if not item.is_output}
    return {**own, **{name: (float(low), float(high)) for name, (low, high) in spec.safe.items()}}
