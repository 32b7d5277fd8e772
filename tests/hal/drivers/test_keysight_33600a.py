# SPDX-License-Identifier: Apache-2.0
"""Keysight 33600A: through the gate, over a real socket, to an emulator that says what came out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest

from feedline.errors import InputError, OptionError
from feedline_hal.drivers.keysight_33600a import Keysight33600a
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.fault import FaultKind
from feedline_hal.emulator.keysight_33600a import Emulated33600a
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.role import Sequencer
from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.safety.gate import Gate
from feedline_hal.testing import SequencerContract
from feedline_hal.transport import open_transport


class TestContract(SequencerContract):
    """What is asked of every sequencer."""

    driver = Keysight33600a
    fault_kinds = (FaultKind.DROP, FaultKind.RESET, FaultKind.GARBAGE)


class TestContractOfOneChannel(SequencerContract):
    """The same of a model with one channel, by HiSLIP."""

    driver = Keysight33600a
    options: ClassVar[dict[str, Any]] = {"model": "33511B"}
    wire = "hislip"

    @classmethod
    def make_emulator(cls) -> Emulated33600a:
        return Emulated33600a("33511B")


Ranges = dict[str, tuple[float, float]]
SAFE: Ranges = {
    "ch1_voltage_v": (-0.5, 0.5),
    "ch2_voltage_v": (-0.5, 0.5),
    "ch1_slew_v_per_s": (0.0, 2e9),
    "ch2_slew_v_per_s": (0.0, 2e9),
}


@attrs.frozen
class Bench:
    """A driver, and what is at the other end."""

    driver: Keysight33600a
    awg: Emulated33600a

    def play(self, program: SequenceProgram) -> None:
        self.driver.load(self.driver.assemble(program))
        self.driver.arm()
        self.driver.start()

    def written(self) -> list[str]:
        """Headers of what came since the log was cleared, queries left out."""
        lines = [line.decode("latin-1") for line in self.awg.log]
        self.awg.clear_log()
        return [line.split("#")[0] for line in lines if not line.endswith("?")]


@pytest.fixture
def bench() -> Iterator[Bench]:
    yield from bench_with()


def bench_with(options: dict[str, Any] | None = None, *, safe: Ranges = SAFE, **emulator: Any) -> Iterator[Bench]:
    clock = SteppedClock()
    awg = Emulated33600a(clock=clock, **emulator)
    with SocketServer(awg) as server, open_transport(server.address, name="awg1") as transport:
        gate = Gate(transport, Keysight33600a.guard(safe), safe)
        yield Bench(Keysight33600a(gate, limits=safe, options=options, sleep=clock.step), awg)


def program(
    *waveforms: np.ndarray, steps: Sequence[Sequence[int]], amplitude_v: float = 0.4, offset_v: float = 0.0
) -> SequenceProgram:
    channels = len(steps[0])
    return SequenceProgram(
        rate_hz=1e9,
        channels=(1, 2)[:channels],
        waveforms=tuple(waveform.astype(np.float32) for waveform in waveforms),
        steps=np.array(steps),
        amplitude_v=np.full(channels, amplitude_v),
        offset_v=np.full(channels, offset_v),
    )


def pulse(height: float, samples: int = 65) -> np.ndarray:
    """A smooth pulse that begins and ends at 0."""
    return height * np.sin(np.pi * np.linspace(0, 1, samples)) ** 2


def test_each_trigger_plays_the_next_step_on_both_channels(bench: Bench) -> None:
    """The first trigger plays the first step, the first step follows the last; voltages are right to 14 bits."""
    waveforms = [pulse(1.0), pulse(-0.5), pulse(0.25, 100), pulse(0.0, 100)]
    steps = [[0, 1], [1, 0], [2, 3]]
    assert isinstance(bench.driver, Sequencer)
    assert bench.driver.identify().model == "33622A"
    bench.play(program(*waveforms, steps=steps))
    bench.awg.triggered(Burst(7, 250e-6))
    for channel in (1, 2):
        played = bench.awg.played(channel, range(7))
        for shot in range(7):
            expected = 0.4 * waveforms[steps[shot % 3][channel - 1]]
            np.testing.assert_allclose(played[shot, : len(expected)], expected, atol=0.4 / 2**14)
    assert len(bench.awg.errors) == 0


def test_only_what_is_triggered_comes_out(bench: Bench) -> None:
    """The step that the list begins with plays while the outputs are off: before a trigger there is 0 V."""
    bench.play(program(pulse(0.5), pulse(1.0), steps=[[0], [1]]))
    assert bench.awg.output_volts(1) == (0.0, 0.0)
    bench.awg.triggered(Burst(1, 0.0))
    assert bench.awg.output_volts(1) == pytest.approx((0.0, 0.2), abs=1e-3)
    assert bench.awg.channels[2].put_out is None


def test_only_new_waveforms_are_sent(bench: Bench) -> None:
    first = program(pulse(1.0), pulse(0.5), steps=[[0], [1]])
    bench.play(first)
    bench.written()
    bench.play(program(pulse(1.0), pulse(0.6), steps=[[0], [1]]))
    uploads = [line for line in bench.written() if ":DATA:" in line]
    assert [line[:15] for line in uploads] == ["SOUR1:DATA:ARB:", "SOUR1:DATA:SEQ "]
    bench.play(first)
    assert not [line for line in bench.written() if ":DATA:" in line]
    bench.awg.triggered(Burst(2, 1e-3))
    np.testing.assert_allclose(bench.awg.played(1, range(2)).max(axis=1), [0.4, 0.2], atol=1e-3)


def test_arming_again_begins_at_the_first_step(bench: Bench) -> None:
    bench.play(program(pulse(1.0), pulse(0.5), steps=[[0], [1]]))
    bench.awg.triggered(Burst(1, 0.0))
    bench.driver.arm()
    bench.driver.start()
    bench.awg.triggered(Burst(1, 0.0))
    assert bench.awg.played(1, range(1)).max() == pytest.approx(0.4, abs=1e-3)


def test_what_is_not_armed_does_not_start(bench: Bench) -> None:
    bench.driver.load(bench.driver.assemble(program(pulse(1.0), steps=[[0]])))
    with pytest.raises(InputError, match=r"awg1.* has no program to start[\s\S]*Load and arm"):
        bench.driver.start()


def test_full_memory_is_cleared_and_what_is_needed_loaded_again() -> None:
    for bench in bench_with({"memory_samples": 200}, memory_samples=200):
        for height in (1.0, 0.9, 0.8, 0.7):
            bench.play(program(pulse(height, 80), steps=[[0]]))
            bench.awg.triggered(Burst(1, 0.0))
            assert bench.awg.played(1, range(1)).max() == pytest.approx(0.4 * height, abs=1e-3)
        assert sum(b":CLE" in line for line in bench.awg.log) == 4


def test_sequences_do_not_pile_up(bench: Bench) -> None:
    """A loop of new programs clears them before the instrument has too many."""
    for index in range(40):
        bench.driver.load(bench.driver.assemble(program(pulse(index / 40), steps=[[0]])))
        assert len(bench.awg.channels[1].sequences) <= 16


def test_a_waveform_that_is_on_both_channels_is_in_both_memories() -> None:
    """Each channel has the whole memory to itself."""
    for bench in bench_with({"memory_samples": 100}, memory_samples=100):
        bench.play(program(pulse(1.0, 100), steps=[[0, 0]]))
        assert bench.awg.channels[1].used_samples == bench.awg.channels[2].used_samples == 100


def test_the_same_program_gives_the_same_bytes_and_names_that_fit(bench: Bench) -> None:
    made = [bench.driver.assemble(program(pulse(1.0), pulse(0.5), steps=[[0, 1], [1, 0]])) for _ in range(2)]
    assert made[0].id == made[1].id
    names = [part.name for part in made[0].parts]
    assert len(set(names)) == len(names) == 6
    assert all(len(name) == 12 and name.isalnum() for name in names)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rate_hz": 2e9}, r"awg1.*rate_hz is 2000000000\b"),
        ({"rate_hz": 5.0}, r"a waveform takes 13 s[\s\S]*at most 10 s"),
        ({"amplitude_v": np.array([6.0])}, "ch1_amplitude_v is 6"),
        ({"amplitude_v": np.array([4.0]), "offset_v": np.array([-2.0])}, r"channel 1 would reach 6 V[\s\S]*5 V"),
        ({"waveforms": (np.zeros(16, np.float32),)}, "a waveform has 16 samples"),
        ({"waveforms": (np.full(64, 1.01, np.float32),)}, "beyond full scale"),
        ({"waveforms": (np.full(64, np.nan, np.float32),)}, "beyond full scale"),
        ({"steps": np.zeros((513, 1), np.int64)}, "513 steps"),
    ],
)
def test_what_the_instrument_cannot_do_is_refused_offline(bench: Bench, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(LimitError, match=words):
        bench.driver.assemble(attrs.evolve(program(pulse(1.0), steps=[[0]]), **changed))
    assert bench.awg.log == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": 3}, "channels is 3"),
        ({"chanels": 1}, r"no option 'chanels'[\s\S]*channels"),
        ({"model": "33500"}, r"model is '33500'[\s\S]*33622A"),
        ({"model": "33611A", "channels": 2}, "a 33611A has not 2 channels"),
        ({"memory_samples": -1}, "memory_samples is -1"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        Keysight33600a.quantities(options)


def test_a_model_with_one_channel_has_the_quantities_of_one() -> None:
    names = [quantity.name for quantity in Keysight33600a.quantities({"channels": 1})]
    assert names == ["rate_hz", "ch1_voltage_v", "ch1_slew_v_per_s", "ch1_amplitude_v", "ch1_offset_v"]


def test_another_model_than_the_rack_file_says_is_refused() -> None:
    for bench in bench_with(model="33612A"):
        with pytest.raises(HardwareFault, match=r"33612A.*the rack file says 33622A[\s\S]*model = '33612A'"):
            bench.driver.identify()


def test_what_the_instrument_does_not_take_is_a_fault_and_everything_is_sent_anew() -> None:
    """Somebody else filled its memory; after a fault nothing in it is relied upon."""
    for bench in bench_with({"memory_samples": 4_000_000}, memory_samples=100):
        assembly = bench.driver.assemble(program(pulse(1.0), pulse(0.5), steps=[[0], [1]]))
        with pytest.raises(HardwareFault, match=r'did not accept .*880,"Arb: Out of memory"'):
            bench.driver.load(assembly)
        bench.awg.memory_samples = 1000
        bench.driver.load(assembly)
        bench.driver.arm()
        bench.driver.start()
        assert b"*RST" in bench.awg.log[-40:]
        assert bench.awg.channels[1].is_on


def test_abort_and_safe_state_switch_off_and_may_come_twice(bench: Bench) -> None:
    bench.driver.abort()
    bench.play(program(pulse(1.0), steps=[[0, 0]]))
    assert [channel.is_on for channel in bench.awg.channels.values()] == [True, True]
    for _ in range(2):
        bench.driver.safe_state()
        assert [channel.is_on for channel in bench.awg.channels.values()] == [False, False]


@pytest.mark.parametrize(
    ("amplitude_v", "offset_v", "reach"),
    [(0.6, 0.0, "0 to 0.6"), (0.4, 0.2, "0.2 to 0.6"), (0.3, -0.6, "-0.6 to -0.3")],
)
def test_a_voltage_beyond_the_safe_range_is_refused(
    bench: Bench, amplitude_v: float, offset_v: float, reach: str
) -> None:
    """Nothing at all comes out, and the next program that is safe plays."""
    with pytest.raises(LimitError, match=f"'OUTP1 ON' would take ch1_voltage_v to {reach}"):
        bench.play(program(pulse(1.0), steps=[[0]], amplitude_v=amplitude_v, offset_v=offset_v))
    assert bench.awg.channels[1].put_out is None
    bench.play(program(pulse(1.0), steps=[[0]], amplitude_v=0.5))
    bench.awg.triggered(Burst(1, 0.0))
    assert bench.awg.output_volts(1) == pytest.approx((0.0, 0.5), abs=1e-3)


def test_what_is_too_steep_is_refused() -> None:
    """From one step's last sample to the next step's first counts, too: 0.8 V in 1 ns."""
    safe = {**SAFE, "ch1_slew_v_per_s": (0.0, 1e8)}
    for bench in bench_with(safe=safe):
        up, down = np.linspace(-1, 1, 64), np.linspace(1, -1, 64)
        bench.play(program(up, down, steps=[[0], [1]]))
        with pytest.raises(LimitError, match="'OUTP1 ON' would take ch1_slew_v_per_s to 0 to 800000000"):
            bench.play(program(up, steps=[[0], [0]]))
