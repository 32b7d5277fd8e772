# SPDX-License-Identifier: Apache-2.0
"""What Feedline asks of every backend, asked of any Qiskit backend."""

from __future__ import annotations

from qiskit.providers.fake_provider import GenericBackendV2

from feedline import Backend
from feedline.front_door import wrap_backend
from feedline.testing import BackendContract

from .vendor import Vendor, memory


class TestGenericBackend(BackendContract):
    @classmethod
    def make_backend(cls) -> Backend:
        return wrap_backend(GenericBackendV2(3, seed=7, control_flow=True))


class TestVendorOfBitStrings(BackendContract):
    noiseless = True

    @classmethod
    def make_backend(cls) -> Backend:
        return wrap_backend(Vendor(memory("spaced"), max_circuits=4))
