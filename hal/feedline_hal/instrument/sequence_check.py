# SPDX-License-Identifier: Apache-2.0
"""Whether a sequencer can play a program, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from feedline_hal.errors import LimitError

from .sequence import SequenceProgram, SequencerCapabilities

_ROUNDING = 1e-9


Limits = Mapping[str, tuple[float, float]]
Problem = tuple[str, str]


def check_program(
    program: SequenceProgram, able: SequencerCapabilities, instrument: str, limits: Limits | None = None
) -> None:
    """Make sure that a program is within what a sequencer can do.

    Args:
        program: What is to be played.
        able: What the sequencer can do.
        instrument: What the error calls it.
        limits: The rack's safe ranges; those of rate, amplitude and offset narrow the sequencer's own.

    Raises:
        LimitError: If it is not; names every limit that is broken, with the value and the remedy of the first.
    """
    found = list(_shape(program)) or [
        *_counts(program, able),
        *_lengths(program, able),
        *_levels(program, able, limits or {}),
    ]
    if found:
        raise LimitError(f"{instrument}: {'; '.join(what for what, _ in found)}.", remedy=found[0][1])


def _shape(program: SequenceProgram) -> Iterator[Problem]:
    steps, channels = program.steps, program.channels
    if steps.ndim != 2 or not steps.shape[0] or steps.shape[1] != len(channels):
        yield (
            f"steps has the shape {steps.shape} for {len(channels)} channels",
            "Give a row a step, a column a channel.",
        )
    elif steps.min() < 0 or steps.max() >= len(program.waveforms):
        yield f"steps names a waveform that is none of the {len(program.waveforms)}", "Count waveforms from 0."
    for name in ("amplitude_v", "offset_v"):
        if len(getattr(program, name)) != len(channels):
            yield f"{name} has another length than channels", f"Give an {name} for each channel."
    if any(waveform.ndim != 1 or waveform.dtype != np.float32 for waveform in program.waveforms):
        yield "a waveform is no row of float32", "Convert waveforms to numpy.float32."


def _counts(program: SequenceProgram, able: SequencerCapabilities) -> Iterator[Problem]:
    absent = [number for number in program.channels if number not in able.channels]
    if absent or len(set(program.channels)) != len(program.channels):
        known = ", ".join(map(str, able.channels))
        yield f"channels are {program.channels}", f"Use each of the channels {known} at most once."
    if len(program.steps) > able.max_steps:
        yield f"{len(program.steps)} steps", f"Use at most {able.max_steps} steps."
    if len(program.waveforms) > able.max_waveforms:
        yield f"{len(program.waveforms)} waveforms", f"Use at most {able.max_waveforms} different waveforms."
    if program.memory_samples > able.memory_samples:
        yield f"{program.memory_samples} samples", f"Use at most {able.memory_samples} samples."


def _lengths(program: SequenceProgram, able: SequencerCapabilities) -> Iterator[Problem]:
    lengths = np.array([len(waveform) for waveform in program.waveforms])
    allowed = f"Use {able.min_samples} to {able.max_samples} samples, a multiple of {able.granularity_samples}."
    for length in sorted(set(lengths.tolist())):
        if not able.min_samples <= length <= able.max_samples or length % able.granularity_samples:
            yield f"a waveform has {length} samples", allowed
    of_steps = lengths[program.steps]
    uneven = np.flatnonzero((of_steps != of_steps[:, :1]).any(axis=1))
    if len(uneven):
        told = ", ".join(map(str, of_steps[uneven[0]]))
        yield f"step {uneven[0]} has waveforms of {told} samples", "Pad the waveforms of a step to the same length."


def _levels(program: SequenceProgram, able: SequencerCapabilities, limits: Limits) -> Iterator[Problem]:
    values = {"rate_hz": (program.rate_hz, able.rate_hz)}
    for channel, amplitude, offset in zip(program.channels, program.amplitude_v, program.offset_v, strict=True):
        values[f"ch{channel}_amplitude_v"] = (float(amplitude), able.amplitude_v)
        values[f"ch{channel}_offset_v"] = (float(offset), able.offset_v)
    for name, (value, (low, high)) in values.items():
        safe_low, safe_high = limits.get(name, (low, high))
        low, high = max(low, safe_low), min(high, safe_high)
        slack = _ROUNDING * max(abs(low), abs(high))
        if not low - slack <= value <= high + slack:
            yield f"{name} is {value:.12g}", f"Use a {name} from {low:.12g} to {high:.12g}."
    for index, waveform in enumerate(program.waveforms):
        if len(waveform) and not (waveform.min() >= -1 and waveform.max() <= 1):
            yield f"waveform {index} has a sample beyond full scale or none at all", "Use samples from -1 to 1."
