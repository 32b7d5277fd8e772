# SPDX-License-Identifier: Apache-2.0
"""Values survive the store: text and arrays, never pickle."""

from __future__ import annotations

import datetime
import json
import math
from enum import StrEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives import (
    BitArray,
    DataBin,
    PrimitiveResult,
    PubResult,
    SamplerPubResult,
    StatevectorSampler,
)
from qiskit.result import Result

from feedline.errors import PluginError, StoreError
from feedline.execution import Chunk, OutcomeCounts
from feedline.primitives import results
from feedline.runtime import codec
from feedline.testing import IdealBackend


def carried(value: Any) -> Any:
    """Through text and npz, as the store does it."""
    arrays: codec.Arrays = {}
    text = codec.encode(value, arrays)
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    return codec.decode(text, codec.load_arrays(codec.save_arrays(arrays)))


class Colour(StrEnum):
    RED = "red"


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.integers() | st.tuples(st.integers(), st.text()), inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_plain_values_come_back_equal(value: Any) -> None:
    assert carried(value) == value


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (np.float64(0.1), 0.1),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.complex128(1 + 2j), 1 + 2j),
        (np.str_("a"), "a"),
        (Colour.RED, "red"),
        ({"$": "not a tag"}, {"$": "not a tag"}),
        (math.inf, math.inf),
        (slice(2, 9), slice(2, 9)),
        ({1, 2}, {1, 2}),
        (
            datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
            datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        ),
    ],
)
def test_scalars_of_numpy_and_oddities_come_back(value: Any, back: Any) -> None:
    assert carried(value) == back
    assert type(carried(value)) is type(back)


def test_nan_comes_back_without_leaving_json() -> None:
    assert math.isnan(carried({"deep": [math.nan]})["deep"][0])


def test_object_nobody_knows_becomes_its_repr() -> None:
    class Strange:
        def __repr__(self) -> str:
            return "<strange>"

    assert carried({"what": Strange(), "array": np.array([Strange(), 1], dtype=object)})["what"] == "<strange>"
    assert carried(np.array([[Strange(), 1]], dtype=object)).tolist() == [["<strange>", 1]]


@pytest.mark.parametrize("dtype", ["f8", "f4", "c16", "u1", "i8", "?", "U3", "M8[s]"])
def test_arrays_keep_dtype_and_shape_inside_and_outside_the_text(dtype: str) -> None:
    array = np.zeros((2, 0, 3), dtype=dtype)
    for back in (carried({"a": array})["a"], codec.decode(codec.encode(array))):
        assert (back.dtype, back.shape) == (array.dtype, array.shape)


def test_sampler_result_comes_back_with_counts() -> None:
    circuit = QuantumCircuit(2)
    circuit.ry(Parameter("t"), 0)
    circuit.measure_all()
    result = StatevectorSampler(seed=1).run([(circuit, np.linspace(0, 3, 3)[:, None])], shots=50).result()
    back = carried(result)
    assert type(back) is PrimitiveResult
    assert type(back[0]) is results.SamplerPubResult
    assert back[0].data.meas == result[0].data.meas
    assert back[0].data.shape == (3,)
    assert back[0].metadata == result[0].metadata
    assert sum(back[0].counts().values()) == 150


def test_estimator_result_comes_back_with_its_metadata() -> None:
    data = DataBin(evs=np.array([0.5, 1.0]), stds=np.array([0.1, 0.2]), shape=(2,))
    result = PrimitiveResult(
        [PubResult(data, {"shots": np.int64(5), "spread": np.array([1.0]), "factors": (1, 3)})],
        {"version": 2},
    )
    back = carried(result)
    assert type(back[0]) is PubResult
    np.testing.assert_array_equal(back[0].data.evs, data.evs)
    assert back[0].metadata["factors"] == (1, 3)
    assert back[0].metadata["shots"] == 5
    assert back.metadata == {"version": 2}


def test_scalar_estimates_keep_their_shape() -> None:
    back = carried(PubResult(DataBin(evs=np.array(0.5), iq=np.array(1j))))
    assert back.data.evs.shape == ()
    assert back.data.iq == 1j


def test_register_that_shadows_a_codec_word_comes_back() -> None:
    bits = BitArray.from_samples(["01", "11"])
    back = carried(SamplerPubResult(DataBin(**{"$": bits, "fields": bits})))
    assert back.data["$"] == bits


def test_qiskit_result_comes_back() -> None:
    result = Result.from_dict(
        {
            "backend_name": "lab",
            "job_id": "1",
            "success": True,
            "results": [
                {
                    "shots": 2,
                    "success": True,
                    "data": {"counts": {"0x0": 2}, "memory": [[1j]]},
                    "header": {"name": "c"},
                }
            ],
        }
    )
    back = carried(result)
    assert back.to_dict() == result.to_dict()
    assert back.data(0)["memory"] == [[1j]]


def test_chunks_come_back() -> None:
    bits = np.arange(10, dtype=np.uint8).reshape(2, 5, 1)
    back = carried(Chunk(execution=3, points=slice(4, 6), bits=bits, started_s=1.5))
    assert (back.execution, back.points, back.started_s, back.iq) == (3, slice(4, 6), 1.5, None)
    np.testing.assert_array_equal(back.bits, bits)
    counts = OutcomeCounts(point=np.array([0]), words=bits[0, :1], weight=np.array([9]))
    assert carried(Chunk(execution=0, points=slice(0, 1), counts=counts)).counts.weight.tolist() == [9]


def test_circuit_comes_back_equal() -> None:
    circuit = QuantumCircuit(2, 1, metadata={"a": 1})
    circuit.rx(Parameter("t"), 0)
    with circuit.if_test((0, 1)):
        circuit.x(1)
    assert codec.load_circuit(codec.save_circuit(circuit)) == circuit


def test_pickled_arrays_are_refused() -> None:
    import io

    file = io.BytesIO()
    np.savez(file, a=np.array([object], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        codec.load_arrays(file.getvalue())


def test_kind_nobody_can_read_says_so() -> None:
    with pytest.raises(StoreError, match=r"kind 'from_mars'.*\n.*Install the plugin"):
        codec.decode('{"$":"from_mars","v":1}')


def test_registered_type_comes_back_and_its_name_is_taken() -> None:
    class Point:
        def __init__(self, x: float) -> None:
            self.x = x

    codec.register_codec("test_point", Point, lambda point: {"x": np.array(point.x)}, lambda tree: Point(tree["x"]))
    assert carried([Point(2.0)])[0].x == 2.0
    with pytest.raises(PluginError, match=r"'chunk' for .*Point: the name belongs to Chunk"):
        codec.register_codec("chunk", Point, repr, repr)
    with pytest.raises(PluginError, match="'tuple'"):
        codec.register_codec("tuple", Point, repr, repr)


def test_part_of_a_plain_run_comes_back_as_it_was() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    whole = IdealBackend(1).run(circuit, shots=3, memory=True).result().results[0]
    assert carried(whole).to_dict() == whole.to_dict()
