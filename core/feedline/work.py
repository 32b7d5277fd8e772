# SPDX-License-Identifier: Apache-2.0
"""Work: what a primitive hands to the runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from .errors import InputError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from .plan import Plan
    from .processor import Backend


class Later(Mapping[str, Any]):
    """A mapping that is made when somebody looks: the store does, on its own thread."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, Any]:
        return self._make()

    def __getitem__(self, key: str) -> Any:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Inputs:
    """What a job was asked, in a form that can be stored: QPY, arrays, JSON.

    Attributes:
        circuits: The circuits; the same object may appear in many jobs.
        arrays: Parameter values and the like, by name.
        data: Everything else, JSON.
    """

    circuits: Sequence[QuantumCircuit] = ()
    arrays: Mapping[str, NDArray[np.generic]] = attrs.field(factory=dict)
    data: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Partial:
    """News of a running job, for ``callback=`` and `Job.stream`.

    Attributes:
        pub: Index of the pub whose result is complete, or -1 while data is still coming in.
        result: That pub's result, else ``None``.
        share: Share of all shots that is done, 0 to 1.
    """

    pub: int
    result: Any
    share: float


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Work:
    """A plan, where it runs, and what the job record says of it.

    Attributes:
        primitive: ``sampler``, ``estimator``, ``executor`` or ``run``.
        backend: Where it runs.
        plan: What runs.
        inputs: What was asked, for the store.
        options: The options it was asked with, JSON.
        tags: The user's labels.
        max_execution_time_s: Device time after which the job is stopped, or ``None``.
        callback: Called with the job's id and a `Partial`, on a thread of the runtime.
        metadata: What the result's metadata says besides what the fold knows.
    """

    primitive: str
    backend: Backend
    plan: Plan
    inputs: Inputs
    options: Mapping[str, Any] = attrs.field(factory=dict)
    tags: tuple[str, ...] = ()
    max_execution_time_s: float | None = None
    callback: Callable[[str, Partial], None] | None = None
    metadata: Mapping[str, Any] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Refuse a callback that cannot be called, before anything runs."""
        if self.callback is not None and not callable(self.callback):
            raise InputError(
                f"callback is {self.callback!r}.",
                remedy="It takes a function of a job's id and a Partial.",
            )
