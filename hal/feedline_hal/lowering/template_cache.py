# SPDX-License-Identifier: Apache-2.0
"""Templates of a backend's gates, made once: they depend on calibration, grid and ports only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
from qiskit.circuit import Parameter

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.grid import Grid
from feedline_hal.pulse.port import Port

from .isa import Use
from .template import Template, make_template

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

_KEPT = 20_000
"""Templates kept of a backend; a device of 1,000 qubits has some 5,000 gates."""


@attrs.define(slots=True, eq=False)
class TemplateCache:
    """Makes templates, and keeps those of calibrated gates.

    Attributes:
        grid: The device's clock.
        ports: The device's ports, by name.
    """

    grid: Grid
    ports: Mapping[str, Port]
    _known: dict[tuple[int, tuple[int, ...]], tuple[Calibration, Template]] = attrs.field(factory=dict)

    def of(self, use: Use, *, bound: Mapping[Parameter, float] | None = None) -> Template:
        """The template of a use; see `make_template`."""
        calibration = use.calibration
        if calibration is None or bound:
            return make_template(use, self.grid, self.ports, bound=bound)
        key = (id(calibration), use.qubits)
        known = self._known.get(key)
        if known is not None and known[0] is calibration:
            return known[1]
        made = make_template(use, self.grid, self.ports)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[key] = (calibration, made)
        return made


def templates_of(backend: PulseBackend) -> TemplateCache:
    """The backend's templates; new ones when its grid or ports were replaced."""
    cache: TemplateCache | None = vars(backend).get("_feedline_templates")
    if cache is None or cache.grid is not backend.grid or cache.ports is not backend.ports:
        cache = TemplateCache(backend.grid, backend.ports)
        backend.__dict__["_feedline_templates"] = cache
    return cache
