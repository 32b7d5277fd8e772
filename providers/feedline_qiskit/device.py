# SPDX-License-Identifier: Apache-2.0
"""The device on any Qiskit backend: bound circuits go to the vendor's ``run``, job by job."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit import QuantumCircuit

from feedline.capabilities import MeasLevel
from feedline.device import Device, Executable
from feedline.errors import CapabilityError, ProviderError
from feedline.execution import Chunk, Execution, OutcomeCounts
from feedline.isa import check_isa

from .batch import Slice, batches, run_options
from .layout import BitLayout, layout_of
from .result import Outcomes, columns, outcomes, shuffled
from .vendor_job import Outcome, VendorJob

if TYPE_CHECKING:
    from .backend import QiskitBackend


class QiskitDevice(Device):
    """A vendor's backend, at work.

    Args:
        backend: What it is a device of.
    """

    def __init__(self, backend: QiskitBackend) -> None:
        self._backend = backend
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._job: VendorJob | None = None
        self._is_closed = False
        self._has_warned = False

    def compile(self, circuit: QuantumCircuit) -> Executable:
        """Check the circuit against the vendor's target; the circuit itself stays untouched."""
        self._check_open()
        check_isa(circuit, self._backend.target)
        return Executable(circuit, layout_of(circuit))

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """Submit jobs as large as the vendor takes; stream what each one returns."""
        self._check_open()
        for execution in executions:
            self._check(execution)
        self._stop.clear()
        return self._stream(executions)

    def abort(self) -> None:
        """Cancel the vendor's job and end `execute`, whether or not the vendor answers."""
        self._stop.set()
        with self._lock:
            job = self._job
        if job is not None:
            job.abort()

    def close(self) -> None:
        """Cancel what runs, and refuse everything from now on."""
        self._is_closed = True
        self.abort()

    def _stream(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        for number, batch in enumerate(batches(executions, self._backend.vendor.max_circuits)):
            circuits = [circuit for part in batch for circuit in part.circuits()]
            started_s = time.time()
            outcome = self._outcome(circuits, run_options(batch, self._backend.terms, number))
            if outcome is None:
                return
            yield from self._chunks(batch, self._experiments(outcome.value, len(circuits)), started_s)

    def _outcome(self, circuits: list[QuantumCircuit], options: dict[str, Any]) -> Outcome | None:
        """The vendor's result of one job, or ``None`` after an abort."""
        job = VendorJob(lambda: self._backend.vendor.run(circuits, **options), self._backend.name)
        with self._lock:
            if self._stop.is_set():
                return None
            self._job = job
        try:
            return job.result()
        finally:
            with self._lock:
                self._job = None

    def _experiments(self, result: Any, count: int) -> list[Any]:
        """One entry per circuit; a failed or short result is refused with the vendor's words."""
        name = self._backend.name
        experiments = list(getattr(result, "results", None) or [])
        failed = [one for one in experiments if not getattr(one, "success", True)]
        if failed or not getattr(result, "success", True):
            said = [getattr(result, "status", None), *(getattr(one, "status", None) for one in failed)]
            words = "; ".join(dict.fromkeys(str(word) for word in said if word))
            raise ProviderError(
                f"A job of backend '{name}' failed: {words or 'no reason given'}",
                remedy="Ask the backend's provider, with these words. The next job is not affected.",
            )
        if len(experiments) != count:
            raise ProviderError(
                f"Backend '{name}' returned {len(experiments)} results for {count} circuits.",
                remedy="The data were not used. Report this to the backend's provider.",
            )
        return experiments

    def _chunks(self, batch: Sequence[Slice], experiments: list[Any], started_s: float) -> Iterator[Chunk]:
        stopped_s = time.time()
        taken = 0
        for part in batch:
            size = part.points.stop - part.points.start
            mine = experiments[taken : taken + size]
            taken += size
            for points, data in self._data(part, mine):
                yield Chunk(execution=part.index, points=points, started_s=started_s, stopped_s=stopped_s, **data)

    def _data(self, part: Slice, experiments: list[Any]) -> Iterator[tuple[slice, dict[str, Any]]]:
        """Data of a run of points; points with another number of shots than their neighbours stand alone."""
        execution, layout, name = part.execution, _layout_of(part.execution), self._backend.name
        rows: list[np.ndarray[Any, Any]] = []
        if execution.meas_level == MeasLevel.CLASSIFIED:
            found = [outcomes(one, layout, execution.shots, name) for one in experiments]
            if not execution.memory:
                yield part.points, {"counts": _table(found)}
                return
            self._warn_of_lost_order(found, layout)
            rng = np.random.default_rng(execution.seed)
            rows, key = [shuffled(one, rng) for one in found], "bits"
        else:
            average = execution.meas_level == MeasLevel.AVG_KERNELED
            rows = [columns(one, layout, name, is_average=average) for one in experiments]
            key = "iq"
        if len({row.shape for row in rows}) == 1:
            yield part.points, {key: np.stack(rows)}
            return
        for offset, row in enumerate(rows):
            start = part.points.start + offset
            yield slice(start, start + 1), {key: row[None]}

    def _warn_of_lost_order(self, found: Sequence[Outcomes], layout: BitLayout) -> None:
        lost = layout.measures and any(one.weights is not None for one in found)
        if lost and not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f"Backend '{self._backend.name}' returned counts instead of single shots: "
                "shots are in random order, and their own order is lost.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _check(self, execution: Execution) -> None:
        """Refuse what no ``run`` can be asked."""
        name = self._backend.name
        if execution.observables:
            raise CapabilityError(
                f"Backend '{name}' has no exact expectation values.",
                remedy="Ask for a precision above 0; a device has shots only.",
            )
        if execution.meas_level not in self._backend.capabilities.meas_levels:
            raise CapabilityError(
                f"Backend '{name}' does not return meas_level '{execution.meas_level}'.",
                remedy="If it does, say so: QiskitBackend(backend, capabilities=Capabilities(meas_levels=...)).",
            )
        _layout_of(execution)

    def _check_open(self) -> None:
        if self._is_closed:
            raise ProviderError(
                f"The device of backend '{self._backend.name}' is closed.",
                remedy="Open it again with Backend.open().",
            )


def _layout_of(execution: Execution) -> BitLayout:
    executable = execution.executable
    if executable is None or not isinstance(executable.payload, BitLayout):
        raise ProviderError(
            f"Execution of '{execution.circuit.name}' comes without what this device compiled.",
            remedy="Pass Device.compile(circuit) as the execution's executable.",
        )
    return executable.payload


def _table(found: Sequence[Outcomes]) -> OutcomeCounts:
    """Counts of several points in one table."""
    return OutcomeCounts(
        point=np.repeat(np.arange(len(found)), [len(one.words) for one in found]),
        words=np.concatenate([one.words for one in found]),
        weight=np.concatenate(
            [np.ones(len(one.words), np.int64) if one.weights is None else one.weights for one in found]
        ),
    )
