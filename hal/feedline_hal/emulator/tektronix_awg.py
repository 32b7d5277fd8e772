# SPDX-License-Identifier: Apache-2.0
"""What the emulated AWG5200 and AWG70000 share: channels, clock, outputs, running, triggers.

Source: Tektronix AWG5200 Series Programmer Manual, command groups Source, Clock, Output, Control, Trigger.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .awg_output import AwgOutput
from .awg_playlist import Playlist
from .awg_sequence_list import INFINITE, ListedStep
from .awg_setting import KeptSettings
from .awg_source import AwgSource
from .cable import Burst
from .call import Call
from .dialect import Reply, command
from .error_queue import ScpiError

_STOPPED, _WAITING, _RUNNING = 0, 1, 2


class EmulatedTektronixAwg(AwgSource):
    """Plays sequences and waveforms, a trigger a step; a `TriggerSink`.

    Everything on trigger input A, on ``*TRG`` or on a forced trigger moves all channels on. Triggers that come while
    the longest waveform still plays are lost.

    Args:
        identity: What ``*IDN?`` answers.
        channels: How many it has.
        start_s: How long it takes from the command to run until it does.
        note_s: How long it takes to note that it is at another step.
        settle_s: How long a new sample rate takes.
        **options: Of `AwgWaveformList`.
    """

    rate_range_hz = (298.0, 2.5e9)
    installed = "DC,25,SEQ"

    def __init__(
        self,
        identity: str,
        channels: int,
        *,
        start_s: float = 2e-4,
        settle_s: float = 2e-4,
        note_s: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(identity, **options)
        self.max_tracks = self.channel_count = channels
        self.start_s, self.settle_s, self.note_s = start_s, settle_s, note_s
        self.outputs = {}
        self.sequences = {}
        self._kept = KeptSettings()
        self.reset()

    def reset(self) -> None:
        """Go to the state after ``*RST``."""
        self.clear_waveforms()
        self.sequences.clear()
        self._kept.reset()
        self.reset_outputs(self.channel_count)
        self.rate_hz = self.rate_range_hz[1]
        self._is_running = False
        self._ready_s = 0.0
        self.shots = 0
        self.burst = range(0)
        self._moved_s = -math.inf

    @property
    def num_steps(self) -> int:
        """After how many triggers it plays the same again."""
        lengths = [output.playlist.length for output in self.outputs.values() if output.playlist is not None]
        return math.lcm(*lengths) if lengths else 1

    @property
    def run_state(self) -> int:
        """0 stopped, 1 waiting for a trigger, 2 running."""
        if not self._is_running or self.clock.now_s() < self._ready_s:
            return _STOPPED
        playlists = [output.playlist for output in self.outputs.values() if output.playlist is not None]
        return _WAITING if any(playlist.is_waiting for playlist in playlists) else _RUNNING

    def triggered(self, burst: Burst) -> None:
        """Take triggers on input A; ignored unless it waits for them."""
        with self._lock:
            if self.run_state != _WAITING:
                return
            longest_s = max(output.longest_s(self.rate_hz) for output in self.outputs.values())
            stride = max(1, int(np.ceil(longest_s / burst.period_s - 1e-9))) if burst.period_s > 0 else 1
            start, self.shots = self.shots, self.shots - (-burst.count // stride)
            self.burst = range(start, self.shots)
            self._moved_s = self.clock.now_s()
            for output in self.outputs.values():
                if output.playlist is not None:
                    output.note_steps(output.playlist.between(start, self.shots), self.rate_hz)
            self.note_live()

    def trigger(self) -> None:
        """Take ``*TRG``."""
        self.triggered(Burst(1, 0.0))

    def played(self, channel: int, shots: range) -> NDArray[np.float32]:
        """What a channel puts out after triggers, in volts, of shape ``(shots, samples)``; shots count from the start.

        Waveforms that are shorter than the longest are followed by 0 V.
        """
        with self._lock:
            return self.outputs[channel].volts(shots)

    def output_volts(self, channel: int) -> tuple[float, float]:
        """Lowest and highest voltage that a channel has put out so far, its output being on; 0 V included."""
        with self._lock:
            return self.outputs[channel].put_out_v

    def steepest_v_per_s(self, channel: int) -> float:
        """Largest rate of change that a channel has put out so far, its output being on."""
        with self._lock:
            return self.outputs[channel].steepest_v_per_s

    def answer_other(self, unit: bytes) -> Reply:
        """Settings that are only kept."""
        return self._kept.answer(unit)

    def note_live(self) -> None:
        """Remember what comes out without a trigger: what plays freely, what is held while waiting."""
        if not self._is_running:
            return
        for output in self.outputs.values():
            if output.playlist is not None:
                steps, waits_at = output.playlist.prelude
                output.note_steps(set(steps), self.rate_hz)
                output.note_waiting(next(iter(output.playlist.at(self.shots)), max(waits_at, 0)))

    def stop(self) -> None:
        """End the run."""
        self._is_running = False
        for output in self.outputs.values():
            output.playlist, output.steps = None, ()

    @command("AWGControl:RUN[:IMMediate]")
    def _run(self, _call: Call) -> Reply:
        assigned = [output for output in self.outputs.values() if output.asset]
        if not assigned:
            raise ScpiError(-221)
        plans = [self._plan(output) for output in assigned]
        for output, (steps, names) in zip(assigned, plans, strict=True):
            output.playlist = Playlist(steps)
            output.steps = tuple(self.waveform(name) for name in names)
        self._is_running, self.shots = True, 0
        self._ready_s = self.clock.now_s() + self.start_s
        self.be_busy(self.start_s)
        self.note_live()
        return None

    def _plan(self, output: AwgOutput) -> tuple[list[ListedStep], list[str]]:
        if not output.track:
            is_triggered = output.run_mode != "CONT"
            repeats = INFINITE if output.run_mode == "TCON" else 1
            step = ListedStep([output.asset], "ATR" if is_triggered else "OFF", repeats, "FIRS")
            return [step], [output.asset]
        steps = self.sequence(output.asset)
        names = [step.waveforms[output.track - 1] for step in steps]
        if not all(names):
            raise ScpiError(-221)
        return steps, names

    @command("AWGControl:STOP[:IMMediate]")
    def _stop_now(self, _call: Call) -> Reply:
        self.stop()
        return None

    @command("AWGControl:RSTate?")
    def _run_state(self, _call: Call) -> Reply:
        return str(self.run_state)

    @command("[SOURce[n]:]SCSTep?")
    def _current_step(self, call: Call) -> Reply:
        playlist = self._output(call).playlist
        if playlist is None:
            raise ScpiError(-221)
        is_noted = self.clock.now_s() >= self._moved_s + self.note_s
        shots = self.shots if is_noted else self.burst.start
        return f'"{1 + next(iter(playlist.at(shots)), max(playlist.prelude[1], 0))}"'

    @command("AWGControl:CONFigure:CNUMber?")
    def _channel_count(self, _call: Call) -> Reply:
        return str(self.channel_count)

    @command("TRIGger[:IMMediate]", 0, 1)
    def _force_trigger(self, call: Call) -> Reply:
        if not call.parameters or call.choice(0, "ATRigger", "BTRigger") == "ATR":
            self.trigger()
        return None

    @command("*OPT?")
    def _options(self, _call: Call) -> Reply:
        return self.installed

    @command("CLOCk:SRATe", 1)
    @command("[SOURce[1]:]FREQuency[:CW]", 1)
    def _set_rate(self, call: Call) -> Reply:
        rate_hz = call.number(0, *self.rate_range_hz)
        if rate_hz != self.rate_hz:
            self.rate_hz = rate_hz
            self.be_busy(self.settle_s)
            self.note_live()
        return None

    @command("CLOCk:SRATe?")
    @command("[SOURce[1]:]FREQuency[:CW]?")
    def _rate(self, _call: Call) -> Reply:
        return f"{self.rate_hz:.10E}"
