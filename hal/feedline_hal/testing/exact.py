# SPDX-License-Identifier: Apache-2.0
"""What the reference device does to its transmons, without shots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline.errors import CapabilityError
from feedline_hal.lowering.bind import bind_blocks
from feedline_hal.lowering.lower import lower_to_port
from feedline_hal.lowering.port_program import Block

from .ensemble import Ensemble
from .frame_clock import base_frequencies
from .library import Library
from .model import Matrix, Model
from .player import Player
from .prepared import Prepared, Record, prepare
from .stretch import Event, Stretch

if TYPE_CHECKING:
    from .reference import ReferenceBackend


def circuit_propagator(circuit: QuantumCircuit, backend: ReferenceBackend, values: Sequence[float] = ()) -> Matrix:
    """The propagator of an ISA circuit, in the frame that turns with the transmons' energies.

    Phases that drive frames have gathered at the end are put in, as if they were rotations: virtual-Z gates
    are in it like any other gate.

    Args:
        circuit: Without measurements, resets and control flow.
        backend: The device.
        values: Of the circuit's parameters.

    Returns:
        Shape ``(levels ** num_qubits, levels ** num_qubits)``; qubit 0 is the outermost factor.

    Raises:
        CapabilityError: If the circuit does what no propagator can.
    """
    given = np.asarray(values, dtype=np.float64).reshape(1, -1)
    program = lower_to_port(circuit, backend, values=list(given[0]))
    prepared = prepare(program, backend.model, backend.grid)
    happening: list[Event | None] = [event for events in prepared.events.values() for event in events]
    if len(program.flow) != 1 or not all(isinstance(item, Block) for item in program.flow):
        happening = [None]
    if not all(isinstance(event, Stretch) for event in happening):
        raise CapabilityError(
            f"Circuit '{circuit.name}' measures, resets or decides, so it has no propagator.",
            remedy="Run it with a Sampler.",
        )
    ensemble = _evolved(prepared, backend)
    angles = np.zeros(ensemble.states.shape[1])
    for qubit in range(backend.num_qubits):
        angles = angles + _gathered(prepared, ensemble, backend.model, qubit)
    return np.asarray(np.exp(1j * angles)[:, None] * ensemble.states.T)


def _gathered(prepared: Prepared, ensemble: Ensemble, model: Model, qubit: int) -> NDArray[np.float64]:
    """What the first frame on a qubit's drive has turned against the qubit, per basis state."""
    program, channel = prepared.program, model.channels[f"q{qubit}_drive"]
    names = [frame.port.name for frame in program.frames]
    frame = names.index(f"q{qubit}_drive")
    offset_hz = float(base_frequencies(program)[frame]) - channel.frequency_hz
    phase = ensemble.phase_rad[0, frame] + ensemble.clock_rad[0, frame]
    phase += 2 * np.pi * offset_hz * ensemble.time_ticks[0] * program.dt_s
    count = np.arange(model.levels**model.num_qubits) // model.levels ** (model.num_qubits - 1 - qubit) % model.levels
    return np.asarray(phase * count)


def _evolved(prepared: Prepared, backend: ReferenceBackend) -> Ensemble:
    """Every basis state, taken through the only block."""
    program, model = prepared.program, backend.model
    none = np.zeros((1, 0))
    tables = {id(block): values for block, values in bind_blocks(program, none)}
    dimension = model.levels**model.num_qubits
    ensemble = Ensemble.ground(
        levels=model.levels, num_qubits=model.num_qubits, points=dimension, shots=1, frames=len(program.frames)
    )
    ensemble = attrs.evolve(
        ensemble, states=np.eye(dimension, dtype=np.complex128), point=np.zeros(dimension, dtype=np.intp)
    )
    player = Player(
        prepared=prepared,
        samples=prepared.samples_at(none[0]),
        tables=tables,
        model=model,
        library=Library(program.dt_s),
        rng=np.random.default_rng(0),
        record=Record(bits=np.zeros((dimension, 0), dtype=np.bool_)),
    )
    player.play(program.block, ensemble)
    return ensemble
