# SPDX-License-Identifier: Apache-2.0
"""A settable instrument that speaks SCPI: a driver is a list of settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from feedline.errors import OptionError, nearest
from feedline_hal.errors import HardwareFault
from feedline_hal.transport.error_queue import check_errors, wait_until_done
from feedline_hal.transport.transport import Transport

from .identity import Identity
from .setting import Setting

DONE_S = 10.0
"""How long a setting may take to settle."""


class ScpiSettable:
    """Applies settings, all or none, and asks the instrument whether it took them.

    Args:
        transport: The connection.
        limits: The rack's safe ranges by setting; they narrow the instrument's own.
        sleep: Waits between the steps of a ramp.
    """

    models: ClassVar[tuple[str, ...]]
    """What ``*IDN?`` may name as the model."""
    settings: ClassVar[tuple[Setting, ...]]
    """In the order in which they are set; undone in reverse by `safe_state`."""
    error_query: ClassVar[str] = "SYST:ERR?"

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Mapping[str, tuple[float, float]] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        for name in limits or {}:
            self._setting(name)
        self._limits = {setting.name: setting.within((limits or {}).get(setting.name)) for setting in self.settings}

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is another model than this driver is for.
        """
        reply = self._transport.query("*IDN?")
        identity = Identity.of(reply, instrument=self._transport.name)
        if identity.model not in self.models:
            raise HardwareFault(
                f"{self._transport.name} is a {identity}, this driver is for {', '.join(self.models)}.",
                remedy="Correct the address or the driver in the rack file.",
                instrument=self._transport.name,
                command="*IDN?",
                reply=reply,
            )
        return identity

    def limits(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest of each value that will be sent."""
        return dict(self._limits)

    def apply(self, **values: float) -> None:
        """Set values: every one is checked before the first is sent.

        Raises:
            OptionError: If there is no such setting; names the nearest.
            LimitError: If a value is beyond its limits.
            HardwareFault: If the instrument does not accept one, or takes longer than 10 s.
        """
        for name in values:
            self._setting(name)
        checked = [
            (setting, setting.checked(values[setting.name], self._limits[setting.name], self._transport.name))
            for setting in self.settings
            if setting.name in values
        ]
        for setting, value in checked:
            self._send(setting, value)

    def read(self, name: str) -> float:
        """Ask for a value.

        Raises:
            HardwareFault: If the reply is no number.
        """
        setting = self._setting(name)
        reply = self._transport.query(setting.query)
        try:
            return float(reply)
        except ValueError:
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
        """
        faults: list[HardwareFault] = []
        for setting in reversed(self.settings):
            if setting.safe is None:
                continue
            try:
                self._send(setting, setting.safe)
            except HardwareFault as fault:
                faults.append(fault)
        if faults:
            raise faults[0]

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def _send(self, setting: Setting, value: float) -> None:
        now = self.read(setting.name) if setting.step is not None else value
        for step, number in enumerate(setting.steps(now, value)):
            if step:
                self._sleep(setting.step_s)
            command = setting.command.format(number)
            self._transport.write(command)
            wait_until_done(self._transport, DONE_S)
            check_errors(self._transport, command, self.error_query)

    def _setting(self, name: str) -> Setting:
        for setting in self.settings:
            if setting.name == name:
                return setting
        raise OptionError(
            f"{type(self).__name__} has no setting '{name}'.",
            remedy=nearest(name, [setting.name for setting in self.settings]),
        )
