# SPDX-License-Identifier: Apache-2.0
"""What this provider registers: it takes any Qiskit ``BackendV2`` that nobody else takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from feedline.hookspecs import hookimpl

if TYPE_CHECKING:
    from .backend import QiskitBackend


@hookimpl(trylast=True)
def feedline_wrap_backend(backend: Any) -> QiskitBackend | None:
    """Take any Qiskit ``BackendV2``; last, so that a provider that knows it better goes first."""
    providers = sys.modules.get("qiskit.providers")  # no BackendV2 exists before its module is imported
    if providers is None or not isinstance(backend, providers.BackendV2):
        return None
    from .backend import QiskitBackend

    return QiskitBackend(backend)
