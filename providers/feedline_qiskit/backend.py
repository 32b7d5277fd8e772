# SPDX-License-Identifier: Apache-2.0
"""Any Qiskit ``BackendV2`` as a Feedline backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qiskit.providers import BackendV2
from qiskit.transpiler import Target

from feedline.capabilities import Capabilities, MeasLevel
from feedline.errors import CapabilityError, InputError
from feedline.processor import Backend

from .device import QiskitDevice
from .terms import Terms, capabilities_of, target_of, terms_of


class QiskitBackend(Backend):
    """A vendor's backend, with its own ``run`` below everything.

    Args:
        backend: The vendor's backend.
        capabilities: What it can do, where that is more (or less) than it says of itself.
        name: Another name than the vendor's.

    Raises:
        InputError: If it has no target.
        CapabilityError: If ``capabilities`` promise raw samples.
    """

    def __init__(
        self, backend: BackendV2, *, capabilities: Capabilities | None = None, name: str | None = None
    ) -> None:
        known = name or backend.name or type(backend).__name__
        super().__init__(known, description=backend.description or "", version=str(backend.backend_version or ""))
        if not isinstance(backend.target, Target):
            raise InputError(
                f"Backend '{known}' has no target: target is {backend.target!r}.",
                remedy="Its provider must describe instructions and qubits in a qiskit.transpiler.Target.",
            )
        self.vendor = backend
        self.terms: Terms = terms_of(backend)
        self._is_steady = backend.target is backend.target
        self._seen = backend.target
        self._target = target_of(backend)
        self._capabilities = capabilities or capabilities_of(backend, self._target)
        if MeasLevel.RAW in self._capabilities.meas_levels:
            raise CapabilityError(
                f"Backend '{known}' is declared to return raw samples, which are not read from any BackendV2.",
                remedy="Leave 'raw' out of Capabilities(meas_levels=...), or write a provider of your own.",
            )

    @property
    def target(self) -> Target:
        """The vendor's target as it is now; the first one, if the vendor makes a new object at each look."""
        if self._is_steady and self.vendor.target is not self._seen:
            self._seen = self.vendor.target
            self._target = target_of(self.vendor)
        return self._target

    @property
    def capabilities(self) -> Capabilities:
        """What the vendor declares, or what was given instead."""
        return self._capabilities

    def get_translation_stage_plugin(self) -> str | None:
        """The vendor's own translation stage, if it has one."""
        name: str | None = _stage(self.vendor, "get_translation_stage_plugin")
        return name

    def get_scheduling_stage_plugin(self) -> str | None:
        """The vendor's own scheduling stage, if it has one."""
        name: str | None = _stage(self.vendor, "get_scheduling_stage_plugin")
        return name

    def open(self) -> QiskitDevice:
        """A device that submits to the vendor's ``run``."""
        return QiskitDevice(self)

    def describe(self) -> Mapping[str, Any]:
        """Name and version; and, where the vendor returns counts only, that the order of shots is lost."""
        described = {**super().describe(), "provider": type(self.vendor).__module__.partition(".")[0]}
        if not self._capabilities.ordered_shots:
            described["shots_order"] = "lost: the backend returns counts only"
        return described


def _stage(vendor: BackendV2, method: str) -> Any:
    own = getattr(vendor, method, None)
    return own() if callable(own) else None
