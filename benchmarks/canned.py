# SPDX-License-Identifier: Apache-2.0
"""A plain BackendV2 that returns at once: what the peers run on when only overhead is to be seen."""

from __future__ import annotations

from functools import cache
from typing import Any

from qiskit.providers import BackendV2, JobV1, Options
from qiskit.providers.jobstatus import JobStatus
from qiskit.result import Result
from qiskit.result.models import ExperimentResult, ExperimentResultData
from qiskit.transpiler import Target


class CannedBackend(BackendV2):
    """Every shot of every circuit reads 0; results are made once per number of circuits and shots."""

    def __init__(self, target: Target, num_clbits: int) -> None:
        super().__init__(name="canned")
        self._target = target
        self._num_clbits = num_clbits
        self._canned = cache(self._make)

    @property
    def target(self) -> Target:
        """What the peers transpile for."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """No limit."""
        return None

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, memory=False, seed_simulator=None)

    def run(self, run_input: Any, **options: Any) -> CannedJob:
        """Hand out the ready-made result."""
        count = len(run_input) if isinstance(run_input, list) else 1
        return CannedJob(self, self._canned(count, options.get("shots", 1024), options.get("memory", False)))

    def _make(self, count: int, shots: int, memory: bool) -> Result:
        data = ExperimentResultData(counts={"0x0": shots}, **({"memory": ["0x0"] * shots} if memory else {}))
        header = {"name": "canned", "memory_slots": self._num_clbits, "creg_sizes": [["meas", self._num_clbits]]}
        one = ExperimentResult(shots=shots, success=True, data=data, header=header)
        return Result(backend_name=self.name, job_id="canned", success=True, results=[one] * count)


class CannedJob(JobV1):
    """Done when it is made."""

    def __init__(self, backend: CannedBackend, result: Result) -> None:
        super().__init__(backend, "canned")
        self._result = result

    def submit(self) -> None:
        """Nothing to do."""

    def result(self) -> Result:
        """The ready-made result."""
        return self._result

    def status(self) -> JobStatus:
        """Done."""
        return JobStatus.DONE
