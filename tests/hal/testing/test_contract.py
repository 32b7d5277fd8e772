# SPDX-License-Identifier: Apache-2.0
"""The reference device fulfils what Feedline asks of any backend."""

from __future__ import annotations

import pytest

from feedline.processor import Backend
from feedline.testing import BackendContract
from feedline_hal.testing import ReferenceBackend


@pytest.mark.filterwarnings("error")
class TestTwoQubits(BackendContract):
    """Gates err by 1e-5, so outcomes are compared with a margin."""

    fidelity = 0.99

    @classmethod
    def make_backend(cls) -> Backend:
        return ReferenceBackend(2, seed=5)


class TestOneQubit(TestTwoQubits):
    """The same device with one transmon."""

    @classmethod
    def make_backend(cls) -> Backend:
        return ReferenceBackend(1, seed=6)


class TestFractionalGates(TestTwoQubits):
    """With rotations of any angle."""

    @classmethod
    def make_backend(cls) -> Backend:
        return ReferenceBackend(2, seed=7, fractional=True)
