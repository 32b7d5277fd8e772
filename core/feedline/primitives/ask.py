# SPDX-License-Identifier: Apache-2.0
"""Asking: what Sampler and Estimator check alike before a plan is made."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives.containers.bindings_array import BindingsArray

from feedline.capabilities import Capabilities
from feedline.errors import CapabilityError, FeedlineError, InputError, nearest
from feedline.structure import parameter_names

P = TypeVar("P")

MOST_SHOTS = 10**12
"""At 1 µs each these take 11 days; more is a slip in the precision."""


def coerced(pubs: Any, coerce: Callable[[Any], P], form: str) -> list[P]:
    """Coerce every pub, naming the one that cannot be.

    Args:
        pubs: What the user gave.
        coerce: Qiskit's coercion of one pub.
        form: How a pub is written, for the remedy.

    Raises:
        InputError: Names the pub and what is wrong with it.
    """
    if isinstance(pubs, QuantumCircuit) or not isinstance(pubs, Iterable):
        raise InputError(
            f"run() was given a {type(pubs).__name__} instead of a list of pubs.",
            remedy=f"Write run([{form}]).",
        )
    made = []
    for index, pub in enumerate(pubs):
        try:
            made.append(coerce(pub))
        except FeedlineError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            empty = "Empty observable" in str(error)
            remedy = "Its terms cancel or are all zero; leave it out." if empty else f"A pub is {form}."
            raise InputError(f"Pub {index} cannot be used: {_sentence(error)}", remedy=remedy) from error
    return made


def parameter_values(index: int, bindings: BindingsArray, circuit: QuantumCircuit) -> NDArray[np.float64]:
    """Values in the order of the circuit's parameters, the sweep flattened, shape ``(points, n)``.

    Raises:
        InputError: If a value is nan or infinite.
    """
    names = parameter_names(circuit)
    given = bindings.data.get(names)  # what a plain array becomes; anything else is sorted by name
    values = np.array(_sorted(bindings, names) if given is None else given, dtype=np.float64)  # the caller may go on
    if not np.isfinite(values).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        name = names[where[-1]]
        raise InputError(
            f"Pub {index}: parameter '{name}' is {values[where]} at sweep point {where[:-1]}.",
            remedy="Parameter values must be finite; check the optimiser or the sweep that made them.",
        )
    return values.reshape(math.prod(values.shape[:-1]), values.shape[-1])


def _sorted(bindings: BindingsArray, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Columns of the parameters that the circuit still has; the transpiler may have found some void."""
    column = {name: values[..., i] for key, values in bindings.data.items() for i, name in enumerate(key)}
    for name in names:
        if name not in column:
            raise InputError(f"Parameter '{name}' of the circuit has no value.", remedy=nearest(name, column))
    if not names:
        return np.zeros((*bindings.shape, 0))
    return np.stack([np.broadcast_to(column[name], bindings.shape) for name in names], axis=-1)


def check_shots(index: int, shots: int, capabilities: Capabilities, backend_name: str, what: str) -> None:
    """Refuse more shots than the backend takes, or than anybody means."""
    if shots > MOST_SHOTS:
        raise InputError(
            f"Pub {index} needs {shots:.3g} shots {what}.",
            remedy="Ask for a larger precision (a larger standard error): shots grow with its inverse square.",
        )
    if capabilities.max_shots is not None and shots > capabilities.max_shots:
        raise CapabilityError(
            f"Pub {index} needs {shots} shots {what}, backend '{backend_name}' takes at most {capabilities.max_shots}.",
            remedy="Ask for fewer shots, or a larger precision (a larger standard error).",
        )


def stored_values(bindings: Iterable[BindingsArray]) -> dict[str, NDArray[np.float64]]:
    """Parameter values of pubs as named arrays, for the store."""
    return {
        f"pub{index}:{','.join(names)}": values
        for index, binding in enumerate(bindings)
        for names, values in binding.data.items()
    }


def spread_seeds(seed: int | None, count: int) -> Sequence[int | None]:
    """Independent seeds of the executions of a job; neighbouring integers would be correlated."""
    if seed is None:
        return [None] * count
    words = np.random.SeedSequence(seed).generate_state(max(1, count), dtype=np.uint32)
    return [int(word) & 0x7FFFFFFF for word in words[:count]]


def _sentence(error: Exception) -> str:
    text = str(error).strip().strip("'\"") or type(error).__name__
    return text if text.endswith((".", "!", "?")) else text + "."
