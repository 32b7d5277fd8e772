# SPDX-License-Identifier: Apache-2.0
"""What a rack file says of an instrument's line is how it is opened."""

from __future__ import annotations

import os
import termios
from collections.abc import Mapping
from typing import Any

import pytest

from feedline_hal.drivers.windfreak_synthhd import WindfreakSynthhd
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.windfreak_synthhd import EmulatedSynthhd
from feedline_hal.errors import HardwareFault
from feedline_hal.rack.instrument_lane import connect
from feedline_hal.rack.schema import InstrumentSpec

SAFE = {f"{name}_frequency_hz": (1e9, 2e9) for name in "ab"} | {f"{name}_power_dbm": (-70.0, 0.0) for name in "ab"}


def speeds(path: str) -> int:
    """How fast the line at a path is set to send."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        speed: int = termios.tcgetattr(descriptor)[5]
        return speed
    finally:
        os.close(descriptor)


def test_serial_line_is_opened_with_the_speed_of_the_rack_file() -> None:
    """The driver's own if it gives none."""
    emulator = EmulatedSynthhd()
    with PtyServer(emulator, manner=emulator.serial_manner) as server:
        for baud, expected in ((0, termios.B115200), (9600, termios.B9600)):
            spec = InstrumentSpec(name="lo", driver="windfreak_synthhd", address=server.address, safe=SAFE, baud=baud)
            driver = connect(spec, WindfreakSynthhd, spec.address)
            try:
                assert driver.identify().serial == "1230"
                assert speeds(server.path) == expected
            finally:
                driver.close()


def test_emulator_that_stands_in_is_reached_without_the_instruments_library() -> None:
    """A rack with a vendor's VISA can be emulated where that is not installed."""
    emulator = EmulatedSynthhd()
    with PtyServer(emulator, manner=emulator.serial_manner) as server:
        spec = InstrumentSpec(
            name="lo", driver="windfreak_synthhd", address="USB::1::2::3::INSTR", safe=SAFE, library="@ivi"
        )
        driver = connect(spec, WindfreakSynthhd, server.address)
        try:
            assert driver.identify().serial == "1230"
        finally:
            driver.close()


class OtherFramework:
    """A driver that opens its own connection, and is told that nobody is there."""

    @classmethod
    def quantities(cls, options: Mapping[str, Any]) -> tuple[()]:
        return ()

    @classmethod
    def connect(cls, name: str, address: str, limits: Mapping[str, Any], options: Mapping[str, Any]) -> OtherFramework:
        raise ConnectionRefusedError(111, "Connection refused")


def test_what_another_framework_raises_is_a_fault_of_the_instrument() -> None:
    """It names instrument, address and driver, and is no bug of ours."""
    spec = InstrumentSpec(name="lo", driver="lab_source", address="TCPIP::10.0.0.8::5025::SOCKET")
    with pytest.raises(HardwareFault, match=r"lo \(TCPIP::10.0.0.8::5025::SOCKET\) cannot be opened") as caught:
        connect(spec, OtherFramework, spec.address)
    assert "driver 'lab_source' raised ConnectionRefusedError: [Errno 111] Connection refused." in caught.value.what
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
