# SPDX-License-Identifier: Apache-2.0
"""What the AWG5200 cannot do, told before or when it is tried; and what it does after a fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.hal.drivers.awg_bench import AwgBench, opened
from tests.hal.drivers.sequence_programs import noise, volts

from feedline.errors import InputError, OptionError
from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.emulator.fault import Fault, FaultKind
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.errors import HardwareFault, LimitError


@pytest.fixture
def bench() -> Iterator[AwgBench]:
    yield from opened(EmulatedAwg5200(channels=2))


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
    bench: AwgBench, rng: np.random.Generator, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(LimitError, match=f"awg1.*: .*{words}"):
        bench.driver.assemble(attrs.evolve(noise(rng), **change))
    assert bench.sent() == []


def test_waveforms_of_one_step_are_equally_long(bench: AwgBench) -> None:
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


def test_nothing_to_arm_is_said(bench: AwgBench) -> None:
    with pytest.raises(InputError, match=r"has no program to arm.\n  -> Load one first"):
        bench.driver.arm()


def test_a_program_that_cannot_run_names_the_instruments_own_error(bench: AwgBench, rng: np.random.Generator) -> None:
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


def test_another_model_at_the_address_is_refused(bench: AwgBench) -> None:
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
        bench.driver._transport._transport._timeout_s = 0.1
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
