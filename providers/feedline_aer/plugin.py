# SPDX-License-Identifier: Apache-2.0
"""What this provider registers; imports no simulator."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from feedline.hookspecs import hookimpl
from feedline.registry import BackendEntry

if TYPE_CHECKING:
    from qiskit.providers import BackendV2
    from qiskit_aer.noise import NoiseModel

    from .backend import AerBackend


def make(
    argument: str = "",
    *,
    method: str = "automatic",
    noise_model: NoiseModel | None = None,
    like: BackendV2 | str | None = None,
    coupling_map: Any = None,
    basis_gates: Sequence[str] | None = None,
    num_qubits: int | None = None,
    seed: int | None = None,
    max_parallel_threads: int = 0,
    device: str = "CPU",
    precision: str = "double",
    max_memory_mb: int | None = None,
    fusion_enable: bool = True,
    matrix_product_state_max_bond_dimension: int | None = None,
    matrix_product_state_truncation_threshold: float | None = None,
) -> AerBackend:
    """Make an Aer backend.

    Args:
        argument: Takes none.
        method: Aer's simulation method.
        noise_model: An Aer noise model; wins over the noise of `like`.
        like: A Qiskit backend to imitate (its target and its noise), or the name of a Feedline backend.
        coupling_map: Pairs of coupled qubits, or a Qiskit ``CouplingMap``.
        basis_gates: Names of the gates that the target has.
        num_qubits: Width of the target.
        seed: Seed of everything that runs without a seed of its own.
        max_parallel_threads: Threads that Aer may use; 0 for all.
        device: ``CPU`` or ``GPU``.
        precision: ``double`` or ``single``.
        max_memory_mb: Memory that Aer may use for states.
        fusion_enable: Whether Aer fuses gates of larger circuits.
        matrix_product_state_max_bond_dimension: Truncation of the method ``matrix_product_state``.
        matrix_product_state_truncation_threshold: Likewise.
    """
    from .backend import make_backend
    from .settings import Settings

    return make_backend(
        Settings(
            argument=argument,
            method=method,
            noise_model=noise_model,
            like=like,
            coupling_map=coupling_map,
            basis_gates=basis_gates,
            num_qubits=num_qubits,
            seed=seed,
            engine={
                "max_parallel_threads": max_parallel_threads,
                "device": device,
                "precision": precision,
                "max_memory_mb": max_memory_mb,
                "fusion_enable": fusion_enable,
                "matrix_product_state_max_bond_dimension": matrix_product_state_max_bond_dimension,
                "matrix_product_state_truncation_threshold": matrix_product_state_truncation_threshold,
            },
        )
    )


@hookimpl
def feedline_register_backends(register: Callable[[BackendEntry], None]) -> None:
    """Offer ``aer``."""
    register(
        BackendEntry(
            name="aer",
            make=make,
            summary="Qiskit Aer: ideal, noisy, or like a device you know",
            extra="aer",
            modules=("qiskit_aer",),
        )
    )


@hookimpl(tryfirst=True)
def feedline_wrap_backend(backend: Any) -> AerBackend | None:
    """Take a user's own ``AerSimulator``, with the options it was made with."""
    aer = sys.modules.get("qiskit_aer")  # an AerSimulator cannot exist before its module is imported
    if aer is None or not isinstance(backend, aer.AerSimulator):
        return None
    from .backend import around

    return around(backend)
