# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from feedline.cli.parameter import bind, parse_parameters
from feedline.errors import InputError


def rotations(count: int) -> QuantumCircuit:
    circuit = QuantumCircuit(1, name="rotations")
    for parameter in ParameterVector("t", count):
        circuit.rx(parameter, 0)
    return circuit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=0.3", 0.3),
        ("a = -1e-3", -0.001),
        ("a=pi", math.pi),
        ("a=-pi/2", -math.pi / 2),
        ("a=3*pi/4", 3 * math.pi / 4),
        ("a=2π", 2 * math.pi),
        ("a=1/4", 0.25),
    ],
)
def test_parameter_is_a_number_or_a_fraction_of_pi(text: str, value: float) -> None:
    assert parse_parameters([text])["a"] == pytest.approx(value)


def test_sweep_includes_both_ends() -> None:
    assert parse_parameters(["a=0:pi:5"])["a"] == pytest.approx(np.linspace(0, math.pi, 5))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a", "'a' is not name=value"),
        ("=1", "'=1' is not name=value"),
        ("a=", "'a=' is not name=value"),
        ("a=one", "'one' is not a number"),
        ("a=nan", "'nan' is not a number"),
        ("a=1e999", "is not finite"),
        ("a=pi/0", "divides by zero"),
        ("a=0:1", "'a=0:1' is not a sweep: start:stop:points"),
        ("a=0:1:0", "is not a sweep"),
        ("a=0:x:3", "'x' is not a number"),
    ],
)
def test_mistake_in_a_parameter_shows_how_to_write_it(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse_parameters([text])
    assert caught.value.remedy


def test_parameter_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match="'a' is given twice"):
        parse_parameters(["a=1", "a=2"])


def test_values_are_arranged_in_the_order_of_the_circuit() -> None:
    binding = bind(rotations(3), parse_parameters(["t[2]=3", "t[0]=1", "t[1]=2"]))
    assert binding.values.tolist() == [1, 2, 3]
    assert binding.names == ()


def test_sweeps_of_two_parameters_make_a_grid_in_the_order_given() -> None:
    binding = bind(rotations(3), parse_parameters(["t[2]=0:1:2", "t[1]=7", "t[0]=10:30:3"]))
    assert binding.values.shape == (2, 3, 3)
    assert binding.values[1, 2].tolist() == [30, 7, 1]
    assert binding.point((1, 2)) == {"t[2]": 1.0, "t[0]": 30.0}


def test_circuit_without_parameters_has_one_empty_set() -> None:
    assert bind(rotations(0), {}).values.shape == (0,)


def test_missing_and_unknown_parameters_are_named() -> None:
    with pytest.raises(InputError, match=r"(?s)needs a value for t\[1\].*--param t\[1\]=VALUE"):
        bind(rotations(2), parse_parameters(["t[0]=1"]))
    with pytest.raises(InputError, match=r"(?s)has no parameter 't\[3\]'.*Did you mean"):
        bind(rotations(2), parse_parameters(["t[3]=1"]))
    with pytest.raises(InputError, match=r"(?s)has no parameter 'x'.*leave --param out"):
        bind(rotations(0), parse_parameters(["x=1"]))


@pytest.mark.parametrize("points", ["1000001", "1" + "0" * 5000])
def test_sweep_of_too_many_points_is_refused_before_they_are_made(points: str) -> None:
    with pytest.raises(InputError, match="--param 'theta=0:1:10") as caught:
        parse_parameters([f"theta=0:1:{points}"])
    assert ("1,000,001 points" if len(points) == 7 else "far more than a million") in caught.value.what
    assert "may have 1,000,000 points" in caught.value.remedy


def test_grid_of_a_million_points_is_taken() -> None:
    assert [len(values) for values in parse_parameters(["a=0:1:1000", "b=0:1:1000"]).values()] == [1000, 1000]
