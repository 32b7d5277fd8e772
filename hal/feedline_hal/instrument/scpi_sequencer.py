# SPDX-License-Identifier: Apache-2.0
"""A sequencer that speaks SCPI and keeps parts of programs in its memory."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from feedline.errors import InputError, OptionError, nearest
from feedline_hal.errors import HardwareFault, LimitError, NoRoomError
from feedline_hal.transport.error_queue import check_errors, wait_until_done
from feedline_hal.transport.manner import Manner
from feedline_hal.transport.transport import Transport

from .assembly import Assembly, Command, Part, send_all
from .identity import Identity
from .part_memory import PartMemory
from .quantity import Quantity
from .safe_steps import try_all
from .sequence import SequencerCapabilities


class ScpiSequencer(ABC):
    """Sends only what the instrument does not have yet, and asks once a step whether it took it.

    A subclass names its `models` and `quantities`, gives `capabilities` and `assemble`, and says with which commands
    it is wiped, stopped, switched off and run. An assembly's parts are what `load` need not send twice; its setup is
    sent once as long as its parts are there; of its switch `arm` sends what is not in force already.

    Nothing about the instrument's memory is taken for granted before the first `load` and after any failure: the
    instrument is stopped and wiped then, and everything is sent anew.

    Args:
        transport: The connection.
        limits: The rack's safe ranges by quantity.
        options: What the model needs to know, from the rack file.
        sleep: Waits between two looks at the instrument.
    """

    models: ClassVar[tuple[str, ...]]
    """What it may say its model is."""
    manner: ClassVar[Manner] = Manner()
    """How it speaks."""
    emulator: ClassVar[str] = ""
    """What stands in for it: ``module:Class``."""
    error_query: ClassVar[str] = "SYSTem:ERRor?"
    """Reads its error queue."""
    max_programs: ClassVar[int] = 64
    """How many programs are kept in its memory, if there is room."""

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Mapping[str, tuple[float, float]] | None = None,
        options: Mapping[str, Any] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._options = dict(options or {})
        self._limits = dict(limits or {})
        self._sleep = sleep
        known = [quantity.name for quantity in self.quantities(self._options)]
        for name in self._limits:
            if name not in known:
                raise OptionError(f"{type(self).__name__} has no quantity '{name}'.", remedy=nearest(name, known))
        able = self.capabilities()
        self._memory = PartMemory(
            max_parts=able.max_waveforms, max_samples=able.memory_samples, max_programs=self.max_programs
        )
        self._is_known = False
        self._loaded: Assembly | None = None
        self._playing: Assembly | None = None
        self._in_force: dict[str, str] = {}

    @classmethod
    @abstractmethod
    def quantities(cls, options: Mapping[str, Any] | None = None) -> tuple[Quantity, ...]:
        """What a rack file may set, and what it must give a safe range."""

    @abstractmethod
    def capabilities(self) -> SequencerCapabilities:
        """What it can hold and do; asks the instrument for nothing."""

    @abstractmethod
    def _wipe(self) -> Sequence[str]:
        """Commands that empty its memory."""

    @abstractmethod
    def _stop(self) -> Sequence[str]:
        """Commands that end playing; harmless when idle."""

    @abstractmethod
    def _switch_off(self) -> Sequence[str]:
        """Commands that switch its outputs off."""

    @abstractmethod
    def _run(self) -> None:
        """Let it run; return when it waits for a trigger.

        Raises:
            HardwareFault: If it does not in time; says what was awaited.
        """

    def _models(self) -> tuple[str, ...]:
        """What it may say its model is, with these options."""
        return self.models

    def _setting(self, command: str) -> str:
        """What a command sets: a later command that sets the same takes its place."""
        return command.partition(" ")[0]

    def _remove(self, parts: Sequence[Part]) -> None:
        """Take parts out of its memory; for instruments that can remove one by one."""
        send_all(self._transport, [command for part in parts for command in part.remove])
        self._memory.remove(parts)
        if any(part.name in command for command in self._in_force.values() for part in parts):
            self._in_force.clear()  # an instrument may switch off a channel that loses what it played

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is another model than this driver is for.
        """
        with self._relying_on_memory():
            identity = Identity.asked(self._transport)
            if identity.model not in self._models():
                self._transport.distrust()
                raise HardwareFault(
                    f"{self._transport.name} is a {identity}, this driver is for {', '.join(self._models())}.",
                    remedy="Correct the address, the driver or its options in the rack file.",
                    instrument=self._transport.name,
                    command="*IDN?",
                    reply=str(identity),
                )
        return identity

    def load(self, assembly: Assembly) -> None:
        """Send what is not there yet; one question whether it is done and one for its errors, at the end.

        Raises:
            LimitError: If it does not fit beside what plays (`NoRoomError`; that plays on), or the gate refuses it.
            HardwareFault: If the instrument does not take it; nothing in its memory is relied upon then.
        """
        is_there = self._is_known and self._memory.holds(assembly)
        if self._playing is not None and not is_there and not self.capabilities().loads_while_playing:
            self.abort()
        with self._relying_on_memory():
            if not self._is_known:
                self._start_anew()
            if not is_there:
                self._make_room(assembly)
                missing = [command for part in self._memory.missing(assembly) for command in part.commands]
                send_all(self._transport, [*missing, *assembly.setup])
                self._confirm("load")
            self._memory.add(assembly)
            self._loaded = assembly

    def arm(self) -> None:
        """Make what was loaded last the program that plays next, outputs on.

        Raises:
            InputError: If nothing was loaded.
            HardwareFault: If the instrument does not take it.
        """
        assembly = self._loaded
        if assembly is None or not self._is_known:
            raise InputError(f"{self._transport.name} has no program to arm.", remedy="Load one first.")
        with self._relying_on_memory():
            self._playing = assembly
            self._put_in_force(self._stop(), assembly.switch)
            self._confirm("arm")

    def start(self) -> None:
        """Let it run; returns when it waits for triggers.

        Raises:
            HardwareFault: If it does not in time.
        """
        with self._relying_on_memory():
            self._run()

    def abort(self) -> None:
        """Stop playing; outputs go off. Harmless when idle."""
        self.safe_state()

    def safe_state(self) -> None:
        """Stop and switch the outputs off; a step that fails does not keep the others from being tried.

        Raises:
            HardwareFault: The first that came, when all were tried.
        """
        try:
            try_all(partial(self._tell, [command]) for command in ("*CLS", *self._stop(), *self._switch_off()))
        except (HardwareFault, LimitError):
            self._forget()
            raise
        finally:
            self._playing = None
        with self._relying_on_memory():
            self._confirm("safe_state")

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def _tell(self, commands: Sequence[str]) -> None:
        for command in commands:
            self._in_force.pop(self._setting(command), None)
            self._transport.write(command)
            self._in_force[self._setting(command)] = command

    def _put_in_force(self, always: Sequence[str], commands: Sequence[Command]) -> None:
        """Send what is sent always, then what is not in force then."""
        for text in always:
            self._in_force[self._setting(text)] = text
        sent = [Command(text) for text in always]
        for command in commands:
            setting = self._setting(command.text)
            if command.block is not None or self._in_force.get(setting) != command.text:
                sent.append(command)
                self._in_force[setting] = command.text
        send_all(self._transport, sent)

    def _confirm(self, verb: str) -> None:
        """Wait until it is done, as long as a reply may take, and make sure that its error queue is empty."""
        wait_until_done(self._transport)
        check_errors(self._transport, verb, self.error_query)

    def _start_anew(self) -> None:
        self._forget()
        self.safe_state()
        self._tell(self._wipe())
        self._is_known = True

    def _make_room(self, assembly: Assembly) -> None:
        """Remove what has to go before a program fits.

        Raises:
            NoRoomError: If it does not fit beside what plays; nothing was sent then.
        """
        leaving = self._memory.leaving(assembly, [] if self._playing is None else [self._playing])
        if leaving is None:
            raise NoRoomError(
                f"{self._transport.name}: this program and the one that plays do not fit into the memory together.",
                remedy="Abort what plays before loading, or make programs of fewer or shorter waveforms.",
            )
        if leaving:
            self._remove(leaving)

    def _forget(self) -> None:
        self._is_known = False
        self._loaded = self._playing = None
        self._memory.clear()
        self._in_force.clear()

    @contextmanager
    def _relying_on_memory(self) -> Iterator[None]:
        """Forget what the instrument holds if anything fails in here but for want of room."""
        try:
            yield
        except NoRoomError:
            raise
        except BaseException:
            self._forget()
            raise
