# SPDX-License-Identifier: Apache-2.0
"""What had arrived of a job that has no result: complete pubs, points, and the counts of points."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from feedline.errors import StoreError

if TYPE_CHECKING:
    from feedline.execution import Chunk

    from .outcome import Counted, Outcome


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Arrived:
    """The part of an answer that came before a job ended, or has come so far.

    Attributes:
        rows: Outcomes of complete pubs, and of points that arrived of the others.
        points: Of what is not complete: ``pub`` (or ``execution``), ``points``, and ``of`` if that is known.
        is_final: Whether nothing more will come.
    """

    rows: Sequence[Outcome] = ()
    points: Sequence[dict[str, int]] = ()
    is_final: bool = True

    def lines(self) -> list[str]:
        """The points as text: ``pub 0: 13 of 50 points had arrived``."""
        out = []
        for row in self.points:
            what, number = next(iter(row.items()))
            count = f"{row['points']} of {row['of']}" if "of" in row else f"{row['points']}"
            noun = "point" if (row.get("of") or row["points"]) == 1 else "points"
            out.append(f"{what} {number}: {count} {noun} {'had' if self.is_final else 'have'} arrived")
        return out


@attrs.frozen(kw_only=True, slots=True, eq=False)
class _Asked:
    """One pub of a plan that no pass has widened: its index, circuit and sweep."""

    pub: int
    circuit: Any
    shape: tuple[int, ...]


def arrived(found: Any) -> Arrived:
    """Read what there is of a job without a result."""
    from feedline.work import Partial

    from .outcome import Labels, outcomes

    parts = found.partial()
    pubs = [part for part in parts if isinstance(part, Partial) and part.pub >= 0]
    shown = [part for part in pubs if hasattr(part.result, "items") or hasattr(part.result, "metadata")]
    labels = [Labels(circuit=f"pub {part.pub}") for part in shown]
    rows: list[Outcome] = list(outcomes([part.result for part in shown], labels)) if shown else []
    chunks: dict[int, list[Chunk]] = defaultdict(list)
    for part in parts:
        if not isinstance(part, Partial):
            chunks[part.execution].append(part)
    points = []
    asked = _asked(found) if chunks else None
    complete = {part.pub for part in pubs}
    for execution, own in sorted(chunks.items()):
        here = asked[execution] if asked is not None and execution < len(asked) else None
        covered = {point for chunk in own for point in range(chunk.points.start, chunk.points.stop)}
        if here is None:
            points.append({"execution": execution, "points": len(covered)})
        elif here.pub not in complete:
            points.append({"pub": here.pub, "points": len(covered), "of": math.prod(here.shape)})
            rows += _counted(here, own)
    return Arrived(rows=rows, points=points, is_final=found.in_final_state())


def _asked(found: Any) -> list[_Asked] | None:
    """What each execution answers, where inputs alone say so; ``None`` where passes or bases were put between."""
    resilience = found.options.get("resilience") or {}
    if found.primitive != "sampler" or found.options.get("resilience_level") or resilience.get("passes"):
        return None
    try:
        inputs = found.inputs
    except StoreError:
        return None
    shapes: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for name, values in inputs.arrays.items():
        shapes[int(name.partition(":")[0].removeprefix("pub"))].append(values.shape[:-1])
    asked = [
        _Asked(pub=pub, circuit=circuit, shape=np.broadcast_shapes(*shapes[pub]))
        for pub, circuit in enumerate(inputs.circuits)
    ]
    return [one for one in asked if one.circuit.cregs and math.prod(one.shape)]  # others need no execution


def _counted(asked: _Asked, chunks: Sequence[Chunk]) -> list[Counted]:
    """Counts of the points that arrived; none of IQ data and exact values."""
    words: dict[int, list[Any]] = defaultdict(list)
    for chunk in chunks:
        first = chunk.points.start
        if chunk.bits is not None:
            for place, shots in enumerate(chunk.bits):
                words[first + place].append(shots)
    return [_at_point(asked, point, np.concatenate(shots)) for point, shots in sorted(words.items())]


def _at_point(asked: _Asked, point: int, words: Any) -> Counted:
    from qiskit.primitives import BitArray, DataBin

    from feedline.primitives.registers import register_bits
    from feedline.primitives.results import SamplerPubResult

    from .outcome import Labels, sampled

    sizes = {register.name: register.size for register in asked.circuit.cregs}
    fields = {
        name: BitArray(np.ascontiguousarray(bits), sizes[name])
        for name, bits in register_bits(asked.circuit, words).items()
    }
    place = tuple(int(index) for index in np.unravel_index(point, asked.shape)) if asked.shape else ()
    values = {f"point[{axis}]": float(index) for axis, index in enumerate(place)}
    label = Labels(circuit=f"pub {asked.pub}", parameters={(): values})
    (row,) = sampled(SamplerPubResult(DataBin(**fields, shape=())), label)
    return row  # type: ignore[return-value]
