# SPDX-License-Identifier: Apache-2.0
"""One exchange with an instrument, and what is told of it if it fails."""

from __future__ import annotations

import attrs

from feedline_hal.errors import HardwareFault

from .lane import Lane, LaneFault, LaneTimeout

_AGAIN = "The connection is opened anew before the next call."


@attrs.define(kw_only=True)
class Exchange:
    """A command on its way, and the wait for what comes back.

    Attributes:
        name: Of the instrument.
        command: What is sent.
        besides: What is sent with it.
        lane: On which lane.
        timeout_s: How long to wait.
        awaited: For what; for nothing but that the command is taken at first.
    """

    name: str
    command: str
    besides: str
    lane: Lane
    timeout_s: float
    awaited: str = ""

    def fault(self, fault: LaneFault) -> HardwareFault:
        """What the user is told: who, during what, what came."""
        reply = fault.received.decode("ascii", "backslashreplace")
        came = f"; {reply[:80]!r} came" if reply else ""
        told = f"{self.command!r}{self.besides}"
        if isinstance(fault, LaneTimeout):
            wait = f"{self.awaited} from {self.name} to" if self.awaited else f"{self.name} to take"
            what = f"Waited {self.timeout_s:g} s for {wait} {told}: {fault.what}"
            remedy = "Check that it is on and knows the command, or allow more time (timeout_s). "
        else:
            wait = f"{self.awaited} to {told} was awaited" if self.awaited else f"{told} was sent"
            what = f"{self.name} {fault.what} when {wait}"
            remedy = "Check its power, cable and error queue. "
        return HardwareFault(
            f"{what}{came}.",
            remedy=remedy + _AGAIN,
            instrument=self.name,
            command=self.command,
            reply=reply,
        )
