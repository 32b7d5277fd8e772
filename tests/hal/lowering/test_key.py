# SPDX-License-Identifier: Apache-2.0
"""The compile-cache key holds all that code depends on, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from paper_backend import NS, THETA, Paper, frames, paper
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline.capabilities import Capabilities
from feedline_hal import Calibration, CalibrationSet, Grid, Play, Port, Schedule, Waveform, pulse_box
from feedline_hal.lowering.key import CompileKey

ANGLE, OTHER = Parameter("angle"), Parameter("other")


def circuit(
    *,
    name: str = "one",
    gate: str = "sx",
    literal: float = 0.3,
    symbol: Any = ANGLE,
    qubit: int = 0,
    delay: int = 40,
    box: float | None = None,
    bits: int = 2,
    metadata: dict[str, Any] | None = None,
) -> QuantumCircuit:
    made = QuantumCircuit(2, bits, name=name, metadata=metadata)
    getattr(made, gate)(qubit)
    made.rz(literal, qubit)
    made.rx(symbol, qubit)
    made.delay(delay, 1, unit="dt")
    made.measure(0, 0)
    if box is not None:
        with pulse_box(made, Schedule((Play(frames(0)[0], Waveform.constant(40 * NS, box)),)), qubits=[0]):
            pass
    return made


def backend(
    *,
    name: str = "paper",
    amplitude: float = 0.2,
    grid: Grid | None = None,
    limit: float = 1.0,
    lo_hz: float = 5.0e9,
    metadata: dict[str, Any] | None = None,
    formal: Parameter = THETA,
    capabilities: Capabilities | None = None,
) -> Paper:
    base = paper(2)
    own = Calibration(
        gate="mine",
        qubits=(0,),
        arguments=(formal,),
        schedule=Schedule((Play(frames(0)[0], Waveform.constant(40 * NS, formal * amplitude)),)),
    )
    made = CalibrationSet.of([*base.calibrations.calibrations, own], metadata=metadata or {})
    ports = [
        attrs.evolve(port, max_amplitude=limit, lo_frequency_hz=lo_hz) if port.name == "q0_drive" else port
        for port in base.ports.values()
    ]
    return Paper(
        name,
        num_qubits=2,
        ports=ports,
        grid=grid or Grid(dt_s=1 * NS),
        calibrations=made,
        capabilities=capabilities or Capabilities(),
    )


INGREDIENTS: dict[str, Callable[[], CompileKey]] = {
    "a gate": lambda: CompileKey.of(circuit(gate="x"), backend()),
    "an angle that is a number": lambda: CompileKey.of(circuit(literal=0.31), backend()),
    "an expression": lambda: CompileKey.of(circuit(symbol=2 * ANGLE), backend()),
    "the name of a parameter, which orders them": lambda: CompileKey.of(circuit(symbol=OTHER), backend()),
    "a qubit": lambda: CompileKey.of(circuit(qubit=1), backend()),
    "a delay": lambda: CompileKey.of(circuit(delay=41), backend()),
    "a pulse box": lambda: CompileKey.of(circuit(box=0.1), backend()),
    "the classical bits": lambda: CompileKey.of(circuit(bits=3), backend()),
    "a calibration": lambda: CompileKey.of(circuit(), backend(amplitude=0.21)),
    "the length of a tick": lambda: CompileKey.of(circuit(), backend(grid=Grid(dt_s=2 * NS))),
    "the granularity": lambda: CompileKey.of(circuit(), backend(grid=Grid(dt_s=1 * NS, granularity_ticks=2))),
    "a limit of a port": lambda: CompileKey.of(circuit(), backend(limit=0.9)),
    "a local oscillator": lambda: CompileKey.of(circuit(), backend(lo_hz=5.01e9)),
    "the scheduling method": lambda: CompileKey.of(circuit(), backend(), method="asap"),
    "what rewrites the schedule": lambda: CompileKey.of(circuit(), backend(), rewrites=("dd",)),
    "the version of lowering": lambda: attrs.evolve(CompileKey.of(circuit(), backend()), version=99),
}

NO_INGREDIENTS: dict[str, Callable[[], CompileKey]] = {
    "the same again": lambda: CompileKey.of(circuit(), backend()),
    "the circuit's name": lambda: CompileKey.of(circuit(name="other"), backend()),
    "the circuit's metadata": lambda: CompileKey.of(circuit(metadata={"run": 3}), backend()),
    "another parameter object of the same name": lambda: CompileKey.of(circuit(symbol=Parameter("angle")), backend()),
    "the backend's name": lambda: CompileKey.of(circuit(), backend(name="other")),
    "the set's metadata": lambda: CompileKey.of(circuit(), backend(metadata={"author": "me"})),
    "the name of a formal argument": lambda: CompileKey.of(circuit(), backend(formal=Parameter("phi"))),
    "what the backend declares beside": lambda: CompileKey.of(
        circuit(), backend(capabilities=Capabilities(seeded=True))
    ),
}


@pytest.mark.parametrize("what", INGREDIENTS)
def test_an_ingredient_changes_the_key(what) -> None:
    assert INGREDIENTS[what]() != CompileKey.of(circuit(), backend())


@pytest.mark.parametrize("what", NO_INGREDIENTS)
def test_what_is_no_ingredient_leaves_the_key(what) -> None:
    assert NO_INGREDIENTS[what]() == CompileKey.of(circuit(), backend())


def test_every_field_of_the_key_the_grid_and_the_ports_is_covered() -> None:
    """Whoever adds a field meets this test, and decides."""
    assert {field.name for field in attrs.fields(CompileKey)} == {
        "structure",
        "calibration_id",
        "ports",
        "grid",
        "method",
        "rewrites",
        "version",
    }
    key = CompileKey.of(circuit(), backend())
    for field, value in (("min_play_ticks", 2), ("feedback_s", 1e-6), ("max_duration_s", 1.0)):
        other = backend(grid=Grid(dt_s=1 * NS, **{field: value}))
        assert CompileKey.of(circuit(), other) != key, field
    one = backend()
    one.ports = {**one.ports, "spare": Port("spare")}
    assert CompileKey.of(circuit(), one) != key
