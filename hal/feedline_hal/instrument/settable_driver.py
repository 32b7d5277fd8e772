# SPDX-License-Identifier: Apache-2.0
"""A settable instrument: a driver is a list of settings."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, ClassVar

import attrs

from feedline.errors import OptionError, nearest
from feedline_hal.errors import HardwareFault
from feedline_hal.safety.guard import Guard
from feedline_hal.safety.settable_guard import SettableGuard
from feedline_hal.transport.manner import Manner
from feedline_hal.transport.transport import Transport

from .demand import Demand
from .identity import Identity
from .quantity import Quantity
from .safe_steps import try_all
from .setting import Setting

_LOST = 1e-3
"""A value that differs by more of its range was lost, not rounded."""


class SettableDriver:
    """Applies settings, all or none.

    A driver names its `models` and `settings`; one whose instrument is no SCPI gives `identity` and `confirm`.

    Args:
        transport: The connection.
        limits: The rack's safe ranges by quantity; they narrow the instrument's own.
        options: The rack file's: how many outputs, for a driver with a `counted_by`.
        sleep: Waits between the steps of a ramp.
    """

    models: ClassVar[tuple[str, ...]]
    """What it may say its model is; ``*`` stands for anything."""
    settings: tuple[Setting, ...]
    """In the order in which they are set; undone in reverse by `safe_state`."""
    outputs: ClassVar[tuple[str, ...]] = ()
    """Outputs of the largest model, if models differ in that: ``ch1``, ``ch2``; names of settings start so."""
    counted_by: ClassVar[str] = ""
    """The option that says how many of the `outputs` there are; 1 if it is not given."""
    identity_query: ClassVar[str] = "*IDN?"
    """What asks who it is."""
    is_answering: ClassVar[bool] = False
    """Whether it answers every command with a line of its own choice."""
    is_proving: ClassVar[bool] = False
    """Whether `tell` reads every value back or finds the error queue empty; if not, it is read before it comes out."""
    harmless: ClassVar[tuple[str, ...]] = ()
    """Patterns of what it sends besides settings and their queries; see `SettableGuard`."""
    demand: ClassVar[Demand | None] = None
    """What it must have been set to by hand; ``None`` for nothing."""
    manner: ClassVar[Manner] = Manner()
    """How it speaks."""
    emulator: ClassVar[str] = ""
    """What stands in for it: ``module:Class``."""

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Mapping[str, tuple[float, float]] | None = None,
        options: Mapping[str, Any] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        ranges = dict(limits or {})
        settings = self.settings_for(options)
        known = [quantity.name for quantity in self.quantities(options)]
        for name in ranges:
            if name not in known:
                raise OptionError(f"{type(self).__name__} has no quantity '{name}'.", remedy=nearest(name, known))
        self._settings = {item.name: _slowed(item, ranges.get(item.rate_name)) for item in settings}
        self._limits = {setting.name: setting.within(ranges.get(setting.name)) for setting in settings}

    @classmethod
    def quantities(cls, options: Mapping[str, Any] | None = None) -> tuple[Quantity, ...]:
        """What a rack file may set, and what it must give a safe range."""
        return tuple(quantity for setting in cls.settings_for(options) for quantity in setting.quantities())

    @classmethod
    def settings_for(cls, options: Mapping[str, Any] | None = None) -> tuple[Setting, ...]:
        """Those of the outputs that there are.

        Raises:
            OptionError: For an option that it does not take, or a number of outputs that no model has.
        """
        given = dict(options or {})
        count = given.pop(cls.counted_by, 1) if cls.counted_by else 0
        if given:
            raise OptionError(
                f"{cls.__name__} has no option '{next(iter(given))}'.",
                remedy=f"It takes '{cls.counted_by}'." if cls.counted_by else "It takes none.",
            )
        if not cls.outputs:
            return cls.settings
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(cls.outputs):
            raise OptionError(
                f"{cls.__name__}: {cls.counted_by} is {count!r}.", remedy=f"Use a number from 1 to {len(cls.outputs)}."
            )
        own = tuple(f"{output}_" for output in cls.outputs[:count])
        return tuple(setting for setting in cls.settings if setting.name.startswith(own))

    @classmethod
    def guard(cls, ranges: Mapping[str, tuple[float, float]]) -> Guard:
        """What reads its commands before they go out."""
        harmless = (*cls.harmless, re.escape(cls.identity_query))
        return SettableGuard(cls.settings, harmless=harmless, is_answering=cls.is_answering)

    def identity(self) -> Identity:
        """Ask who it is."""
        return Identity.asked(self._transport, self.identity_query)

    def confirm(self, command: str) -> None:
        """Make sure that a command was accepted and is carried out; for subclasses whose instrument can tell."""

    def tell(self, setting: Setting, value: float) -> None:
        """Send one value and make sure of it; for subclasses whose instrument needs more than a `confirm`."""
        command = setting.told(value)
        self._transport.write(command)
        self.confirm(command)

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is another model than this driver is for, or not set to what the driver demands.
        """
        identity = self.identity()
        if not any(fnmatchcase(identity.model, model) for model in self.models):
            self._transport.distrust()
            raise HardwareFault(
                f"{self._transport.name} is a {identity}, this driver is for {', '.join(self.models)}.",
                remedy="Correct the address or the driver in the rack file.",
                instrument=self._transport.name,
                command=self.identity_query,
                reply=str(identity),
            )
        if self.demand is not None:
            self.demand.check(self._transport)
        return identity

    def limits(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest of each value that will be sent."""
        return dict(self._limits)

    def apply(self, **values: float) -> None:
        """Set values: every one is checked before the first is sent.

        Raises:
            OptionError: If there is no such setting; names the nearest.
            LimitError: If a value is beyond its limits.
            HardwareFault: If the instrument does not accept one.
        """
        for name in values:
            self._setting(name)
        checked = [
            (setting, setting.checked(values[setting.name], self._limits[setting.name], self._transport.name))
            for setting in self._settings.values()
            if setting.name in values
        ]
        told: set[str] = set()
        for setting, value in checked:
            if value or not setting.is_switch:
                self._learn(setting, told)
            self._send(setting, value)
            told.add(setting.name)

    def verify(self, **values: float) -> None:
        """Make sure that it still has values that were set: an instrument may have lost them in the meantime.

        Raises:
            HardwareFault: If one is another, by more than 0.1 % of its limits' range.
        """
        for name, value in values.items():
            setting, (low, high) = self._setting(name), self._limits[name]
            found = self.read(name)
            if not (abs(found - value) <= _LOST * (high - low) or setting.is_near(found, value)):
                self._transport.distrust()
                raise HardwareFault(
                    f"{self._transport.name} had {name} set to {value:.12g}, and has {found:.12g}.",
                    remedy="Look whether it was reset or switched off and on, or is set by somebody else.",
                    instrument=self._transport.name,
                    command=setting.query,
                    reply=f"{found:.12g}",
                )

    def read(self, name: str) -> float:
        """Ask for a value.

        Raises:
            HardwareFault: If the reply is no number.
        """
        setting = self._setting(name)
        reply = self._transport.query(setting.query)
        try:
            return setting.value_of(reply)
        except ValueError:
            self._transport.distrust()
            raise HardwareFault(
                f"{self._transport.name} answered {reply!r} to {setting.query!r}, which is no number.",
                remedy="Check that nobody else talks to it.",
                instrument=self._transport.name,
                command=setting.query,
                reply=reply,
            ) from None

    def safe_state(self) -> None:
        """Set every safe value, the last setting first; a step that fails does not keep the others from being tried.

        Raises:
            HardwareFault: The first that came, when all were tried.
            LimitError: If that is what came first: the gate did not let a step through.
        """
        try_all(
            partial(self._send, setting, setting.safe_within(self._limits[setting.name]))
            for setting in reversed(self._settings.values())
            if setting.safe is not None
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def _learn(self, setting: Setting, told: set[str]) -> None:
        """Ask what the gate has to know by then, where it was not set just now.

        For a switch that is what comes out; for what unsettles others, whether it changes and whether they are on.
        """
        needed = setting.behind(self._settings.values()) if setting.is_switch else []
        if setting.unsettles:
            needed = [setting, *(item for item in self._settings.values() if item.is_switch)]
        for item in needed:
            if item.name not in told or not self.is_proving:
                self.read(item.name)

    def _send(self, setting: Setting, value: float) -> None:
        now = value if setting.step is None else self.read(setting.name)
        for number in setting.steps(now, value):
            if number != now:  # before the first step too: the last ramp may have ended just now
                self._sleep(setting.step_s)
            self.tell(setting, number)
        for name in setting.unsettles:
            if name in self._settings:
                self.read(name)

    def _setting(self, name: str) -> Setting:
        if name not in self._settings:
            raise OptionError(
                f"{type(self).__name__} has no setting '{name}'.", remedy=nearest(name, list(self._settings))
            )
        return self._settings[name]


def _slowed(setting: Setting, rates: Sequence[float] | None) -> Setting:
    """The setting with steps small enough for the rack's largest rate of change."""
    if rates is None or setting.step is None:
        return setting
    return attrs.evolve(setting, step=min(setting.step, rates[1] * setting.step_s))
