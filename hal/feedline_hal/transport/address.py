# SPDX-License-Identifier: Apache-2.0
"""Addresses of instruments: which forms exist."""

from __future__ import annotations

from feedline.errors import InputError

FORMS = (
    "TCPIP::10.0.0.5::4000::SOCKET",
    "TCPIP::10.0.0.5::hislip0::INSTR",
    "TCPIP::10.0.0.5::inst0::INSTR",
    "USB::0x0957::0x2807::MY57401329::INSTR",
    "GPIB::12::INSTR",
    "ASRL/dev/ttyUSB0::INSTR",
    "ASRLCOM3::INSTR",
)


def malformed(resource: str, name: str) -> InputError:
    """The error for an address that is none; shows the forms that exist."""
    return InputError(f"{name}: {resource!r} is no address of an instrument.", remedy=f"Forms: {', '.join(FORMS)}.")


def check_port(port: str | int, resource: str, name: str) -> int:
    """A TCP port.

    Raises:
        InputError: If it is none; names the address.
    """
    if str(port).isdigit() and 0 < int(port) < 65536:
        return int(port)
    raise InputError(f"{name}: {port!r} in {resource!r} is no TCP port.", remedy="Use 1 to 65535.")
