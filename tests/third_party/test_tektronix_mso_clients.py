# SPDX-License-Identifier: Apache-2.0
"""Tektronix' own driver as a client of the emulated oscilloscope: FastFrame, set and read by its rules."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tektronix_mso import EmulatedMso
from feedline_hal.emulator.tones import Tone, Tones

tm_devices = pytest.importorskip("tm_devices")


@pytest.mark.filterwarnings("ignore")
def test_tektronix_own_driver_records_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its settings are verified as it verifies them; the curves of 4 frames are 4 lists of numbers."""
    monkeypatch.chdir(tmp_path)  # it writes logs where it runs
    scope = EmulatedMso(channels=4, signal=Tones([Tone(1, 50e6, 0.1, 0.3, 0)]), clock=SteppedClock())
    with warnings.catch_warnings(), SocketServer(scope) as server, tm_devices.DeviceManager(verbose=False) as manager:
        warnings.simplefilter("ignore")
        manager.visa_library = "@py"
        client = manager.add_scope("127.0.0.1", connection_type="SOCKET", port=server.port)
        assert type(client).__name__ == "MSO5"
        client.write("*CLS")
        client.commands.horizontal.mode.write("MANUAL", verify=True)
        client.commands.horizontal.samplerate.write(1.25e9)
        client.commands.horizontal.recordlength.write(1000, verify=True)
        client.commands.horizontal.fastframe.state.write(1, verify=True)
        client.commands.horizontal.fastframe.count.write(4, verify=True)
        client.commands.horizontal.delay.time.write(400e-9)
        client.commands.trigger.a.mode.write("NORMAL", verify=True)
        client.turn_channel_on("CH1")
        client.commands.ch[1].scale.write(0.05)
        client.single_sequence()
        assert client.commands.trigger.state.query() == "READY"
        scope.triggered(Burst(4, 1e-5))
        scope.clock.wait(1e-3, scope.interrupt)
        assert client.commands.acquire.numframesacquired.query() == "4"
        level_v = float(client.commands.wfmoutpre.ymult.query())
        frames = np.array(client.curve_query(1)) * level_v
        assert client.expect_esr(0)
    times_s = np.arange(1000) / 1.25e9
    sign = np.array([1, -1, 1, -1])[:, None]
    np.testing.assert_allclose(frames, sign * 0.1 * np.cos(2 * np.pi * 50e6 * times_s + 0.3), atol=8.01 * level_v)
