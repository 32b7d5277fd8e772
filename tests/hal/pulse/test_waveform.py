# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter

from feedline_hal import Waveform
from feedline_hal.errors import PulseError

A, B = Parameter("a"), Parameter("b")
FLAT = Waveform.constant(10e-9, 0.5)
ROUND = Waveform.gaussian(10e-9, 0.2j, sigma_s=2e-9)


def test_waveforms_with_equal_values_are_one_entry_of_a_table() -> None:
    table = {
        Waveform.drag(40e-9, np.float64(0.5), sigma_s=np.float32(0.5), beta_s=-1),
        Waveform.drag(40e-9, 0.5 + 0j, sigma_s=0.5, beta_s=-1.0),
        Waveform.of("drag", 40e-9, 0.5, beta_s=-1, sigma_s=0.5),
        Waveform(shape="drag", duration_s=40e-9, amplitude=0.5, parameters=(("sigma_s", 0.5), ("beta_s", -1.0))),
    }
    assert len(table) == 1
    assert len({FLAT + ROUND, Waveform.constant(10e-9, 0.5) + copy.deepcopy(ROUND)}) == 1
    assert len({FLAT + ROUND, FLAT * ROUND, FLAT.then(ROUND)}) == 3


def test_equal_samples_are_equal_waveforms() -> None:
    samples = np.exp(1j * np.arange(5))
    assert Waveform.sampled(samples, rate_hz=1e9) == Waveform.sampled(list(samples), rate_hz=1_000_000_000)
    assert Waveform.sampled(samples, rate_hz=1e9) != Waveform.sampled(samples, rate_hz=2e9)


def test_a_copy_has_the_hash_of_the_original() -> None:
    original = FLAT + ROUND
    assert hash(copy.deepcopy(original)) == hash(original)


def test_sums_are_flat_and_keep_the_amplitudes_of_their_parts() -> None:
    total = FLAT + ROUND + FLAT
    assert total.amplitude == 1.0
    assert [part.amplitude for part in total.parts] == [0.5, 0.2j, 0.5]
    assert total == FLAT + (ROUND + FLAT)
    assert [part.shape for part in ((FLAT + ROUND) * 2 + FLAT).parts] == ["sum", "constant"]


def test_products_pull_all_amplitudes_out() -> None:
    product = FLAT * ROUND * FLAT
    assert product.amplitude == pytest.approx(0.05j)
    assert [part.amplitude for part in product.parts] == [1.0, 1.0, 1.0]


def test_numbers_scale_from_both_sides() -> None:
    assert 2 * FLAT == FLAT * 2 == FLAT.scaled(2) == Waveform.constant(10e-9, 1.0)
    assert np.float64(2) * FLAT == 2 * FLAT
    assert A * FLAT == FLAT * A == FLAT.scaled(A)
    assert FLAT.scaled(A).amplitude == 0.5 * A


def test_concatenated_waveforms_last_as_long_as_their_parts() -> None:
    whole = FLAT.then(ROUND).then(FLAT)
    assert len(whole.parts) == 3
    assert whole.duration_s == pytest.approx(30e-9)


def test_the_unit_of_a_waveform_has_amplitude_1() -> None:
    assert ROUND.unit() == Waveform.gaussian(10e-9, 1, sigma_s=2e-9)
    assert FLAT.unit() is FLAT.unit().unit() or FLAT.unit() == FLAT.unit().unit()


def test_parameters_may_stand_everywhere() -> None:
    make: Callable[[Any, Any], Waveform] = lambda a, b: (  # noqa: E731 - the same formula with parameters and numbers
        (Waveform.drag(10 * a, b, sigma_s=a, beta_s=-b) + Waveform.constant(10 * a, b * 1j)).then(
            Waveform.sine(a, 1, frequency_hz=b, phase_rad=a) * Waveform.cosine(a, b)
        )
    )
    template = make(A, B)
    assert template.free == {A, B}
    half = template.bind({A: 2e-9})
    assert half.free == {B}
    assert half.bind({B: 0.5}) == make(2e-9, 0.5)
    assert half.bind({A: 3.0}) is half


def test_durations_are_compared_once_parameters_are_bound() -> None:
    template = Waveform.constant(A) + Waveform.constant(10e-9)
    assert template.bind({A: 10e-9}).sample(1e9).shape == (10,)
    with pytest.raises(PulseError, match="equal durations"):
        template.bind({A: 11e-9})


