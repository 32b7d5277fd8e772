# SPDX-License-Identifier: Apache-2.0
"""The circuit of a file, made of what a backend plays: where ``lower`` and ``draw`` begin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from feedline_hal.backend import PulseBackend


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Playable:
    """A circuit and the backend that plays it.

    Attributes:
        circuit: Made of what the target has; parameters are symbols.
        backend: With the calibrations of the file, if it is a program with pulses.
        values: What ``--param`` says, by name; without sweeps.
        points: Of the circuit's parameters, shape ``(points, n)``; no column if some have no value.
    """

    circuit: QuantumCircuit
    backend: PulseBackend
    values: dict[str, float]
    points: NDArray[np.float64]


def playable(
    file: str, backend_name: str, params: Sequence[str], *, is_bound: bool = True, is_swept: bool = False
) -> Playable:
    """Load a file and transpile it for the backend.

    Args:
        file: OpenQASM 2 or 3, with or without pulses, or QPY.
        backend_name: As `feedline.backend` takes it.
        params: ``NAME=VALUE`` each.
        is_bound: Whether every parameter must have a value.
        is_swept: Whether values may be sweeps.

    Raises:
        InputError: If the file or a parameter cannot be used.
        CapabilityError: If the backend plays no pulses, or cannot run the circuit.
    """
    from feedline.cli.made import make_backend
    from feedline.cli.parameter import bind, parse_parameters
    from feedline.isa import Transpilation
    from feedline.kit import kit_of
    from feedline.program_text import load_programs, placed
    from feedline_hal.lowering.lower import pulse_backend

    given = parse_parameters(params)
    for name, value in given.items():
        if value.ndim and not is_swept:
            raise InputError(
                f"--param '{name}' is a sweep of {len(value)} points.", remedy=f"Give one value: --param {name}=0.3."
            )
    programs = load_programs(file)
    if len(programs) != 1:
        raise InputError(
            f"{file} holds {len(programs)} circuits, one was expected.",
            remedy="Save the one that you mean in a file of its own (qiskit.qpy.dump).",
        )
    made = placed(programs, pulse_backend(make_backend(backend_name)))
    circuit, backend = made.pubs[0], pulse_backend(made.backend)
    points = np.zeros((1, 0))
    if is_bound or given:
        bound = bind(circuit, given).values  # names what is missing, and what there is no parameter for
        points = bound.reshape(math.prod(bound.shape[:-1]), bound.shape[-1])
    isa = kit_of(backend).isa.get(circuit, Transpilation())
    if points.shape[1]:
        names = [parameter.name for parameter in circuit.parameters]
        points = points[:, [names.index(parameter.name) for parameter in isa.parameters]]
    values = {name: float(value) for name, value in given.items() if not value.ndim}
    return Playable(circuit=isa, backend=backend, values=values, points=points)
