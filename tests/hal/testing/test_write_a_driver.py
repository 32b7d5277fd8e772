# SPDX-License-Identifier: Apache-2.0
"""The guide to drivers: its files are written as it says, and do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from feedline.plugin_host import PluginHost
from feedline_hal.emulator.rohde_schwarz_sgs100a import EmulatedSgs100a
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import LimitError
from feedline_hal.rack.check import check_rack
from feedline_hal.rack.open_rack import OpenRack
from feedline_hal.rack.reading import read_rack
from feedline_hal.safety import Gate
from feedline_hal.testing import script

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "write-a-driver.md"
FILE = re.compile(r"^```\w+ (\S+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEXT = '\n\n[instruments.lo2]\ndriver = "lab_source"\naddress = "TCPIP::10.0.0.8::5025::SOCKET"\n'
SAFE = "safe = { frequency_hz = [4e9, 6e9], power_dbm = [-30, 10] }\n"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """The folder, with the page's files in it; blocks of one file add up."""
    for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(text)
    return tmp_path


@pytest.fixture
def host(lab: Path) -> Iterator[PluginHost]:
    """Plugins as FEEDLINE_PLUGINS would load them."""
    made = PluginHost()
    before = set(sys.modules)
    for name in ("stanford_sg384.py", "lab_sources.py"):
        made.load_file(lab / name)
    yield made
    for name in set(sys.modules) - before:
        if name.startswith("feedline_inline_"):
            del sys.modules[name]


def module_of(host: PluginHost) -> ModuleType:
    """The plugin file as a module."""
    return sys.modules[host.drivers["stanford_sg384"].make().__module__]


def test_driver_has_at_most_forty_lines(lab: Path) -> None:
    first = next(text for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")) if name == "stanford_sg384.py")
    assert len(first.splitlines()) <= 40


def test_script_and_contract_of_the_page_pass(lab: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_stanford_sg384.py"]
    environment = {**os.environ, "PYTHONPATH": str(lab)}
    done = subprocess.run(command, cwd=lab, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 20


@pytest.mark.parametrize("name", ["assembling.py", "lab_sources.py"])
def test_other_files_of_the_page_run(lab: Path, name: str) -> None:
    exec(compile((lab / name).read_text(encoding="utf-8"), name, "exec"), {"__name__": "page"})


def test_guard_of_the_page_refuses_what_it_is_not_sure_of(lab: Path) -> None:
    namespace: dict[str, type] = {}
    exec(compile((lab / "guarding.py").read_text(encoding="utf-8"), "guarding.py", "exec"), namespace)
    ramp = np.linspace(-0.5, 0.5, 16)
    with script(("AMPL 0.5", None), ("DATA ", ramp), ("*IDN?", "it")) as wire:
        gate = Gate(wire, namespace["PulserGuard"](), {"ch1_voltage_v": (-0.5, 0.5)})
        with pytest.raises(LimitError, match="a value that is not known"):
            gate.write_block("DATA ", ramp)
        with pytest.raises(LimitError, match=r"would take ch1_voltage_v to -0\.6 to 0\.6"):
            gate.write("AMPL 0.6")
        with pytest.raises(LimitError, match="not a command that the gate knows"):
            gate.write("BEEP")
        gate.write("AMPL 0.5")
        gate.write_block("DATA ", ramp)
        gate.query("*IDN?")


def test_rack_file_of_the_page_is_right_and_the_driver_serves_in_a_rack(lab: Path, host: PluginHost) -> None:
    spec = read_rack(lab / "lab.toml")
    assert check_rack(spec, host.drivers) == []
    emulator = module_of(host).EmulatedSg384()
    with SocketServer(emulator) as server:
        rack = OpenRack.connect(spec, {"lo1": host.drivers["stanford_sg384"].make()}, addresses={"lo1": server.address})
        driver = rack.driver("lo1")
        rack.start("lo1", driver.apply, **spec.instruments["lo1"].settings, is_on=1).result(10)
        assert (emulator.frequency_hz, emulator.power_dbm, emulator.is_on) == (3.5e9, 3, True)
        with pytest.raises(LimitError, match="power_dbm is 12"):
            rack.start("lo1", driver.apply, power_dbm=12).result(10)
        rack.close()
    assert not emulator.is_on


def test_commands_of_the_page_find_the_driver_and_its_emulator(lab: Path) -> None:
    feedline = Path(sys.executable).with_name("feedline")
    plugins, home = str(lab / "stanford_sg384.py"), str(lab / "home")
    environment = {**os.environ, "FEEDLINE_PLUGINS": plugins, "FEEDLINE_HOME": home}
    said = []
    for words in (["check", "lab.toml"], ["status", "lab.toml", "--emulate", "lo1"]):
        command = [str(feedline), "rack", *words]
        done = subprocess.run(
            command, cwd=lab, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout)
    assert "No mistakes." in said[0]
    assert "Stanford Research Systems SG384" in said[1]
    assert "power_dbm" in said[1]


def test_third_party_driver_understands_the_emulator_of_the_page(host: PluginHost) -> None:
    drivers = pytest.importorskip("qcodes.instrument_drivers.stanford_research")
    emulator = module_of(host).EmulatedSg384()
    with SocketServer(emulator) as server:
        source = drivers.SG384("source", server.address, visalib="@py")
        source.frequency(2.5e9)
        source.amplitude_RF(-7)
        source.enable_RF("ON")
        assert (source.frequency(), source.amplitude_RF(), source.enable_RF()) == (2.5e9, -7, "ON")
        source.close()
    assert emulator.is_on
    assert len(emulator.errors) == 0


@pytest.mark.filterwarnings("default")
def test_adapted_instrument_of_the_page_serves_in_a_rack(lab: Path, host: PluginHost) -> None:
    pytest.importorskip("qcodes")
    path = lab / "lab.toml"
    path.write_text(path.read_text(encoding="utf-8") + NEXT + SAFE, encoding="utf-8")
    spec = read_rack(path)
    assert check_rack(spec, host.drivers) == []
    emulator = EmulatedSgs100a()
    with SocketServer(emulator) as server:
        kinds = {"lo2": host.drivers["lab_source"].make()}
        rack = OpenRack.connect(spec, kinds, names=["lo2"], addresses={"lo2": server.address})
        rack.start("lo2", rack.driver("lo2").apply, frequency_hz=5e9, power_dbm=3, is_on=1).result(10)
        assert (emulator.frequency_hz, emulator.is_on) == (5e9, True)
        with pytest.raises(LimitError, match="power_dbm is 12"):
            rack.start("lo2", rack.driver("lo2").apply, power_dbm=12).result(10)
        rack.close()
    assert not emulator.is_on
