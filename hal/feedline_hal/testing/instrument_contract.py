# SPDX-License-Identifier: Apache-2.0
"""What every driver's contract is run against: the driver behind the gate, its emulator at the end of a real wire."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from importlib import import_module
from typing import Any, ClassVar

import attrs
import pytest

from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.hislip_server import HislipServer
from feedline_hal.emulator.pty_server import PtyServer, SerialManner
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.quantity import Quantity
from feedline_hal.instrument.role import Instrument
from feedline_hal.safety.gate import Gate
from feedline_hal.safety.guard import Guard
from feedline_hal.transport.manner import Manner
from feedline_hal.transport.opening import open_transport
from feedline_hal.transport.transport import Transport

Range = tuple[float, float]
NAME = "bench1"
"""What the instrument under test is called."""
_UNKNOWN = "FEEDLINE:NO:SUCH:COMMAND 1"


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Bench:
    """A driver, connected.

    Attributes:
        driver: The driver.
        emulator: What it talks to.
        gate: What it talks through.
        faults: What goes wrong, by the number of the message.
    """

    driver: Any
    emulator: Any
    gate: Transport
    faults: FaultScript

    def messages(self, action: Callable[[], object]) -> int:
        """How many messages an action sends."""
        self.faults.restart()
        action()
        return self.faults.count


def attempt(action: Callable[[], object]) -> HardwareFault | None:
    """The fault that an action raises, ``None`` if it raises none."""
    try:
        action()
    except HardwareFault as fault:
        return fault
    return None


class InstrumentContract:
    """What is asked of every driver. Inherit the contract of its role, and set `driver`.

    Attributes:
        driver: The driver's class.
        wire: What it is connected by: ``socket``, ``hislip`` or ``pty``.
        options: The rack file's ``options`` for it.
        safe: Safe ranges that differ from what the instrument can do.
        timeout_s: How long a reply may take.
        fault_kinds: What may go wrong with a message.
    """

    driver: ClassVar[type[Any] | None] = None
    wire: ClassVar[str] = "socket"
    options: ClassVar[Mapping[str, Any]] = {}
    safe: ClassVar[Mapping[str, Range]] = {}
    timeout_s: ClassVar[float] = 2.0
    fault_kinds: ClassVar[Sequence[FaultKind]] = (FaultKind.DROP, FaultKind.RESET)

    @classmethod
    def make_emulator(cls) -> Any:
        """What stands in for the instrument: what the driver names as its ``emulator``, with the `options` it takes."""
        module, _, name = cls.kind().emulator.partition(":")
        if not name:
            pytest.fail(f"{cls.__name__}: the driver names no emulator; override `make_emulator`.")
        kind = getattr(import_module(module), name)
        known = inspect.signature(kind).parameters
        return kind(**{key: value for key, value in cls.options.items() if key in known})

    @classmethod
    def make_server(cls, emulator: Any, faults: FaultScript) -> Any:
        """What serves the emulator; by `wire`, if not overridden."""
        if cls.wire == "pty":
            manner = getattr(emulator, "serial_manner", None) or SerialManner()
            return PtyServer(emulator, name=NAME, manner=manner, faults=faults)
        servers = {"socket": SocketServer, "hislip": HislipServer}
        if cls.wire not in servers:
            pytest.fail(f"{cls.__name__}: wire is {cls.wire!r}, not socket, hislip or pty.")
        return servers[cls.wire](emulator, name=NAME, faults=faults)

    @classmethod
    def disguise(cls, emulator: Any) -> None:
        """Make the emulator say that it is another model; sets ``identity``, if not overridden."""
        if not hasattr(emulator, "identity"):
            pytest.fail(f"{cls.__name__}: the emulator has no `identity`; override `disguise`.")
        emulator.identity = "ACME,NO-SUCH-MODEL,1,1.0"

    @classmethod
    def sent(cls, emulator: Any) -> list[bytes]:
        """Every message that the emulator received, oldest first; its ``log``, if not overridden."""
        return list(emulator.log)

    @classmethod
    def kind(cls) -> Any:
        """The driver's class."""
        if cls.driver is None:
            pytest.fail(f"{cls.__name__}: set `driver`.")
        return cls.driver

    @classmethod
    def is_known(cls, model: str) -> bool:
        """Whether the driver is for a model."""
        return any(fnmatchcase(model, known) for known in cls.kind().models)

    @classmethod
    def quantities(cls) -> tuple[Quantity, ...]:
        """What the driver declares."""
        return tuple(cls.kind().quantities(cls.options))

    @classmethod
    def ranges(cls) -> dict[str, Range]:
        """Safe ranges as a rack file would give them."""
        return {item.name: (item.low, item.high) for item in cls.quantities()} | dict(cls.safe)

    @classmethod
    @contextmanager
    def connected(
        cls, *, ranges: Mapping[str, Range] | None = None, limits: Mapping[str, Range] | None = None
    ) -> Iterator[Bench]:
        """A driver and its emulator.

        Args:
            ranges: What the gate calls safe; `ranges` if not given.
            limits: What the driver is told; the same if not given.
        """
        gated = cls.ranges() if ranges is None else ranges
        emulator, faults = cls.make_emulator(), FaultScript()
        manner = getattr(cls.kind(), "manner", Manner())
        with ExitStack() as stack:
            server = stack.enter_context(cls.make_server(emulator, faults))
            transport = open_transport(server.address, name=NAME, timeout_s=cls.timeout_s, manner=manner)
            gate = stack.enter_context(Gate(transport, cls.kind().guard(gated), gated))
            told: dict[str, Any] = {"limits": gated if limits is None else limits}
            if cls.options:
                told["options"] = cls.options
            yield Bench(driver=cls.kind()(gate, **told), emulator=emulator, gate=gate, faults=faults)

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        """A driver and its emulator, connected anew for each test."""
        with self.connected() as bench:
            yield bench

    def rehearse(self, bench: Bench) -> None:
        """Something that the driver does with its instrument, for the tests of faults: it identifies itself."""
        bench.driver.identify()

    def test_driver_declares_what_a_rack_asks_for(self) -> None:
        """Models, manner, quantities, guard, emulator."""
        kind = self.kind()
        assert kind.models, "models is empty"
        assert all(isinstance(model, str) and model for model in kind.models)
        assert isinstance(getattr(kind, "manner", Manner()), Manner)
        assert isinstance(kind.emulator, str)
        names = [item.name for item in self.quantities()]
        assert len(names) == len(set(names)), f"a quantity twice: {names}"
        for item in self.quantities():
            assert isinstance(item, Quantity)
            assert item.low <= item.high, f"{item.name} goes from {item.low} to {item.high}"
        assert isinstance(kind.guard(self.ranges()), Guard)

    def test_driver_has_the_methods_of_an_instrument(self, bench: Bench) -> None:
        """``identify``, ``safe_state``, ``close``."""
        assert isinstance(bench.driver, Instrument)

    def test_instrument_is_identified(self, bench: Bench) -> None:
        """The model is one of those declared."""
        assert self.is_known(bench.driver.identify().model)

    def test_another_instrument_is_refused(self, bench: Bench) -> None:
        """The fault names the instrument."""
        self.disguise(bench.emulator)
        with pytest.raises(HardwareFault) as caught:
            bench.driver.identify()
        assert NAME in caught.value.instrument, f"the fault's instrument is {caught.value.instrument!r}"
        assert caught.value.remedy.strip()

    def test_gate_refuses_a_command_that_the_driver_does_not_send(self, bench: Bench) -> None:
        """The guard knows what the driver sends, and nothing else."""
        before = len(self.sent(bench.emulator))
        with pytest.raises(LimitError, match="not a command that the gate knows"):
            bench.gate.write(_UNKNOWN)
        assert len(self.sent(bench.emulator)) == before

    def test_fault_names_the_instrument_and_the_connection_works_again(self, bench: Bench) -> None:
        """Whatever goes wrong with any message: a fault or none, then everything as before."""
        count = bench.messages(lambda: self.rehearse(bench))
        for kind in self.fault_kinds:
            for number in range(1, count + 1):
                bench.faults.restart({number: Fault(kind=kind)})
                fault = attempt(lambda: self.rehearse(bench))
                if fault is not None:
                    assert NAME in fault.instrument, f"{kind}, message {number}: instrument is {fault.instrument!r}"
                    assert fault.command, f"{kind}, message {number}: the fault names no command"
                bench.faults.restart()
                self.recovered(bench, f"{kind}, message {number}")

    def recovered(self, bench: Bench, after: str) -> None:
        """Make sure that the instrument can be used; one call may still find the end of the broken connection."""
        if attempt(bench.driver.safe_state) is not None:
            bench.driver.safe_state()
        assert self.is_known(bench.driver.identify().model), after
        self.rehearse(bench)

    def test_close_may_be_called_twice(self, bench: Bench) -> None:
        """After it, nothing is sent."""
        bench.driver.identify()
        bench.driver.close()
        bench.driver.close()
        with pytest.raises(HardwareFault, match="closed"):
            bench.driver.identify()
