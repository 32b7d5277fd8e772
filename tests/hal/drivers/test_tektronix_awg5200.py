# SPDX-License-Identifier: Apache-2.0
"""The AWG5200 through the gate, over a real socket, to an emulator that plays what it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.hal.drivers.sequence_programs import noise, volts

from feedline.errors import InputError, OptionError
from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.drivers.tektronix_awg70000 import TektronixAwg70000
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.fault import Fault, FaultKind
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.emulator.tektronix_awg70000 import EmulatedAwg70000
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.role import Sequencer
from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.safety import Gate
from feedline_hal.transport import open_transport

BURST = Burst(count=1000, period_s=250e-6)


@attrs.define
class Bench:
    """A driver, what it drives, and its server."""

    driver: TektronixAwg5200
    instrument: EmulatedAwg5200
    server: SocketServer

    def run(self, program: SequenceProgram, burst: Burst = BURST) -> None:
        """Play a program."""
        self.driver.load(self.driver.assemble(program))
        self.driver.arm()
        self.driver.start()
        self.instrument.triggered(burst)

    def sent(self, beginning: bytes = b"") -> list[bytes]:
        """What came since the last call, up to the block."""
        log = [message.partition(b",#")[0] for message in self.instrument.log]
        self.instrument.clear_log()
        return [message for message in log if message.startswith(beginning)]


def ranges_of(
    kind: type[Any], options: dict[str, Any], **others: tuple[float, float]
) -> dict[str, tuple[float, float]]:
    """Everything that the instrument can do is safe, but for others."""
    return {item.name: (item.low, item.high) for item in kind.quantities(options) if item.is_output} | others


def opened(instrument: EmulatedAwg5200, kind: type[TektronixAwg5200] = TektronixAwg5200) -> Iterator[Bench]:
    options = {"channels": instrument.channel_count}
    ranges = ranges_of(kind, options, ch1_voltage_v=(-0.25, 0.25))
    with SocketServer(instrument) as server, open_transport(server.address, name="awg1", timeout_s=0.5) as wire:
        yield Bench(kind(Gate(wire, kind.guard(ranges), ranges), options=options), instrument, server)


@pytest.fixture
def bench() -> Iterator[Bench]:
    yield from opened(EmulatedAwg5200(channels=2))


def test_every_trigger_plays_the_next_step_bit_for_bit(bench: Bench, rng: np.random.Generator) -> None:
    """The first step follows the last; what comes out is the samples, to the bit, times amplitude, plus offset."""
    assert isinstance(bench.driver, Sequencer)
    assert bench.driver.identify().model == "AWG5202"
    program = noise(rng, steps=3)
    bench.run(program)
    for column, channel in enumerate(program.channels):
        shots = bench.instrument.played(channel, range(995, 1000))
        assert shots.shape == (5, 2400)
        for row, shot in enumerate(range(995, 1000)):
            np.testing.assert_array_equal(shots[row], volts(program, shot % 3, column))
    assert bench.instrument.rate_hz == 2.4e9
    assert bench.instrument.errors.pop().code == 0


def test_it_waits_for_a_trigger_after_start_and_triggers_before_are_lost(
    bench: Bench, rng: np.random.Generator
) -> None:
    bench.instrument.start_s = 0.05
    bench.driver.load(bench.driver.assemble(noise(rng)))
    bench.driver.arm()
    bench.instrument.triggered(BURST)
    bench.driver.start()
    assert bench.instrument.run_state == 1
    assert bench.instrument.shots == 0


def test_assembling_twice_gives_the_same_bytes(bench: Bench) -> None:
    first, second = (bench.driver.assemble(noise(np.random.default_rng(3))) for _ in range(2))
    assert first.id == second.id
    assert [item.text for item in first.commands()] == [item.text for item in second.commands()]
    assert bench.sent() == []


def test_a_program_that_is_there_costs_no_message_to_load(bench: Bench, rng: np.random.Generator) -> None:
    program = noise(rng)
    bench.run(program)
    bench.sent()
    bench.driver.load(bench.driver.assemble(program))
    assert bench.sent() == []
    bench.driver.arm()
    assert bench.sent() == [b"AWGControl:STOP", b"*OPC?", b"SYSTem:ERRor?"]
    bench.driver.start()
    assert bench.sent() == [b"AWGControl:RUN", b"*OPC?", b"AWGControl:RSTate?"]


def test_only_what_changed_is_sent_while_the_old_program_plays_on(bench: Bench, rng: np.random.Generator) -> None:
    """One waveform of four is new: it and the list of steps go out, and one question for all of it."""
    program = noise(rng)
    bench.run(program)
    changed = attrs.evolve(program, waveforms=(*program.waveforms[:3], -program.waveforms[3]))
    bench.sent()
    bench.driver.load(bench.driver.assemble(changed))
    sent = bench.sent()
    assert [line.split(b" ")[0] for line in sent] == [
        b"WLISt:WAVeform:NEW",
        b"WLISt:WAVeform:DATA",
        b"SLISt:SEQuence:NEW",
        *[
            b"SLISt:SEQuence:STEP1:WINPut",
            b"SLISt:SEQuence:STEP1:TASSet1:WAVeform",
            b"SLISt:SEQuence:STEP1:TASSet2:WAVeform",
        ],
        *[
            b"SLISt:SEQuence:STEP2:WINPut",
            b"SLISt:SEQuence:STEP2:TASSet1:WAVeform",
            b"SLISt:SEQuence:STEP2:TASSet2:WAVeform",
        ],
        *[b"SLISt:SEQuence:STEP2:GOTO", b"*OPC?", b"SYSTem:ERRor?"],
    ]
    assert bench.instrument.run_state == 1
    np.testing.assert_array_equal(bench.instrument.played(2, range(1, 2))[0], volts(program, 1, 1))
    bench.driver.arm()
    assert [line.split(b" ")[0] for line in bench.sent(b"SOUR")] == [
        b"SOURce1:CASSet:SEQuence",
        b"SOURce2:CASSet:SEQuence",
    ]
    bench.driver.start()
    bench.instrument.triggered(BURST)
    np.testing.assert_array_equal(bench.instrument.played(2, range(1, 2))[0], volts(changed, 1, 1))


def test_levels_alone_need_no_waveform(bench: Bench, rng: np.random.Generator) -> None:
    program = noise(rng)
    bench.run(program)
    bench.sent()
    bench.run(attrs.evolve(program, amplitude_v=np.array([0.1, 0.2])))
    assert bench.sent(b"WLISt:WAVeform:DATA") == []
    assert np.abs(bench.instrument.played(1, range(2))).max() < 0.11


def test_channels_that_are_not_used_are_switched_off(bench: Bench, rng: np.random.Generator) -> None:
    bench.run(noise(rng))
    bench.run(noise(rng, channels=(2,)))
    assert [output.is_on for output in bench.instrument.outputs.values()] == [False, True]
    assert bench.instrument.outputs[1].asset == ""


class SmallAwg(TektronixAwg5200):
    """Room for ten waveforms, blocks of 1,000 samples."""

    family = attrs.evolve(TektronixAwg5200.family, max_waveforms=10, memory_samples=24_000)
    block_samples = 1000


def test_what_was_used_longest_ago_leaves_when_memory_is_short(rng: np.random.Generator) -> None:
    """The instrument's own limits never show: it would answer -225."""
    for bench in opened(EmulatedAwg5200(channels=2, max_waveforms=10, memory_samples=24_000), SmallAwg):
        programs = [noise(rng) for _ in range(4)]
        for program in [*programs, *programs]:
            bench.run(program)
            np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(program, 0, 0))
            assert bench.instrument.errors.pop().code == 0
        assert len(bench.instrument.waveforms) <= 10
        assert len(bench.instrument.sequences) <= 2


