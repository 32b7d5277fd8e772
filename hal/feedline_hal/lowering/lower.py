# SPDX-License-Identifier: Apache-2.0
"""Lowering: one function that goes down to the stage asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit

from feedline.errors import CapabilityError, InputError, nearest

from .assign import assigned
from .expand import expand
from .isa import IsaProgram
from .port_program import PortProgram
from .pulse_program import PulseProgram
from .read import read
from .schedule_circuit import check_method, schedule_circuit
from .scheduled import ScheduledProgram
from .template_cache import templates_of
from .to_port import to_port

if TYPE_CHECKING:
    from feedline.processor import Backend
    from feedline_hal.backend import PulseBackend

STAGES = ("isa", "scheduled", "pulse", "port")
"""Stages in order; the later ones, from programs of instruments on, belong to a rack."""

Rewrite = Callable[[ScheduledProgram], ScheduledProgram]


def lower(
    circuit: QuantumCircuit,
    backend: Backend,
    stage: str = "port",
    *,
    values: Mapping[Any, float] | Sequence[float] | None = None,
    method: str = "alap",
    rewrites: Iterable[Rewrite] = (),
) -> IsaProgram | ScheduledProgram | PulseProgram | PortProgram:
    """Lower an ISA circuit.

    Args:
        circuit: Made of what the backend's target has; its wires are physical qubits.
        backend: A backend that plays pulses.
        stage: ``isa``, ``scheduled``, ``pulse`` or ``port``.
        values: Values of parameters to bind first; parameters that durations depend on must be among them.
        method: ``alap`` (as late as possible) or ``asap``.
        rewrites: Applied to the scheduled program one after the other; dynamical decoupling goes in here.

    Returns:
        Plain records of the stage: `IsaProgram`, `ScheduledProgram`, `PulseProgram` or `PortProgram`.

    Raises:
        CapabilityError: If the backend plays no pulses, or stage or method do not exist.
        CalibrationError: If a gate has no calibration.
        PulseError: If a duration is off the grid or unbound, plays overlap, a value is beyond a port's range.
    """
    if stage not in STAGES:
        raise CapabilityError(f"There is no stage '{stage}'.", remedy=nearest(stage, STAGES))
    check_method(method)
    target = pulse_backend(backend)
    circuit = target.admit(_bound(circuit, values))
    isa = read(circuit, target.calibrations, dt_s=target.grid.dt_s)
    if stage == "isa":
        return isa
    scheduled = schedule_circuit(isa, templates_of(target), method=method)
    for rewrite in rewrites:
        scheduled = rewrite(scheduled)
    if stage == "scheduled":
        return scheduled
    pulses = expand(scheduled, ports=target.ports, frames=target.calibrations.frames)
    return pulses if stage == "pulse" else to_port(pulses)


def lower_to_port(circuit: QuantumCircuit, backend: Backend, **options: Any) -> PortProgram:
    """`lower` to the port level; what devices call."""
    program = lower(circuit, backend, "port", **options)
    assert isinstance(program, PortProgram), "the stage was named"
    return program


def pulse_backend(backend: Backend) -> PulseBackend:
    """The backend, if it plays pulses.

    Raises:
        CapabilityError: If it does not; names it.
    """
    from feedline_hal.backend import PulseBackend

    if not isinstance(backend, PulseBackend):
        raise CapabilityError(
            f"Backend '{backend.name}' plays no pulses, so a circuit cannot be lowered for it.",
            remedy="Choose one that does: `feedline backends` lists them; 'pulse' is the built-in reference device.",
        )
    return backend


def _bound(circuit: QuantumCircuit, values: Mapping[Any, float] | Sequence[float] | None) -> QuantumCircuit:
    if values is None or not len(values):
        return circuit
    if not isinstance(values, Mapping):
        if len(values) != circuit.num_parameters:
            raise InputError(
                f"{len(values)} values were given, circuit '{circuit.name}' has {circuit.num_parameters} parameters.",
                remedy=f"Its parameters: {', '.join(parameter.name for parameter in circuit.parameters)}.",
            )
        values = dict(zip(circuit.parameters, values, strict=True))
    known = {parameter.name for parameter in circuit.parameters}
    for name in map(str, values):
        if name.partition("[")[0] not in {item.partition("[")[0] for item in known}:
            raise InputError(f"Circuit '{circuit.name}' has no parameter '{name}'.", remedy=nearest(name, known))
    return assigned(circuit, values)
