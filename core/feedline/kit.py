# SPDX-License-Identifier: Apache-2.0
"""What the primitives keep per backend: ISA circuits, basis changes, Estimator templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from qiskit.transpiler import Target

from .estimation.basis import Rotations
from .estimation.template import Templates
from .isa import IsaCache

if TYPE_CHECKING:
    from .processor import Backend


@attrs.frozen(slots=True, eq=False)
class Kit:
    """Caches of one backend's description; they live and die with it."""

    target: Target
    isa: IsaCache
    templates: Templates


def kit_of(backend: Backend) -> Kit:
    """The backend's kit; a new one when its target was replaced."""
    target = backend.target
    kit: Kit | None = vars(backend).get("_feedline_kit")
    if kit is None or kit.target is not target:
        kit = Kit(target, IsaCache(backend), Templates(Rotations(target)))
        backend.__dict__["_feedline_kit"] = kit
    return kit
