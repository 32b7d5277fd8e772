# SPDX-License-Identifier: Apache-2.0
"""What Feedline finds: the backend ``acme``. Imports nothing heavy, opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from feedline import BackendEntry, hookimpl

if TYPE_CHECKING:
    from .backend import AcmeBackend


@hookimpl
def feedline_register_backends(register: Callable[[BackendEntry], None]) -> None:
    """Offer ``acme``."""
    register(BackendEntry(name="acme", make=make_backend, summary="Acme Q3 controller at HOST:PORT"))


def make_backend(argument: str, *, address: str = "", timeout_s: float = 5.0) -> AcmeBackend:
    """``feedline.backend("acme:HOST:PORT")``, or ``feedline.backend("acme", address="HOST:PORT")``."""
    from .backend import AcmeBackend

    return AcmeBackend(address or argument, timeout_s=timeout_s)
