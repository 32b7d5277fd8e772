# SPDX-License-Identifier: Apache-2.0
"""No program gets past the gate: the emulator says what came out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hal.drivers.awg_bench import AwgBench, opened

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.errors import LimitError
from feedline_hal.instrument.sequence import SequenceProgram

SAFE_V = 0.25


def program(levels: list[float], amplitude_v: float, offset_v: float, fill: float) -> SequenceProgram:
    """One step a level, which is one sample among others."""
    waveforms = []
    for index, level in enumerate(levels):
        samples = np.full(2400, fill, np.float32)
        samples[index * 700] = level
        waveforms.append(samples)
    return SequenceProgram(
        rate_hz=1e9,
        channels=(1,),
        waveforms=tuple(waveforms),
        steps=np.arange(len(levels))[:, None],
        amplitude_v=np.array([amplitude_v]),
        offset_v=np.array([offset_v]),
    )


LEVEL = st.floats(-1, 1, width=32)
PROGRAM = st.builds(
    program,
    levels=st.lists(LEVEL, min_size=1, max_size=4),
    amplitude_v=st.floats(0.0125, 0.75),
    offset_v=st.floats(-0.5, 0.5),
    fill=LEVEL,
)
ACTION = st.tuples(st.sampled_from(["load", "arm", "start", "trigger", "abort", "run"]), PROGRAM)


def act(bench: AwgBench, verb: str, wanted: SequenceProgram) -> None:
    driver = bench.driver
    if verb in ("load", "run"):
        driver.load(driver.assemble(wanted))
    if verb in ("arm", "run") and driver._loaded is not None:
        driver.arm()
    if verb in ("start", "run") and driver._playing is not None:
        driver.start()
    if verb in ("trigger", "run"):
        bench.instrument.triggered(Burst(5, 1e-3))
    if verb == "abort":
        driver.abort()


@settings(deadline=None, max_examples=60)
@given(st.lists(ACTION, min_size=1, max_size=12))
def test_nothing_beyond_the_safe_range_ever_comes_out(actions: list[tuple[str, SequenceProgram]]) -> None:
    """Whatever is loaded, armed, started, triggered in whatever order: refused, or within -0.25 V to 0.25 V."""
    for bench in opened(EmulatedAwg5200(channels=2, start_s=0.0)):
        for verb, wanted in actions:
            try:
                act(bench, verb, wanted)
            except LimitError as refused:
                assert "ch1_" in str(refused)  # noqa: PT017 - most actions are allowed
            low, high = bench.instrument.output_volts(1)
            assert -SAFE_V - 1e-6 <= low <= high <= SAFE_V + 1e-6
