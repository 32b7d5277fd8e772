# SPDX-License-Identifier: Apache-2.0
"""The guard of the AWG5200: what it lets through, what it makes of every command, what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hal.safety.awg_lines import (
    LEVELS,
    RANGES,
    SAFE,
    TAKEN,
    WIPED,
    gate,
    playing,
    reach,
    send,
    sequence,
    waveform,
)

from feedline_hal.errors import LimitError
from feedline_hal.instrument.assembly import Command
from feedline_hal.safety.sample_memory import Bounds


def test_effects_are_the_voltages_and_steps_of_all_that_plays() -> None:
    """By hand: 0.05 V + 0.2 V * sample; the largest step is from 0 V's side to 0.5, that is 0.1 V in 1 ns."""
    opened = gate(*playing())
    found = reach(opened._guard, "AWGControl:RUN")
    assert found["ch1_voltage_v"] == pytest.approx((-0.05, 0.15))
    assert found["ch1_slew_v_per_s"] == pytest.approx((0.0, 0.1 * 1e9))
    assert set(found) == {"ch1_voltage_v", "ch1_slew_v_per_s"}


@pytest.mark.parametrize(
    ("first", "second", "step_v"),
    [
        ((0, 1, 1), (1, 1, 0), 0.25),  # to 0 V and back, where it waits for a trigger between the two
        ((0, 0.2, -1), (1, 0.2, 0), 0.4),  # one step's end to the other's beginning
        ((-1, 0, 0), (0, 0, 1), 0.4),  # the last step's end to the first one's beginning
        ((0, 0, 0), (0, 0, 0), 0.05),  # nothing but the offset, on and off
    ],
)
def test_steps_between_waveforms_count(first: tuple[float, ...], second: tuple[float, ...], step_v: float) -> None:
    opened = gate(*playing(first, second))
    assert reach(opened._guard, "AWGControl:RUN")["ch1_slew_v_per_s"] == pytest.approx((0.0, step_v * 1e9))


@pytest.mark.parametrize(
    ("command", "quantity"),
    [
        ("SOURce1:VOLTage 1.2", "ch1_voltage_v"),
        ("SOURce1:VOLTage:OFFSet 0.25", "ch1_voltage_v"),
        ("SOURce1:VOLTage:OFFSet -0.25", "ch1_voltage_v"),
        ("SOURce2:VOLTage 0.4", "ch2_voltage_v"),
        ("CLOCk:SRATe 25000000000", "ch1_slew_v_per_s"),
        ('SOURce1:CASSet:SEQuence "unknown",1', "ch1_voltage_v"),
        ('SOURce1:CASSet:SEQuence "s",2', "ch1_voltage_v"),
        ("OUTPut2:STATe 1", "ch2_voltage_v"),
        ('WLISt:WAVeform:DELete "a"', "ch1_voltage_v"),
        ("WLISt:WAVeform:DELete ALL", "ch1_voltage_v"),
        ('SLISt:SEQuence:DELete "s"', "ch1_voltage_v"),
        ('SLISt:SEQuence:STEP1:TASSet1:WAVeform "s","b"', "ch1_voltage_v"),
    ],
)
def test_what_plays_is_not_made_louder_or_unknown(command: str, quantity: str) -> None:
    opened = gate(*playing(), "OUTPut2:STATe 0", "AWGControl:RUN")
    if command.startswith("SOURce2"):
        opened._guard.forget()
        quantity = "ch2_voltage_v"
    with pytest.raises(LimitError, match=quantity):
        opened.write(command)


def test_another_program_can_be_loaded_while_one_plays() -> None:
    opened = gate(*playing(), "AWGControl:RUN")
    send(
        opened, *waveform("c", (0, 1, 0)), *sequence("t", "c"), 'SLISt:SEQuence:DELete "t"', 'WLISt:WAVeform:DELete "c"'
    )


