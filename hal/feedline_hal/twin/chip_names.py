# SPDX-License-Identifier: Apache-2.0
"""Names in a chip file: they are also keys of the rack file that is made for it, and every port does one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedline_hal.rack.mistake import Mistake

from .chip import Chip

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN = re.compile(r'[^"\\\x00-\x1f\x7f]+')


def port_paths(chip: Chip) -> Iterator[tuple[str, str]]:
    """Every port that a chip names, with the path of the key."""
    for qubit in chip.qubits:
        path = f"qubits.q{qubit.index}"
        for key, port in (("port", qubit.port), ("reset_port", qubit.reset_port)):
            if port:
                yield f"{path}.{key}", port
        for port in qubit.crosstalk:
            yield f"{path}.crosstalk.{port}", port
        if qubit.resonator is not None:
            yield f"{path}.resonator.port", qubit.resonator.port
    for coupler in chip.couplers:
        yield f"couplers.q{coupler.qubits[0]}_q{coupler.qubits[1]}.port", coupler.port


def check_names(chip: Chip) -> Iterator[Mistake]:
    """Names that no rack file can have, and ports that would do two things."""
    if _SHOWN.fullmatch(chip.name) is None:
        yield Mistake("name", f"is {chip.name!r}.", "Give some characters, no quotes, backslashes or line ends.")
    biases = [(f"qubits.q{one.index}.bias", one.bias) for one in chip.qubits if one.bias]
    for path, name in (*port_paths(chip), *biases):
        if _NAME.fullmatch(name) is None:
            yield Mistake(path, f"is {name!r}.", "Write letters, digits and underscores, no digit first.")
    uses: dict[str, str] = {}
    for path, port in port_paths(chip):
        if ".crosstalk." in path:
            continue
        first = uses.setdefault(port, path)
        if first != path and not (first.endswith(".resonator.port") and path.endswith(".resonator.port")):
            remedy = "Give each its own port; what a drive does to other qubits is their crosstalk."
            yield Mistake(path, f'is "{port}", as {first} is.', remedy)
