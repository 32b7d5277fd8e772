# SPDX-License-Identifier: Apache-2.0
"""Observables as people write them: ``ZZ``, ``ZZ + 0.5*XX - 1.2*IZ``, ``0.25*11``."""

from __future__ import annotations

import re

from feedline.errors import InputError

_TERM = re.compile(
    r"\s*(?P<sign>[+-]?)\s*(?:(?P<factor>\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)\s*\*\s*)?(?P<label>[IXYZ01rl]+)(?![\w.*])\s*"
)
_EXAMPLE = "Write it like 'ZZ + 0.5*XX': a letter of I X Y Z 0 1 r l per qubit, the last letter is qubit 0."


def parse_observable(text: str, num_qubits: int) -> dict[str, float]:
    """Read a sum of Pauli strings and projectors.

    Args:
        text: Terms with a sign and an optional factor; letters as in Qiskit (``0 1 r l`` project).
        num_qubits: Qubits of the circuit; each term has as many letters.

    Returns:
        Factor by label; equal labels are added up.

    Raises:
        InputError: If it cannot be read; shows where.
    """
    terms: dict[str, float] = {}
    place = 0
    while place < len(text) or not terms:
        found = _TERM.match(text, place)
        if found is None or (place > 0 and not found["sign"]):
            raise InputError(
                f"Observable '{text}' cannot be read from '{text[place:].strip() or 'its end'}' on.",
                remedy=_EXAMPLE,
            )
        label = found["label"]
        if len(label) != num_qubits:
            raise InputError(
                f"Observable '{text}': term '{label}' has {len(label)} letters, the circuit has {num_qubits} qubits.",
                remedy="Write one letter per qubit, I where nothing is measured.",
            )
        factor = float(found["factor"] or 1) * (-1 if found["sign"] == "-" else 1)
        terms[label] = terms.get(label, 0.0) + factor
        place = found.end()
    return terms
