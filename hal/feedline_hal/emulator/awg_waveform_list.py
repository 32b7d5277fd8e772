# SPDX-License-Identifier: Apache-2.0
"""The waveform list of an emulated Tektronix AWG.

Source: Tektronix AWG5200 Series Programmer Manual, command group Waveform (WLISt).
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from .call import Call, definite_block
from .dialect import EmulatedInstrument, Reply, command
from .error_queue import ScpiError

_BLOCK_BYTES = 650_000_000
_MARKER_BYTES = 999_999_999


@attrs.define(slots=True, eq=False)
class ListedWaveform:
    """A waveform in the list.

    Attributes:
        samples: float32, of full scale.
        markers: One byte a sample; ``None`` if none were sent.
    """

    samples: NDArray[np.float32]
    markers: NDArray[np.uint8] | None = None
    _bounds: tuple[float, float] | None = None
    _step: float | None = None

    @classmethod
    def of_zeros(cls, count: int) -> ListedWaveform:
        """A new waveform; takes memory when it is written to."""
        return cls(np.broadcast_to(np.float32(0), (count,)))

    def write(self, start: int, samples: NDArray[np.float32]) -> None:
        """Replace samples; a whole waveform is kept as it came, without a copy."""
        self._bounds = self._step = None
        if len(samples) == len(self.samples):
            self.samples = samples
            return
        if not any(self.samples.strides):  # nothing but zeros yet: memory is taken where it is written to
            self.samples = np.zeros(len(self.samples), np.float32)
        elif not self.samples.flags.writeable:
            self.samples = self.samples.copy()
        self.samples[start : start + len(samples)] = samples

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest sample."""
        if self._bounds is None:
            self._bounds = float(self.samples.min()), float(self.samples.max())
        return self._bounds

    @property
    def step(self) -> float:
        """Largest difference between neighbouring samples."""
        if self._step is None:
            self._step = float(np.abs(np.diff(self.samples)).max(initial=0.0))
        return self._step


