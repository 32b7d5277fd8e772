# SPDX-License-Identifier: Apache-2.0
"""``feedline emulate examples/rack.toml`` in one process, drivers that we did not write in another."""

from __future__ import annotations

import importlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import serial

EXAMPLES = Path(__file__).parents[2] / "examples"
QCODES = "qcodes.instrument_drivers"
pytestmark = pytest.mark.filterwarnings("ignore")  # theirs to mend
pytest.importorskip("qcodes")
tm_devices = pytest.importorskip("tm_devices")
windfreak = pytest.importorskip("windfreak")


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The example's whole rack, at free ports, as ``feedline emulate`` serves it.

    The oscilloscope is at a SOCKET address, for tm_devices takes no HiSLIP address with a port.
    """
    text = (EXAMPLES / "rack.toml").read_text().replace("/tmp/feedline-", f"{tmp_path}/")
    ports = sorted(set(re.findall(r"\b2540\d\b", text)))
    with ExitStack() as taken:
        for port in ports:
            free = taken.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            text = text.replace(port, str(free))
    scope = re.compile(r"(driver = .tektronix_mso.\naddress = .TCPIP::127.0.0.1::)hislip0,(\d+)::INSTR")
    text, count = scope.subn(r"\1\2::SOCKET", text)
    assert count == 1
    rack = tmp_path / "rack.toml"
    rack.write_text(text)
    (tmp_path / "rack_calibrations.qasm").write_text((EXAMPLES / "rack_calibrations.qasm").read_text())
    command = [sys.executable, "-c", "from feedline.cli.main import main; main()", "emulate", str(rack), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["addresses"]
        finally:
            process.terminate()


@pytest.fixture
def benched() -> Iterator[ExitStack]:
    """Closes what was put on it."""
    with ExitStack() as stack:
        yield stack


def opened(stack: ExitStack, maker: str, kind: str, address: str) -> Any:
    """One of QCoDeS' instruments."""
    instrument = getattr(importlib.import_module(f"{QCODES}.{maker}"), kind)(f"bench_{kind}", address, visalib="@py")
    stack.callback(instrument.close)
    return instrument


def test_qcodes_sets_up_what_it_has_drivers_for(addresses: dict[str, str], benched: ExitStack) -> None:
    """Over SOCKET, HiSLIP and VXI-11: what was set is read back, and no error is queued."""
    awg = opened(benched, "tektronix", "TektronixAWG5208", addresses["awg1"])
    lo = opened(benched, "rohde_schwarz", "RohdeSchwarzSGS100A", addresses["lo1"])
    bias = opened(benched, "yokogawa", "YokogawaGS200", addresses["bias"])
    generator = opened(benched, "Keysight", "Keysight33622A", addresses["gen"])
    awg.sample_rate(1e9)
    awg.ch1.awg_amplitude(0.5)
    lo.frequency(4.9e9)
    bias.voltage_range(1)
    bias.voltage(0.12)
    generator.ch1.function_type("SQU")
    generator.ch1.amplitude(0.25)
    assert (awg.sample_rate.get(), awg.ch1.awg_amplitude.get()) == (1e9, 0.5)
    assert (lo.frequency(), bias.voltage()) == (4.9e9, pytest.approx(0.12))
    assert (generator.ch1.function_type(), generator.ch1.amplitude()) == ("SQU", 0.25)
    assert awg.ask("SYSTem:ERRor?").startswith("0,")
    assert generator.error() == (0, "No error")
    assert bias.system_errors().startswith("0")
    assert lo.ask("SYST:ERR?").startswith("0,")


def test_windfreaks_client_finds_its_oscillator(addresses: dict[str, str]) -> None:
    client = windfreak.SynthHD(addresses["lo2"].removeprefix("ASRL").removesuffix("::INSTR"))
    try:
        client.init()
        client[0].frequency = 6.9e9
        assert (client.model_type, client[0].frequency) == ("WFT SynthHD 1230", 6.9e9)
    finally:
        client.close()


def test_a_shot_goes_round_the_rack(addresses: dict[str, str], benched: ExitStack, rng: np.random.Generator) -> None:
    """QCoDeS loads a sequence, the oscilloscope waits, a terminal fires triggers, Tektronix' driver reads frames."""
    awg = opened(benched, "tektronix", "TektronixAWG5208", addresses["awg1"])
    samples = (2 * rng.random(2400) - 1).astype(np.float32)
    awg.write('WLISt:WAVeform:NEW "w",2400,REAL')
    awg.visa_handle.write_binary_values('WLISt:WAVeform:DATA "w",0,2400,', samples, datatype="f")
    awg.write('SLISt:SEQuence:NEW "s",1,1')
    awg.write('SLISt:SEQuence:STEP1:TASSet1:WAVeform "s","w"')
    awg.write('SLISt:SEQuence:STEP1:WINPut "s",ATRigger')
    awg.write('SLISt:SEQuence:STEP1:GOTO "s",FIRSt')
    awg.ch1.setSequenceTrack("s", 1)
    awg.ch1.state(1)
    awg.play()
    manager = benched.enter_context(tm_devices.DeviceManager(verbose=False))
    manager.visa_library = "@py"
    host, port = addresses["scope"].split("::")[1:3]
    scope = manager.add_scope(host, connection_type="SOCKET", port=int(port))
    scope.write("*CLS")
    scope.commands.horizontal.mode.write("MANUAL", verify=True)
    scope.commands.horizontal.samplerate.write(1.25e9)
    scope.commands.horizontal.recordlength.write(1250, verify=True)
    scope.commands.horizontal.fastframe.state.write(1, verify=True)
    scope.commands.horizontal.fastframe.count.write(8, verify=True)
    scope.commands.trigger.a.mode.write("NORMAL", verify=True)
    scope.commands.ch[1].scale.write(0.05)
    scope.single_sequence()
    device = addresses["trig"].removeprefix("ASRL").removesuffix("::INSTR")
    with serial.Serial(device, 115200, timeout=5) as terminal:
        for command in (":PULSE0:MODE BURS", ":PULSE0:BCO 8", ":PULSE0:PER 0.001", ":PULSE1:STATE ON",
                        ":PULSE3:STATE ON", ":PULSE0:STATE ON"):  # fmt: skip
            terminal.write(command.encode() + b"\r\n")
            assert terminal.readline() == b"ok\r\n"
    assert scope.commands.acquire.state.query() in ("0", "1")
    while scope.commands.acquire.state.query() == "1":
        pass
    assert scope.commands.acquire.numframesacquired.query() == "8"
    frames = np.array(scope.curve_query(1))
    assert frames.shape == (8, 1250)
    assert np.ptp(frames, axis=1).min() > 0
    assert scope.expect_esr(0)
    assert awg.ask("SYSTem:ERRor?").startswith("0,")
