# SPDX-License-Identifier: Apache-2.0
"""Everything that Feedline asks of a sequencer's driver."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.emulator.cable import Burst
from feedline_hal.instrument.assembly import Assembly
from feedline_hal.instrument.role import Sequencer
from feedline_hal.instrument.sequence import SequenceProgram, SequencerCapabilities

from .assembling_contract import AssemblingContract
from .instrument_contract import Bench

_SHORTEST = 480
_LAPS = 2
_LARGE, _MANY = 1_000_000, 200
"""Memory is filled with so many of so large waveforms at most; larger memories are left alone."""


class SequencerContract(AssemblingContract):
    """Inherit it in a test class of the driver, and set `driver`.

    Samples are compared with what the emulator's ``played(channel, shots)`` says comes out, in volts, shape
    ``(shots, samples)``, after its ``triggered(burst)``.

    Attributes:
        rate_hz: Sample rate of the tests; the highest if not given.
        resolutions: By how many steps of the converter a sample may differ.

    .. code-block:: python

        class TestAcme(SequencerContract):
            driver = AcmeAwg
    """

    rate_hz: ClassVar[float | None] = None
    resolutions: ClassVar[float] = 1.0

    @classmethod
    def played(cls, emulator: Any, channel: int, shots: range) -> NDArray[np.float32]:
        """Voltages that the emulator puts out at some triggers, shape ``(shots, samples)``."""
        volts: NDArray[np.float32] = emulator.played(channel, shots)
        return volts

    def is_quiet(self, bench: Bench) -> bool:
        """Whether every output is off; the emulator's answers to ``OUTPut<n>:STATe?`` say it, if not overridden."""
        numbers = bench.driver.capabilities().channels
        replies = [bench.emulator.process(f"OUTPut{number}:STATe?".encode()) for number in numbers]
        assert all(replies), f"the emulator answers {replies}; override is_quiet"
        return all(reply.split()[-1] in (b"0", b"OFF") for reply in replies)

    def program(self, able: SequencerCapabilities) -> SequenceProgram:
        """Two channels if there are, four steps, four waveforms of which the last is the second channel's alone."""
        rng = np.random.default_rng(7)
        samples = length(able, _SHORTEST)
        waveforms = tuple(rng.uniform(-1, 1, samples).astype(np.float32) for _ in range(4))
        channels = able.channels[:2]
        steps = np.array([[0, 1], [1, 0], [2, 3], [0, 0]], dtype=np.int64)[:, : len(channels)]
        if len(channels) == 1:
            steps[1] = 3
        low, high = able.amplitude_v
        return SequenceProgram(
            rate_hz=self.rate_hz or able.rate_hz[1],
            channels=channels,
            waveforms=waveforms,
            steps=steps,
            amplitude_v=(low + (high - low) * np.array([0.25, 0.5]))[: len(channels)],
            offset_v=(0.05 * np.array([able.offset_v[1], able.offset_v[0]]))[: len(channels)],
        )

    def other(self, able: SequencerCapabilities) -> SequenceProgram:
        """Its last waveform is another."""
        program = self.program(able)
        return attrs.evolve(program, waveforms=(*program.waveforms[:3], -program.waveforms[3]))

    def beyond(self, able: SequencerCapabilities) -> Iterator[tuple[SequenceProgram, str]]:
        """Rate, levels, samples beyond full scale or none, lengths, steps, waveforms, memory, channels."""
        good = self.program(able)
        zeros = np.zeros(len(good.channels))
        yield attrs.evolve(good, rate_hz=able.rate_hz[1] * 1.01), "rate_hz"
        yield attrs.evolve(good, amplitude_v=zeros + able.amplitude_v[1] * 1.01), "amplitude_v"
        yield attrs.evolve(good, offset_v=zeros + able.offset_v[1] + 0.01), "offset_v"
        for bad in (1.01, math.nan, -math.inf):
            first = good.waveforms[0].copy()
            first[3] = bad
            yield attrs.evolve(good, waveforms=(first, *good.waveforms[1:])), "sample"
        if able.granularity_samples > 1:
            longer = np.zeros(len(good.waveforms[0]) + 1, np.float32)
            yield attrs.evolve(good, waveforms=(longer,), steps=good.steps * 0), str(len(longer))
        if able.min_samples > 1:
            short = np.zeros(able.min_samples - 1, np.float32)
            yield attrs.evolve(good, waveforms=(short,), steps=good.steps * 0), str(len(short))
        many = np.resize(good.steps, (able.max_steps + 1, len(good.channels)))
        yield attrs.evolve(good, steps=many), str(able.max_steps)
        yield attrs.evolve(good, waveforms=(good.waveforms[0],) * (able.max_waveforms + 1)), str(able.max_waveforms)
        large = np.zeros(length(able, min(able.max_samples // 2, _LARGE)), np.float32)
        count = able.memory_samples // len(large) + 1
        if count <= min(able.max_waveforms, _MANY):
            yield attrs.evolve(good, waveforms=(large,) * count, steps=good.steps * 0), "samples"
        unknown = attrs.evolve(good, channels=(*good.channels[:-1], max(able.channels) + 1))
        yield unknown, "channel"

    def check_run(self, bench: Bench, program: SequenceProgram) -> None:
        """Every trigger plays one step; the emulator's volts are the program's."""
        driver, able = bench.driver, bench.driver.capabilities()
        driver.load(driver.assemble(program))
        driver.arm()
        driver.start()
        shots = _LAPS * len(program.steps) + 1
        step_s = max(len(waveform) for waveform in program.waveforms) / program.rate_hz
        bench.emulator.triggered(Burst(shots, 20 * step_s))
        for column, channel in enumerate(program.channels):
            amplitude = program.amplitude_v[column]
            found = self.played(bench.emulator, channel, range(shots))
            wanted = np.stack(
                [program.waveforms[program.steps[shot % len(program.steps), column]] for shot in range(shots)]
            )
            step_v = 2 * amplitude / 2**able.resolution_bits
            np.testing.assert_allclose(
                found, amplitude * wanted + program.offset_v[column], rtol=0, atol=self.resolutions * step_v + 1e-6
            )

    def test_driver_is_a_sequencer(self, bench: Bench) -> None:
        """All of its methods."""
        assert isinstance(bench.driver, Sequencer)

    def test_second_load_sends_no_waveform(self, bench: Bench) -> None:
        """What is there is not sent again."""
        assembly = bench.driver.assemble(self.program(bench.driver.capabilities()))
        assert parts_sent(assembly, self.during_load(bench, assembly)) == names(assembly)
        assert parts_sent(assembly, self.during_load(bench, assembly)) == []

    def test_changed_waveform_is_sent_alone(self, bench: Bench) -> None:
        """One of four is another: of the samples, one waveform goes out."""
        able = bench.driver.capabilities()
        first, second = (bench.driver.assemble(item) for item in (self.program(able), self.other(able)))
        self.during_load(bench, first)
        messages = self.during_load(bench, second)
        changed = [name for name in names(second) if name not in names(first)]
        assert len(changed) == 1, f"parts that are new: {changed}"
        assert parts_sent(second, messages) == changed
        back = self.during_load(bench, first)
        assert len(parts_sent(first, back)) <= 1, "more was sent than what may have left"

    def test_program_keeps_playing_until_arm(self, bench: Bench) -> None:
        """Loading while another program plays changes nothing that comes out, if it is said to."""
        driver = bench.driver
        able = driver.capabilities()
        if not able.loads_while_playing:
            return
        program = self.program(able)
        self.check_run(bench, program)
        driver.load(driver.assemble(self.other(able)))
        assert not self.is_quiet(bench), "it stopped"
        driver.arm()
        driver.abort()

    def during_load(self, bench: Bench, assembly: Assembly) -> list[bytes]:
        """What the emulator receives of a load."""
        before = len(self.sent(bench.emulator))
        bench.driver.load(assembly)
        return self.sent(bench.emulator)[before:]


def length(able: SequencerCapabilities, samples: int) -> int:
    """The shortest length from so many samples on that a waveform may have."""
    step = able.granularity_samples
    return -(-max(samples, able.min_samples) // step) * step


def names(assembly: Assembly) -> list[str]:
    """Parts that take memory."""
    return [part.name for part in assembly.parts if part.memory_samples]


def parts_sent(assembly: Assembly, messages: list[bytes]) -> list[str]:
    """Parts that take memory and whose blocks are in the messages."""
    sent = []
    for part in assembly.parts:
        blocks = [command.block.tobytes() for command in part.commands if command.block is not None]
        if part.memory_samples and any(message.endswith(block) for block in blocks for message in messages):
            sent.append(part.name)
    return sent
