# SPDX-License-Identifier: Apache-2.0
"""Raw samples, Qiskit's measurement level 0: from the device's chunks to the user's arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter

import feedline
from feedline import Capabilities, Chunk, Execution, MeasLevel, Sampler
from feedline.errors import CapabilityError, OptionError, ProviderError
from feedline.plan import Part
from feedline.primitives.sampler_fold import SamplerFold, SamplerOutline
from feedline.runtime import codec
from feedline.testing import NullBackend, ScriptedBackend

RAW = {"execution": {"meas_type": "raw"}}
SHOTS, SAMPLES = 6, 5


def volts(points: int, shots: int, clbits: int, dtype: Any = np.complex128) -> NDArray[Any]:
    """Samples that tell where they belong: point, shot, classical bit and time, a digit each."""
    place = np.indices((points, shots, clbits, SAMPLES))
    told = (place * np.array([1000, 100, 10, 1]).reshape(4, 1, 1, 1, 1)).sum(axis=0)
    return (told * (1 - 2j) if np.issubdtype(dtype, np.complexfloating) else told).astype(dtype)


def pieces(executions: Sequence[Execution]) -> Iterator[Chunk]:
    """Points two by two, the last ones first, the shots of each in two parts."""
    for index, execution in enumerate(executions):
        whole = volts(execution.size, execution.shots, execution.circuit.num_clbits)
        for first in reversed(range(0, execution.size, 2)):
            points = slice(first, min(first + 2, execution.size))
            for shots in (slice(0, 2), slice(2, None)):
                yield Chunk(execution=index, points=points, raw=whole[points, shots])


def two_registers() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.rx(Parameter("angle"), 0)
    circuit.measure([0, 1], [2, 0])
    return circuit


def test_sampler_sorts_samples_to_registers_points_and_shots() -> None:
    pub = (two_registers(), np.zeros((3, 2, 1)))
    data = Sampler(ScriptedBackend([pieces]), RAW).run([pub], shots=SHOTS).result(20)[0].data
    expected = volts(6, SHOTS, 3).reshape(3, 2, SHOTS, 3, SAMPLES)
    np.testing.assert_array_equal(data.a, expected[..., :1, :])
    np.testing.assert_array_equal(data.b, expected[..., 1:, :])


def test_real_samples_stay_real_and_as_small_as_they_came() -> None:
    circuit = QuantumCircuit(1)
    circuit.measure_all()
    raw = volts(1, SHOTS, 1, np.float32)
    backend = ScriptedBackend([[Chunk(execution=0, points=slice(0, 1), raw=raw)]])
    data = Sampler(backend, RAW).run([circuit], shots=SHOTS).result(20)[0].data.meas
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data, raw[0])


def test_empty_sweep_has_no_samples() -> None:
    pub = (two_registers(), np.zeros((0, 1)))
    data = Sampler(NullBackend(2), RAW).run([pub], shots=SHOTS).result(20)[0].data
    assert data.b.shape == (0, SHOTS, 2, 0)


@pytest.mark.parametrize("level", [0, "raw"])
def test_run_returns_what_qiskits_result_reads_as_level_0(level: int | str) -> None:
    """Shapes are those that `qiskit.result.Result.get_memory` documents for level 0."""
    circuit = two_registers().assign_parameters([0.1])
    expected = volts(1, SHOTS, 3)[0]
    single = ScriptedBackend([pieces]).run(circuit, shots=SHOTS, meas_level=level).result()
    assert (single.results[0].meas_level, single.results[0].meas_return) == (0, "single")
    np.testing.assert_array_equal(single.get_memory(), expected)
    mean = ScriptedBackend([pieces]).run(circuit, shots=SHOTS, meas_level=level, meas_return="avg").result()
    assert (mean.results[0].meas_level, mean.results[0].meas_return) == (0, "avg")
    np.testing.assert_allclose(mean.get_memory(), expected.mean(axis=0), rtol=1e-14)


def test_raw_results_and_chunks_come_back_from_the_store() -> None:
    circuit = two_registers().assign_parameters([0.1])
    results = [
        ScriptedBackend([pieces]).run(circuit, shots=SHOTS, meas_level=0).result(),
        Sampler(ScriptedBackend([pieces]), RAW).run([circuit], shots=SHOTS).result(20),
        Chunk(execution=0, points=slice(0, 1), raw=volts(1, SHOTS, 3)),
    ]
    run, sampled, chunk = (_carried(result) for result in results)
    np.testing.assert_array_equal(run.get_memory(), volts(1, SHOTS, 3)[0])
    np.testing.assert_array_equal(sampled[0].data.a, volts(1, SHOTS, 3)[0][..., :1, :])
    np.testing.assert_array_equal(chunk.raw, volts(1, SHOTS, 3))
    assert chunk.iq is None


def test_fold_fills_up_shorter_executions_and_merges_axes_of_passes_into_the_shots() -> None:
    """A pub may run as several executions, with axes of its passes; captures of some may be longer."""
    circuit = two_registers()
    outline = SamplerOutline(circuit=circuit, shape=(2,), shots=12, meas_level=MeasLevel.RAW, metadata={})
    fold = SamplerFold(outlines=(outline,))
    answers = []
    for samples in (SAMPLES, 3):
        execution = Execution(
            circuit=circuit,
            values=np.zeros((2, 2, 1)),
            shots=3,
            meas_level=MeasLevel.RAW,
            axes=("randomization", "param"),
        )
        chunk = Chunk(execution=0, points=slice(0, 4), raw=volts(4, 3, 3)[..., :samples])
        answers.append((execution, [Part(chunk.points, fold.reduce(execution, chunk))]))
    data = fold.fold_pub(0, answers).data.b
    long = volts(4, 3, 3).reshape(2, 2, 3, 3, SAMPLES).swapaxes(0, 1).reshape(2, 6, 3, SAMPLES)[:, :, 1:]
    assert data.shape == (2, 12, 2, SAMPLES)
    np.testing.assert_array_equal(data[:, :6], long)
    np.testing.assert_array_equal(data[:, 6:, :, :3], long[..., :3])
    assert not data[:, 6:, :, 3:].any()


def _carried(value: Any) -> Any:
    text, arrays = codec.write(codec.pack(value))
    return codec.decode(text, codec.load_arrays(arrays))


def test_job_with_raw_samples_counts_its_shots() -> None:
    job = Sampler(ScriptedBackend([pieces]), RAW).run([(two_registers(), np.zeros((3, 1)))], shots=SHOTS)
    job.result(20)
    assert job.metrics()["shots"] == 3 * SHOTS


def _some(shape: tuple[int, ...], dtype: Any = np.float64, **fields: Any) -> Chunk:
    return Chunk(execution=0, points=slice(0, 1), raw=np.zeros(shape, dtype), **fields)


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([_some((1, SHOTS, 3))], r"raw samples of shape \(1, 6, 3\) instead of"),
        ([_some((1, SHOTS, 2, 4))], r"raw samples of shape \(1, 6, 2, 4\) instead of \(1, 6, 3, 4\)"),
        ([_some((1, 2, 3, 4)), _some((1, 4, 3, 5))], r"of shape \(1, 4, 3, 5\) instead of \(1, 4, 3, 4\)"),
        ([_some((1, 7, 3, 4))], "more shots than were asked for"),
        ([_some((1, SHOTS, 3, 4), np.int16)], "raw samples of type int16 instead of volts"),
        ([Chunk(execution=0, points=slice(0, 1), iq=np.zeros((1, SHOTS, 3), complex))], "raw samples of none"),
        ([_some((1, SHOTS, 3, 4), bits=np.zeros((1, SHOTS, 1), np.uint8))], "2 kinds of data in one chunk"),
    ],
)
def test_raw_samples_that_do_not_fit_are_refused(chunks: list[Chunk], words: str) -> None:
    job = Sampler(ScriptedBackend([chunks]), RAW).run([(two_registers(), [0.1])], shots=SHOTS)
    with pytest.raises(ProviderError, match=words):
        job.result(20)


def test_backend_without_raw_samples_refuses_them() -> None:
    circuit = two_registers().assign_parameters([0.1])
    for backend in (
        feedline.backend("pulse"),
        NullBackend(2, capabilities=Capabilities(meas_levels={"classified"})),  # type: ignore[arg-type]
    ):
        with pytest.raises(CapabilityError, match=rf"meas_type is 'raw', which backend '{backend.name}' does not"):
            Sampler(backend, RAW).run([circuit])
        with pytest.raises(CapabilityError, match=r"meas_level 0 \('raw'\) is not returned by backend"):
            backend.run(circuit, meas_level=0)


def test_levels_that_qiskit_does_not_have_are_refused() -> None:
    circuit = two_registers().assign_parameters([0.1])
    for level in (3, False, "rough"):
        with pytest.raises(OptionError, match=rf"meas_level is {level!r}.*\n.*or 0 \(raw samples\)"):
            NullBackend(2).run(circuit, meas_level=level)
