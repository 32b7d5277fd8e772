# SPDX-License-Identifier: Apache-2.0
"""Roles: small protocols that drivers compose; a driver implements what its instrument has.

A driver is a class made as ``Driver(transport, limits=...)``: the connection, and the rack's safe range of each
quantity; one whose models differ takes ``options=`` too, the table of that name in the rack file. It declares,
besides its role:

- ``models``: what ``*IDN?`` may name as the model.
- ``manner``: how it speaks (`feedline_hal.transport.Manner`); SCPI's way if not declared.
- ``quantities(options)``: class method; the quantities that it puts out or sets, see `Quantity`. A rack file has a
  safe range for each that is an output.
- ``guard(ranges)``: class method; the `feedline_hal.safety.Guard` that reads its commands before they go out.
- ``emulator``: ``module:Class`` of what stands in for it, or ``""``.

One that wraps another framework's instrument connects itself: ``connect(name, address, limits, options)``, a class
method that gives the driver. No gate stands before its wire then, and the class need not have ``guard`` and ``manner``.

All of them are synchronous: VISA and serial lines block, and the layer above runs instruments side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from .acquisition import Acquisition, DigitizerCapabilities, Records
from .assembly import Assembly
from .identity import Identity
from .sequence import SequenceProgram, SequencerCapabilities
from .triggering import CoordinatorCapabilities, TriggerPlan


@runtime_checkable
class Instrument(Protocol):
    """What every driver does."""

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is not what the driver is for.
        """

    def safe_state(self) -> None:
        """Leave outputs safe: idempotent, bounded in time, and tried to the end even when a step fails."""

    def close(self) -> None:
        """Leave outputs as they are and let go of the connection; may be called twice."""


@runtime_checkable
class Settable(Instrument, Protocol):
    """Values with units and limits: local oscillators, biases, attenuators, switches."""

    def apply(self, **values: float) -> None:
        """Set values, all of them or none: every one is checked before the first is sent.

        Raises:
            LimitError: If a value is beyond its limits; nothing is clipped.
            HardwareFault: If the instrument does not accept one.
        """

    def read(self, name: str) -> float:
        """Ask for a value."""

    def limits(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest of each value that will be sent."""


@runtime_checkable
class Sequencer(Instrument, Protocol):
    """Plays waveforms, one step a trigger.

    In order: `assemble` anywhere and any time; `load`, `arm`, `start`; triggers come; `abort` or the next
    `arm`. One thread, except for `assemble`.
    """

    def capabilities(self) -> SequencerCapabilities:
        """What it can hold and do; asks the instrument for nothing."""

    def assemble(self, program: SequenceProgram) -> Assembly:
        """The commands that load a program: pure, offline, the same bytes for the same program.

        Raises:
            LimitError: If it is beyond what the instrument can do; names the limit.
        """

    def load(self, assembly: Assembly) -> None:
        """Send what is not there yet; leaves what plays alone if `loads_while_playing`.

        Raises:
            NoRoomError: If it does not fit beside what plays, which plays on; it fits after `abort`.
            HardwareFault: If the instrument does not take it; what is in its memory is not relied upon then.
        """

    def arm(self) -> None:
        """Make what was loaded last the program that plays next, outputs on, waiting for its first trigger."""

    def start(self) -> None:
        """Let it run; returns when it waits for triggers."""

    def abort(self) -> None:
        """Stop playing; outputs go off. Harmless when idle."""


@runtime_checkable
class StepTelling(Protocol):
    """A sequencer that says where in its program it is, so that a trigger too many or too few is noticed."""

    def check_first(self) -> None:
        """Make sure that it is at the program's first step again; for after whole rounds of the program.

        Raises:
            HardwareFault: If it is at another; names it.
        """


@runtime_checkable
class Lasting(Protocol):
    """A sequencer that waits on after its triggers, so that a program of one step need not be armed again."""

    def check_waiting(self) -> None:
        """Make sure that it still waits as `Sequencer.start` left it.

        Raises:
            HardwareFault: If it does not: it was reset, or switched off, or one of its outputs was.
        """


@runtime_checkable
class Digitizer(Instrument, Protocol):
    """Records, one record a trigger. The order is that of `Sequencer`."""

    def capabilities(self) -> DigitizerCapabilities:
        """What it can record; asks the instrument for nothing."""

    def assemble(self, acquisition: Acquisition) -> Assembly:
        """The commands that prepare an acquisition: pure, offline, the same bytes every time.

        Raises:
            LimitError: If it is beyond what the instrument can do; names the limit.
        """

    def load(self, assembly: Assembly) -> None:
        """Send it, if it is not what was sent last."""

    def arm(self) -> None:
        """Wait for the first trigger; returns when it does."""

    def results(self, acquisition: Acquisition, *, timeout_s: float, stop: Callable[[], bool]) -> Iterator[Records]:
        """The records in order, as soon as they can be read; ends early, without an error, when `stop` says so.

        Raises:
            HardwareFault: If they do not all come within ``timeout_s``; says how many came.
        """

    def abort(self) -> None:
        """Stop recording. Harmless when idle."""


@runtime_checkable
class Coordinator(Instrument, Protocol):
    """Gives the triggers. The order is that of `Sequencer`."""

    def capabilities(self) -> CoordinatorCapabilities:
        """What it can do; asks the instrument for nothing."""

    def assemble(self, plan: TriggerPlan) -> Assembly:
        """The commands that prepare a burst: pure, offline, the same bytes every time.

        Raises:
            LimitError: If it is beyond what the instrument can do; names the limit.
        """

    def load(self, assembly: Assembly) -> None:
        """Send it, if it is not what was sent last."""

    def arm(self) -> None:
        """Get ready to fire."""

    def start(self) -> None:
        """Fire the burst; returns at once."""

    def abort(self) -> None:
        """No more triggers. Harmless when idle."""
