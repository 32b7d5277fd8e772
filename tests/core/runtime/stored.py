# SPDX-License-Identifier: Apache-2.0
"""What the tests of the store store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import DataBin, PrimitiveResult, PubResult

from feedline.execution import Chunk
from feedline.runtime.event import JobStatus
from feedline.runtime.record import StoredJob, fetch
from feedline.runtime.store import Store
from feedline.work import Inputs

CREATED_S = 1.7e9


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="bell")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def some_result(value: float = 0.5, size: int = 1) -> PrimitiveResult[PubResult]:
    return PrimitiveResult([PubResult(DataBin(evs=np.full(size, value), shape=(size,)), {"shots": 10})])


def some_chunk(point: int) -> Chunk:
    return Chunk(execution=0, points=slice(point, point + 1), bits=np.full((1, 4, 1), point, dtype=np.uint8))


def create(store: Store, job_id: str, **changes: Any) -> None:
    given: dict[str, Any] = {
        "primitive": "sampler",
        "backend_name": "lab",
        "created_s": CREATED_S,
        "session_id": None,
        "tags": ["mine"],
        "options": {"default_shots": 10},
        "inputs": Inputs(circuits=[bell()], arrays={"values": np.arange(3.0)}, data={"pubs": [{"shots": 10}]}),
    }
    store.create(job_id, *{**given, **changes}.values())


def finish(store: Store, job_id: str, result: Any) -> None:
    store.result(job_id, result)
    store.status(job_id, JobStatus.DONE, at_s=CREATED_S + 2, metrics={"execute_s": 1.5, "shots": 10})


def run(store: Store, job_id: str, **changes: Any) -> None:
    create(store, job_id, **changes)
    store.status(job_id, JobStatus.RUNNING, at_s=CREATED_S + 1)
    finish(store, job_id, some_result())


def job(store: Store, job_id: str) -> StoredJob:
    return StoredJob(store, fetch(store, job_id))


def count(store: Store, table: str) -> int:
    return int(store.read(f"SELECT count(*) FROM {table}")[0][0])


def fill(folder: str, name: str) -> None:
    store = Store(Path(folder))
    for index in range(40):
        run(store, f"{name}-{index}", inputs=Inputs(circuits=[bell()]))
    store.close()
    assert store.problem is None, store.problem