def test_long_waveforms_go_out_in_blocks(rng: np.random.Generator) -> None:
    for bench in opened(EmulatedAwg5200(channels=2), SmallAwg):
        program = noise(rng, steps=1, channels=(1,))
        bench.run(program)
        starts = [line.split(b",")[1:] for line in bench.sent(b"WLISt:WAVeform:DATA")]
        assert starts == [[b"0", b"1000"], [b"1000", b"1000"], [b"2000", b"400"]]
        np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(program, 0, 0))


def test_two_programs_that_do_not_fit_together_are_refused_while_one_plays(rng: np.random.Generator) -> None:
    for bench in opened(EmulatedAwg5200(channels=2, max_waveforms=10), SmallAwg):
        bench.run(noise(rng, steps=4))
        with pytest.raises(LimitError, match=r"do not fit into the memory together.\n  -> Abort what plays"):
            bench.driver.load(bench.driver.assemble(noise(rng, steps=3)))
        bench.driver.abort()
        bench.run(noise(rng, steps=3))


def test_the_gate_refuses_a_program_that_is_too_loud_before_it_comes_out(
    bench: Bench, rng: np.random.Generator
) -> None:
    """Channel 1 is safe up to 0.25 V; the driver's own limits would allow it."""
    loud = attrs.evolve(noise(rng), amplitude_v=np.array([0.5, 0.2]))
    bench.driver.load(bench.driver.assemble(loud))
    with pytest.raises(LimitError, match=r"awg1.*OUTPut1:STATe 1.* would take ch1_voltage_v to -0.43.* to 0.4"):
        bench.driver.arm()
    assert bench.instrument.output_volts(1) == (0.0, 0.0)
    bench.run(noise(rng))
    low, high = bench.instrument.output_volts(1)
    assert -0.25 < low < -0.1
    assert 0.1 < high < 0.25


