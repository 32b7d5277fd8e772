# SPDX-License-Identifier: Apache-2.0
"""What a user asks of an Aer backend, checked before Aer sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
from qiskit.transpiler import CouplingMap
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from feedline.errors import OptionError, nearest

if TYPE_CHECKING:
    from qiskit.providers import BackendV2

SHOT_METHODS = (
    "automatic",
    "statevector",
    "density_matrix",
    "stabilizer",
    "matrix_product_state",
    "extended_stabilizer",
    "tensor_network",
)
"""Methods that give shots; ``unitary`` and ``superop`` give matrices only."""

EXACT_METHODS = frozenset(SHOT_METHODS) - {"extended_stabilizer"}
"""Methods whose expectation values are exact (``matrix_product_state`` up to its truncation)."""

_KINDS: dict[str, tuple[type, ...]] = {
    "max_parallel_threads": (int,),
    "device": (str,),
    "precision": (str,),
    "max_memory_mb": (int,),
    "fusion_enable": (bool,),
    "matrix_product_state_max_bond_dimension": (int,),
    "matrix_product_state_truncation_threshold": (float, int),
}


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Settings:
    """Options of one Aer backend; see `feedline_aer.plugin.make`.

    Attributes:
        engine: Aer's own options, by Aer's names.
    """

    argument: str = ""
    method: str = "automatic"
    noise_model: NoiseModel | None = None
    like: BackendV2 | str | None = None
    coupling_map: Any = None
    basis_gates: Sequence[str] | None = None
    num_qubits: int | None = None
    seed: int | None = None
    engine: Mapping[str, Any] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Refuse what Aer would ignore or choke on."""
        if self.argument:
            raise OptionError(
                f"Backend 'aer' takes no argument, '{self.argument}' was given.",
                remedy="Write feedline.backend('aer', like=...) to imitate a backend.",
            )
        self._check_choices()
        if self.noise_model is not None and not isinstance(self.noise_model, NoiseModel):
            raise _wrong("noise_model", self.noise_model, "a qiskit_aer.noise.NoiseModel")
        for name, least in (("num_qubits", 1), ("seed", 0)):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
                raise _wrong(name, value, f"a whole number of at least {least}")
        for name, value in self.engine.items():
            good = isinstance(value, _KINDS[name]) and (bool in _KINDS[name]) == isinstance(value, bool)
            if value is not None and not good:
                raise _wrong(name, value, " or ".join(kind.__name__ for kind in _KINDS[name]))

    def _check_choices(self) -> None:
        if self.method in ("unitary", "superop"):
            raise OptionError(
                f"method is '{self.method}', which gives a matrix and no shots.",
                remedy=f"Methods that give shots: {', '.join(SHOT_METHODS)}.",
            )
        simulator = AerSimulator()
        methods = [name for name in SHOT_METHODS if name in simulator.available_methods()]
        devices = list(simulator.available_devices())
        for name, value, known in (
            ("method", self.method, methods),
            ("device", self.engine.get("device", "CPU"), devices),
            ("precision", self.engine.get("precision", "double"), ["single", "double"]),
        ):
            if value not in known:
                raise OptionError(
                    f"{name} is {value!r}, which this Aer does not have.", remedy=nearest(str(value), known)
                )

    def coupling(self) -> CouplingMap | None:
        """The coupling map, whatever form it was given in."""
        if self.coupling_map is None or isinstance(self.coupling_map, CouplingMap):
            return self.coupling_map
        try:
            return CouplingMap([tuple(pair) for pair in self.coupling_map])
        except Exception as error:  # Qiskit raises several kinds for a malformed list
            raise _wrong("coupling_map", self.coupling_map, "pairs of qubits, as [[0, 1], [1, 2]]") from error


def _wrong(name: str, value: Any, wanted: str) -> OptionError:
    return OptionError(f"{name} is {value!r}.", remedy=f"It takes {wanted}.")
