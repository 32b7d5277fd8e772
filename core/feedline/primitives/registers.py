# SPDX-License-Identifier: Apache-2.0
"""Registers: packed bits, IQ points and raw samples of a circuit, sorted to its classical registers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives import DataBin

from feedline.errors import InputError


def register_bits(circuit: QuantumCircuit, words: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Sort packed outcomes to registers.

    Args:
        circuit: The circuit that was executed.
        words: Packed like `Chunk.bits`, shape ``(..., n_bytes)``.

    Returns:
        Packed bits by register, shape ``(..., ceil(register size / 8))``.
    """
    if len(circuit.cregs) == 1 and list(circuit.cregs[0]) == circuit.clbits:
        return {circuit.cregs[0].name: words}
    out = {}
    for register in circuit.cregs:
        indices = np.array([circuit.find_bit(bit).index for bit in register], dtype=np.intp)
        width = -(-len(indices) // 8)
        packed = np.zeros((*words.shape[:-1], width), dtype=np.uint8)
        for place, index in enumerate(indices.tolist()):
            bit = (words[..., words.shape[-1] - 1 - index // 8] >> (index % 8)) & 1
            packed[..., width - 1 - place // 8] |= bit << (place % 8)
        out[register.name] = packed
    return out


def check_register_names(index: int, circuit: QuantumCircuit) -> None:
    """Refuse registers that the result's ``DataBin`` has no room for, before shots are spent on them.

    Raises:
        InputError: Names the register.
    """
    for register in circuit.cregs:
        if hasattr(DataBin, register.name):
            raise InputError(
                f"Pub {index} has a classical register '{register.name}', a name that DataBin keeps for itself.",
                remedy="Give the register another name.",
            )


def register_columns(circuit: QuantumCircuit, data: NDArray[Any], axis: int = -1) -> dict[str, NDArray[Any]]:
    """Sort IQ points or raw samples to registers; ``axis`` counts the classical bits of the circuit."""
    if len(circuit.cregs) == 1 and list(circuit.cregs[0]) == circuit.clbits:
        return {circuit.cregs[0].name: data}
    columns = {
        register.name: np.array([circuit.find_bit(bit).index for bit in register], dtype=np.intp)
        for register in circuit.cregs
    }
    return {name: data.take(indices, axis=axis) for name, indices in columns.items()}
