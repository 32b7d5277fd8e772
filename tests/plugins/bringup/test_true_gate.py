# SPDX-License-Identifier: Apache-2.0
"""Benchmarking through emulated instruments agrees with the propagator of the simulated chip."""

from __future__ import annotations

from pathlib import Path

import pytest

import feedline
from feedline_bringup.edit import play_of, scaled, with_waveform
from feedline_bringup.program import chosen
from feedline_bringup.routine.limit import coherence_limit
from feedline_bringup.routine.pair_benchmarking import PairBenchmarking
from feedline_bringup.run import bring_up
from feedline_bringup.state import State
from feedline_hal.pulse.waveform import Waveform

from .true_gate import true_cz


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path))


class Quick(PairBenchmarking):
    """Fewer and shorter sequences."""

    seeds, shots, parts, drawn_from = 12, 300, (0.25, 0.5), 1


def agrees(seed: int, routine: PairBenchmarking, *, factor: float = 1.0) -> float:
    """Whether the error that is found for a chip's CZ is the true one, within three error bars; the bar's share."""
    backend = feedline.backend("twin", seed=seed, calibrations="theory")
    calibrations = scaled(backend.calibrations, "cz", backend.chip.couplers[0].qubits, factor)
    routines = [*chosen(["readout-kernel", "discrimination"]), routine]
    *_, step = bring_up(backend, State.of(calibrations), routines)
    (finding,) = step.findings
    error, true = finding.values["error"], true_cz(backend.chip, backend.spec, calibrations).infidelity
    assert finding.problem == "" or error.error > 0.2 * error.value
    assert abs(error.value - true) < 3 * error.error
    return error.error / true


def test_error_of_cz_is_that_of_the_propagator() -> None:
    assert agrees(2, Quick()) < 0.3


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_error_of_cz_is_that_of_the_propagator_within_a_sixth(seed: int) -> None:
    routine = PairBenchmarking()
    routine.drawn_from = seed
    assert agrees(seed, routine) < 1 / 6


@pytest.mark.exhaustive
def test_error_of_a_cz_that_is_too_strong_is_found() -> None:
    """0.7 % too much adds phases, which sequences amplify more or less: the error bar is wider, and still right."""
    routine = PairBenchmarking()
    routine.drawn_from = 1
    assert agrees(2, routine, factor=1.007) < 0.4


@pytest.mark.exhaustive
def test_a_wrong_edge_leaks_and_is_told() -> None:
    """Half of the edge, the amplitude calibrated anew: the propagator and the routine both see 11 leak."""
    backend = feedline.backend("twin", seed=0, calibrations="theory")
    played = play_of(backend.calibrations, "cz", (0, 1)).waveform
    duration_s, sigma_s = (float(one) for one in (played.duration_s, dict(played.parameters)["sigma_s"]))
    steep = Waveform.gaussian_square(
        duration_s, played.amplitude, sigma_s=sigma_s / 2, width_s=duration_s - 4 * sigma_s
    )
    wrong = with_waveform(backend.calibrations, "cz", (0, 1), lambda _: steep)
    names = ["readout-kernel", "discrimination", "cz", "cz-leakage"]
    *_, step = bring_up(backend, State.of(wrong), chosen(names))
    (finding,) = step.findings
    assert "another edge or length" in finding.problem
    assert 4 * true_cz(backend.chip, backend.spec, step.after.calibrations).leakage == pytest.approx(
        finding.value("leakage"), rel=0.6
    )


def test_true_error_of_theory_is_decay_and_little_else() -> None:
    """The propagator's own number: above what decay costs the lower levels, and below one and a half of it."""
    backend = feedline.backend("twin", seed=0, calibrations="theory")
    found = true_cz(backend.chip, backend.spec, backend.calibrations)
    duration_s = backend.calibrations.find("cz", (0, 1)).schedule.duration_s
    limit = coherence_limit(duration_s, [(one.t1_s, one.t2_s) for one in backend.chip.qubits])
    assert limit < found.infidelity < 1.5 * limit
    assert 0 < found.leakage < 0.2 * found.infidelity
