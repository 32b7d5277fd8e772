# SPDX-License-Identifier: Apache-2.0
"""Folding: an entangling gate G becomes G (G^-1 G)^n, in the target's own gates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction

from feedline.pulse_mark import is_pulse_box
from feedline.structure import freeze

from .inverse import Inverses

_GOLDEN = (math.sqrt(5) - 1) / 2


@attrs.frozen(slots=True, eq=False)
class Site:
    """A gate on two or more qubits.

    Attributes:
        number: Counts the gates of a circuit that can be folded, bodies of control flow included.
        undo: What is its inverse.
    """

    number: int
    undo: tuple[CircuitInstruction, ...]


@attrs.define(slots=True, eq=False)
class Census:
    """The entangling gates of a circuit and of every body in it.

    Attributes:
        weights: Share in the noise of each gate that can be folded: its error in the target, or 1.
        fixed: Shares of those that cannot.
        left_alone: Names of those that cannot, and how many.
        branches: Whether gates are in bodies that may run or not, or an unknown number of times.
        knows_errors: Whether the shares are the target's errors.
    """

    weights: list[float] = attrs.field(factory=list)
    fixed: list[float] = attrs.field(factory=list)
    left_alone: Counter[str] = attrs.field(factory=Counter)
    branches: bool = False
    knows_errors: bool = False

    def realised(self, folds: NDArray[np.int64]) -> float:
        """Noise factor of a circuit whose gates are folded so often; bodies of branches count once."""
        total = math.fsum(self.weights) + math.fsum(self.fixed)
        extra = float(np.dot(self.weights, folds))
        return round(1 + 2 * extra / total, 9) if total else 1.0


@attrs.frozen(slots=True, eq=False)
class Scan:
    """What one circuit, or one body of control flow, has to fold.

    Attributes:
        circuit: The circuit.
        items: Its instructions.
        sites: Gates that can be folded, by place, ascending.
        bodies: Bodies of control flow with gates to fold, by place.
    """

    circuit: QuantumCircuit
    items: Sequence[CircuitInstruction]
    sites: Mapping[int, Site]
    bodies: Mapping[int, tuple[Scan, ...]]

    def folded(self, folds: Sequence[int]) -> QuantumCircuit:
        """The circuit with gate number ``i`` folded ``folds[i]`` times."""
        made: list[CircuitInstruction] = []
        done = 0
        for place in sorted([*self.sites, *self.bodies]) if self.bodies else self.sites:
            made += self.items[done:place]
            done = place + 1
            item = self.items[place]
            if place in self.bodies:
                blocks = [body.folded(folds) for body in self.bodies[place]]
                item = item.replace(operation=item.operation.replace_blocks(blocks))
                made.append(item)
            else:
                site = self.sites[place]
                made.append(item)
                made += [*site.undo, item] * folds[site.number]
        made += self.items[done:]
        return assembled(self.circuit, made)


def scanned(circuit: QuantumCircuit, inverses: Inverses) -> tuple[Scan, Census]:
    """Find what can be folded.

    Shares in the noise are the errors that the target states, if it states one for every entangling gate
    that the circuit has; else gates count alike.
    """
    scanner = _Scanner(inverses)
    scan = scanner.scan(circuit, range(circuit.num_qubits), 1.0)
    times, errors = np.array(scanner.times), np.array(scanner.errors)
    can = np.array(scanner.can, dtype=np.bool_)
    knows_errors = bool(np.isfinite(errors).all() and errors.sum() > 0)
    weights = times * errors if knows_errors else times
    census = Census(weights[can].tolist(), weights[~can].tolist(), scanner.left_alone, scanner.branches, knows_errors)
    return scan, census


@attrs.define(slots=True, eq=False)
class _Scanner:
    """Collects the entangling gates of a circuit: how often each runs, its error, whether it can be folded."""

    inverses: Inverses
    times: list[float] = attrs.field(factory=list)
    errors: list[float] = attrs.field(factory=list)
    can: list[bool] = attrs.field(factory=list)
    left_alone: Counter[str] = attrs.field(factory=Counter)
    branches: bool = False
    count: int = 0
    _known: dict[tuple[str, tuple[int, ...]], float] = attrs.field(factory=dict)

    def scan(self, circuit: QuantumCircuit, wires: Sequence[int], times: float) -> Scan:
        """Scan a circuit, or a body that runs so often on these qubits of the target."""
        wire_of = dict(zip(circuit.qubits, wires, strict=True))
        items = list(circuit.data)
        sites: dict[int, Site] = {}
        bodies: dict[int, tuple[Scan, ...]] = {}
        for place, item in enumerate(items):
            if len(item.qubits) < 2 or item.name == "barrier":
                continue
            qubits = tuple(wire_of[bit] for bit in item.qubits)
            if item.is_control_flow() and not is_pulse_box(item.operation):
                inner = self._bodies(item, qubits, times)
                if any(body.sites or body.bodies for body in inner):
                    bodies[place] = inner
                continue
            undo = self.inverses.of(item, qubits)
            self.times.append(times)
            self.errors.append(self._error(item.name, qubits))
            self.can.append(undo is not None)
            if undo is None:
                self.left_alone[item.name] += 1
            else:
                sites[place] = Site(self.count, tuple(undo))
                self.count += 1
        return Scan(circuit, items, sites, bodies)

    def _bodies(self, item: CircuitInstruction, qubits: tuple[int, ...], times: float) -> tuple[Scan, ...]:
        operation, before = item.operation, len(self.times)
        if item.name == "for_loop":
            times *= len(operation.params[0])
        scans = tuple(self.scan(block, qubits, times) for block in operation.blocks)
        self.branches |= item.name not in ("for_loop", "box") and len(self.times) > before
        return scans

    def _error(self, name: str, qubits: tuple[int, ...]) -> float:
        """Error of a gate in the target, nan if it does not say."""
        key = (name, qubits)
        if key not in self._known:
            target = self.inverses.target
            places = target[name] if name in target.operation_names else {}
            error = getattr((places or {}).get(qubits), "error", None)
            self._known[key] = math.nan if error is None else float(error)
        return self._known[key]


def order_of(amplifier: str, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """In which order gates are folded once more, where not all can be alike.

    For ``gate_folding`` every beginning of the order is spread evenly over the circuit: gates sorted by
    the fractional part of their number times the golden ratio, a sequence of low discrepancy (Niederreiter,
    Random Number Generation and Quasi-Monte Carlo Methods, 1992, ch. 3).
    """
    numbers = np.arange(count)
    if amplifier == "random":
        return rng.permutation(count)
    if amplifier == "gate_folding":
        return np.argsort(((numbers + 0.5) * _GOLDEN) % 1.0, kind="stable")
    return numbers if amplifier == "gate_folding_front" else numbers[::-1]


def folds_for(weights: Sequence[float], order: NDArray[np.intp], factor: float) -> NDArray[np.int64]:
    """How often each gate is folded to come closest to a noise factor, shape ``(gates,)``."""
    whole = int((factor - 1) // 2)
    shares = np.concatenate([[0.0], np.cumsum(np.asarray(weights)[order])])
    more = int(np.argmin(np.abs(shares - ((factor - 1) / 2 - whole) * shares[-1])))
    folds = np.full(len(weights), whole, dtype=np.int64)
    folds[order[:more]] += 1
    return folds


def assembled(circuit: QuantumCircuit, items: Sequence[CircuitInstruction]) -> QuantumCircuit:
    """A frozen circuit of the same registers and variables with other instructions, all on its own bits."""
    made = circuit.copy_empty_like()
    made._data.extend(items)  # noqa: SLF001 - the checks of QuantumCircuit.append take ten times as long
    return freeze(made)