@given(st.lists(st.complex_numbers(max_magnitude=1e3), min_size=1, max_size=20), st.floats(1e6, 1e10))
@settings(max_examples=30, deadline=None)
def test_samples_come_back_as_given(samples: list[complex], rate_hz: float) -> None:
    waveform = Waveform.sampled(samples, rate_hz=rate_hz)
    assert waveform.samples == tuple(samples)
    np.testing.assert_array_equal(waveform.sample(rate_hz), samples)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Waveform.constant(float("nan")), r"'constant': duration_s is nan.\n  -> .* in seconds"),
        (lambda: Waveform.constant(-1e-9), r"'constant': duration_s is -1e-09 s"),
        (lambda: Waveform.constant(1e-9, float("inf")), r"'constant': amplitude is inf"),
        (lambda: Waveform.constant(1e-9, "1"), r"'constant': amplitude is '1', which is not a complex number"),
        (lambda: Waveform.gaussian(1e-9, 1, sigma_s=0), r"sigma_s is 0.0.\n  -> Give a number above 0"),
        (lambda: Waveform.gaussian(1e-9, 1, sigma_s=-1e-9), r"sigma_s is -1e-09"),
        (lambda: Waveform.sine(1e-9, 1, frequency_hz=1j), r"'sine': frequency_hz is 1j, which is complex.\n.*in Hz"),
        (
            lambda: Waveform.gaussian_square(1e-9, 1, sigma_s=1e-9, width_s=2e-9),
            r"width_s is 2e-09 s, its duration 1e-09 s.\n  -> Give a width from 0 to the duration",
        ),
        (lambda: Waveform.of("gausian", 1e-9), r"no waveform shape 'gausian'.\n  -> Did you mean 'gaussian'\? Known: "),
        (
            lambda: Waveform.of("gaussian", 1e-9, sigma=1),
            r"parameters \(sigma\).\n  -> It takes \(sigma_s\), each once",
        ),
        (lambda: Waveform.of("gaussian", 1e-9), r"has the parameters \(\).\n  -> It takes \(sigma_s\)"),
        (
            lambda: FLAT + Waveform.cosine(9e-9, 1),
            r"'constant' lasts 1e-08 s, 'cosine' 9e-09 s.\n  -> .*equal durations",
        ),
        (lambda: FLAT * Waveform.cosine(9e-9, 1), r"'product': 'constant' lasts 1e-08 s, 'cosine' 9e-09 s"),
        (lambda: FLAT.then(3), r"Waveform.then: 3 is no Waveform"),
        (lambda: FLAT.scaled(float("nan")), r"Waveform: factor is nan"),
        (lambda: FLAT * "a", r"Waveform: factor is 'a', which is not a complex number"),
        (lambda: Waveform.sampled([], rate_hz=1e9), r"'sampled' has 0 samples.\n  -> Give at least one sample"),
        (lambda: Waveform.sampled([1, float("nan")], rate_hz=1e9), r"sample 1 is \(?nan.*\n  -> Give finite numbers"),
        (lambda: Waveform.sampled([[1], [2]], rate_hz=1e9), r"samples have shape \(2, 1\).\n.*array of shape \(n,\)"),
        (lambda: Waveform.sampled("abc", rate_hz=1e9), r"samples are 'abc', which are no numbers"),
        (lambda: Waveform.sampled(3, rate_hz=1e9), r"samples are 3, which are no numbers"),
        (lambda: Waveform.sampled([1], rate_hz=0), r"'sampled': rate_hz is 0.0.\n  -> Give a number above 0"),
        (
            lambda: Waveform(shape="sampled", duration_s=1e-9, parameters=(("rate_hz", 1e9),), samples=(1, 2)),
            r"has 2 samples at 1000000000.0 per second, but lasts 1e-09 s.\n  -> Make it by Waveform.sampled",
        ),
        (
            lambda: Waveform(shape="sum", duration_s=1e-9),
            r"'sum' has 0 parts.\n  -> Give the waveforms that it is made",
        ),
        (
            lambda: Waveform(shape="cosine", duration_s=1e-8, parts=(FLAT,)),
            r"'cosine' has 1 parts.\n  -> Give no parts",
        ),
        (lambda: Waveform(shape="cosine", duration_s=1e-8, samples=(1,)), r"'cosine' has 1 samples.\n.*no samples"),
        (lambda: Waveform(shape="sum", duration_s=1e-8, parts=(3,)), r"'sum': 3 is no Waveform"),
        (
            lambda: Waveform(shape="concatenated", duration_s=1e-8, parts=(FLAT, FLAT)),
            r"'concatenated' lasts 1e-08 s, its parts together 2e-08 s.\n  -> Make it by a.then\(b\)",
        ),
    ],
)
def test_a_waveform_refuses_what_it_cannot_use(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(PulseError, match=words):
        make()


def test_a_waveform_nested_too_deep_is_refused() -> None:
    deep = FLAT
    for _ in range(63):
        deep = (deep + FLAT).scaled(0.5)
    with pytest.raises(PulseError, match=r"nested more than 64 levels deep, or contains itself.\n  -> Build it flat"):
        deep + FLAT


def test_parts_that_are_shared_cost_nothing() -> None:
    """2^40 leaves, 40 objects: the check of the nesting goes over objects."""
    shared = FLAT
    for _ in range(40):
        shared = (shared + shared).scaled(0.5)
    assert len(shared.parts) == 2


def test_a_waveform_says_in_short_what_it_is() -> None:
    assert repr(ROUND) == "<Waveform gaussian 10 ns, amplitude 0.2j, sigma_s=2e-09>"
    assert repr(Waveform.constant(A) + Waveform.constant(A)) == "<Waveform sum a s, amplitude 1.0, 2 parts>"
    assert repr(Waveform.sampled([1, 2], rate_hz=1e9)) == "<Waveform sampled 2 ns, amplitude 1.0, rate_hz=1000000000.0>"
