# SPDX-License-Identifier: Apache-2.0
"""A rack's emulators on real ports and terminals, cabled as the rack file says."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Any

import attrs
import pytest

from feedline import front_door
from feedline.errors import InputError, OptionError
from feedline.registry import DriverEntry
from feedline_hal.drivers.quantum_composers_9520 import QuantumComposers9520
from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.cable import Silence
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.errors import HardwareFault
from feedline_hal.rack.schema import Channel, InstrumentSpec, RackSpec, TriggerSpec
from feedline_hal.transport import open_transport

REMOTE = {
    "lo1": ("rohde_schwarz_sgs100a", "TCPIP::10.0.0.5::hislip0::INSTR"),
    "flux1": ("yokogawa_gs200", "TCPIP::10.0.0.6::inst0::INSTR"),
    "lo2": ("rohde_schwarz_sgs100a", "TCPIP::10.0.0.7::5025::SOCKET"),
    "trig": ("quantum_composers_9520", "ASRL/dev/ttyUSB0::INSTR"),
    "flux2": ("yokogawa_gs200", "GPIB::12::INSTR"),
}
DIGITIZER = ("tektronix_mso", "TCPIP::10.0.0.9::4000::SOCKET")
TRIGGERED = {"dig1": TriggerSpec(instrument="dig1", source=Channel("trig", "b"))}


def rack(**instruments: tuple[str, str]) -> RackSpec:
    return RackSpec(
        path=Path("lab.toml"),
        name="lab",
        instruments={
            name: InstrumentSpec(name=name, driver=driver, address=address)
            for name, (driver, address) in instruments.items()
        },
    )


def with_instrument(spec: RackSpec, name: str, **changes: Any) -> RackSpec:
    return attrs.evolve(spec, instruments={**spec.instruments, name: attrs.evolve(spec.instruments[name], **changes)})


def identity(name: str, bench: Bench) -> str:
    manner = getattr(front_door.driver(bench.spec.instruments[name].driver), "manner", None)
    with open_transport(bench.addresses[name], name=name, timeout_s=2.0, manner=manner) as transport:
        return transport.query("*IDN?")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_each_instrument_is_served_by_the_transport_of_its_address() -> None:
    """Not at it: those addresses are of real instruments."""
    with Bench(rack(**REMOTE)) as bench:
        assert [identity(name, bench).split(",")[1] for name in REMOTE] == [
            "SGS100A",
            "GS210",
            "SGS100A",
            "9524",
            "GS210",
        ]
        kinds = {name: address.rpartition("::")[2] for name, address in bench.addresses.items()}
        assert kinds == {"lo1": "INSTR", "flux1": "INSTR", "lo2": "SOCKET", "trig": "INSTR", "flux2": "INSTR"}
        assert "hislip0," in bench.addresses["lo1"]
        assert "::inst0::" in bench.addresses["flux1"]
        assert bench.addresses["trig"].startswith("ASRL/")
        assert all("127.0.0.1" in address or address.startswith("ASRL") for address in bench.addresses.values())


def test_nothing_is_left_when_it_stops_and_it_may_start_again() -> None:
    bench = Bench(rack(**REMOTE))
    with bench:
        identity("lo2", bench)
    before, threads = descriptors(), threading.active_count()
    with bench:
        assert threading.active_count() > threads
        for name in REMOTE:
            identity(name, bench)
        link = Path(bench.addresses["trig"].removeprefix("ASRL").removesuffix("::INSTR"))
        assert link.exists()
    assert (descriptors(), threading.active_count()) == (before, threads)
    assert not link.exists()


@pytest.mark.parametrize(
    "form", ["TCPIP::127.0.0.1::{}::SOCKET", "TCPIP::127.0.0.1::hislip0,{}::INSTR", "TCPIP::localhost,{}::inst0::INSTR"]
)
def test_an_address_on_this_machine_is_used_as_it_is(form: str) -> None:
    address = form.format(free_port())
    with Bench(rack(lo1=("rohde_schwarz_sgs100a", address))) as bench:
        assert bench.addresses["lo1"] == address.replace("localhost", "127.0.0.1")
        assert "SGS100A" in identity("lo1", bench)


def test_free_ports_can_be_asked_for() -> None:
    address = f"TCPIP::127.0.0.1::{free_port()}::SOCKET"
    with Bench(rack(lo1=("rohde_schwarz_sgs100a", address)), at_rack_addresses=False) as bench:
        assert bench.addresses["lo1"] != address


def test_a_port_in_use_is_named_and_the_others_are_closed_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        spec = rack(
            lo1=("rohde_schwarz_sgs100a", "TCPIP::10.0.0.5::5025::SOCKET"),
            lo2=("rohde_schwarz_sgs100a", f"TCPIP::127.0.0.1::{port}::SOCKET"),
        )
        threads = threading.active_count()
        with pytest.raises(InputError, match=rf"lo2: port {port} of 127.0.0.1 is in use .*\n  -> End the program"):
            Bench(spec).__enter__()
        assert threading.active_count() == threads


def test_a_serial_line_is_a_link_where_the_rack_file_says(tmp_path: Path) -> None:
    """One that a killed emulator left behind is replaced; one that leads somewhere is not."""
    link = tmp_path / "trig"
    link.symlink_to(tmp_path / "gone")
    spec = rack(trig=("quantum_composers_9520", f"ASRL{link}::INSTR"))
    with Bench(spec) as bench:
        assert bench.addresses["trig"] == f"ASRL{link}::INSTR"
        assert identity("trig", bench) == "QC,9524,02311,2.3.4-1.0.0"
        with pytest.raises(InputError, match=f"trig: serial line {link} is in use"):
            Bench(spec).__enter__()
        assert identity("trig", bench).startswith("QC")
    assert not link.is_symlink()
    missing = rack(trig=("quantum_composers_9520", f"ASRL{tmp_path}/no/folder::INSTR"))
    with pytest.raises(InputError, match="cannot be used: No such file or directory"):
        Bench(missing).__enter__()


def test_emulators_are_the_instruments_of_the_rack_file() -> None:
    """Serial number, firmware and options: a driver that compares them finds what it expects."""
    spec = with_instrument(rack(**REMOTE), "trig", serial="4711", firmware="9.9", options={"channels": 2})
    spec = with_instrument(spec, "lo1", serial="1416.0505k02/100001")
    with Bench(spec, ["trig", "lo1"]) as bench:
        assert list(bench.addresses) == ["lo1", "trig"]
        assert identity("trig", bench) == "QC,9522,4711,9.9"
        assert identity("lo1", bench).split(",")[2] == "1416.0505k02/100001"


def test_triggers_go_where_the_rack_file_says() -> None:
    """A burst on the pseudo-terminal makes the digitizer on the socket record as many frames."""
    spec = attrs.evolve(rack(trig=REMOTE["trig"], dig1=DIGITIZER), triggers=TRIGGERED)
    with (
        Bench(spec) as bench,
        open_transport(bench.addresses["dig1"], name="dig1") as digitizer,
        open_transport(bench.addresses["trig"], name="trig", manner=QuantumComposers9520.manner) as coordinator,
    ):
        for command in ("TRIG:A:MOD NORM", "HOR:FAST:STATE ON", "HOR:FAST:COUN 5", "ACQ:STOPA SEQ", "ACQ:STATE ON"):
            digitizer.write(command)
        assert digitizer.query("ACQ:NUMFRAMESACQ?").split()[-1] == "0"
        for command in (":PULSE0:MODE BURS", ":PULSE0:BCO 5", ":PULSE1:STATE ON", ":PULSE0:STATE ON"):
            coordinator.write(command)
        digitizer.query("*OPC?")
        assert digitizer.query("ACQ:NUMFRAMESACQ?").split()[-1] == "0", "it is cabled to output b"
        for command in (":PULSE0:STATE OFF", ":PULSE2:STATE ON", ":PULSE0:STATE ON"):
            coordinator.write(command)
        digitizer.query("*OPC?")
        assert digitizer.query("ACQ:NUMFRAMESACQ?").split()[-1] == "5"


@pytest.mark.parametrize(
    ("source", "sink", "words"),
    [("lo1", "dig1", "emulator of 'lo1' gives no triggers"), ("trig", "lo1", "emulator of 'lo1' takes no triggers")],
)
def test_cables_that_cannot_be_plugged_in_are_refused(source: str, sink: str, words: str) -> None:
    spec = rack(trig=REMOTE["trig"], lo1=REMOTE["lo1"], dig1=DIGITIZER)
    spec = attrs.evolve(spec, triggers={sink: TriggerSpec(instrument=sink, source=Channel(source, "a"))})
    with pytest.raises(InputError, match=words):
        Bench(spec)
    Bench(spec, [sink])  # half a cable is none


def test_faults_are_injected_by_name() -> None:
    script = FaultScript({2: Fault(kind=FaultKind.DROP)})
    with Bench(rack(**REMOTE), ["lo2"], faults={"lo2": script}) as bench:
        with open_transport(bench.addresses["lo2"], name="lo2", timeout_s=1.0) as transport:
            transport.query("*IDN?")
            with pytest.raises(HardwareFault):
                transport.query("*IDN?")
            assert "SGS100A" in transport.query("*IDN?")
        assert bench.faults["lo2"] is script


def test_names_that_are_none_are_refused() -> None:
    spec = rack(**REMOTE)
    with pytest.raises(OptionError, match=r"Rack 'lab' has no instrument 'lo3'[\s\S]*Did you mean 'lo"):
        Bench(spec, ["lo3"])
    with pytest.raises(OptionError, match="'lo1' is not among the emulated"):
        Bench(spec, ["lo2"], faults={"lo1": FaultScript()})
    with pytest.raises(InputError, match="Nothing can be plugged into 'lo1'"):
        Bench(spec, signals={"lo1": Silence()})
    with pytest.raises(InputError, match=r"lo1: 'tty7' is no address"):
        Bench(rack(lo1=("rohde_schwarz_sgs100a", "tty7"))).__enter__()


def test_a_driver_without_an_emulator_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = DriverEntry(name="acme_1", make=lambda: type("Acme1", (), {}))
    monkeypatch.setitem(front_door.host().drivers, "acme_1", entry)
    monkeypatch.setattr(front_door.host(), "owner", lambda entry: "test", raising=False)
    with pytest.raises(InputError, match=r"'x1' cannot be emulated: its driver 'acme_1' has no emulator\.\n  -> Name"):
        Bench(rack(x1=("acme_1", "GPIB::1::INSTR"), lo1=REMOTE["lo1"]))
    Bench(rack(x1=("acme_1", "GPIB::1::INSTR"), lo1=REMOTE["lo1"]), ["lo1"])
