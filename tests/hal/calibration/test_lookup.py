# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest
from qiskit.circuit import Parameter

from feedline_hal import Calibration, CalibrationSet, Frame, Play, Schedule, Waveform
from feedline_hal.errors import CalibrationError

THETA, PHI = Parameter("theta"), Parameter("phi")


@pytest.fixture
def make(drive: Frame):
    def make(gate: str, qubits: list, *arguments: object, bounds: tuple = ()) -> Calibration:
        body = Schedule.left(Play(drive, Waveform.constant(8e-9, 0.5)))
        return Calibration(gate=gate, qubits=qubits, arguments=arguments, schedule=body, bounds=bounds)

    return make


def test_specification_example_resolves_as_it_says(make) -> None:
    """rx(pi/2) $0, rx(theta) $0, rx(theta) q: the most special one that fits."""
    general, own, literal = make("rx", [None], THETA), make("rx", [0], THETA), make("rx", [0], math.pi / 2)
    cals = CalibrationSet.of([general, own, literal])
    assert cals.find("rx", [0], [math.pi / 2]) is literal
    assert cals.find("rx", [0], [math.pi]) is own
    assert cals.find("rx", [1], [math.pi / 2]) is general


def test_two_that_are_equally_special_are_ambiguous(make) -> None:
    cals = CalibrationSet.of([make("rx", [None], 0.5), make("rx", [0], THETA)])
    words = (
        "calibration of rx\\(0.5\\) q0 is ambiguous: rx\\(theta\\) q0 and rx\\(0.5\\) q\\* match, .*\n  -> Add one for"
    )
    with pytest.raises(CalibrationError, match=words):
        cals.find("rx", [0], [0.5])
    assert cals.find("rx", [0], [0.6]).qubits == (0,)


def test_more_special_one_settles_what_would_be_ambiguous(make) -> None:
    both = make("rx", [0], 0.5)
    cals = CalibrationSet.of([make("rx", [None], 0.5), make("rx", [0], THETA), both])
    assert cals.find("rx", [0], [0.5]) is both


def test_each_argument_counts_by_itself(make) -> None:
    first, second = make("u", [0], 0.5, PHI), make("u", [0], THETA, 0.5)
    cals = CalibrationSet.of([first, second])
    assert cals.find("u", [0], [0.5, 1]) is first
    assert cals.find("u", [0], [1, 0.5]) is second
    with pytest.raises(CalibrationError, match=r"u\(0.5, 0.5\) q0 is ambiguous"):
        cals.find("u", [0], [0.5, 0.5])


def test_literal_matches_within_rounding_and_not_modulo_a_turn(make) -> None:
    literal, formal = make("rx", [0], 0.3), make("rx", [0], THETA)
    cals = CalibrationSet.of([literal, formal])
    assert cals.find("rx", [0], [0.1 + 0.2]) is literal
    assert cals.find("rx", [0], [0.3 + 1e-9]) is formal
    assert cals.find("rx", [0], [0.3 + 2 * math.pi]) is formal


def test_expression_matches_no_literal(make) -> None:
    formal = make("rx", [0], THETA)
    cals = CalibrationSet.of([make("rx", [0], 0.5), formal])
    assert cals.find("rx", [0], [Parameter("x")]) is formal
    alone = CalibrationSet.of([make("rx", [0], 0.5)])
    with pytest.raises(CalibrationError, match=r"no calibration for rx\(x\) q0: there is rx\(0.5\) q0 only.\n  -> Use"):
        alone.find("rx", [0], [Parameter("x")])


def test_bound_expression_is_the_number_that_it_is(make) -> None:
    literal = make("rx", [0], 0.5)
    cals = CalibrationSet.of([literal, make("rx", [0], THETA)])
    x = Parameter("x")
    assert cals.find("rx", [0], [(2 * x).bind({x: 0.25})]) is literal


def test_wildcard_of_two_qubits_may_name_one(make) -> None:
    cals = CalibrationSet.of([make("cz", [None, 3]), make("cz", [None, None])])
    assert cals.find("cz", [1, 3]).qubits == (None, 3)
    assert cals.find("cz", [3, 1]).qubits == (None, None)


def test_value_outside_bounds_does_not_match_and_the_error_names_them(make) -> None:
    bounded = make("rzz", [0, 1], THETA, bounds=((0, math.pi / 2),))
    cals = CalibrationSet.of([bounded])
    assert cals.find("rzz", [0, 1], [math.pi / 2]) is bounded
    assert cals.find("rzz", [0, 1], [Parameter("x")]) is bounded
    words = r"no calibration for rzz\(2\) q0 q1: rzz\(theta\) q0 q1 holds from 0 to 1.570796.* only.\n  -> .*within"
    with pytest.raises(CalibrationError, match=words):
        cals.find("rzz", [0, 1], [2.0])
    with pytest.raises(CalibrationError, match="holds from"):
        cals.find("rzz", [0, 1], [float("nan")])


def test_value_outside_the_special_ones_bounds_falls_to_the_general_one(make) -> None:
    general = make("rx", [None], THETA)
    cals = CalibrationSet.of([general, make("rx", [0], THETA, bounds=((0, 1),))])
    assert cals.find("rx", [0], [2.0]) is general


def test_symmetric_gate_is_never_swapped(make) -> None:
    cals = CalibrationSet.of([make("cz", [0, 1])])
    with pytest.raises(CalibrationError, match=r"no calibration for cz q1 q0; cz q0 q1 exists.\n  -> .*never swapped"):
        cals.find("cz", [1, 0])


def test_missing_names_what_is_nearest(make) -> None:
    cals = CalibrationSet.of([make("sx", [qubit]) for qubit in range(9)])
    with pytest.raises(CalibrationError, match=r"for sx q9; on other qubits there is sx q0, .* and 3 more.\n  -> Map"):
        cals.find("sx", [9])
    with pytest.raises(CalibrationError, match=r"for sxx q0, and none for 'sxx' on any qubit.\n  -> Did you mean 'sx'"):
        cals.find("sxx", [0])
    with pytest.raises(CalibrationError, match=r"for sx\(1\) q0: it takes 0 values, not 1.\n  -> There is sx q0"):
        cals.find("sx", [0], [1.0])
    with pytest.raises(CalibrationError, match="The calibration set is empty"):
        CalibrationSet().find("sx", [0])


def test_same_question_gives_the_same_object(make) -> None:
    cals = CalibrationSet.of([make("x", [None]), make("x", [0])])
    assert cals.find("x", [0]) is cals.find("x", (0,)) is cals.calibrations[1]
    assert cals.find("x", [7]) is cals.find("x", [7]) is cals.calibrations[0]
