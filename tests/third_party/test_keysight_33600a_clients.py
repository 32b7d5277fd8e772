# SPDX-License-Identifier: Apache-2.0
"""Drivers that we did not write take the emulated Keysight 33600A for the real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from feedline_hal.emulator.keysight_33600a import Emulated33600a
from feedline_hal.emulator.socket_server import SocketServer


@pytest.fixture
def server() -> Iterator[SocketServer]:
    with SocketServer(Emulated33600a()) as server:
        yield server


@pytest.mark.filterwarnings("default")
def test_qcodes_sets_and_reads_both_channels(server: SocketServer) -> None:
    keysight = pytest.importorskip("qcodes.instrument_drivers.Keysight")
    awg = keysight.Keysight33622A("awg", server.address, visalib="@py", terminator="\n")
    try:
        assert awg.num_channels == 2
        awg.ch2.function_type("ARB")
        awg.ch2.amplitude(0.25)
        awg.ch2.offset(-0.5)
        awg.ch2.trigger_source("EXT")
        awg.ch2.output("ON")
        assert (awg.ch2.amplitude(), awg.ch2.offset(), awg.ch2.output()) == (0.25, -0.5, "ON")
        assert (awg.ch2.function_type(), awg.ch2.trigger_source(), awg.ch1.output()) == ("ARB", "EXT", "OFF")
        assert awg.error() == (0, "No error")
        awg.ch1.amplitude(50)
        assert awg.error() == (-222, "Data out of range; value clipped to upper limit")
    finally:
        awg.close()


@pytest.mark.filterwarnings("default")
def test_pymeasure_loads_a_waveform_and_plays_it(server: SocketServer) -> None:
    agilent = pytest.importorskip("pymeasure.instruments.agilent")
    awg = agilent.Agilent33500(server.address, visa_library="@py", read_termination="\n", write_termination="\n")
    try:
        awg.ch_1.data_volatile_clear()
        awg.ch_1.data_arb("steps", [-32767] * 20 + [16384] * 20)
        awg.ch_1.arb_file = "steps"
        awg.ch_1.shape = "ARB"
        awg.ch_1.arb_srate = 1e6
        awg.ch_1.amplitude = 2
        awg.ch_1.output = True
        assert (awg.ch_1.arb_srate, awg.ch_1.output_load) == (1e6, 50)
        assert awg.check_errors() == []
    finally:
        awg.adapter.close()
    assert server.instrument.output_volts(1)[1] >= 0.5  # type: ignore[attr-defined]
