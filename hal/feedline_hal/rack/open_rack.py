# SPDX-License-Identifier: Apache-2.0
"""A rack whose instruments are connected: done side by side, made safe together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Any, Self

from feedline.errors import FeedlineError
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.identity import Identity

from .claim import Claim
from .instrument_lane import InstrumentLane
from .schema import RackSpec
from .unsafe import tell_unsafe

_log = logging.getLogger("feedline.rack")
SAFE_S = 20.0
"""How long making everything safe may take; a bias that is ramped takes longest."""


class OpenRack:
    """The instruments of a rack, each in its lane.

    Args:
        spec: The rack file.
        lanes: By name.

    Attributes:
        unsafe: Those that the last `make_safe` could not make safe; it told its caller.
    """

    def __init__(self, spec: RackSpec, lanes: Mapping[str, InstrumentLane]) -> None:
        self.spec = spec
        self.lanes = dict(lanes)
        self.identities: dict[str, Identity] = {}
        self.unsafe: tuple[str, ...] = ()
        self._claim: Claim | None = None

    @classmethod
    def connect(
        cls,
        spec: RackSpec,
        kinds: Mapping[str, type[Any]],
        *,
        names: Iterable[str] | None = None,
        addresses: Mapping[str, str] | None = None,
    ) -> Self:
        """Connect to instruments side by side and make them safe.

        Args:
            spec: The rack file.
            kinds: Driver class by name of the instrument.
            names: Which instruments; all of them if not given.
            addresses: Where some are instead of where the file says: their emulators.

        Raises:
            HardwareFault: If one is in use by another process, does not answer, or is another than the file says;
                those that do answer are made safe and closed.
        """
        chosen = list(spec.instruments) if names is None else list(names)
        lanes = {
            name: InstrumentLane(spec.instruments[name], kinds[name], (addresses or {}).get(name, ""))
            for name in chosen
        }
        rack = cls(spec, lanes)
        try:
            rack._claim = Claim((name, lane.address) for name, lane in lanes.items())
            rack.identities = rack.all({name: (lane.open,) for name, lane in lanes.items()})
            rack.make_safe()
        except BaseException:
            rack.close()
            raise
        return rack

    def start(self, name: str, call: Callable[..., Any], *args: Any, **options: Any) -> Future[Any]:
        """Have something done in an instrument's lane."""
        return self.lanes[name].submit(call, *args, **options)

    def all(self, calls: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
        """Do something with several instruments side by side: ``{name: (function, argument, ...)}``.

        Raises:
            HardwareFault: The first that came, when all have ended; the others are noted on it.
        """
        return gather({name: self.start(name, *call) for name, call in calls.items()})

    def driver(self, name: str) -> Any:
        """The driver of an instrument."""
        return self.lanes[name].driver

    def make_safe(self) -> None:
        """Bring every instrument into its safe state, side by side; one that fails does not keep the others from it.

        Raises:
            HardwareFault: The first that came, after all were tried, naming all that are not known to be safe; also
                if it takes longer than 20 s. What went wrong with each is noted on it, and in the log.
        """
        futures = {name: lane.start_making_safe() for name, lane in self.lanes.items() if lane.driver is not None}
        wait(futures.values(), timeout=SAFE_S)
        faults = {name: fault for name, one in futures.items() if (fault := _fault_of(name, one)) is not None}
        self.unsafe = tuple(faults)
        for name, fault in faults.items():
            _log.info("%s of rack '%s' is not known to be safe: %s", name, self.spec.name, fault)
        if faults:
            first = _first(list(faults.values()))
            self.tell_unsafe(first)
            raise first

    def tell_unsafe(self, error: BaseException) -> None:
        """Have an error say how the last `make_safe` left the instruments."""
        with_outputs = [name for name in self.unsafe if name in self.lanes and self.lanes[name].has_outputs]
        tell_unsafe(error, self.unsafe, with_outputs=with_outputs, are_all=len(self.unsafe) == len(self.lanes))

    def close(self) -> None:
        """Make everything safe, as far as it answers, and let go of it; may be called twice."""
        lanes, self.lanes = self.lanes, {}
        if not lanes:
            return
        rest = OpenRack(self.spec, lanes)
        try:
            rest.make_safe()
        except FeedlineError as fault:
            is_told = set(rest.unsafe) <= set(self.unsafe)
            _log.log(logging.INFO if is_told else logging.ERROR, "While closing rack '%s': %s", self.spec.name, fault)
        finally:
            for lane in lanes.values():
                lane.close()
            if self._claim is not None:
                self._claim.release()


def gather(futures: Mapping[str, Future[Any]]) -> dict[str, Any]:
    """Results of futures, when all have ended.

    Raises:
        BaseException: The first that one raised; what the others raised is noted on it.
    """
    results: dict[str, Any] = {}
    errors: list[BaseException] = []
    for name, future in futures.items():
        try:
            results[name] = future.result()
        except BaseException as error:  # noqa: BLE001 - raised below, when the others have ended
            errors.append(error)
    if errors:
        raise _first(errors)
    return results


def _first(errors: Sequence[BaseException]) -> BaseException:
    """The first of several errors, the others noted on it."""
    for other in errors[1:]:
        errors[0].add_note(f"Also: {other}")
    return errors[0]


def _fault_of(name: str, future: Future[Any]) -> BaseException | None:
    """Why an instrument is not known to be safe; ``None`` if it is."""
    if future.done():
        return future.exception()
    return HardwareFault(
        f"The safe state of {name} was awaited for {SAFE_S:g} s.",
        remedy="Look at its connection.",
        instrument=name,
        command="safe_state",
    )
