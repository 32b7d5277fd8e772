# SPDX-License-Identifier: Apache-2.0
"""Drivers that others wrote drive our emulators: what is emulated is the instruments' dialect, not only ours."""

from __future__ import annotations

import contextlib
import importlib
import socket
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from feedline_hal.drivers.mini_circuits_rc_switch import MiniCircuitsRcSwitch
from feedline_hal.drivers.windfreak_synthhd import WindfreakSynthhd
from feedline_hal.emulator.mini_circuits_rc_switch import EmulatedRcSwitch
from feedline_hal.emulator.mini_circuits_rudat import EmulatedRudat
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.rohde_schwarz_sgs100a import EmulatedSgs100a
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.windfreak_synthhd import EmulatedSynthhd
from feedline_hal.emulator.yokogawa_gs200 import EmulatedGs200
from feedline_hal.transport import open_transport

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs to mend
QCODES = "qcodes.instrument_drivers"


@contextlib.contextmanager
def opened(kind: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
    """One of QCoDeS' instruments, closed at the end."""
    instrument = kind("bench", *arguments, **options)
    try:
        yield instrument
    finally:
        instrument.close()


def test_windfreaks_own_client_sets_both_outputs_and_our_driver_reads_them() -> None:
    """Over the pseudo-terminal; what it set is what we read, and the other way round."""
    windfreak = pytest.importorskip("windfreak")
    instrument = EmulatedSynthhd()
    with PtyServer(instrument, manner=instrument.serial_manner) as server:
        client = windfreak.SynthHD(server.path)
        try:
            assert (client.model, client.model_type, client.serial_number) == ("SynthHD v2", "WFT SynthHD 1230", 1230)
            client.init()
            client[0].frequency, client[1].frequency = 5.1e9, 6.25e9
            client[0].power, client[1].power = -3.25, 7.0
            client[1].phase = 90.0
            client[0].enable = True
            assert (client[0].frequency, client[1].power, client[0].enable) == (5.1e9, 7.0, True)
        finally:
            client.close()
        with open_transport(server.address, name="lo", manner=WindfreakSynthhd.manner) as transport:
            driver = WindfreakSynthhd(transport)
            assert driver.identify().serial == "1230"
            assert [driver.read(f"{name}_frequency_hz") for name in "ab"] == [5.1e9, 6.25e9]
            assert [driver.read(f"{name}_is_on") for name in "ab"] == [1, 0]
            driver.apply(b_power_dbm=-12.5, b_is_on=1)
        again = windfreak.SynthHD(server.path)
        try:
            assert (again[1].power, again[1].enable, again[1].phase) == (-12.5, True, 90.0)
        finally:
            again.close()


def test_qcodes_sgs100a() -> None:
    """Frequency, power, phase, output."""
    kind = pytest.importorskip(f"{QCODES}.rohde_schwarz").RohdeSchwarzSGS100A
    emulator = EmulatedSgs100a()
    with SocketServer(emulator) as server, opened(kind, server.address) as source:
        source.frequency(5.25e9)
        source.power(-7.5)
        source.phase(45)
        source.on()
        assert (source.frequency(), source.power(), source.get_idn()["model"]) == (5.25e9, -7.5, "SGS100A")
        assert (emulator.frequency_hz, emulator.power_dbm, emulator.phase_deg, emulator.is_on) == (5.25e9, -7.5, 45, 1)
        assert not len(emulator.errors)


def test_qcodes_gs200() -> None:
    """Range, level, output; a level beyond the range is refused as the instrument does."""
    kind = pytest.importorskip(f"{QCODES}.yokogawa").YokogawaGS200
    emulator = EmulatedGs200()
    with SocketServer(emulator) as server, opened(kind, server.address) as source:
        source.source_mode("VOLT")
        source.voltage_range(1)
        source.voltage(0.123)
        source.on()
        source.voltage(0.2)
        assert source.voltage() == pytest.approx(0.2)
        assert (emulator.range_v, emulator.level_v, emulator.is_on) == (1, pytest.approx(0.2), 1)
        source.write(":SOUR:LEV 1.3")
        assert source.system_errors().startswith("-222")
        assert emulator.level_v == pytest.approx(0.2)


@pytest.fixture
def mini_circuits(monkeypatch: pytest.MonkeyPatch) -> Any:
    """QCoDeS' Mini-Circuits drivers; its USB switch wants .NET at import, which nothing here uses."""
    pytest.importorskip("qcodes")
    monkeypatch.setitem(sys.modules, "clr", ModuleType("clr"))
    return importlib.import_module(f"{QCODES}.Minicircuits")


def test_qcodes_rc_switch(mini_circuits: Any) -> None:
    """Four switches over TCP, their positions by the mask."""
    kind, emulator = mini_circuits.MiniCircuitsRCSPDT, EmulatedRcSwitch(switches=4)
    with SocketServer(emulator) as server:
        with opened(kind, "127.0.0.1", port=server.port, timeout=5) as box:
            assert box.get_idn() == {
                "vendor": "Mini-Circuits", "model": "RC-4SPDT-A18", "serial": emulator.serial, "firmware": "C8",
            }  # fmt: skip
            box.channel_b.switch(2)
            box.channel_d.switch(2)
            assert [channel.switch() for channel in box.channels] == [1, 2, 1, 2]
        with open_transport(server.address, name="box", manner=MiniCircuitsRcSwitch.manner) as transport:
            driver = MiniCircuitsRcSwitch(transport, options={"switches": 4})
            assert [driver.read(f"{name}_position") for name in "abcd"] == [0, 1, 0, 1]


def test_qcodes_rudat(mini_circuits: Any) -> None:
    """QCoDeS' commands and parsers; it knows USB only, so the lines go over TCP here."""
    base, emulator = mini_circuits.MiniCircuitsRudat13G90Base, EmulatedRudat()
    with SocketServer(emulator) as server, socket.create_connection(("127.0.0.1", server.port), 5) as line:
        replies = line.makefile("r", newline="\n")
        assert replies.readline() == emulator.greeting.decode()

        class OverTcp(base):  # type: ignore[misc, valid-type]
            def ask_raw(self, cmd: str) -> str:
                line.sendall(cmd.encode() + b"\r\n")
                return replies.readline().strip()

            write_raw = ask_raw

        with replies, opened(OverTcp) as attenuator:
            attenuator.attenuation(12.25)
            assert (emulator.attenuation_db, attenuator.attenuation()) == (12.25, 12.25)
            assert attenuator.ask(":SETATT=200") == "2"
            assert emulator.attenuation_db == 120
