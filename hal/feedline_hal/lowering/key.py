# SPDX-License-Identifier: Apache-2.0
"""The compile-cache key: all that port-level code depends on, and nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import attrs
from qiskit import QuantumCircuit

from feedline.structure import structure_key
from feedline_hal.backend import PulseBackend

LOWERING_VERSION = 1
"""Raised whenever lowering makes other code of the same input."""


@attrs.frozen(kw_only=True, slots=True)
class CompileKey:
    """What port-level code depends on.

    In: the circuit's structure (gates, qubits, bits, angles that are numbers, order of parameters, pulse
    boxes), the calibration set, the ports, the grid, the scheduling method, what rewrites the schedule,
    the version of lowering. Out: values of parameters, shots, the circuit's name and metadata, the
    backend's name, the set's metadata.

    Attributes:
        structure: Of the circuit, see `feedline.structure.structure_key`.
        calibration_id: Of the calibration set.
        ports: Hash of the ports, their order (programs number them) and their limits.
        grid: Hash of the grid.
        method: ``alap`` or ``asap``.
        rewrites: Names of what rewrites the scheduled program, in order.
        version: `LOWERING_VERSION`.
    """

    structure: str
    calibration_id: str
    ports: str
    grid: str
    method: str = "alap"
    rewrites: tuple[str, ...] = ()
    version: int = LOWERING_VERSION

    @classmethod
    def of(
        cls, circuit: QuantumCircuit, backend: PulseBackend, *, method: str = "alap", rewrites: tuple[str, ...] = ()
    ) -> CompileKey:
        """The key of a circuit on a backend."""
        _, calibration_id, ports, grid, _ = device_fingerprint(backend)
        return cls(
            structure=structure_key(circuit),
            calibration_id=calibration_id,
            ports=ports,
            grid=grid,
            method=method,
            rewrites=rewrites,
        )


def device_fingerprint(backend: PulseBackend) -> tuple[str, ...]:
    """The part of the key that is not the circuit's: what a device returns as `Device.fingerprint`."""
    return (
        "pulse",
        backend.calibrations.id,
        _hash([attrs.asdict(port) for port in backend.ports.values()]),
        _hash(attrs.asdict(backend.grid)),
        str(LOWERING_VERSION),
    )


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
