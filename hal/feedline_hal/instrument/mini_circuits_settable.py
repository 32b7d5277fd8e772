# SPDX-License-Identifier: Apache-2.0
"""A settable box of Mini-Circuits on the network: what attenuators and switches have in common.

Source: Mini-Circuits, Programmable Attenuators and RF Switch Boxes Programming Manuals, Ethernet control by Telnet:
MN, SN and FIRMWARE are answered with the name and ``=`` in front; a setting is answered with 1.
"""

from __future__ import annotations

from feedline_hal.transport.manner import Manner

from .identity import Identity
from .settable_driver import SettableDriver


class MiniCircuitsSettable(SettableDriver):
    """A subclass's ``identity_query`` asks for the model, in the spelling of its dialect: ``MN?`` or ``:MN?``."""

    manner = Manner(write_terminator="\r\n", acknowledgement="1", greeting_s=0.5)

    def identity(self) -> Identity:
        """Ask who it is: ``MN=RCDAT-6000-90``, then for its serial number and firmware."""
        start = self.identity_query.removesuffix("MN?")
        told = [self._transport.query(f"{start}{name}?").removeprefix(f"{name}=") for name in ("MN", "SN", "FIRMWARE")]
        return Identity("Mini-Circuits", *told)
