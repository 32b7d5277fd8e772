# SPDX-License-Identifier: Apache-2.0
"""Everything that Feedline asks of a backend."""

from __future__ import annotations

from .ability import AbilityContract
from .execution import ExecutionContract
from .lifecycle import LifecycleContract
from .primitive import PrimitiveContract


class BackendContract(LifecycleContract, ExecutionContract, AbilityContract, PrimitiveContract):
    """Inherit it in a test class of the provider, and set `backend` or override `make_backend`.

    .. code-block:: python

        class TestAcme(BackendContract):
            backend = AcmeBackend.on_loopback()
            noiseless = True
    """
