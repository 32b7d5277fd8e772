# SPDX-License-Identifier: Apache-2.0
"""An emulated Keysight 33600A (or 33500B): arbitrary waveforms, sequences, triggers.

Source: Keysight 33500B/33600A Operating and Service Guide, "SCPI Programming Reference".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .cable import Burst
from .call import Call
from .dialect import Reply, command
from .error_queue import ScpiError
from .keysight_33600a_channel import AMPLITUDE_VPP, MOST_PEAK_V, Channel33600a
from .keysight_33600a_memory import CHANNEL, Memory33600a


class Emulated33600a(Memory33600a):
    """After ``*RST``: sines of 100 mV peak to peak, outputs off; waveforms stay in memory.

    A number beyond its range is clipped and reported, as the instrument does; voltages are shown for the load that
    it was told of. See `Memory33600a` for its parameters.
    """

    def reset(self) -> None:
        """Go to the state after ``*RST``."""
        self.is_swapped = False
        for number, old in self.channels.items():
            self.channels[number] = Channel33600a(waveforms=old.waveforms, sequences=old.sequences, put_out=old.put_out)

    def trigger(self) -> None:
        """Trigger what waits for the bus."""
        waiting = [channel for channel in self.channels.values() if channel.trigger_source == "BUS"]
        if not waiting:
            raise ScpiError(-211)
        for channel in waiting:
            channel.triggered(Burst(1, 0.0), self.clock.now_s())

    def triggered(self, burst: Burst) -> None:
        """Take triggers at the connector Ext Trig."""
        with self._lock:
            for channel in self.channels.values():
                if channel.trigger_source == "EXT":
                    channel.triggered(burst, self.clock.now_s())

    @property
    def burst(self) -> range:
        """Numbers of the shots of the last burst of triggers; of the channel that took most."""
        with self._lock:
            return max((channel.burst for channel in self.channels.values()), key=len)

    @property
    def rate_hz(self) -> float:
        """Sample rate of the channel that took most triggers in the last burst."""
        with self._lock:
            return max(self.channels.values(), key=lambda channel: len(channel.burst)).rate_hz

    @property
    def num_steps(self) -> int:
        """After how many triggers all channels play the same again."""
        with self._lock:
            return math.lcm(*(channel.num_steps for channel in self.channels.values()))

    def played(self, channel: int, shots: range) -> NDArray[np.float32]:
        """Voltages into 50 ohm of shots since the sequence was started, shape ``(shots, samples)``.

        Raises:
            IndexError: If not all of them were triggered.
        """
        with self._lock:
            return self.channels[channel].played(shots)

    def output_volts(self, channel: int) -> tuple[float, float]:
        """Lowest and highest voltage into 50 ohm that ever came out of an output, 0 V of when it was off included."""
        with self._lock:
            low, high = self.channels[channel].put_out or (0.0, 0.0)
            return min(low, 0.0), max(high, 0.0)

    @command("ABORt")
    def _abort(self, _call: Call) -> Reply:
        for channel in self.channels.values():
            channel.restart(self.clock.now_s())
        return None

    @command(CHANNEL + "FUNCtion[:SHAPe]", 1)
    def _set_function(self, call: Call) -> Reply:
        known = ("SINusoid", "SQUare", "TRIangle", "RAMP", "PULSe", "PRBS", "NOISe", "ARBitrary", "DC")
        self._of(call).function = call.choice(0, *known)
        return self._restarted(call)

    @command(CHANNEL + "FUNCtion[:SHAPe]?")
    def _function(self, call: Call) -> Reply:
        return self._of(call).function

    @command(CHANNEL + "FUNCtion:ARBitrary", 1)
    def _select(self, call: Call) -> Reply:
        self._of(call).select(call.word(0).strip("\"'").upper())
        return self._restarted(call)

    @command(CHANNEL + "FUNCtion:ARBitrary?")
    def _selected(self, call: Call) -> Reply:
        return f'"{self._of(call).selected}"'

    @command(CHANNEL + "FUNCtion:ARBitrary:SRATe", 1)
    def _set_rate(self, call: Call) -> Reply:
        self._of(call).rate_hz = self._clipped(call, 1e-6, self.max_rate_hz)
        return self._restarted(call)

    @command(CHANNEL + "FUNCtion:ARBitrary:SRATe?")
    def _rate(self, call: Call) -> Reply:
        return _number(self._of(call).rate_hz)

    @command(CHANNEL + "FUNCtion:ARBitrary:FILTer", 1)
    def _set_filter(self, call: Call) -> Reply:
        self._of(call).filter = call.choice(0, "NORMal", "STEP", "OFF")
        return None

    @command(CHANNEL + "FUNCtion:ARBitrary:FILTer?")
    def _filter(self, call: Call) -> Reply:
        return self._of(call).filter

    @command(CHANNEL + "FREQuency[:CW]", 1)
    def _set_frequency(self, call: Call) -> Reply:
        self._of(call).frequency_hz = self._clipped(call, 1e-6, 120e6)
        return None

    @command(CHANNEL + "FREQuency[:CW]?")
    def _frequency(self, call: Call) -> Reply:
        return _number(self._of(call).frequency_hz)

    @command(CHANNEL + "VOLTage[:LEVel][:IMMediate][:AMPLitude]", 1)
    def _set_amplitude(self, call: Call) -> Reply:
        channel = self._of(call)
        low, high = (limit * channel.load_factor for limit in AMPLITUDE_VPP)
        channel.amplitude_vpp = self._clipped(call, low, high) / channel.load_factor
        most = MOST_PEAK_V - channel.amplitude_vpp / 2
        if abs(channel.offset_v) > most + 1e-9:
            channel.offset_v = max(-most, min(most, channel.offset_v))
            self.report(ScpiError(-221, "Settings conflict; offset changed due to amplitude"))
        return self._changed(call)

    @command(CHANNEL + "VOLTage[:LEVel][:IMMediate][:AMPLitude]?")
    def _amplitude(self, call: Call) -> Reply:
        return _number(self._of(call).amplitude_vpp * self._of(call).load_factor)

    @command(CHANNEL + "VOLTage[:LEVel][:IMMediate]:OFFSet", 1)
    def _set_offset(self, call: Call) -> Reply:
        channel = self._of(call)
        half = 0.0 if channel.function == "DC" else channel.amplitude_vpp / 2
        most = (MOST_PEAK_V - half) * channel.load_factor
        channel.offset_v = self._clipped(call, -most, most) / channel.load_factor
        return self._changed(call)

    @command(CHANNEL + "VOLTage[:LEVel][:IMMediate]:OFFSet?")
    def _offset(self, call: Call) -> Reply:
        return _number(self._of(call).offset_v * self._of(call).load_factor)

    @command("OUTPut[1|2][:STATe]", 1)
    def _set_output(self, call: Call) -> Reply:
        self._of(call).is_on = call.flag(0)
        return self._changed(call)

    @command("OUTPut[1|2][:STATe]?")
    def _output(self, call: Call) -> Reply:
        return str(int(self._of(call).is_on))

    @command("OUTPut[1|2]:LOAD", 1)
    def _set_load(self, call: Call) -> Reply:
        is_open = call.word(0).upper() in ("INF", "INFINITY")
        self._of(call).load_ohm = float("inf") if is_open else self._clipped(call, 1.0, 10e3)
        return None

    @command("OUTPut[1|2]:LOAD?")
    def _load_ohm(self, call: Call) -> Reply:
        return _number(min(self._of(call).load_ohm, 9.9e37))

    @command("OUTPut[1|2]:POLarity", 1)
    def _set_polarity(self, call: Call) -> Reply:
        self._of(call).is_inverted = call.choice(0, "NORMal", "INVerted") == "INV"
        return self._changed(call)

    @command("OUTPut[1|2]:POLarity?")
    def _polarity(self, call: Call) -> Reply:
        return "INV" if self._of(call).is_inverted else "NORM"

    @command("TRIGger[1|2]:SOURce", 1)
    def _set_trigger_source(self, call: Call) -> Reply:
        self._of(call).trigger_source = call.choice(0, "IMMediate", "EXTernal", "TIMer", "BUS")
        return self._changed(call)

    @command("TRIGger[1|2]:SOURce?")
    def _trigger_source(self, call: Call) -> Reply:
        return self._of(call).trigger_source

    @command("TRIGger[1|2]:SLOPe", 1)
    def _set_trigger_slope(self, call: Call) -> Reply:
        self._of(call).trigger_slope = call.choice(0, "POSitive", "NEGative")
        return None

    @command("TRIGger[1|2]:SLOPe?")
    def _trigger_slope(self, call: Call) -> Reply:
        return self._of(call).trigger_slope

    @command("TRIGger[1|2][:IMMediate]")
    def _trigger_channel(self, call: Call) -> Reply:
        self._of(call).triggered(Burst(1, 0.0), self.clock.now_s())
        return None

    def _restarted(self, call: Call) -> Reply:
        self._of(call).restart(self.clock.now_s())
        return None

    def _changed(self, call: Call) -> Reply:
        self._of(call).note(self.clock.now_s())
        return None

    def _clipped(self, call: Call, low: float, high: float) -> float:
        if call.word(0).upper() in ("MIN", "MINIMUM", "MAX", "MAXIMUM"):
            return call.number(0, low, high)
        value = call.number(0)
        inside = max(low, min(high, value))
        if abs(inside - value) > 1e-9 * abs(value):
            side = "upper" if value > high else "lower"
            self.report(ScpiError(-222, f"Data out of range; value clipped to {side} limit"))
        return inside


def _number(value: float) -> str:
    return f"{value:+.14E}"
