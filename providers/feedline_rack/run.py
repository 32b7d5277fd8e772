# SPDX-License-Identifier: Apache-2.0
"""The stage ``execute``: load what changed, arm all, trigger, stream records."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import attrs

from feedline_hal.errors import HardwareFault, NoRoomError
from feedline_hal.instrument.acquisition import Acquisition, Records
from feedline_hal.instrument.assembly import Assembly
from feedline_hal.instrument.role import Lasting, StepTelling
from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.instrument.triggering import TriggerPlan
from feedline_hal.rack.open_rack import OpenRack, gather

from .planning import Pack
from .sequencing import sequences
from .watch import Watch
from .wiring import Wiring

_PORTIONS = 4
"""Portions of records that may wait to be integrated."""
_SLACK_S = 10.0
"""What instruments may take beyond the time that shots take."""
_SLOWEST_BYTES_PER_S = 1e6
_POLL_S = 0.05


class Stopped(Exception):
    """The execution was aborted."""


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Loaded:
    """A pack on its way into the sequencers.

    Attributes:
        pack: The pack.
        assemblies: What each sequencer is told.
        loading: Those that load already.
    """

    pack: Pack
    assemblies: Mapping[str, Assembly]
    loading: Mapping[str, Future[Any]]


class Runner:
    """Drives the instruments of an open rack; used by one thread, stopped from any.

    Args:
        rack: The instruments.
        wiring: What they are wired to.
        stop: Set to end what is under way.
    """

    def __init__(self, rack: OpenRack, wiring: Wiring, stop: threading.Event) -> None:
        self._rack = rack
        self._wiring = wiring
        self._stop = stop
        self._playing: frozenset[str] = frozenset()
        self._aimed: TriggerPlan | None = None
        self._is_aimed = False
        self._arming: dict[str, Future[Any]] = {}
        self._assembled: dict[str, tuple[SequenceProgram, Assembly]] = {}
        self._rounds: tuple[str, ...] = ()
        self._waiting: dict[str, Assembly] = {}
        self._queues: dict[str, queue.Queue[Records | BaseException | None]] = {}
        self._settled: Mapping[str, Mapping[str, float]] = {}
        self._watch = Watch(rack, frozenset(wiring.digitizers))

    def forget(self) -> None:
        """Take note that everything was made safe: nothing plays any more."""
        self._playing = frozenset()
        self._aimed, self._is_aimed = None, False
        self._waiting = {}

    def note_settled(self, values: Mapping[str, Mapping[str, float]]) -> None:
        """Take note that what is settable was set to these values, by instrument, and read back just now."""
        self._settled = values
        self._watch.put_off()

    def prepare(self, pack: Pack) -> Loaded:
        """Render and assemble a pack; load it into the sequencers that can take it while another plays."""
        programs = sequences(self._wiring, [item.points for item in pack.items])
        assemblies = {name: self._assemble(name, program) for name, program in programs.items()}
        loading = {
            name: self._load(name, assembly)
            for name, assembly in assemblies.items()
            if name not in self._playing or self._wiring.sequencers[name].capabilities.loads_while_playing
        }
        return Loaded(pack=pack, assemblies=assemblies, loading=loading)

    def begin(self, loaded: Loaded) -> None:
        """Have the sequencers wait for the pack's first trigger; those that do not take part are stopped."""
        self._set_triggers(self._plan(loaded, next(loaded.pack.runs())))
        idle = self._playing - set(loaded.assemblies)
        self._arming = {name: self._rack.start(name, self._rack.driver(name).abort) for name in idle}
        self._playing = frozenset(loaded.assemblies)
        waiting, self._waiting = self._waiting, {}
        for name, assembly in loaded.assemblies.items():
            driver = self._rack.driver(name)
            if name not in loaded.loading and waiting.get(name) is assembly and isinstance(driver, Lasting):
                self._arming[name] = self._rack.start(name, driver.check_waiting)
            else:
                self._arming[name] = self._rack.start(name, self._armed, name, assembly, loaded.loading.get(name))
        if loaded.pack.rows == 1:  # whatever it missed, the next trigger plays the one step that there is
            self._waiting = dict(loaded.assemblies)

    def fire(self, loaded: Loaded, shots: int) -> None:
        """Trigger once everything is armed; what comes of it is in `records`."""
        pack = loaded.pack
        plan = self._plan(loaded, shots)
        self._set_triggers(plan)
        if not self._arming and pack.rows > 1:  # a trigger lost or too many in one run shifts no row of the next
            self._arming = {
                name: self._rack.start(name, self._wait, name, assembly) for name, assembly in loaded.assemblies.items()
            }
        acquisitions = pack.acquisitions(shots, self._wiring)
        calls = {name: self._rack.start(name, self._listen, name, one) for name, one in acquisitions.items()}
        coordinator = self._wiring.coordinator
        if not self._is_aimed:
            calls[coordinator] = self._rack.start(coordinator, self._aim, plan)
        arming, self._arming = self._arming, {}
        gather({**arming, **calls})
        self._check()
        self._is_aimed = False
        over_s = time.monotonic() + plan.duration_s  # at the earliest: the first trigger is still to come
        self._rack.start(coordinator, self._rack.driver(coordinator).start).result()
        self._watch.start(self._settled)
        self._rounds = tuple(loaded.assemblies) if pack.rows > 1 else ()
        self._queues = {name: queue.Queue(_PORTIONS) for name in acquisitions}
        for name, one in acquisitions.items():
            self._rack.start(name, self._pump, name, one, over_s)
        if not acquisitions and self._stop.wait(plan.duration_s):
            raise Stopped

    def _plan(self, loaded: Loaded, shots: int) -> TriggerPlan:
        return loaded.pack.triggers(shots, [*loaded.assemblies, *loaded.pack.digitizers()], self._wiring)

    def _set_triggers(self, plan: TriggerPlan) -> None:
        """Set the coordinator to other triggers while nothing waits for any: what it sets could look like one."""
        if plan != self._aimed:
            self._rack.start(self._wiring.coordinator, self._aim, plan).result()
            self._aimed, self._is_aimed = plan, True

    def records(self) -> Iterator[tuple[str, Records]]:
        """Records of the run under way, with their digitizer's name, as they come.

        Raises:
            HardwareFault: If a digitizer does not deliver, another instrument is not there any more, or a sequencer
                took other triggers than were fired.
            Stopped: If the execution was aborted.
        """
        for name, source in self._queues.items():
            while True:
                self._check()
                try:
                    portion = source.get(timeout=_POLL_S)
                except queue.Empty:
                    self._watch.look()
                    continue
                if portion is None:
                    break
                if isinstance(portion, BaseException):
                    raise portion
                yield name, portion
        self._watch.end()
        self._check()
        self._check_rounds()

    def _check_rounds(self) -> None:
        """Make sure that sequencers are where they began: a row's waveforms were played for that row's records."""
        drivers = {name: self._rack.driver(name) for name in self._rounds}
        asked = {name: driver.check_first for name, driver in drivers.items() if isinstance(driver, StepTelling)}
        gather({name: self._rack.start(name, check) for name, check in asked.items()})

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _assemble(self, name: str, program: SequenceProgram) -> Assembly:
        """What a sequencer is told; the very same if the program is the very same."""
        last, assembly = self._assembled.get(name, (None, Assembly()))
        if last is not program:
            assembly = self._rack.driver(name).assemble(program)
            self._assembled[name] = program, assembly
        return assembly

    def _load(self, name: str, assembly: Assembly) -> Future[Any]:
        return self._rack.start(name, self._rack.driver(name).load, assembly)

    def _armed(self, name: str, assembly: Assembly, loading: Future[Any] | None) -> None:
        """Arm a sequencer with what it was told to load before, or load it now; in the sequencer's lane."""
        driver = self._rack.driver(name)
        try:
            if loading is not None:
                loading.result()  # done by now, in this lane; raises what went wrong
        except NoRoomError:  # it fits as soon as what played before need not stay
            driver.abort()
        self._wait(name, assembly)

    def _wait(self, name: str, assembly: Assembly) -> None:
        """Have a sequencer wait for a program's first trigger, from its first step; in the sequencer's lane."""
        driver = self._rack.driver(name)
        driver.load(assembly)  # sends nothing if it is there; another may have been loaded since
        driver.arm()
        driver.start()

    def _listen(self, name: str, wanted: Acquisition) -> None:
        driver = self._rack.driver(name)
        driver.load(driver.assemble(wanted))
        driver.arm()

    def _aim(self, plan: TriggerPlan) -> None:
        driver = self._rack.driver(self._wiring.coordinator)
        driver.load(driver.assemble(plan))
        driver.arm()

    def _pump(self, name: str, wanted: Acquisition, over_s: float) -> None:
        """Read a digitizer's records into its queue, `None` at the end; in the digitizer's lane."""
        put = self._putter(self._queues[name])
        size = wanted.records * wanted.samples * len(wanted.channels) * 2
        left_s = max(0.0, over_s - time.monotonic())
        timeout_s = left_s + _SLACK_S + size / _SLOWEST_BYTES_PER_S
        try:
            count = 0
            if not self._wiring.digitizers[name].streams:
                self._stop.wait(left_s)  # nothing can be read before; then the driver looks often
            for portion in self._rack.driver(name).results(wanted, timeout_s=timeout_s, stop=self._stop.is_set):
                count += portion.count
                put(portion)
            if count < wanted.records and not self._stop.is_set():
                raise HardwareFault(
                    f"{name} gave {count} of {wanted.records} records.",
                    remedy="Check its trigger cable and its trigger level.",
                    instrument=name,
                    command="results",
                )
            put(None)
        except BaseException as error:  # noqa: BLE001 - raised again by who waits for the records
            put(error)

    def _putter(
        self, target: queue.Queue[Records | BaseException | None]
    ) -> Callable[[Records | BaseException | None], None]:
        def put(portion: Records | BaseException | None) -> None:
            while not self._stop.is_set():
                try:
                    target.put(portion, timeout=_POLL_S)
                except queue.Full:
                    continue
                return

        return put
