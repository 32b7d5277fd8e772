# SPDX-License-Identifier: Apache-2.0
"""The waveform memory of an emulated Keysight 33600A: a separate one for each channel.

Source: Keysight 33500B/33600A Operating and Service Guide, "DATA Subsystem".
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .call import Call
from .dialect import EmulatedInstrument, Reply, command
from .error_queue import ScpiError
from .keysight_33600a_channel import Channel33600a
from .keysight_33600a_sequence import read_sequence

_MODELS = {
    "33511B": (1, 250e6, 8, 1_000_000),
    "33512B": (2, 250e6, 8, 1_000_000),
    "33521B": (1, 250e6, 8, 1_000_000),
    "33522B": (2, 250e6, 8, 1_000_000),
    "33611A": (1, 660e6, 32, 4_000_000),
    "33612A": (2, 660e6, 32, 4_000_000),
    "33621A": (1, 1e9, 32, 4_000_000),
    "33622A": (2, 1e9, 32, 4_000_000),
}
"""Channels, highest sample rate, shortest waveform, memory of a channel in samples."""
_NAME = re.compile(r"[A-Z0-9_]{1,12}")
_SEGMENTS = 512
_MOST_POINTS = 100_000_000
CHANNEL = "[SOURce[1|2]:]"
"""What the headers of a channel's commands begin with."""


class Memory33600a(EmulatedInstrument):
    """Takes waveforms and sequences under names that nothing else may have, until there is no room.

    Args:
        model: Which of the series; 33621A or 33622A if not given.
        channels: How many it has, if no model is given.
        serial: Its serial number.
        memory_samples: Of each channel; as delivered if not given.
        max_sequences: How many sequences a channel keeps.
        busy_s: How long it takes over a waveform or sequence, in seconds.
        **options: Of `EmulatedInstrument`.
    """

    def __init__(
        self,
        model: str = "",
        *,
        channels: int = 2,
        serial: str = "MY59000681",
        memory_samples: int | None = None,
        max_sequences: int = 64,
        busy_s: float = 1e-3,
        **options: Any,
    ) -> None:
        model = model or {1: "33621A", 2: "33622A"}[channels]
        super().__init__(f"Keysight Technologies,{model},{serial},A.02.03-3.15-03-64-02", **options)
        count, self.max_rate_hz, self.min_samples, memory = _MODELS[model]
        self.memory_samples = memory if memory_samples is None else memory_samples
        self.max_sequences, self.busy_s = max_sequences, busy_s
        self.channels = {number: Channel33600a() for number in range(1, count + 1)}
        self.is_swapped = False

    def format_error(self, error: ScpiError) -> str:
        """An error as its queue prints it: with a sign."""
        return f'{error.code:+d},"{error.text}"'

    @command("FORMat:BORDer", 1)
    def _set_byte_order(self, call: Call) -> Reply:
        self.is_swapped = call.choice(0, "NORMal", "SWAPped", "SWAP") != "NORM"
        return None

    @command("FORMat:BORDer?")
    def _byte_order(self, _call: Call) -> Reply:
        return "SWAP" if self.is_swapped else "NORM"

    @command(CHANNEL + "DATA:VOLatile:CLEar")
    def _clear(self, call: Call) -> Reply:
        self._of(call).clear_memory()
        self._of(call).restart(self.clock.now_s())
        return None

    @command(CHANNEL + "DATA:VOLatile:CATalog?")
    def _catalog(self, call: Call) -> Reply:
        channel = self._of(call)
        return ",".join(f'"{name}"' for name in [*channel.waveforms, *channel.sequences])

    @command(CHANNEL + "DATA:VOLatile:FREE?")
    def _free(self, call: Call) -> Reply:
        return f"{self.memory_samples - self._of(call).used_samples:+d}"

    @command(CHANNEL + "DATA:ARBitrary", 2, _MOST_POINTS)
    def _load(self, call: Call) -> Reply:
        return self._store(call, "f4", 1.0)

    @command(CHANNEL + "DATA:ARBitrary:DAC", 2, _MOST_POINTS)
    def _load_dac(self, call: Call) -> Reply:
        return self._store(call, "i2", 32767.0)

    @command(CHANNEL + "DATA:SEQuence", 1)
    def _load_sequence(self, call: Call) -> Reply:
        channel = self._of(call)
        name, segments = read_sequence(call.block(0).decode("latin-1"), channel.waveforms, _SEGMENTS)
        self._check_name(channel, name)
        if len(channel.sequences) >= self.max_sequences:
            raise ScpiError(880, "Arb: Out of memory")
        channel.sequences[name] = segments
        self.be_busy(self.busy_s)
        return None

    def _of(self, call: Call) -> Channel33600a:
        channel = self.channels.get(call.suffixes[0])
        if channel is None:
            raise ScpiError(-114)
        return channel

    def _store(self, call: Call, kind: str, full_scale: float) -> Reply:
        channel, name = self._of(call), call.word(0).strip("\"'").upper()
        self._check_name(channel, name)
        samples = self._samples(call, kind) / full_scale
        if not np.all(np.abs(samples) <= 1.0) or len(samples) < self.min_samples:
            raise ScpiError(-222)
        if channel.used_samples + len(samples) > self.memory_samples:
            raise ScpiError(880, "Arb: Out of memory")
        channel.waveforms[name] = samples.astype(np.float32)
        self.be_busy(self.busy_s)
        return None

    def _samples(self, call: Call, kind: str) -> NDArray[np.float64]:
        if not call.parameters[1].startswith(b"#"):
            return np.array([call.number(at) for at in range(1, len(call.parameters))])
        data = call.block(1)
        if len(data) % int(kind[1]):
            raise ScpiError(-161)
        return np.frombuffer(data, ("<" if self.is_swapped else ">") + kind).astype(np.float64)

    def _check_name(self, channel: Channel33600a, name: str) -> None:
        if _NAME.fullmatch(name) is None:
            raise ScpiError(780, "Illegal arb waveform name")
        if name in channel.waveforms or name in channel.sequences:
            raise ScpiError(786, "Specified arb waveform already exists")
