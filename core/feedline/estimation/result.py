# SPDX-License-Identifier: Apache-2.0
"""Results of Estimator: Qiskit's container, with the story of what the passes did."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from qiskit.primitives import PrimitiveResult, PubResult

from feedline.errors import InputError

_SHOWN = 8
"""Values of a pub that the story shows."""


class EstimatorResult(PrimitiveResult[PubResult]):
    """Qiskit's ``PrimitiveResult`` with `explain` and `plot`."""

    def explain(self) -> str:
        """What the passes did: which ran and which did not, values before any of them and after each, what they told.

        Returns:
            Text for people. The same for programs is in the metadata: ``result.metadata["resilience"]``, and for
            each pub ``metadata["stages"]`` (values and standard errors by stage) and ``metadata["passes"]``.
        """
        told = self.metadata.get("resilience")
        if told is None:
            return "No pass ran: values are as they were measured."
        parts = [f"Resilience level {told['level']}, passes in their order: {', '.join(told['passes']) or 'none'}."]
        parts += [f"Left out: {name}, {why}." for name, why in told.get("left_out", {}).items()]
        for number, pub in enumerate(self):
            parts += ["", f"Pub {number}", *_story(pub)]
        return "\n".join(parts)

    def plot(self, path: str | os.PathLike[str], *, pub: int = 0) -> None:
        """Draw the values of a pub before any pass and after each, with their standard errors.

        Args:
            path: File to write; its suffix is the format (png, svg, pdf).
            pub: Which pub.

        Raises:
            InputError: If no pass ran, or the file cannot be written.
            MissingExtraError: If matplotlib is not installed.
        """
        from feedline.plot import Curve, plot_curves

        stages = self[pub].metadata.get("stages")
        if not stages:
            raise InputError(
                f"No pass ran on pub {pub}; there is nothing to compare.", remedy="Name a pass, or a level."
            )
        size = self[pub].data.evs.size
        curves = [
            Curve(y=np.asarray(found["evs"]).reshape(size), error=np.asarray(found["stds"]).reshape(size), label=name)
            for name, found in stages.items()
        ]
        labels = "value of the pub, in order", "expectation value"
        plot_curves(np.arange(size), curves, path, labels=labels, title=f"Pub {pub}")


def _story(pub: PubResult) -> Iterator[str]:
    from feedline.cli.table import table

    stages: Mapping[str, Any] = pub.metadata.get("stages", {})
    if not stages:
        yield "  no pass ran on it"
        return
    size = min(_SHOWN, pub.data.evs.size)
    head = ["", *(f"value {number}" for number in range(size))]
    rows = []
    for name, found in stages.items():
        values = zip(np.asarray(found["evs"]).flat, np.asarray(found["stds"]).flat, strict=True)
        rows.append([name, *(f"{value:.4f} ± {std:.4f}" for (value, std), _ in zip(values, range(size), strict=False))])
    yield from (f"  {line}" for line in table(head, rows).splitlines())
    if pub.data.evs.size > size:
        yield f"  and {pub.data.evs.size - size} more values"
    for info in pub.metadata.get("passes", ()):
        for name, found in info.items():
            yield f"  {name}: {_brief(found)}"


def _brief(value: Any) -> str:
    """What a pass told, on one line: long lists as their length."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_brief(one)}" for key, one in value.items())
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_brief, value))}]" if len(value) <= _SHOWN else f"({len(value)} values)"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
