# SPDX-License-Identifier: Apache-2.0
"""What Feedline asks of every backend, asked of Aer in several forms."""

from __future__ import annotations

from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_aer import AerSimulator

import feedline
from feedline import Backend
from feedline.front_door import wrap_backend
from feedline.testing import BackendContract


class TestIdeal(BackendContract):
    noiseless = True

    @classmethod
    def make_backend(cls) -> Backend:
        return feedline.backend("aer", num_qubits=5)


class TestLikeADevice(BackendContract):
    @classmethod
    def make_backend(cls) -> Backend:
        return feedline.backend("aer", like=GenericBackendV2(3, seed=7, control_flow=True))


class TestDensityMatrix(BackendContract):
    noiseless = True

    @classmethod
    def make_backend(cls) -> Backend:
        return feedline.backend("aer", method="density_matrix", num_qubits=3)


class TestOwnSimulator(BackendContract):
    noiseless = True

    @classmethod
    def make_backend(cls) -> Backend:
        simulator = AerSimulator(method="matrix_product_state", n_qubits=4)
        backend = wrap_backend(simulator)
        assert backend.name == "aer"
        return backend
