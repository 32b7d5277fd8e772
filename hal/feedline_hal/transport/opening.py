# SPDX-License-Identifier: Apache-2.0
"""From an address to a connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feedline.errors import InputError

from .address import malformed
from .manner import Manner
from .transport import Transport

if TYPE_CHECKING:
    from .conversation import Conversation

_SERIAL = re.compile(r"ASRL(?P<device>.+?)(::INSTR)?", re.IGNORECASE)


def open_transport(
    resource: str, *, name: str, timeout_s: float = 5.0, manner: Manner | None = None, library: str = "@py"
) -> Transport:
    """Connect to an instrument.

    Args:
        resource: VISA address; ``ASRL...`` opens a serial line, anything else goes through VISA.
        name: The instrument's name in the rack.
        timeout_s: How long to wait, in seconds, for the connection and for every reply.
        manner: How it speaks; SCPI's way if not given.
        library: The VISA library, as pyvisa takes it; pyvisa-py if not given.

    Returns:
        An open connection; the thread that first uses it owns it.

    Raises:
        InputError: If the address is malformed; shows the forms that exist.
        HardwareFault: If nobody answers there; says what was tried and for how long.
    """
    return make_transport(resource, name=name, timeout_s=timeout_s, manner=manner, library=library).open()


def make_transport(
    resource: str, *, name: str, timeout_s: float = 5.0, manner: Manner | None = None, library: str = "@py"
) -> Conversation:
    """A connection that is not open yet; the same arguments as `open_transport`, nothing is sent or looked up.

    Raises:
        InputError: If the address is malformed, which shows the forms that exist, or for a VISA library where
            pyserial opens the line.
    """
    if resource.upper().startswith("ASRL"):
        found = _SERIAL.fullmatch(resource)
        if found is None or found["device"].startswith(":"):
            raise malformed(resource, name)
        if library != "@py":
            raise InputError(
                f"{name}: {resource!r} is a serial line, which pyserial opens, not the VISA library {library!r}.",
                remedy="Leave out library.",
            )
        from .serial_line import SerialTransport

        device = found["device"]
        return SerialTransport(
            f"COM{device}" if device.isdigit() else device, name=name, timeout_s=timeout_s, manner=manner
        )
    from .visa import VisaTransport

    return VisaTransport(resource, name=name, timeout_s=timeout_s, manner=manner, library=library)
