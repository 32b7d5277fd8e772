# SPDX-License-Identifier: Apache-2.0
"""One channel of an emulated Tektronix AWG, and what has come out of it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from .awg_playlist import Playlist
from .awg_waveform_list import ListedWaveform


@attrs.define(slots=True, eq=False)
class AwgOutput:
    """A channel.

    Attributes:
        amplitude_v: Peak to peak.
        path: Output path.
        offset_v: DC.
        is_on: Whether its output is on.
        is_cut: Whether all outputs are off, whatever each one's state.
        holds_first: Whether it waits for a trigger at the first sample of the step, not at 0 V.
        run_mode: ``CONT``, ``TRIG``, ``TCON``, ``GAT``.
        asset: Name of a waveform or sequence; empty for none.
        track: Of the sequence; 0 for a waveform.
        playlist: What it plays, when it runs.
        steps: The waveform of each step, when it runs.
        put_out_v: Lowest and highest voltage so far.
        steepest_v_per_s: Largest rate of change so far, from and to 0 V at the ends of a step included.
    """

    amplitude_v: float
    path: str
    offset_v: float = 0.0
    is_on: bool = False
    is_cut: bool = False
    holds_first: bool = False
    run_mode: str = "CONT"
    asset: str = ""
    track: int = 0
    playlist: Playlist | None = None
    steps: Sequence[ListedWaveform] = ()
    put_out_v: tuple[float, float] = (0.0, 0.0)
    steepest_v_per_s: float = 0.0

    def volts(self, shots: range) -> NDArray[np.float32]:
        """What follows each of some triggers, of shape ``(shots, samples)``; 0 V after a shorter one's end."""
        if self.playlist is None or not self.is_on or self.is_cut:
            return np.zeros((len(shots), 0), np.float32)
        played = [self.playlist.at(shot) for shot in shots]
        pieces = {steps: self._joined(steps) for steps in set(played)}
        volts = np.zeros((len(shots), max((len(piece) for piece in pieces.values()), default=0)), np.float32)
        for row, steps in zip(volts, played, strict=True):
            piece = pieces[steps]
            row[: len(piece)] = piece
        return volts

    def _joined(self, steps: tuple[int, ...]) -> NDArray[np.float32]:
        if not steps:
            return np.zeros(0, np.float32)
        samples = np.concatenate([self.steps[step].samples for step in steps])
        return (self.offset_v + self.amplitude_v / 2 * samples).astype(np.float32)

    def longest_s(self, rate_hz: float) -> float:
        """How long the longest waveform takes."""
        return max((len(item.samples) for item in self.steps), default=0) / rate_hz

    def note_steps(self, steps: set[int], rate_hz: float) -> None:
        """Remember that steps were played, if the output is on."""
        for step in steps:
            self._note(*self.steps[step].bounds)
            self._note_change(self.steps[step], rate_hz)

    def note_waiting(self, step: int) -> None:
        """Remember what it holds while it waits for a trigger before a step."""
        if self.holds_first and step < len(self.steps):
            first = float(self.steps[step].samples[0])
            self._note(first, first)

    def _note_change(self, played: ListedWaveform, rate_hz: float) -> None:
        if self.is_on and not self.is_cut:
            scale = self.amplitude_v / 2
            ends = [self.offset_v + scale * float(played.samples[at]) for at in (0, -1)]
            largest_v = max(abs(scale) * played.step, *map(abs, ends))
            self.steepest_v_per_s = max(self.steepest_v_per_s, largest_v * rate_hz)

    def _note(self, low: float, high: float) -> None:
        if self.is_on and not self.is_cut:
            levels = [self.offset_v + self.amplitude_v / 2 * sample for sample in (low, high)]
            self.put_out_v = min(self.put_out_v[0], *levels), max(self.put_out_v[1], *levels)
