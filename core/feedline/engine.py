# SPDX-License-Identifier: Apache-2.0
"""The engine: send a plan's executions to a device, check every chunk, fold pub by pub."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from .capabilities import MeasLevel
from .errors import FeedlineError, ProviderError
from .execution import Chunk, Execution, OutcomeCounts
from .plan import Part, Plan


class IncompleteError(ProviderError):
    """The device stopped before every shot was delivered (after an abort, or by its own fault)."""


@attrs.frozen(kw_only=True, slots=True)
class Watch:
    """Whom the engine tells what, while it runs.

    Attributes:
        chunk: Called with every checked chunk and the share of all shots that is done (0 to 1).
        pub: Called with a pub's index and its result as soon as it is complete.
    """

    chunk: Callable[[Chunk, float], None] = lambda _chunk, _share: None
    pub: Callable[[int, Any], None] = lambda _pub, _result: None


class Source(Protocol):
    """Where chunks come from: a `Device`, or something that looks on while one executes."""

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        """As `Device.execute`."""


def run_plan(plan: Plan, executions: Sequence[Execution], device: Source, *, provider: str, watch: Watch) -> list[Any]:
    """Execute a plan and fold it.

    Args:
        plan: The plan.
        executions: Its executions, each with its executable.
        device: An open device.
        provider: Name that errors blame.
        watch: Whom to tell.

    Returns:
        One result per pub; `Fold.finish` makes the primitive's result of them.

    Raises:
        ProviderError: If the device raises, or returns data that does not fit an execution.
    """
    progress = _Progress(plan, executions, provider, watch)
    progress.fold_ready()
    if any(progress.left):
        with contextlib.closing(_blamed(device, executions, provider)) as chunks:
            for chunk in chunks:
                progress.take(chunk)
    progress.finish()
    return progress.results


def _blamed(device: Source, executions: Sequence[Execution], provider: str) -> Generator[Chunk, None, None]:
    """Stream chunks; an exception that is not ours names the provider."""
    try:
        yield from device.execute(executions)
    except FeedlineError:
        raise
    except Exception as error:
        raise ProviderError(
            f"Provider '{provider}' raised {type(error).__name__} while executing: {error}",
            remedy="The next job is not affected. Report this to the provider with the traceback above.",
        ) from error


class _Progress:
    """What has arrived so far, and which pubs it completes."""

    def __init__(self, plan: Plan, executions: Sequence[Execution], provider: str, watch: Watch) -> None:
        self.plan = plan
        self.executions = executions
        self.provider = provider
        self.watch = watch
        self.results: list[Any] = [None] * plan.num_pubs
        self.parts: list[list[Part]] = [[] for _ in executions]
        self.missing: dict[int, NDArray[np.int64]] = {}
        self.samples: dict[int, int] = {}
        self.left = [execution.size * max(1, execution.shots) for execution in executions]
        self.total = sum(self.left) or 1
        self.done = 0
        self.of_pub: dict[int, list[int]] = {pub: [] for pub in range(-1, plan.num_pubs)}
        for index, execution in enumerate(executions):
            self.of_pub[execution.pub].append(index)
        self.unfolded = set(range(plan.num_pubs))

    def take(self, chunk: Chunk | Any) -> None:
        """Check one chunk, keep what the fold wants of it, fold the pubs it completes."""
        if not isinstance(chunk, Chunk):
            self.refuse("the executions", f"a {type(chunk).__name__} instead of a chunk")
        if not 0 <= chunk.execution < len(self.executions):
            self.refuse("a chunk", f"of execution {chunk.execution}; there are {len(self.executions)}")
        execution = self.executions[chunk.execution]
        if chunk.points.step not in (None, 1):
            self.refuse(f"'{execution.circuit.name}'", f"points {chunk.points}; a chunk is a run of points")
        shots = self.check(execution, chunk)
        count = self.book(execution, chunk, shots)
        data = self.plan.fold.reduce(execution, chunk)
        self.parts[chunk.execution].append(Part(chunk.points, data))
        self.done += count
        self.left[chunk.execution] -= count
        self.watch.chunk(chunk, self.done / self.total)
        if not self.left[chunk.execution]:
            self.fold_ready(execution.pub)

    def book(self, execution: Execution, chunk: Chunk, shots: NDArray[np.int64] | int) -> int:
        """Note which shots have come, refuse those too many; return how many these are."""
        index, wanted = chunk.execution, max(1, execution.shots)
        points = range(*chunk.points.indices(execution.size))
        left, everything = self.left[index], execution.size * wanted
        is_full = shots == wanted if isinstance(shots, int) else bool((shots == wanted).all())
        if left == everything and len(points) == execution.size and is_full:
            return left  # all at once, as most devices answer
        if index not in self.missing:
            self.missing[index] = np.full(execution.size, wanted if left else 0, dtype=np.int64)
        missing = self.missing[index][chunk.points]
        missing -= shots
        if missing.size and missing.min() < 0:
            self.refuse(f"'{execution.circuit.name}'", "more shots than were asked for, or a point twice")
        return int(shots) * missing.size if isinstance(shots, int) else int(shots.sum())

    def check(self, execution: Execution, chunk: Chunk) -> NDArray[np.int64] | int:
        """Compare a chunk's shapes with what was asked; return the shots of each of its points."""
        what = f"'{execution.circuit.name}'"
        points = len(range(*chunk.points.indices(execution.size)))
        kinds: tuple[Any, ...] = (chunk.bits, chunk.counts, chunk.iq, chunk.raw, chunk.expectation)
        given = [value for value in kinds if value is not None]
        if len(given) != 1:
            self.refuse(what, f"{len(given)} kinds of data in one chunk; exactly one is meant")
        if not isinstance(given[0], np.ndarray | OutcomeCounts):
            self.refuse(what, f"a {type(given[0]).__name__} instead of an array")
        if execution.observables:
            self.shape(what, "expectation values", chunk.expectation, (points, len(execution.observables)))
            return 1
        if execution.meas_level is MeasLevel.RAW:
            return self.check_raw(execution, chunk, points)
        if execution.meas_level is not MeasLevel.CLASSIFIED:
            return self.check_iq(execution, chunk, points)
        if chunk.counts is not None and not execution.memory:
            return self.check_counts(execution, chunk.counts, points)
        shots = chunk.bits.shape[1] if chunk.bits is not None and chunk.bits.ndim == 3 else execution.shots
        self.shape(what, "bits", chunk.bits, (points, shots, execution.num_bytes))
        self.check_words(execution, chunk.bits)
        return shots

    def check_counts(self, execution: Execution, counts: OutcomeCounts, points: int) -> NDArray[np.int64]:
        """Check counts; return the shots of each point."""
        what, rows = f"'{execution.circuit.name}'", len(counts.point)
        self.shape(what, "counts", counts.words, (rows, execution.num_bytes))
        self.shape(what, "weights of counts", counts.weight, (rows,))
        if rows and (counts.point.any() if points == 1 else counts.point.min() < 0 or counts.point.max() >= points):
            self.refuse(what, f"counts of a point outside the {points} of their chunk")
        if rows and counts.weight.min() < 0:
            self.refuse(what, "negative counts")
        self.check_words(execution, counts.words)
        if points == 1:
            total: NDArray[np.int64] = counts.weight.sum(keepdims=True)
            return total
        return np.bincount(counts.point, weights=counts.weight, minlength=points).astype(np.int64)

    def check_words(self, execution: Execution, words: NDArray[np.uint8] | None) -> None:
        """Refuse outcomes with bits that the circuit does not have."""
        what, width = f"'{execution.circuit.name}'", execution.circuit.num_clbits
        if words is None or words.dtype != np.uint8:
            self.refuse(what, f"bits of type {getattr(words, 'dtype', None)} instead of uint8")
        elif width % 8 and int(words[..., 0].max(initial=0)) >> (width % 8):
            self.refuse(what, f"outcomes wider than its {width} classical bits")

    def check_iq(self, execution: Execution, chunk: Chunk, points: int) -> int:
        """Check kerneled data."""
        what, width = f"'{execution.circuit.name}'", execution.circuit.num_clbits
        if execution.meas_level is MeasLevel.AVG_KERNELED:
            self.shape(what, "averaged IQ data", chunk.iq, (points, width))
            return execution.shots
        shots = chunk.iq.shape[1] if chunk.iq is not None and chunk.iq.ndim == 3 else execution.shots
        self.shape(what, "IQ data", chunk.iq, (points, shots, width))
        return shots

    def check_raw(self, execution: Execution, chunk: Chunk, points: int) -> int:
        """Check recorded samples; every chunk of an execution has as many of them as its first."""
        what, raw = f"'{execution.circuit.name}'", chunk.raw
        shots, samples = (raw.shape[1], raw.shape[3]) if raw is not None and raw.ndim == 4 else (execution.shots, 1)
        samples = self.samples.setdefault(chunk.execution, samples)
        self.shape(what, "raw samples", raw, (points, shots, execution.circuit.num_clbits, samples))
        if raw is not None and not np.issubdtype(raw.dtype, np.inexact):
            self.refuse(what, f"raw samples of type {raw.dtype} instead of volts")
        return int(shots)

    def shape(self, what: str, kind: str, data: NDArray[Any] | None, wanted: tuple[int, ...]) -> None:
        """Refuse data of another shape; nothing is padded."""
        got_shape = getattr(data, "shape", None)
        if got_shape != wanted:
            got = "none" if data is None else f"shape {got_shape}"
            self.refuse(what, f"{kind} of {got} instead of {wanted}")

    def refuse(self, what: str, how: str) -> None:
        """Blame the provider."""
        raise ProviderError(
            f"Provider '{self.provider}' returned for {what} {how}.",
            remedy="The data was not used. Report this to the provider; the next job is not affected.",
        )

    def fold_ready(self, pub: int = -1) -> None:
        """Fold each pub whose executions, and the shared ones, are complete; let its parts go."""
        if any(self.left[index] for index in self.of_pub[-1]):
            return
        for ready in sorted(self.unfolded) if pub == -1 else [pub] if pub in self.unfolded else []:
            mine = self.of_pub[ready]
            if any(self.left[index] for index in mine):
                continue
            answers = [(self.executions[index], self.parts[index]) for index in (*mine, *self.of_pub[-1])]
            self.results[ready] = self.plan.fold.fold_pub(ready, answers)
            self.unfolded.discard(ready)
            for index in mine:
                self.parts[index] = []
            self.watch.pub(ready, self.results[ready])

    def finish(self) -> None:
        """Refuse an answer with gaps."""
        if self.unfolded:
            lacking = sum(self.left)
            raise IncompleteError(
                f"Provider '{self.provider}' stopped with {lacking} of {self.total} shots missing.",
                remedy="Partial results are kept with the job. Run it again if the device is well.",
            )
