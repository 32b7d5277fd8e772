# SPDX-License-Identifier: Apache-2.0
"""Codecs of Qiskit's results; registered when this is imported."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from qiskit.primitives.containers import BitArray, DataBin, PrimitiveResult, PubResult, SamplerPubResult
from qiskit.result import Result
from qiskit.result.models import ExperimentResult

from feedline.estimation.result import EstimatorResult
from feedline.primitives import results

from .codec import register_codec


def _pub_tree(value: Any) -> Any:
    return {"data": value.data, "metadata": value.metadata}


def _make_pub(kind: Callable[..., Any], tree: Any) -> Any:
    return kind(tree["data"], tree["metadata"])


register_codec(
    "bit_array",
    BitArray,
    lambda value: {"array": value.array, "num_bits": value.num_bits},
    lambda tree: BitArray(tree["array"], tree["num_bits"]),
)
register_codec(
    "data_bin",
    DataBin,
    lambda value: {"shape": list(value.shape), "fields": [[name, item] for name, item in value.items()]},
    lambda tree: DataBin(shape=tuple(tree["shape"]), **{name: item for name, item in tree["fields"]}),
)
for _name, _kind, _made in (
    ("pub_result", PubResult, PubResult),
    ("sampler_pub_result", SamplerPubResult, results.SamplerPubResult),
):
    register_codec(_name, _kind, _pub_tree, functools.partial(_make_pub, _made))
register_codec(
    "primitive_result",
    PrimitiveResult,
    lambda value: {"pubs": list(value), "metadata": value.metadata},
    lambda tree: PrimitiveResult(tree["pubs"], tree["metadata"]),
)
register_codec(
    "estimator_result",
    EstimatorResult,
    lambda value: {"pubs": list(value), "metadata": value.metadata},
    lambda tree: EstimatorResult(tree["pubs"], tree["metadata"]),
)
register_codec("qiskit_result", Result, Result.to_dict, Result.from_dict)
register_codec("experiment_result", ExperimentResult, ExperimentResult.to_dict, ExperimentResult.from_dict)
