# SPDX-License-Identifier: Apache-2.0
"""Options of zero-noise extrapolation: IBM's names where IBM has the option."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import attrs

from feedline.errors import OptionError, nearest

AMPLIFIERS = ("gate_folding", "gate_folding_front", "gate_folding_back", "global", "random", "pulse_stretch")
EXTRAPOLATORS = (
    "exponential",
    "linear",
    "double_exponential",
    *(f"polynomial_degree_{degree}" for degree in range(1, 8)),
    "fallback",
)
FREE = "free"
"""Value of ``asymptote`` that has it fitted."""


def degree_of(extrapolator: str, asymptote: float | str | None) -> int:
    """Parameters of a model less one: the degree of the polynomial that it is where noise is weak."""
    if extrapolator == "exponential":
        return 2 if asymptote == FREE else 1
    fixed = {"linear": 1, "double_exponential": 3, "fallback": 0}
    return fixed[extrapolator] if extrapolator in fixed else int(extrapolator.rsplit("_", 1)[1])


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else _unless_text(value)


def _unless_text(value: Any) -> Any:
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else value


def _known(what: str, known: tuple[str, ...], value: Any) -> None:
    if value not in known:
        raise OptionError(f"zne.{what} is {value!r}.", remedy=nearest(str(value), known))


def _amplifier(_group: Any, _field: Any, value: Any) -> None:
    if value == "pea":
        raise OptionError("zne.amplifier is 'pea'.", remedy="PEA is a pass of its own; name it among the passes.")
    _known("amplifier", AMPLIFIERS, value)


def _extrapolator(_group: Any, _field: Any, value: Any) -> None:
    if not isinstance(value, tuple) or not value:
        raise OptionError(f"zne.extrapolator is {value!r}.", remedy="It takes a name, or names in order of preference.")
    for name in value:
        _known("extrapolator", EXTRAPOLATORS, name)


def _shots(_group: Any, _field: Any, value: Any) -> None:
    _known("shots", ("split", "each"), value)


def _asymptote(_group: Any, _field: Any, value: Any) -> None:
    if value is None or value == FREE:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= 1:
        raise OptionError(
            f"zne.asymptote is {value!r}.",
            remedy=f"It takes a number from -1 to 1, '{FREE}' to have it fitted, or None for each term's value "
            "in the fully mixed state.",
        )


def _noise_factors(_group: Any, _field: Any, value: Any) -> None:
    if isinstance(value, str) and value == "auto":
        return
    remedy = "It takes two or more different numbers of at least 1, such as (1, 3, 5), or 'auto'."
    if not isinstance(value, tuple) or any(isinstance(one, bool) or not _is_number(one) for one in value):
        raise OptionError(f"zne.noise_factors is {value!r}.", remedy=remedy)
    for one in value:
        if not 1 <= one < math.inf:
            raise OptionError(f"zne.noise_factors holds {one!r}: folding cannot have less noise.", remedy=remedy)
    if len(set(value)) < 2:
        raise OptionError(f"zne.noise_factors is {value!r}: nothing to extrapolate from.", remedy=remedy)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


@attrs.frozen(kw_only=True)
class ZneOptions:
    """How noise is amplified and extrapolated.

    Attributes:
        noise_factors: How often noise is to be there, 1 being the circuit as it is; "auto" is 1, 3, 5, and
            further odd numbers if an extrapolator needs more points.
        amplifier: Which gates are folded where not all can be alike: spread evenly over the circuit
            (``gate_folding``), from its front or back, or at random; ``global`` folds the circuit as a whole.
            ``pulse_stretch`` is refused where the backend cannot stretch pulses.
        extrapolator: Models in order of preference; the first that is acceptable is taken, for every value.
        asymptote: What the exponential decays to: ``None`` for each term's value in the fully mixed state
            (0 for a Pauli, 2**-k for a projector on k qubits), a number, or "free" to have it fitted.
        shots: "split" shares the shots of the plan among the factors; "each" gives each factor all of them.
    """

    noise_factors: tuple[float, ...] | str = attrs.field(
        default="auto", converter=_unless_text, validator=_noise_factors
    )
    amplifier: str = attrs.field(default="gate_folding", validator=_amplifier)
    extrapolator: tuple[str, ...] = attrs.field(
        default=("exponential", "linear"), converter=_names, validator=_extrapolator
    )
    asymptote: float | str | None = attrs.field(default=None, validator=_asymptote)
    shots: str = attrs.field(default="split", validator=_shots)

    def __attrs_post_init__(self) -> None:
        """Refuse an extrapolator that the factors are too few for."""
        for name in self.extrapolator:
            needed = self.degree(name) + 1
            if len(self.factors) < needed:
                raise OptionError(
                    f"zne.extrapolator '{name}' needs {needed} noise factors, noise_factors has {len(self.factors)}: "
                    f"{self.noise_factors!r}.",
                    remedy="Give more factors, say 'auto', or take a model with fewer parameters.",
                )

    def degree(self, extrapolator: str) -> int:
        """Parameters of a model less one."""
        return degree_of(extrapolator, self.asymptote)

    @property
    def factors(self) -> tuple[float, ...]:
        """The noise factors, ascending."""
        if isinstance(self.noise_factors, str):
            count = max(3, *(self.degree(name) + 1 for name in self.extrapolator))
            return tuple(float(1 + 2 * number) for number in range(count))
        return tuple(sorted({float(factor) for factor in self.noise_factors}))
