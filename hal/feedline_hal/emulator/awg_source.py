# SPDX-License-Identifier: Apache-2.0
"""The channels of an emulated Tektronix AWG: what they play, their levels, their outputs.

Source: Tektronix AWG5200 Series Programmer Manual, command groups Source and Output.
"""

from __future__ import annotations

from .awg_output import AwgOutput
from .awg_sequence_list import AwgSequenceList
from .call import Call
from .dialect import Reply, command
from .error_queue import ScpiError

_PATHS = ("DCHB", "DCHV", "ACDirect", "ACAMplified", "DIRect", "DCAMplified", "AC")
_MODES = ("CONTinuous", "TRIGgered", "TCONtinuous", "GATed")


class AwgSource(AwgSequenceList):
    """Answers ``SOURce`` and ``OUTPut``."""

    amplitude_range_v = (0.025, 1.5)
    offset_range_v = (-2.0, 2.0)
    default_path = "DCHB"
    outputs: dict[int, AwgOutput]

    def stop(self) -> None:
        """End the run; for subclasses."""

    def note_live(self) -> None:
        """Remember what comes out without a trigger; for subclasses."""

    def reset_outputs(self, count: int) -> None:
        """Go to the state after ``*RST``; what was put out is not forgotten."""
        low, high = self.amplitude_range_v
        for number in range(1, count + 1):
            before = self.outputs.get(number)
            self.outputs[number] = AwgOutput(amplitude_v=min(high, max(low, 0.5)), path=self.default_path)
            if before is not None:
                self.outputs[number].put_out_v = before.put_out_v
                self.outputs[number].steepest_v_per_s = before.steepest_v_per_s

    def waveform_leaves(self, name: str) -> None:
        """A waveform that is deleted while it plays ends the run and switches its channels off."""
        leaving = self.waveforms[name]
        users = [output for output in self.outputs.values() if any(item is leaving for item in output.steps)]
        for output in users:
            output.is_on = False
        if users:
            self.stop()
        for output in self.outputs.values():
            if output.asset == name and not output.track:
                output.asset = ""
        for steps in self.sequences.values():
            for step in steps:
                step.waveforms = ["" if item == name else item for item in step.waveforms]

    def waveform_changes(self, name: str) -> None:
        """What plays freely puts out the new samples at once."""
        self.note_live()

    def sequence_leaves(self, name: str) -> None:
        """A sequence that is deleted while it plays ends the run."""
        for output in self.outputs.values():
            if output.asset == name and output.track:
                output.asset, output.track = "", 0
                self.stop()

    def _output(self, call: Call) -> AwgOutput:
        if call.suffixes[0] not in self.outputs:
            raise ScpiError(-114)
        return self.outputs[call.suffixes[0]]

    def _take_asset(self, call: Call, asset: str, track: int) -> None:
        self._output(call).asset, self._output(call).track = asset, track
        self.stop()

    @command("[SOURce[n]:]CASSet:WAVeform", 1, 2)
    @command("[SOURce[n]:]WAVeform", 1)
    def _assign_waveform(self, call: Call) -> Reply:
        self.waveform(call.text(0))
        self._take_asset(call, call.text(0), 0)
        return None

    @command("[SOURce[n]:]WAVeform?")
    def _assigned_waveform(self, call: Call) -> Reply:
        output = self._output(call)
        return f'"{"" if output.track else output.asset}"'

    @command("[SOURce[n]:]CASSet:SEQuence", 2, 3)
    def _assign_track(self, call: Call) -> Reply:
        tracks = len(self.sequence(call.text(0))[0].waveforms)
        self._take_asset(call, call.text(0), call.integer(1, 1, tracks))
        return None

    @command("[SOURce[n]:]CASSet:CLEar")
    def _assign_nothing(self, call: Call) -> Reply:
        self._take_asset(call, "", 0)
        return None

    @command("[SOURce[n]:]CASSet?")
    def _asset(self, call: Call) -> Reply:
        output = self._output(call)
        return f'"{output.asset}{f",{output.track}" if output.track else ""}"'

    @command("[SOURce[n]:]CASSet:TYPE?")
    def _asset_type(self, call: Call) -> Reply:
        output = self._output(call)
        return "SEQ" if output.track else "WAV" if output.asset else "NONE"

    @command("[SOURce[n]:]VOLTage[:LEVel][:IMMediate][:AMPLitude]", 1)
    def _set_amplitude(self, call: Call) -> Reply:
        self._output(call).amplitude_v = call.number(0, *self.amplitude_range_v)
        self.note_live()
        return None

    @command("[SOURce[n]:]VOLTage[:LEVel][:IMMediate][:AMPLitude]?")
    def _amplitude(self, call: Call) -> Reply:
        return f"{self._output(call).amplitude_v:.10E}"

    @command("[SOURce[n]:]VOLTage[:LEVel][:IMMediate]:OFFSet", 1)
    def _set_offset(self, call: Call) -> Reply:
        self._output(call).offset_v = call.number(0, *self.offset_range_v)
        self.note_live()
        return None

    @command("[SOURce[n]:]VOLTage[:LEVel][:IMMediate]:OFFSet?")
    def _offset(self, call: Call) -> Reply:
        return f"{self._output(call).offset_v:.10E}"

    @command("[SOURce[n]:]RMODe", 1)
    def _set_mode(self, call: Call) -> Reply:
        self._output(call).run_mode = call.choice(0, *_MODES)
        return None

    @command("[SOURce[n]:]RMODe?")
    def _mode(self, call: Call) -> Reply:
        return self._output(call).run_mode

    @command("OUTPut[n][:STATe]", 1)
    def _set_state(self, call: Call) -> Reply:
        self._output(call).is_on = call.flag(0)
        self.note_live()
        return None

    @command("OUTPut[n][:STATe]?")
    def _state(self, call: Call) -> Reply:
        return str(int(self._output(call).is_on))

    @command("OUTPut:OFF", 1)
    def _set_all_off(self, call: Call) -> Reply:
        is_cut = call.flag(0)
        for output in self.outputs.values():
            output.is_cut = is_cut
        self.note_live()
        return None

    @command("OUTPut:OFF?")
    def _all_off(self, _call: Call) -> Reply:
        return str(int(self.outputs[1].is_cut))

    @command("OUTPut[n]:PATH", 1)
    def _set_path(self, call: Call) -> Reply:
        self._output(call).path = call.choice(0, *_PATHS)
        return None

    @command("OUTPut[n]:PATH?")
    def _path(self, call: Call) -> Reply:
        return self._output(call).path

    @command("OUTPut[n]:WVALue:ANALog[:STATe]", 1)
    def _set_waiting_level(self, call: Call) -> Reply:
        self._output(call).holds_first = call.choice(0, "FIRSt", "ZERO") != "ZERO"
        self.note_live()
        return None

    @command("OUTPut[n]:WVALue:ANALog[:STATe]?")
    def _waiting_level(self, call: Call) -> Reply:
        return "FIRS" if self._output(call).holds_first else "ZERO"