def test_between_stop_and_run_levels_may_change_in_any_order() -> None:
    """Full scale at 0.2 V, then 0.1 of it at 2 V: neither step alone would be safe if it were heard."""
    opened = gate(*playing(), "AWGControl:RUN")
    send(opened, *waveform("c", (0, 0.1, 0)), *sequence("t", "c"))
    send(opened, "AWGControl:STOP", "SOURce1:VOLTage 4", 'SOURce1:CASSet:SEQuence "t",1', TAKEN, "AWGControl:RUN")
    send(opened, "AWGControl:STOP", 'SOURce1:CASSet:SEQuence "s",1', TAKEN)
    with pytest.raises(LimitError, match=r"'AWGControl:RUN' would take ch1_voltage_v to -0.95 to 1.05"):
        opened.write("AWGControl:RUN")


@pytest.mark.parametrize("missing", range(len(LEVELS)))
def test_an_output_is_not_switched_on_before_all_is_known(missing: int) -> None:
    levels = [line for index, line in enumerate(LEVELS) if index != missing]
    opened = gate(*WIPED, *waveform("a", (0, 0.5, 0)), *sequence("s", "a"), *levels)
    with pytest.raises(LimitError, match="to a value that is not known"):
        opened.write("OUTPut1:STATe 1")


def test_half_a_waveform_ends_in_zeros() -> None:
    half = Command('WLISt:WAVeform:DATA "a",0,2,', np.array([0.5, 1.0], np.float32))
    opened = gate(*WIPED, 'WLISt:WAVeform:NEW "a",4,REAL', half, *sequence("s", "a"), *LEVELS)
    assert reach(opened._guard, "OUTPut1:STATe 1")["ch1_slew_v_per_s"][1] == pytest.approx(0.2e9)
    rest = Command('WLISt:WAVeform:DATA "a",2,2,', np.array([-1.0, 0.0], np.float32))
    send(opened, rest)
    assert reach(opened._guard, "OUTPut1:STATe 1")["ch1_slew_v_per_s"][1] == pytest.approx(0.4e9)


@pytest.mark.parametrize("sample", [1.0001, -1.5, math.nan, math.inf, -math.inf])
def test_samples_that_are_none_are_refused_whether_they_play_or_not(sample: float) -> None:
    with pytest.raises(LimitError, match=r"DATA.*would take ch1_voltage_v to a value that is not known"):
        gate(*WIPED, *waveform("a", (0, sample, 0)))


def test_before_the_lists_were_emptied_nothing_in_them_is_known() -> None:
    """The instrument may have a waveform of that name, and keep it."""
    opened = gate(*SAFE, "SLISt:SEQuence:DELete ALL", *waveform("a", (0, 0.1, 0)), *sequence("s", "a"), *LEVELS)
    with pytest.raises(LimitError, match="not known"):
        opened.write("OUTPut1:STATe 1")


def test_after_a_fault_only_what_makes_it_quiet_goes_through() -> None:
    opened = gate(*playing(), "AWGControl:RUN")
    opened._guard.forget()
    for line in ("AWGControl:RUN", "SOURce1:VOLTage 0.1", "OUTPut1:STATe 1", "WLISt:WAVeform:DELete ALL"):
        with pytest.raises(LimitError, match="not known"):
            opened.write(line)
    send(opened, *playing(), "AWGControl:RUN")


