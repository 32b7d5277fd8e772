# SPDX-License-Identifier: Apache-2.0
"""Templates: what is prepared of a circuit once, so that a run costs no more than Aer itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from .anatomy import anatomy
from .binding import binding
from .exact import Readings, dephased, with_readings
from .outcome import word_table

PROBABILITIES = "feedline probabilities"
"""Label of the saved probabilities."""

_KEPT_READINGS = 8


class Template:
    """A circuit made ready for Aer.

    Attributes:
        source: The circuit, boxes unrolled.
        binding: The circuit with a parameter for every expression, and how to fill them.
        anatomy: What decides how it is run.
        samples: For numbers of shots seen so far, whether Aer drew them from one state.
    """

    def __init__(self, circuit: QuantumCircuit) -> None:
        self.source = circuit
        self.binding = binding(circuit)
        self.anatomy = anatomy(circuit)
        self.samples: dict[int, bool] = {}
        self._readings: dict[tuple[bytes, ...], Readings] = {}

    @cached_property
    def read_qubits(self) -> list[int]:
        """The qubits that end up in classical bits, each once."""
        return sorted(set(self.anatomy.readout.values()))

    @cached_property
    def words(self) -> NDArray[np.uint8]:
        """Packed classical bits of every outcome of `read_qubits`."""
        place = {qubit: index for index, qubit in enumerate(self.read_qubits)}
        readout = self.anatomy.readout
        clbits = range(self.source.num_clbits)
        return word_table([place[readout[clbit]] if clbit in readout else -1 for clbit in clbits], len(clbits))

    @cached_property
    def probabilities(self) -> QuantumCircuit:
        """The circuit with its final measurements replaced by their joint probabilities."""
        circuit = self.binding.circuit.copy_empty_like()
        for instruction in self.binding.circuit.data:
            if instruction.name != "measure":
                circuit.append(instruction)
        circuit.save_probabilities(self.read_qubits, label=PROBABILITIES)
        return circuit

    def readings(self, observables: Sequence[SparsePauliOp], *, dephase: bool) -> Readings:
        """The circuit with save instructions for observables; the last few are kept."""
        key = tuple(part.tobytes() for o in observables for part in (o.paulis.z, o.paulis.x, np.asarray(o.coeffs)))
        found = self._readings.get(key)
        if found is None:
            circuit = dephased(self.binding.circuit) if dephase else self.binding.circuit
            found = with_readings(circuit, observables)
            while len(self._readings) >= _KEPT_READINGS:
                self._readings.pop(next(iter(self._readings)))
            self._readings[key] = found
        return found
