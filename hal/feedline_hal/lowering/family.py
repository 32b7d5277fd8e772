# SPDX-License-Identifier: Apache-2.0
"""A circuit's port programs: one for all parameter values, or one for each set of durations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline_hal.backend import PulseBackend
from feedline_hal.pulse.value import parameters_of

from .assign import assigned
from .flow import blocks_of
from .isa import DELAY, IsaProgram, Operations
from .lower import lower_to_port
from .port_program import PortProgram
from .read import read
from .template import timing_parameters

PROGRAMS_KEPT = 256
"""Programs kept of one circuit when durations are swept; the one unused for longest goes first."""


@attrs.define(slots=True, eq=False)
class ProgramFamily:
    """What a device makes of a circuit template: compiled once, and once more for each new set of durations.

    Attributes:
        circuit: The template.
        backend: Whose calibrations it is made of.
        timing: Places, in the circuit's parameters, of those that durations depend on.
        options: Of `lower`.
    """

    circuit: QuantumCircuit
    backend: PulseBackend
    timing: tuple[int, ...]
    options: dict[str, Any]
    _programs: OrderedDict[tuple[float, ...], PortProgram] = attrs.field(factory=OrderedDict)

    @classmethod
    def of(cls, circuit: QuantumCircuit, backend: PulseBackend, **options: Any) -> ProgramFamily:
        """Lower a circuit; errors that do not depend on durations come here.

        Args:
            circuit: An ISA circuit.
            backend: A backend that plays pulses.
            **options: Of `feedline_hal.lower`.
        """
        circuit = backend.admit(circuit)
        isa = read(circuit, backend.calibrations, dt_s=backend.grid.dt_s)
        found = _timing(isa)
        places = tuple(place for place, parameter in enumerate(isa.parameters) if parameter in found)
        family = cls(circuit, backend, places, options)
        if not places:
            family.program(())
        return family

    def program(self, durations: tuple[float, ...]) -> PortProgram:
        """The program for values of the parameters in `timing`."""
        known = self._programs.get(durations)
        if known is not None:
            self._programs.move_to_end(durations)
            return known
        parameters = list(self.circuit.parameters)
        values = {parameters[place]: value for place, value in zip(self.timing, durations, strict=True)}
        circuit = assigned(self.circuit, values) if values else self.circuit
        made = lower_to_port(circuit, self.backend, **self.options)
        self._programs[durations] = made
        if len(self._programs) > PROGRAMS_KEPT:
            self._programs.popitem(last=False)
        return made

    def groups(
        self, values: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.intp], PortProgram, NDArray[np.float64]]]:
        """Points by program: which points, their program, and the values that it takes ``(points, n)``.

        Args:
            values: Of the circuit's parameters, shape ``(points, n_parameters)``.
        """
        every = np.arange(len(values))
        if not self.timing:
            yield every, self.program(()), values
            return
        timed = list(self.timing)
        others = [place for place in range(values.shape[-1]) if place not in self.timing]
        distinct, inverse = np.unique(values[:, timed], axis=0, return_inverse=True)
        for number, durations in enumerate(distinct.tolist()):
            points = np.flatnonzero(inverse.reshape(-1) == number)
            yield points, self.program(tuple(durations)), values[points][:, others]


def _timing(isa: IsaProgram) -> frozenset[Parameter]:
    found: set[Parameter] = set()
    formal: dict[int, tuple[int, ...]] = {}
    for index, use in enumerate(isa.uses):
        free = timing_parameters(use)
        arguments = use.calibration.arguments if use.calibration else ()
        formal[index] = tuple(place for place, argument in enumerate(arguments) if argument in free)
        if use.calibration is None:  # a pulse box depends on the circuit's own parameters
            found |= free
    for operations in _all(isa):
        for index, arguments in zip(operations.use, operations.arguments, strict=True):
            for place in (0,) if isa.uses[index].kind == DELAY else formal[index]:
                found |= parameters_of(arguments[place])
    return frozenset(found)


def _all(isa: IsaProgram) -> Iterator[Operations]:
    yield from blocks_of(isa.flow)
    yield from (use.body for use in isa.uses if use.body is not None)
