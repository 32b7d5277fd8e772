# SPDX-License-Identifier: Apache-2.0
"""What is missing on this computer when a VISA library does not open an address, and how to get it."""

from __future__ import annotations

from pyvisa import constants, rname

EMBEDDED = "@py"
"""pyvisa-py, which comes with Feedline."""
CHECK_CABLES = "Check its power, its cable and the address, and that no other program holds it."
_VENDOR = 'or name a vendor\'s VISA (library = "@ivi")'
_NEEDS = {
    constants.InterfaceType.usb: f"pip install pyusb, and libusb from the operating system's packages; {_VENDOR}.",
    constants.InterfaceType.gpib: f"pip install gpib-ctypes, beside the driver of the GPIB adapter; {_VENDOR}.",
}
_MISSING = ("install", "no backend available", "could not locate", "no module named")


def missing_part(parsed: rname.ResourceName, why: str, library: str) -> str | None:
    """How to get what pyvisa-py lacks for an address; ``None`` if it lacks nothing.

    Args:
        parsed: The address.
        why: What the library said when it did not open it.
        library: The library, as pyvisa takes it.
    """
    if library != EMBEDDED:
        return None
    if "no class registered" in why.lower():
        return 'pyvisa-py cannot open addresses of this kind: name a vendor\'s VISA (library = "@ivi").'
    if any(sign in why.lower() for sign in _MISSING):
        return _NEEDS.get(parsed.interface_type_const)
    return None


def missing_library(library: str) -> str:
    """How to get a VISA library that could not be loaded."""
    return (
        f"library is {library!r}: install a vendor's VISA for '@ivi' or give the path of its library; leave it out for "
        "pyvisa-py."
    )
