# SPDX-License-Identifier: Apache-2.0
"""A rack without its instruments: what would be sent to them, connected to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline.errors import CapabilityError, nearest
from feedline.isa import check_isa
from feedline_hal.backend import StageRecord
from feedline_hal.instrument.assembly import Assembly
from feedline_hal.lowering.family import ProgramFamily
from feedline_hal.rack.bench import offline_driver

from .planning import Asked, Pack, items_of, plan
from .sequencing import sequences
from .wiring import Wiring

if TYPE_CHECKING:
    from feedline_hal.instrument.sequence import SequenceProgram

    from .backend import RackBackend


class Offline:
    """Drivers that say what they can do and assemble.

    Args:
        backend: The rack.
    """

    def __init__(self, backend: RackBackend) -> None:
        self.backend = backend
        self.drivers: Mapping[str, Any] = {
            name: offline_driver(backend.spec.instruments[name], kind)
            for name, kind in backend.kinds.items()
            if hasattr(kind, "capabilities")
        }
        self.wiring = Wiring.of(backend.spec, self.drivers)

    def packs(self, circuit: QuantumCircuit, values: NDArray[np.float64], shots: int) -> list[Pack]:
        """What would be loaded at once, in order.

        Args:
            circuit: Made of what the target has.
            values: Of its parameters, shape ``(points, n)``.
            shots: Of every point.

        Raises:
            CapabilityError: If the rack cannot play the circuit or record its captures.
            LimitError: If one point alone is more than an instrument holds.
        """
        check_isa(circuit, self.backend.target)
        family = ProgramFamily.of(circuit, self.backend)
        return list(plan(items_of(Asked(execution=0, shots=shots), family, values, self.wiring), self.wiring))

    def programs(self, pack: Pack) -> dict[str, SequenceProgram]:
        """What every sequencer that takes part plays."""
        return sequences(self.wiring, [item.points for item in pack.items])

    def assemblies(self, pack: Pack) -> dict[str, Assembly]:
        """What every sequencer that takes part is told."""
        return {name: self.drivers[name].assemble(program) for name, program in self.programs(pack).items()}


def lower_further(
    backend: RackBackend, circuit: QuantumCircuit, stage: str, values: NDArray[np.float64], shots: int
) -> StageRecord:
    """A circuit at the stage ``program`` or ``plan``; see `PulseBackend.lower_further`.

    Raises:
        CapabilityError: If there is no such stage.
    """
    known = backend.further_stages
    if stage not in known:
        raise CapabilityError(f"Backend '{backend.name}' has no stage '{stage}'.", remedy=nearest(stage, known))
    from .plan_record import PlanRecord
    from .program_record import ProgramRecord

    offline = Offline(backend)
    packs = offline.packs(circuit, values, shots)
    kind = ProgramRecord if stage == "program" else PlanRecord
    return kind(offline=offline, name=circuit.name, packs=tuple(packs), points=len(values))
