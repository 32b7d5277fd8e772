# SPDX-License-Identifier: Apache-2.0
"""Drivers that we did not write take the emulated AWG5200 for the real one."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.emulator.tektronix_awg70000 import EmulatedAwg70000


def samples(rng: np.random.Generator, count: int = 4800) -> np.ndarray:
    return (2 * rng.random(count) - 1).astype(np.float32)


@pytest.mark.filterwarnings("ignore")
def test_qcodes_sets_it_up_and_plays(rng: np.random.Generator) -> None:
    """Every parameter of QCoDeS' driver is answered; a sequence with tracks plays bit for bit."""
    drivers = pytest.importorskip("qcodes.instrument_drivers.tektronix")
    instrument = EmulatedAwg5200()
    with SocketServer(instrument) as server:
        awg = drivers.TektronixAWG5208("awg", server.address, visalib="@py")
        try:
            awg.snapshot(update=True)
            assert instrument.errors.pop().code == 0
            awg.sample_rate(2.4e9)
            waveforms = [samples(rng) for _ in range(2)]
            for name, data in zip("ab", waveforms, strict=True):
                awg.write(f'WLISt:WAVeform:NEW "{name}",{len(data)},REAL')
                awg.visa_handle.write_binary_values(f'WLISt:WAVeform:DATA "{name}",0,{len(data)},', data, datatype="f")
            assert awg.waveformList == ["a", "b"]
            awg.write('SLISt:SEQuence:NEW "s",2,1')
            for step, name in enumerate("ab", 1):
                awg.write(f'SLISt:SEQuence:STEP{step}:TASSet1:WAVeform "s","{name}"')
                awg.write(f'SLISt:SEQuence:STEP{step}:WINPut "s",ATRigger')
            awg.write('SLISt:SEQuence:STEP2:GOTO "s",1')
            assert awg.sequenceList == ["s"]
            awg.ch3.setSequenceTrack("s", 1)
            awg.ch3.awg_amplitude(0.5)
            awg.ch3.offset(0.125)
            awg.ch3.state(1)
            awg.play()
            assert awg.run_state() == "Waiting for trigger"
            awg.force_triggerA()
            instrument_shots = instrument.played(3, range(3))
            awg.stop()
            assert awg.run_state() == "Stopped"
            assert awg.ask("SYSTem:ERRor?").startswith("0,")
        finally:
            awg.close()
    for shot in range(3):
        np.testing.assert_array_equal(instrument_shots[shot], 0.125 + 0.25 * waveforms[shot % 2])


@pytest.mark.filterwarnings("ignore")
def test_qcodes_knows_the_awg70002() -> None:
    drivers = pytest.importorskip("qcodes.instrument_drivers.tektronix")
    instrument = EmulatedAwg70000()
    with SocketServer(instrument) as server:
        awg = drivers.TektronixAWG70002B("awg7", server.address, visalib="@py")
        try:
            awg.sample_rate(25e9)
            awg.ch2.awg_amplitude(0.25)
            awg.ch2.state(1)
            assert awg.ch2.awg_amplitude.get() == 0.25
            assert instrument.outputs[2].is_on
            assert instrument.errors.pop().code == 0
        finally:
            awg.close()


@pytest.mark.filterwarnings("ignore")
def test_tektronix_own_driver_loads_assigns_and_runs(rng: np.random.Generator) -> None:
    """tm_devices checks what it sets by asking, and the event status by itself."""
    tm_devices = pytest.importorskip("tm_devices")
    instrument = EmulatedAwg5200(channels=4)
    data = [samples(rng) for _ in range(2)]
    with SocketServer(instrument) as server:
        with tm_devices.DeviceManager(verbose=False) as manager:
            manager.visa_library = "@py"
            awg = manager.add_awg("127.0.0.1", connection_type="SOCKET", port=server.port)
            assert type(awg).__name__ == "AWG5200"
            assert awg.total_channels == 4
            awg.visa_resource.timeout = 5000
            instrument.process(b"*CLS")
            for name, waveform in zip("xy", data, strict=True):
                awg.commands.wlist.waveform.new.write(f'"{name}",{len(waveform)},REAL')
                awg.visa_resource.write_binary_values(
                    f'WLISt:WAVeform:DATA "{name}",0,{len(waveform)},', waveform, datatype="f"
                )
            back = awg.visa_resource.query_binary_values('WLISt:WAVeform:DATA? "x"', datatype="f", container=np.array)
            np.testing.assert_array_equal(back, data[0])
            awg.set_sample_rate(1e9)
            channel = awg.source_channel["SOURCE2"]
            channel.set_amplitude(0.5)
            channel.set_offset(0.25)
            channel.load_waveform("y")
            awg.commands.outputx[2].state.write("1")
            awg.commands.awgcontrol.run.immediate.write()
            awg.ieee_cmds.opc()
            assert awg.commands.awgcontrol.rstate.query() == "2"
            awg.commands.awgcontrol.stop.immediate.write()
            awg.commands.slist.sequence.new.write('"s",2,2')
            for step in (1, 2):
                for track in (1, 2):
                    awg.commands.slist.sequence.stepx[step].tassetx[track].waveform.write(f'"s","{"xy"[step - track]}"')
                awg.commands.slist.sequence.stepx[step].winput.write('"s",ATRigger')
            awg.commands.slist.sequence.stepx[2].goto.write('"s",FIRSt')
            awg.commands.sourcex[2].casset.sequence.write('"s",2')
            awg.commands.awgcontrol.run.immediate.write()
            awg.ieee_cmds.opc()
            assert awg.commands.awgcontrol.rstate.query() == "1"
            awg.expect_esr(0)
    instrument.triggered(Burst(2, 1e-3))
    assert instrument.shots == 2
    np.testing.assert_array_equal(instrument.played(2, range(2)), 0.25 + 0.25 * np.stack([data[1], data[0]]))
    low, high = instrument.output_volts(2)
    assert low == pytest.approx(0.25 + 0.25 * data[1].min(), abs=1e-6) or low == 0
    assert high == pytest.approx(0.25 + 0.25 * max(item.max() for item in data), abs=1e-6)
