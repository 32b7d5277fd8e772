# SPDX-License-Identifier: Apache-2.0
"""What a provider may return: nothing is padded, nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from feedline.engine import IncompleteError
from feedline.errors import ProviderError
from feedline.execution import Chunk, Execution, OutcomeCounts


def _bits(shots: int = 10, width: int = 1, points: int = 1, value: int = 0, dtype: Any = np.uint8) -> Chunk:
    data = np.full((points, shots, width), value, dtype=dtype)
    return Chunk(execution=0, points=slice(0, points), bits=data)


def _counts(point: list[int], weight: list[int], words: list[list[int]]) -> Chunk:
    counts = OutcomeCounts(
        point=np.array(point, np.intp), weight=np.array(weight, np.int64), words=np.array(words, np.uint8)
    )
    return Chunk(execution=0, points=slice(0, 1), counts=counts)


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([_bits(9)], "stopped with 1 of 10 shots missing"),
        ([], "stopped with 10 of 10 shots missing"),
        ([_bits(11)], "more shots than were asked for, or a point twice"),
        ([_bits(), _bits()], "more shots than were asked for, or a point twice"),
        ([_bits(width=2)], r"bits of shape \(1, 10, 2\) instead of \(1, 10, 1\)"),
        ([_bits(points=2)], r"bits of shape \(2, 10, 1\) instead of \(1, 10, 1\)"),
        ([_bits(value=4)], "outcomes wider than its 2 classical bits"),
        ([_bits(dtype=np.int64)], "bits of type int64 instead of uint8"),
        (
            [Chunk(execution=3, points=slice(0, 1), bits=np.zeros((1, 10, 1), np.uint8))],
            "of execution 3; there are 1",
        ),
        ([Chunk(execution=0, points=slice(0, 1))], "0 kinds of data in one chunk"),
        ([Chunk(execution=0, points=slice(0, 1), bits=[[0]])], "a list instead of an array"),  # type: ignore[arg-type]
        ([Chunk(execution=0, points=slice(None, None, -1), bits=_bits().bits)], "a chunk is a run of points"),
        ([_counts([0], [10], [[0]])], "bits of none"),
        (["0x0"], "a str instead of a chunk"),
    ],
)
def test_data_that_does_not_fit_is_refused_and_the_next_job_is_correct(
    bench: Any, chunks: list[Chunk], words: str
) -> None:
    bench.backend.acts["a"] = lambda device, index, execution: iter(chunks)
    with pytest.raises(ProviderError, match=rf"Provider 'bench' .*{words}"):
        bench.run("a").result(20)
    assert bench.run("b").result(20) == ["b"]


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        (_counts([0], [9], [[0]]), "stopped with 1 of 10 shots missing"),
        (_counts([0, 0], [12, -2], [[0], [1]]), "negative counts"),
        (_counts([1], [10], [[0]]), "counts of a point outside the 1 of their chunk"),
        (_counts([0], [10], [[4]]), "outcomes wider than its 2 classical bits"),
        (_counts([0, 0], [10], [[0], [1]]), r"weights of counts of shape \(1,\) instead of \(2,\)"),
    ],
)
def test_counts_that_do_not_fit_are_refused(bench: Any, chunk: Chunk, words: str) -> None:
    work = bench.work("a")
    executions = tuple(attrs.evolve(one, memory=False) for one in work.plan.executions)
    work = attrs.evolve(work, plan=attrs.evolve(work.plan, executions=executions))
    bench.backend.acts["a"] = lambda device, index, execution: iter([chunk])
    with pytest.raises(ProviderError, match=words):
        bench.runtime.submit(work).result(20)


def test_too_few_shots_without_an_abort_are_a_fault_of_the_device(bench: Any) -> None:
    bench.backend.acts["a"] = lambda device, index, execution: iter([])
    with pytest.raises(IncompleteError):
        bench.run("a").result(20)
    bench.run("b").result(20)
    assert bench.backend.log.count("open") == 2


def test_refused_stream_is_closed_before_anything_else_happens(bench: Any) -> None:
    def stream(device: Any, index: int, execution: Execution) -> Iterator[Chunk]:
        try:
            yield _bits(11)
        finally:
            bench.backend.log.append("cleaned")

    bench.backend.acts["a"] = stream
    with pytest.raises(ProviderError) as kept:
        bench.run("a").result(20)
    assert kept.value.__traceback__ is not None  # which would keep the stream alive
    assert bench.backend.log.index("cleaned") < bench.backend.log.index("close")