def test_quiet_programs_stay_quiet_when_they_follow_each_other(bench: Bench, rng: np.random.Generator) -> None:
    """Amplitude and waveforms change between stop and run, in an order that nobody can hear."""
    full = np.ones(2400, np.float32)
    soft = attrs.evolve(noise(rng), waveforms=(0.1 * full,) * 4, amplitude_v=np.array([0.7, 0.7]))
    for program in (noise(rng), soft, noise(rng)):
        bench.run(program)
    assert max(map(abs, bench.instrument.output_volts(1))) < 0.25


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rate_hz": 3e9}, "rate_hz is 3000000000\\.\n  -> Use a rate_hz from 300 to 2500000000"),
        ({"channels": (1, 3)}, "channels are \\(1, 3\\).*\n  -> Use each of the channels 1, 2 at most once"),
        ({"amplitude_v": np.array([0.2, 0.9])}, "ch2_amplitude_v is 0.9.*\n  -> .* from 0.0125 to 0.75"),
        ({"offset_v": np.array([np.nan, 0])}, "ch1_offset_v is nan"),
        ({"waveforms": (np.full(2400, 1.01, np.float32),) * 4}, "waveform 0 has a sample beyond full scale"),
        ({"waveforms": (np.full(2400, np.nan, np.float32),) * 4}, "waveform 0 has a sample beyond full scale or none"),
        ({"waveforms": (np.zeros(100, np.float32),) * 4}, "a waveform has 100 samples.*\n  -> Use 2400 to 2000000000"),
        ({"steps": np.array([[0, 9]])}, "steps names a waveform that is none of the 4"),
        ({"steps": np.zeros((20_000, 2), np.int64)}, "20000 steps.*\n  -> Use at most 16383"),
    ],
)
def test_a_program_beyond_its_limits_is_refused_offline(
    bench: Bench, rng: np.random.Generator, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(LimitError, match=f"awg1.*: .*{words}"):
        bench.driver.assemble(attrs.evolve(noise(rng), **change))
    assert bench.sent() == []


def test_waveforms_of_one_step_are_equally_long(bench: Bench) -> None:
    waveforms: tuple[NDArray[np.float32], ...] = (np.zeros(2400, np.float32), np.zeros(2500, np.float32))
    program = attrs.evolve(noise(np.random.default_rng(1)), waveforms=waveforms, steps=np.array([[0, 0], [0, 1]]))
    with pytest.raises(LimitError, match=r"step 1 has waveforms of 2400, 2500 samples.\n  -> Pad"):
        bench.driver.assemble(program)


def test_the_racks_ranges_narrow_its_own() -> None:
    for bench in opened(EmulatedAwg5200(channels=2)):
        driver = TektronixAwg5200(bench.driver._transport, limits={"rate_hz": (1e9, 2e9)}, options={"channels": 2})
        with pytest.raises(
            LimitError, match=r"rate_hz is 2400000000.\n  -> Use a rate_hz from 1000000000 to 2000000000"
        ):
            driver.assemble(noise(np.random.default_rng(1)))


def test_safe_state_is_quiet_at_any_time_and_twice(bench: Bench, rng: np.random.Generator) -> None:
    bench.driver.safe_state()
    bench.run(noise(rng))
    bench.driver.safe_state()
    bench.driver.safe_state()
    assert bench.instrument.run_state == 0
    assert not any(output.is_on for output in bench.instrument.outputs.values())
    program = noise(rng)
    bench.run(program)
    np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(program, 0, 0))