class AwgWaveformList(EmulatedInstrument):
    """Answers ``WLISt``.

    Args:
        identity: What ``*IDN?`` answers.
        memory_samples: What all waveforms together may have.
        max_waveforms: How many the list takes.
        **options: Of `EmulatedInstrument`.
    """

    granularity = 1
    min_samples = 2400
    max_samples = 2_000_000_000

    def __init__(
        self, identity: str, *, memory_samples: int = 2_000_000_000, max_waveforms: int = 16_383, **options: Any
    ) -> None:
        super().__init__(identity, **options)
        self.memory_samples = memory_samples
        self.max_waveforms = max_waveforms
        self.waveforms: dict[str, ListedWaveform] = {}
        self._taken_samples = 0

    def clear_waveforms(self) -> None:
        """Empty the list."""
        self.waveforms.clear()
        self._taken_samples = 0

    def waveform_leaves(self, name: str) -> None:
        """Act on a waveform that is about to be deleted; for subclasses."""

    def waveform_changes(self, name: str) -> None:
        """Act on samples that were replaced; for subclasses."""

    def waveform(self, name: str) -> ListedWaveform:
        """A waveform by name; -224 if there is none."""
        if name not in self.waveforms:
            raise ScpiError(-224)
        return self.waveforms[name]

    @command("WLISt:WAVeform:NEW", 2, 3)
    def _new(self, call: Call) -> Reply:
        name, count = call.text(0), call.integer(1, self.min_samples, self.max_samples)
        if len(call.parameters) > 2:
            call.choice(2, "REAL", "INTeger")
        if name in self.waveforms or count % self.granularity:
            raise ScpiError(-221)
        if len(self.waveforms) >= self.max_waveforms or self._taken_samples + count > self.memory_samples:
            raise ScpiError(-225)
        self._taken_samples += count
        self.waveforms[name] = ListedWaveform.of_zeros(count)
        return None

    @command("WLISt:WAVeform:DATA", 2, 4)
    def _write(self, call: Call) -> Reply:
        name, at = call.text(0), len(call.parameters) - 1
        data = call.block_view(at)
        if len(data) > _BLOCK_BYTES:
            raise ScpiError(-223)
        if len(data) % 4:
            raise ScpiError(-161)
        samples = np.frombuffer(data, "<f4")
        start = self._place(call, at, self.waveform(name), len(samples))
        self.waveforms[name].write(start, samples)
        self.waveform_changes(name)
        return None

    @command("WLISt:WAVeform:DATA?", 1, 3)
    def _read(self, call: Call) -> Reply:
        found = self.waveform(call.text(0)).samples
        start = call.integer(1, 0, len(found) - 1) if len(call.parameters) > 1 else 0
        count = call.integer(2, 1, len(found) - start) if len(call.parameters) > 2 else len(found) - start
        return definite_block(np.ascontiguousarray(found[start : start + count]).astype("<f4", copy=False).data)

    @command("WLISt:WAVeform:MARKer:DATA", 2, 4)
    def _write_markers(self, call: Call) -> Reply:
        found, at = self.waveform(call.text(0)), len(call.parameters) - 1
        markers = np.frombuffer(call.block_view(at), np.uint8)
        if len(markers) > _MARKER_BYTES:
            raise ScpiError(-223)
        start = self._place(call, at, found, len(markers))
        if found.markers is None:
            found.markers = np.zeros(len(found.samples), np.uint8)
        found.markers[start : start + len(markers)] = markers
        return None

    @command("WLISt:WAVeform:MARKer:DATA?", 1)
    def _read_markers(self, call: Call) -> Reply:
        found = self.waveform(call.text(0))
        markers = np.zeros(len(found.samples), np.uint8) if found.markers is None else found.markers
        return definite_block(markers.data)

    @command("WLISt:WAVeform:DELete", 1)
    def _delete(self, call: Call) -> Reply:
        names = list(self.waveforms) if call.word(0).upper() == "ALL" else [call.text(0)]
        for name in names:
            self.waveform(name)
            self.waveform_leaves(name)
            self._taken_samples -= len(self.waveforms.pop(name).samples)
        return None

    @command("WLISt:WAVeform:LENGth?", 1)
    def _length(self, call: Call) -> Reply:
        return str(len(self.waveform(call.text(0)).samples))

    @command("WLISt:WAVeform:TYPE?", 1)
    def _type(self, call: Call) -> Reply:
        self.waveform(call.text(0))
        return "REAL"

    @command("WLISt:WAVeform:GRANularity?")
    def _granularity(self, _call: Call) -> Reply:
        return str(self.granularity)

    @command("WLISt:WAVeform:LMINimum?")
    def _least(self, _call: Call) -> Reply:
        return str(self.min_samples)

    @command("WLISt:WAVeform:LMAXimum?")
    def _most(self, _call: Call) -> Reply:
        return str(self.max_samples)

    @command("WLISt:SIZE?")
    def _size(self, _call: Call) -> Reply:
        return str(len(self.waveforms))

    @command("WLISt:LIST?")
    def _list(self, _call: Call) -> Reply:
        return f'"{",".join(self.waveforms)}"'

    @command("WLISt:LAST?")
    def _last(self, _call: Call) -> Reply:
        return f'"{next(reversed(self.waveforms), "")}"'

    @command("WLISt:NAME?", 1)
    def _name(self, call: Call) -> Reply:
        return f'"{list(self.waveforms)[call.integer(0, 1, len(self.waveforms)) - 1]}"'

    def _place(self, call: Call, at: int, found: ListedWaveform, count: int) -> int:
        """Where a block goes: the first sample; its size must be the one that was told."""
        start = call.integer(1, 0, len(found.samples) - 1) if at > 1 else 0
        if at > 2 and call.integer(2, 1, len(found.samples)) != count:
            raise ScpiError(-222)
        if start + count > len(found.samples):
            raise ScpiError(-223)
        return start
