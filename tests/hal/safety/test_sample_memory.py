# SPDX-License-Identifier: Apache-2.0
"""What a guard remembers of waveforms and sequences, against a memory that looks everything up anew each time."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from feedline_hal.safety.sample_memory import SILENT, Bounds, Loop, SampleMemory

WAVEFORMS, SEQUENCES, COUNTS = "abc", "xyz", st.integers(1, 3)


@attrs.define
class Plain:
    """Lists as an instrument has them: nothing is kept that follows from something else."""

    knows_waveforms: bool = False
    knows_sequences: bool = False
    waveforms: dict[str, tuple[int, int, Bounds | None]] = attrs.field(factory=dict)
    sequences: dict[str, list[list[str]]] = attrs.field(factory=dict)
    used: dict[str, set[str]] = attrs.field(factory=dict)

    def new_waveform(self, name: str, length: int) -> None:
        self.waveforms[name] = (length, 0, SILENT if self.knows_waveforms else None)

    def fill(self, name: str, count: int, bounds: Bounds | None) -> None:
        length, filled, before = self.waveforms[name]
        after = None if bounds is None or before is None else before.then(bounds) if filled else bounds
        self.waveforms[name] = (length, filled + count, after)

    def drop_waveform(self, name: str | None) -> None:
        self.knows_waveforms |= name is None
        self.waveforms = {} if name is None else {key: one for key, one in self.waveforms.items() if key != name}

    def new_sequence(self, name: str, steps: int, tracks: int) -> None:
        self.sequences[name] = [[""] * tracks for _ in range(steps)]
        self.used[name] = set()

    def assign(self, name: str, step: int, track: int, waveform: str) -> None:
        self.sequences[name][step - 1][track - 1] = waveform
        self.used[name].add(waveform)

    def drop_sequence(self, name: str | None) -> None:
        self.knows_sequences |= name is None
        self.sequences = {} if name is None else {key: one for key, one in self.sequences.items() if key != name}

    def loop(self, name: str, track: int) -> Loop | None:
        table = self.sequences.get(name, [])
        if not self.knows_sequences or not table or track > len(table[0]):
            return None
        steps = []
        for row in table:
            length, filled, bounds = self.waveforms.get(row[track - 1], (0, 0, None))
            if bounds is None:
                return None
            steps.append(bounds if filled == length else bounds.then(SILENT))
        return Loop.of(steps)

    def uses(self, name: str, waveform: str) -> bool:
        return name not in self.sequences or waveform in self.used[name]

    def allows(self, call: str, of: tuple[Any, ...]) -> bool:
        """Whether a guard would pass such a command on."""
        if call == "fill":
            length, filled, _ = self.waveforms.get(of[0], (0, 0, None))
            return filled + int(of[1]) <= length
        if call == "assign":
            table = self.sequences.get(of[0], [])
            return bool(table) and of[1] <= len(table) and of[2] <= len(table[0])
        return True


def one_call() -> st.SearchStrategy[tuple[Any, ...]]:
    waveform, sequence = st.sampled_from(WAVEFORMS), st.sampled_from(SEQUENCES)
    samples = st.lists(st.sampled_from([-1.0, -0.3, 0.0, 0.4, 1.0]), min_size=1, max_size=4)
    bounds = st.none() | samples.map(lambda some: Bounds.of(np.array(some, dtype=np.float32)))
    assigned = st.tuples(st.just("assign"), sequence, COUNTS, COUNTS, waveform)
    return st.one_of(
        st.tuples(st.just("new_waveform"), waveform, st.integers(1, 6)),
        st.tuples(st.just("fill"), waveform, COUNTS, bounds),
        st.tuples(st.just("drop_waveform"), st.one_of(waveform, waveform, st.none())),
        st.tuples(st.just("new_sequence"), sequence, COUNTS, COUNTS),
        *(assigned, assigned),
        st.tuples(st.just("drop_sequence"), st.one_of(sequence, sequence, st.none())),
        st.tuples(st.just("loop"), sequence, COUNTS),
    )


@settings(max_examples=300, deadline=None)
@given(st.booleans(), st.lists(st.tuples(one_call(), st.booleans()), max_size=40))
def test_loops_are_those_of_a_memory_without_an_index(is_emptied: bool, calls: list[tuple[Any, bool]]) -> None:
    """After any calls that a guard makes, whatever was looked up, and so kept, in between."""
    memory, plain = SampleMemory(), Plain()
    for one in (memory, plain) if is_emptied else ():
        one.drop_waveform(None)
        one.drop_sequence(None)
    for (call, *of), looks in calls:
        if plain.allows(call, tuple(of)):
            assert getattr(memory, call)(*of) == getattr(plain, call)(*of)
        for name in SEQUENCES if looks else ():
            assert [memory.loop(name, track) for track in (1, 2, 3)] == [plain.loop(name, track) for track in (1, 2, 3)]
            assert [memory.uses(name, some) for some in WAVEFORMS] == [plain.uses(name, some) for some in WAVEFORMS]
    for name in SEQUENCES:
        assert [memory.loop(name, track) for track in (1, 2, 3)] == [plain.loop(name, track) for track in (1, 2, 3)]
