# SPDX-License-Identifier: Apache-2.0
"""Results: every format that backends return, sorted in one place.

Outcomes come as hex strings, bit strings (whole, or register by register) or integers, one per shot
(memory) or one per distinct outcome (counts). IQ data come as complex numbers or pairs, a column per
memory slot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from .layout import BitLayout

Words = NDArray[np.uint8]


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Outcomes:
    """Classified outcomes of one circuit.

    Attributes:
        words: Packed outcomes, shape ``(n, n_bytes)``: one per shot, or one per distinct outcome.
        weights: How often each came, or ``None`` if `words` are single shots in the order taken.
    """

    words: Words
    weights: NDArray[np.int64] | None = None


def outcomes(experiment: Any, layout: BitLayout, shots: int, backend: str) -> Outcomes:
    """Read one circuit's memory, or else its counts.

    Args:
        experiment: An entry of Qiskit's ``Result.results``.
        layout: Where the circuit's classical bits stand.
        shots: Shots that were asked for.
        backend: Name that errors blame.

    Raises:
        ProviderError: If there is neither, or it does not fit the circuit.
    """
    data, header = experiment.data, getattr(experiment, "header", None)
    memory, counts = _of(data, "memory"), _of(data, "counts")
    if memory is not None and len(memory):
        return Outcomes(words=_words(list(memory), layout, header, backend))
    if counts:
        weights = np.array(list(counts.values()))
        if not np.array_equal(weights, np.round(weights)) or (weights < 0).any():
            raise layout.refuse(backend, f"counts that are no whole numbers: {dict(counts)}")
        return Outcomes(words=_words(list(counts), layout, header, backend), weights=weights.astype(np.int64))
    if layout.measures:
        raise layout.refuse(backend, "neither memory nor counts")
    return Outcomes(words=np.zeros((1, layout.num_bytes), np.uint8), weights=np.array([shots]))


def shuffled(found: Outcomes, rng: np.random.Generator) -> Words:
    """Single shots; those of counts in random order, as theirs is lost."""
    if found.weights is None:
        return found.words
    shots = rng.permutation(np.repeat(np.arange(len(found.weights)), found.weights))
    words: Words = found.words[shots]
    return words


def columns(experiment: Any, layout: BitLayout, backend: str, *, is_average: bool) -> NDArray[np.complex128]:
    """Read IQ data: shape ``(shots, num_clbits)``, or ``(num_clbits,)`` if averaged.

    Raises:
        ProviderError: If they are no IQ data, or their columns do not fit the circuit.
    """
    raw = np.asarray(_of(experiment.data, "memory"))
    dimensions = 1 if is_average else 2
    if raw.dtype.kind not in "cfiu":
        raise layout.refuse(backend, "no IQ data though meas_level=1 was asked for")
    if raw.ndim == dimensions + 1 and raw.shape[-1] == 2 and raw.dtype.kind != "c":
        raw = raw[..., 0] + 1j * raw[..., 1]
    if raw.ndim != dimensions or raw.shape[-1] != layout.num_clbits:
        raise layout.refuse(
            backend, f"IQ data of shape {raw.shape} instead of {layout.num_clbits} columns, one per bit"
        )
    slots = layout.slots(getattr(experiment, "header", None))
    sorted_columns = np.empty(raw.shape, dtype=np.complex128)
    sorted_columns[..., slots if slots is not None else slice(None)] = raw
    return sorted_columns


def _of(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, Mapping) else getattr(data, name, None)


def _words(entries: Sequence[Any], layout: BitLayout, header: Any, backend: str) -> Words:
    """Pack outcomes in whatever form they come."""
    first = entries[0]
    if isinstance(first, str) and not first.lower().startswith(("0x", "0b")):
        return _from_bit_strings([str(entry) for entry in entries], layout, backend)
    if isinstance(first, str) and first.lower().startswith("0x"):
        words = _from_hex([entry[2:] for entry in entries], layout, backend)
    elif isinstance(first, str):
        words = _from_integers([int(entry, 2) for entry in entries], layout, backend)
    elif isinstance(first, int | np.integer) and not isinstance(first, bool):
        words = _from_integers([int(entry) for entry in entries], layout, backend)
    else:
        raise layout.refuse(backend, f"outcomes of an unknown form: {first!r}")
    slots = layout.slots(header)
    if slots is None:
        return words
    bits = np.empty((len(words), layout.num_clbits), dtype=np.uint8)
    bits[:, slots] = layout.unpacked(words)
    return layout.packed(bits)


def _from_hex(digits: Sequence[str], layout: BitLayout, backend: str) -> Words:
    width = 2 * layout.num_bytes
    joined = "".join([digit.rjust(width, "0") for digit in digits])
    if len(joined) != width * len(digits):
        raise layout.refuse(backend, f"outcomes wider than its {layout.num_clbits} classical bits")
    words = np.frombuffer(bytes.fromhex(joined), dtype=np.uint8).reshape(len(digits), layout.num_bytes)
    _check_width(words, layout, backend)
    return words


def _from_integers(values: Sequence[int], layout: BitLayout, backend: str) -> Words:
    if min(values) < 0 or max(values) >= 2**layout.num_clbits:
        raise layout.refuse(backend, f"outcomes wider than its {layout.num_clbits} classical bits")
    joined = b"".join([value.to_bytes(layout.num_bytes, "big") for value in values])
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(values), layout.num_bytes)


def _check_width(words: Words, layout: BitLayout, backend: str) -> None:
    spare = layout.num_clbits - 8 * (layout.num_bytes - 1)
    if (words[:, 0] >> spare).any():
        raise layout.refuse(backend, f"outcomes wider than its {layout.num_clbits} classical bits")


def _from_bit_strings(strings: Sequence[str], layout: BitLayout, backend: str) -> Words:
    """Bit strings, the highest bit first; registers may stand apart."""
    order = _order(strings, layout, backend)
    joined = "".join(strings).replace(" ", "")
    characters = np.frombuffer(joined.encode(), dtype=np.uint8) - ord("0")
    if len(characters) != len(order) * len(strings) or (characters > 1).any():
        raise layout.refuse(backend, f"outcomes that are no bit strings of one length, such as {strings[0]!r}")
    bits = np.zeros((len(strings), layout.num_clbits), dtype=np.uint8)
    bits[:, order] = characters.reshape(len(strings), len(order))
    return layout.packed(bits)


def _order(strings: Sequence[str], layout: BitLayout, backend: str) -> list[int]:
    """Classical bit of each character, read off the form of the first string."""
    lengths = [len(part) for part in strings[0].split()]
    if len(lengths) > 1:
        if lengths == layout.register_lengths():
            return layout.by_register()
    elif sum(lengths) == layout.num_clbits:
        return layout.by_number()
    elif sum(lengths) == sum(layout.register_lengths()):
        return layout.by_register()
    raise layout.refuse(
        backend, f"outcomes such as {strings[0]!r}, which do not fit its {layout.num_clbits} classical bits"
    )