@pytest.mark.parametrize(
    "command",
    [
        "*RST",
        "*TRG",
        "*TST?",
        "TRIGger:IMMediate ATRigger",
        "OUTPut:OFF 0",
        "OUTPut1 1",
        "output1:state 1",
        "OUTPut1:STATe ON",
        " OUTPut1:STATe 1",
        "SOURce1:VOLTage 0.1V",
        "SOURce1:VOLTage MAX",
        "SOURce1:POWer 3",
        'SOURce1:CASSet:WAVeform "a"',
        "SOURce1:RMODe TRIGgered",
        "OUTPut1:PATH DCHV",
        "OUTPut1:WVALue:ANALog:STATe FIRSt",
        'WLISt:WAVeform:NEW "a",3,REAL',
        'WLISt:WAVeform:NORMalize "a",FSCale',
        'SLISt:SEQuence:NEW "s",2,1',
        'SLISt:SEQuence:STEP3:TASSet1:WAVeform "s","a"',
        'SLISt:SEQuence:STEP1:TASSet2:WAVeform "s","a"',
        'SLISt:SEQuence:STEP1:GOTO "s",2',
        'MMEMory:OPEN "x"',
        "SOURce1:VOLTage 0.1;SOURce1:VOLTage 5",
        "",
    ],
)
def test_what_the_driver_never_sends_is_refused(command: str) -> None:
    opened = gate(*playing())
    with pytest.raises(LimitError, match=r"is not a command that the gate knows|holds several commands"):
        opened.write(command)


@pytest.mark.parametrize(
    ("command", "samples"),
    [
        ('WLISt:WAVeform:DATA "a",0,3,', np.zeros(3, np.float32)),  # full already
        ('WLISt:WAVeform:DATA "z",0,3,', np.zeros(3, np.float32)),
        ('WLISt:WAVeform:DATA "n",0,3,', np.zeros(4, np.float32)),
        ('WLISt:WAVeform:DATA "n",1,3,', np.zeros(3, np.float32)),
        ('WLISt:WAVeform:DATA "n",0,5,', np.zeros(5, np.float32)),
        ('WLISt:WAVeform:DATA "n",0,3,', np.zeros(3, ">f4")),
        ('WLISt:WAVeform:DATA "n",0,3,', np.zeros(3, np.float64)),
        ('WLISt:WAVeform:DATA "n",0,3,', np.zeros((3, 1), np.float32)),
        ('WLISt:WAVeform:MARKer:DATA "n",0,3,', np.zeros(3, np.float32)),
    ],
)
def test_blocks_that_do_not_fit_are_refused(command: str, samples: np.ndarray) -> None:
    opened = gate(*playing(), 'WLISt:WAVeform:NEW "n",4,REAL')
    with pytest.raises(LimitError, match="is not a command that the gate knows"):
        opened.write_block(command, samples)


def test_settings_are_held_to_their_own_ranges_where_the_rack_gives_them() -> None:
    ranges = RANGES | {"ch1_amplitude_v": (0.0, 0.3), "rate_hz": (1e9, 2e9)}
    opened = gate(*WIPED, ranges=ranges)
    with pytest.raises(LimitError, match=r"would take ch1_amplitude_v to 0\.4"):
        opened.write("SOURce1:VOLTage 0.8")
    with pytest.raises(LimitError, match="would take rate_hz to 500000000"):
        opened.write("CLOCk:SRATe 500000000")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=300), st.integers(1, 300))
def test_bounds_are_those_of_the_samples_however_they_are_cut(samples: list[float], cut: int) -> None:
    data = np.array(samples, np.float32)
    whole = Bounds.of(data)
    assert whole is not None
    assert (whole.low, whole.high) == (data.min(), data.max())
    assert whole.step == pytest.approx(np.abs(np.diff(data.astype(float))).max(), rel=1e-6, abs=1e-30)
    first, second = Bounds.of(data[:cut]), Bounds.of(data[cut:])
    if first is not None and second is not None:
        joined = first.then(second)
        assert joined.step == pytest.approx(whole.step, rel=1e-6, abs=1e-30)
        assert (joined.low, joined.high, joined.first, joined.last) == (whole.low, whole.high, whole.first, whole.last)


def test_steps_across_chunks_count() -> None:
    data = np.zeros(200_000, np.float32)
    data[65536:] = 1
    found = Bounds.of(data)
    assert found is not None
    assert found.step == 1
