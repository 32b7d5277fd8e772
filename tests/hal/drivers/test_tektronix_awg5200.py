# SPDX-License-Identifier: Apache-2.0
"""The AWG5200 through the gate, over a real socket, to an emulator that plays what it was sent."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
import pytest
from tests.hal.drivers.awg_bench import BURST, AwgBench, opened
from tests.hal.drivers.sequence_programs import noise, volts

from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.role import Sequencer


@pytest.fixture
def bench() -> Iterator[AwgBench]:
    yield from opened(EmulatedAwg5200(channels=2))


def test_every_trigger_plays_the_next_step_bit_for_bit(bench: AwgBench, rng: np.random.Generator) -> None:
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
    bench: AwgBench, rng: np.random.Generator
) -> None:
    bench.instrument.start_s = 0.05
    bench.driver.load(bench.driver.assemble(noise(rng)))
    bench.driver.arm()
    bench.instrument.triggered(BURST)
    bench.driver.start()
    assert bench.instrument.run_state == 1
    assert bench.instrument.shots == 0


def test_assembling_twice_gives_the_same_bytes(bench: AwgBench) -> None:
    first, second = (bench.driver.assemble(noise(np.random.default_rng(3))) for _ in range(2))
    assert first.id == second.id
    assert [item.text for item in first.commands()] == [item.text for item in second.commands()]
    assert bench.sent() == []


def test_a_program_that_is_there_costs_no_message_to_load(bench: AwgBench, rng: np.random.Generator) -> None:
    program = noise(rng)
    bench.run(program)
    bench.sent()
    bench.driver.load(bench.driver.assemble(program))
    assert bench.sent() == []
    bench.driver.arm()
    assert bench.sent() == [b"AWGControl:STOP", b"*OPC?", b"SYSTem:ERRor?"]
    bench.driver.start()
    assert bench.sent() == [b"AWGControl:RUN", b"*OPC?", b"AWGControl:RSTate?", b"OUTPut1:STATe?"]


def test_only_what_changed_is_sent_while_the_old_program_plays_on(bench: AwgBench, rng: np.random.Generator) -> None:
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


def test_a_reset_between_two_programs_is_a_fault(bench: AwgBench, rng: np.random.Generator) -> None:
    """All of the second program is new, so that it plays; but rate, levels and outputs are those of a reset."""
    bench.run(noise(rng))
    bench.instrument.process(b"*RST")
    program = noise(rng)
    with pytest.raises(HardwareFault, match=r"has lost what it was told: it answered '0' to 'OUTPut1:STATe\?', not 1"):
        bench.run(program)
    bench.run(program)
    bench.instrument.triggered(BURST)
    np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(program, 0, 0))


def test_samples_that_change_below_a_read_only_view_are_sent(bench: AwgBench, rng: np.random.Generator) -> None:
    """Such as what a caller broadcasts or slices from an array that it fills anew for each program."""
    program = noise(rng)
    own = np.stack(program.waveforms)
    own_view = own.view()
    own_view.flags.writeable = False
    shown = attrs.evolve(program, waveforms=tuple(own_view))
    bench.run(shown)
    own *= np.float32(-0.5)
    bench.run(shown)
    bench.instrument.triggered(BURST)
    np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(shown, 0, 0))


def test_levels_alone_need_no_waveform(bench: AwgBench, rng: np.random.Generator) -> None:
    program = noise(rng)
    bench.run(program)
    bench.sent()
    bench.run(attrs.evolve(program, amplitude_v=np.array([0.1, 0.2])))
    assert bench.sent(b"WLISt:WAVeform:DATA") == []
    assert np.abs(bench.instrument.played(1, range(2))).max() < 0.11


def test_channels_that_are_not_used_are_switched_off(bench: AwgBench, rng: np.random.Generator) -> None:
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
        assert bench.instrument.run_state == 1
        assert bench.instrument.outputs[1].is_on
        bench.driver.abort()
        bench.run(noise(rng, steps=3))


def test_the_gate_refuses_a_program_that_is_too_loud_before_it_comes_out(
    bench: AwgBench, rng: np.random.Generator
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


def test_quiet_programs_stay_quiet_when_they_follow_each_other(bench: AwgBench, rng: np.random.Generator) -> None:
    """Amplitude and waveforms change between stop and run, in an order that nobody can hear."""
    full = np.ones(2400, np.float32)
    soft = attrs.evolve(noise(rng), waveforms=(0.1 * full,) * 4, amplitude_v=np.array([0.7, 0.7]))
    for program in (noise(rng), soft, noise(rng)):
        bench.run(program)
    assert max(map(abs, bench.instrument.output_volts(1))) < 0.25


def test_safe_state_is_quiet_at_any_time_and_twice(bench: AwgBench, rng: np.random.Generator) -> None:
    bench.driver.safe_state()
    bench.run(noise(rng))
    bench.driver.safe_state()
    bench.driver.safe_state()
    assert bench.instrument.run_state == 0
    assert not any(output.is_on for output in bench.instrument.outputs.values())
    program = noise(rng)
    bench.run(program)
    np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(program, 0, 0))


def test_nothing_is_relied_upon_after_another_model_answered(bench: AwgBench, rng: np.random.Generator) -> None:
    """Whoever held the address for a while, what is loaded then is sent anew, and the gate knows what comes out."""
    program = noise(rng)
    bench.run(program)
    own, bench.instrument.identity = bench.instrument.identity, "TEKTRONIX,AWG70001A,B030001,FV:7.1"
    with pytest.raises(HardwareFault, match="is a TEKTRONIX AWG70001A"):
        bench.driver.identify()
    bench.instrument.identity = own
    bench.sent()
    bench.run(program)
    assert b"WLISt:WAVeform:DELete ALL" in bench.sent()
    np.testing.assert_array_equal(bench.instrument.played(1, range(1))[0], volts(program, 0, 0))
