# SPDX-License-Identifier: Apache-2.0
"""Global folding: a circuit U becomes U (U^-1 U)^n, its end once more for what is left."""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction

from feedline.errors import CapabilityError
from feedline.rewriting import final_measures

from .folding import Scan, assembled
from .inverse import Inverses

_PASSIVE = frozenset({"barrier", "delay"})
"""What is its own mirror image."""


def folded_whole(scan: Scan, folds: Sequence[int], inverses: Inverses) -> QuantumCircuit:
    """The circuit folded as a whole, in front of its final measurements.

    Args:
        scan: The circuit.
        folds: How often each gate is to be folded; those that are folded once more than the first are at the end.
        inverses: Of the target.

    Raises:
        CapabilityError: If something in it has no inverse.

    Source: Giurgica-Tiron et al., arXiv:2005.10921, sec. II A (circuit folding).
    """
    circuit, last = scan.circuit, {measure.place for measure in final_measures(scan.circuit)}
    body = [place for place in range(len(scan.items)) if place not in last]
    there = [scan.items[place] for place in body]
    undo = [_undone(circuit, item, inverses) for item in there]
    start = len(body)
    more = [place for place, site in scan.sites.items() if folds[site.number] > min(folds)]
    if more:
        start = body.index(min(more))
    made = list(there)
    made += _pair(there, undo, 0) * min(folds)
    made += _pair(there, undo, start)
    return assembled(circuit, made + [scan.items[place] for place in sorted(last)])


def _pair(
    there: Sequence[CircuitInstruction], undo: Sequence[Sequence[CircuitInstruction]], start: int
) -> list[CircuitInstruction]:
    """The inverse of everything from one place on, and that once more."""
    return [step for steps in reversed(undo[start:]) for step in steps] + list(there[start:])


def _undone(circuit: QuantumCircuit, item: CircuitInstruction, inverses: Inverses) -> list[CircuitInstruction]:
    if item.name in _PASSIVE:
        return [item]
    undo = inverses.of(item, tuple(circuit.find_bit(bit).index for bit in item.qubits))
    if undo is None:
        raise CapabilityError(
            f"Circuit '{circuit.name}' cannot be folded as a whole: '{item.name}' has no inverse in the target.",
            remedy="Set zne.amplifier to 'gate_folding', which leaves alone what has none.",
        )
    return undo
