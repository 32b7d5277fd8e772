# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from feedline_hal import Waveform, register_waveform
from feedline_hal.errors import PulseError
from feedline_hal.pulse import shape as shape_module


@pytest.fixture(autouse=True)
def _own_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test registers to itself."""
    monkeypatch.setattr(shape_module, "_shapes", dict(shape_module._shapes))


def ramp(t_s: Any, duration_s: float, *, power: float) -> Any:
    return (t_s / duration_s) ** power


def test_a_registered_shape_works_like_a_built_in_one() -> None:
    register_waveform("ramp", ramp, parameters=("power",), summary="t^p")
    waveform = Waveform.of("ramp", 4e-9, 0.5j, power=2)
    np.testing.assert_allclose(waveform.sample(1e9), 0.5j * ((np.arange(4) + 0.5) / 4) ** 2)
    assert waveform == Waveform.of("ramp", 4e-9, 0.5j, power=2.0)
    assert (waveform + Waveform.cosine(4e-9, 1)).sample(1e9).shape == (4,)


def test_registering_the_same_shape_again_changes_nothing() -> None:
    register_waveform("ramp", ramp, parameters=("power",))
    before = shape_module.find_shape("ramp")
    register_waveform("ramp", ramp, parameters="power")
    after = shape_module.find_shape("ramp")
    assert (after.function, after.parameters) == (before.function, before.parameters) == (ramp, ("power",))


@pytest.mark.parametrize("name", ["gaussian", "sampled", "sum", "concatenated"])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    with pytest.raises(PulseError, match=rf"shape '{name}' already.\n  -> Choose another name: .*one formula"):
        register_waveform(name, ramp, parameters=("power",))


@pytest.mark.parametrize(
    ("name", "parameters"), [("my shape", ()), ("fine", ("1x",)), ("fine", ("duration_s",)), ("amplitude", ())]
)
def test_a_name_that_could_not_be_written_is_refused(name: str, parameters: tuple[str, ...]) -> None:
    with pytest.raises(PulseError, match=r"can be no name of a shape or parameter.\n  -> Use identifiers other than"):
        register_waveform(name, ramp, parameters=parameters)


def test_a_function_that_takes_other_parameters_is_refused_at_once() -> None:
    words = r"'ramp': its function cannot be called: .*\n  -> Write it as function\(t_s, duration_s, sigma_s\)"
    with pytest.raises(PulseError, match=words):
        register_waveform("ramp", ramp)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda t_s, duration_s: 1.0, r"gives float64 of shape \(\) for times of shape \(4,\).\n  -> Return an array"),
        (lambda t_s, duration_s: t_s[:-1], r"gives float64 of shape \(3,\)"),
        (lambda t_s, duration_s: ["a"] * len(t_s), r"gives <U1 of shape \(4,\)"),
        (
            lambda t_s, duration_s: np.where(t_s > 2e-9, np.nan, 1.0),
            r"gives nan at 2.5 ns.\n  -> Return finite numbers",
        ),
    ],
)
def test_what_a_function_gives_is_checked(function: Callable[..., Any], words: str) -> None:
    register_waveform("odd", function, parameters=())
    with pytest.raises(PulseError, match="Shape 'odd' over 4 ns: its function " + words):
        Waveform.of("odd", 4e-9).sample(1e9)


BUILT_IN = ("constant", "cosine", "drag", "gaussian", "gaussian_square", "sech", "sine")


def test_every_built_in_shape_has_a_summary_and_peaks_near_1() -> None:
    parameters = {"sigma_s": 5e-9, "width_s": 8e-9, "beta_s": 1e-10, "frequency_hz": 25e6, "phase_rad": 0.0}
    for name in BUILT_IN:
        shape = shape_module._shapes[name]
        taken = {key: parameters[key] for key in shape.parameters}
        assert shape.summary
        assert np.abs(Waveform.of(name, 40e-9, **taken).sample(1e10)).max() == pytest.approx(1, abs=1e-3)