def test_nothing_to_arm_is_said(bench: Bench) -> None:
    with pytest.raises(InputError, match=r"has no program to arm.\n  -> Load one first"):
        bench.driver.arm()


def test_a_program_that_cannot_run_names_the_instruments_own_error(bench: Bench, rng: np.random.Generator) -> None:
    bench.driver.load(bench.driver.assemble(noise(rng)))
    bench.driver.arm()
    bench.instrument.process(b"*RST")
    with pytest.raises(HardwareFault, match=r"awg1.* did not accept 'AWGControl:RUN': -221"):
        bench.driver.start()


def test_an_instrument_that_never_waits_is_a_fault_that_says_what_was_awaited(rng: np.random.Generator) -> None:
    instrument = EmulatedAwg5200(channels=2)
    for bench in opened(instrument):
        naps: list[float] = []
        driver = TektronixAwg5200(bench.driver._transport, options={"channels": 2}, sleep=naps.append)
        driver.load(driver.assemble(noise(rng)))
        driver.arm()
        for step in instrument.sequences[instrument.outputs[1].asset]:
            step.wait = "OFF"
        with pytest.raises(HardwareFault, match="waited 30 s for it to wait for a trigger; it answered '2'"):
            driver.start()
        assert 30 <= sum(naps) < 31


def test_another_model_at_the_address_is_refused(bench: Bench) -> None:
    driver = TektronixAwg5200(bench.driver._transport, options={"channels": 8})
    with pytest.raises(HardwareFault, match=r"is a TEKTRONIX AWG5202.*, this driver is for AWG5208"):
        driver.identify()


@pytest.mark.parametrize("options", [{"channels": 3}, {"channel": 2}, {"channels": True}])
def test_options_that_do_not_exist_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="channels"):
        TektronixAwg5200.quantities(options)


KINDS = [FaultKind.DROP, FaultKind.RESET, FaultKind.GARBAGE, FaultKind.SHORT, FaultKind.LATE]


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_at_any_message_the_next_run_is_right(kind: FaultKind, rng: np.random.Generator) -> None:
    """Every message of load, arm, start fails once: a fault or nothing is told, and nothing is relied upon after."""
    old, new = noise(rng, steps=1), noise(rng, steps=1)
    told: set[str] = set()
    for bench in opened(EmulatedAwg5200(channels=2)):
        bench.driver._transport._transport._timeout_s = 0.03
        for number in range(1, 19):
            bench.run(old)
            bench.server.faults.restart({number: Fault(kind=kind)})
            try:
                bench.run(new)
            except HardwareFault as fault:
                told.add(fault.instrument.partition(" ")[0])
            bench.server.faults.restart()
            try:
                bench.driver.safe_state()
            except HardwareFault:  # what came late is noticed here
                bench.driver.safe_state()
            assert bench.instrument.run_state == 0
            assert not any(output.is_on for output in bench.instrument.outputs.values())
            bench.run(new)
            np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(new, 0, 0))
            bench.driver.load(bench.driver.assemble(old))
    assert told == {"awg1"}


def test_one_channel_has_twice_the_rate_of_two_and_no_offset(rng: np.random.Generator) -> None:
    for channels, rate_hz in ((1, 50e9), (2, 25e9)):
        instrument = EmulatedAwg70000(channels=channels)
        options = {"channels": channels}
        ranges = ranges_of(TektronixAwg70000, options)
        program = attrs.evolve(
            noise(rng, channels=tuple(range(1, channels + 1)), samples=4800),
            rate_hz=rate_hz,
            offset_v=np.zeros(channels),
        )
        with SocketServer(instrument) as server, open_transport(server.address, name="awg2") as wire:
            driver = TektronixAwg70000(Gate(wire, TektronixAwg70000.guard(ranges), ranges), options=options)
            assert driver.identify().model == f"AWG7000{channels}B"
            driver.load(driver.assemble(program))
            driver.arm()
            driver.start()
            instrument.triggered(BURST)
            np.testing.assert_array_equal(instrument.played(channels, range(1))[0], volts(program, 0, channels - 1))
            with pytest.raises(LimitError, match=r"ch1_offset_v is 0.01"):
                driver.assemble(attrs.evolve(program, offset_v=np.full(channels, 0.01)))
            with pytest.raises(LimitError, match=f"to {rate_hz:.12g}"):
                driver.assemble(attrs.evolve(program, rate_hz=rate_hz * 1.01))
