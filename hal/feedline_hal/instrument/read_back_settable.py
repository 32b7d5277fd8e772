# SPDX-License-Identifier: Apache-2.0
"""A settable instrument that does not say whether it took a value: it is asked what it has."""

from __future__ import annotations

from feedline_hal.errors import HardwareFault

from .settable_driver import SettableDriver
from .setting import Setting


class ReadBackSettable(SettableDriver):
    """Reads every value back after setting it."""

    is_proving = True

    def tell(self, setting: Setting, value: float) -> None:
        """Send one value and compare it with what the instrument then has.

        Raises:
            HardwareFault: If that is another.
        """
        command, reply = setting.told(value), ""
        if self.is_answering:
            reply = self._transport.query(command)
        else:
            self._transport.write(command)
        found = self.read(setting.name)
        if not setting.is_near(found, value):
            said = f"It answered {reply!r}, and its" if self.is_answering else "Its"
            self._transport.distrust()  # it may be the answer to an earlier question
            raise HardwareFault(
                f"{self._transport.name} did not accept {command!r}. {said} {setting.name} is {found:.12g}.",
                remedy="Its manual says what this model can be set to; narrow the safe range to that.",
                instrument=self._transport.name,
                command=command,
                reply=reply or f"{found:.12g}",
            )
