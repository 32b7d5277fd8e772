# SPDX-License-Identifier: Apache-2.0
"""Layouts: where the classical bits of a circuit stand in what a vendor returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from feedline.errors import ProviderError


@attrs.frozen(slots=True, eq=False)
class BitLayout:
    """Classical bits of a circuit, by number and by register.

    Attributes:
        name: The circuit's name, for errors.
        num_clbits: Number of classical bits.
        registers: Classical bits of each register, in the circuit's order.
        measures: Whether anything writes to classical bits.
    """

    name: str
    num_clbits: int
    registers: tuple[tuple[str, tuple[int, ...]], ...]
    measures: bool

    @property
    def num_bytes(self) -> int:
        """Bytes of a packed outcome."""
        return max(1, -(-self.num_clbits // 8))

    def by_number(self) -> list[int]:
        """Classical bit of each character of a bit string without registers, left to right."""
        return list(reversed(range(self.num_clbits)))

    def by_register(self) -> list[int]:
        """Classical bit of each character of a bit string made of registers, last register first."""
        return [clbit for _, clbits in reversed(self.registers) for clbit in reversed(clbits)]

    def register_lengths(self) -> list[int]:
        """Lengths of the registers in such a bit string."""
        return [len(clbits) for _, clbits in reversed(self.registers)]

    def slots(self, header: Any) -> list[int] | None:
        """Classical bit of each memory slot, or ``None`` if slot and bit have the same number.

        Qiskit numbers memory slots like classical bits. A vendor whose header lists the same registers
        in another order has numbered them register by register in its own.
        """
        sizes = _entry(header, "creg_sizes")
        if not sizes:
            return None
        named = [(str(name), int(size)) for name, size in sizes]
        mine = [(name, len(clbits)) for name, clbits in self.registers]
        if named == mine or sorted(named) != sorted(mine):
            return None
        clbits_of = dict(self.registers)
        slots = [clbit for name, _ in named for clbit in clbits_of[name]]
        return slots if sorted(slots) == list(range(self.num_clbits)) else None

    def packed(self, bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pack bits of shape ``(n, num_clbits)``, a column per classical bit."""
        padded = np.zeros((len(bits), 8 * self.num_bytes), dtype=np.uint8)
        if self.num_clbits:
            padded[:, -self.num_clbits :] = bits[:, ::-1]
        return np.packbits(padded, axis=1)

    def unpacked(self, words: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The inverse of `packed`."""
        return np.unpackbits(words, axis=1)[:, ::-1][:, : self.num_clbits]

    def refuse(self, backend: str, how: str) -> ProviderError:
        """An error that blames the backend."""
        return ProviderError(
            f"Backend '{backend}' returned for '{self.name}' {how}.",
            remedy="The data were not used. Report this to the backend's provider.",
        )


def layout_of(circuit: QuantumCircuit) -> BitLayout:
    """The layout of a circuit's classical bits."""
    return BitLayout(
        name=circuit.name,
        num_clbits=circuit.num_clbits,
        registers=tuple(
            (register.name, tuple(circuit.find_bit(bit).index for bit in register)) for register in circuit.cregs
        ),
        measures=any(instruction.clbits for instruction in circuit.data),
    )


def _entry(header: Any, name: str) -> Any:
    if isinstance(header, Mapping):
        return header.get(name)
    return getattr(header, name, None)
