# SPDX-License-Identifier: Apache-2.0
"""Estimator jobs try to get past the gate: parametrised pulses, angles and observables of all sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp
from rack_lab import RACK
from witness import Witness

import feedline
from feedline.errors import FeedlineError
from feedline.runtime.submit import runtime
from feedline_hal import Calibration, CalibrationSet, Play, PulseGate, Schedule, ShiftFrequency, Waveform, pulse_box

RACKS = {
    "as it is": RACK,
    "narrow slew": RACK.replace("ch1_slew_v_per_s = [0, 1e9]", "ch1_slew_v_per_s = [0, 1e8]"),
    "one side": RACK.replace("ch1_voltage_v = [-0.3, 0.3]", "ch1_voltage_v = [-0.05, 0.3]"),
    "slow coupler": RACK.replace("ch7_slew_v_per_s = [0, 1e9]", "ch7_slew_v_per_s = [0, 2e7]"),
}
ODD = [0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 1e-310, 1 + 1e-9, 1e300]
numbers = st.floats(-1.5, 1.5) | st.sampled_from(ODD)
WAYS = ("parameter", "gate", "box", "frequency", "coupler")
OBSERVABLES = ("ZZ", "XX", "IY", "XI", SparsePauliOp(["XY", "ZI"], [1e12, -2.0]), SparsePauliOp("II"))


def pulsed(backend: Any, way: str, amplitude: float) -> tuple[Any, QuantumCircuit, list[Parameter]]:
    """A circuit that plays a pulse of one's own, the backend that knows it, and its free parameters."""
    on = "coupler_frame" if way == "coupler" else "q0_frame"
    frame = backend.calibrations.frames[on]
    circuit, theta = QuantumCircuit(2), Parameter("theta")
    circuit.rx(theta, 0)
    if way == "box":
        with pulse_box(circuit, Schedule.left(Play(frame, Waveform.constant(40e-9, amplitude))), qubits=[0]):
            circuit.noop(0)
        circuit.cx(0, 1)
        return backend, circuit, [theta]
    free = Parameter("amplitude")
    size: Any = amplitude if way == "gate" else free
    steps: list[Any] = [Play(frame, Waveform.cosine(40e-9, size))]
    if way == "frequency":
        steps = [ShiftFrequency(frame, 1e9 * free), Play(frame, Waveform.constant(40e-9, 0.5))]
    arguments = () if way == "gate" else (free,)
    kick = Calibration(gate="kick", qubits=(0,), arguments=arguments, schedule=Schedule.left(*steps))
    mine = CalibrationSet(ports={frame.port.name: frame.port}, frames={frame.name: frame}, calibrations=[kick])
    circuit.append(PulseGate("kick", 1, list(arguments)), [0])
    circuit.cx(0, 1)
    return backend.with_calibrations(mine), circuit, [theta, *arguments]


def estimated(backend: Any, way: str, amplitudes: list[float], angle: float, observable: Any) -> None:
    """Have it estimated, at every amplitude if that is a parameter."""
    backend, circuit, free = pulsed(backend, way, amplitudes[0])
    values = np.array([[angle, size][: len(free)] for size in amplitudes])
    order = [list(circuit.parameters).index(one) for one in free]
    points = np.empty_like(values)
    points[:, order] = values
    estimator = feedline.Estimator(backend, options={"default_shots": 4})
    estimator.run([(circuit, [[observable]], points[np.newaxis])]).result()


@pytest.mark.parametrize("rack", RACKS)
def test_no_estimator_job_gets_past_the_gate(rack: str, make_lab: Callable[..., Any]) -> None:
    lab = make_lab(RACKS[rack])
    witness = Witness(lab.bench, {name: one.safe for name, one in lab.backend.spec.instruments.items()})
    outcomes: list[str] = []

    @settings(max_examples=8, deadline=None)
    @given(
        st.sampled_from(WAYS), st.lists(numbers, min_size=1, max_size=3),
        st.floats(-7, 7) | st.sampled_from(ODD), st.sampled_from(OBSERVABLES),
    )  # fmt: skip
    def attack(way: str, amplitudes: list[float], angle: float, observable: Any) -> None:
        try:
            estimated(lab.backend, way, amplitudes, angle, observable)
            outcomes.append("played")
        except FeedlineError as refused:
            outcomes.append(f"{way} {amplitudes}: {refused}")
        assert witness.seen == []

    attack()
    estimated(lab.backend, "parameter", [0.05], 0.1, "ZZ")
    assert runtime().shutdown(timeout=30)
    assert lab.is_safe()
    assert witness.seen == []
    assert {"awg", "lo_drive", "lo_read", "flux", "trig"} <= witness.was_on


@pytest.mark.parametrize(
    ("rack", "way", "amplitudes"),
    [
        ("narrow slew", "gate", [-0.9]),
        ("narrow slew", "parameter", [0.1, -0.9]),
        ("narrow slew", "box", [1.0]),
        ("slow coupler", "coupler", [0.1, 0.9]),
    ],
)
def test_what_is_too_much_is_refused(
    make_lab: Callable[..., Any], rack: str, way: str, amplitudes: list[float]
) -> None:
    """What calibrations allow may be too steep for a line."""
    lab = make_lab(RACKS[rack])
    with pytest.raises(FeedlineError, match=r"ch[17]_slew_v_per_s"):
        estimated(lab.backend, way, amplitudes, 0.3, "ZZ")
