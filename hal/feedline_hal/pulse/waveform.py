# SPDX-License-Identifier: Apache-2.0
"""Waveforms: envelopes of a definite duration, sampled or parametric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from .value import Value, bound, parameters_of

if TYPE_CHECKING:
    from qiskit.circuit import Parameter


@attrs.frozen(kw_only=True, slots=True)
class Waveform:
    """An envelope: ``amplitude`` times a shape of peak about 1, lasting ``duration_s``.

    Made by `Waveform.constant`, `.gaussian`, `.drag` and so on, `.sampled`, or by ``a + b``, ``a * b``,
    ``a.scaled(factor)``, ``a.then(b)``.

    Attributes:
        shape: ``constant``, ``gaussian``, ``gaussian_square``, ``drag``, ``cosine``, ``sech``, ``sine``,
            ``sampled``, ``sum``, ``product``, ``concatenated``, or a registered name.
        duration_s: Its length.
        amplitude: Complex factor of the whole, of full scale. Shapes are linear in it, so it stands outside.
        parameters: What else the shape needs, sorted by name: ``(("sigma_s", 4e-9),)``.
        parts: The waveforms that a sum, product or concatenation is made of.
        samples: Of a sampled waveform, complex.
    """

    shape: str
    duration_s: Value
    amplitude: Value = 1.0
    parameters: tuple[tuple[str, Value], ...] = ()
    parts: tuple[Waveform, ...] = ()
    samples: tuple[complex, ...] = attrs.field(default=(), repr=lambda samples: f"<{len(samples)} samples>")

    @property
    def free(self) -> frozenset[Parameter]:
        """Parameters that it still depends on, parts included."""
        values = (self.duration_s, self.amplitude, *(value for _, value in self.parameters))
        own = frozenset[Any]().union(*(parameters_of(value) for value in values))
        return own.union(*(part.free for part in self.parts))

    def bind(self, values: Mapping[Parameter, Any]) -> Waveform:
        """The waveform with parameters replaced by numbers or expressions."""
        if not self.free:
            return self
        return attrs.evolve(
            self,
            duration_s=bound(self.duration_s, values),
            amplitude=bound(self.amplitude, values),
            parameters=tuple((name, bound(value, values)) for name, value in self.parameters),
            parts=tuple(part.bind(values) for part in self.parts),
        )

    def unit(self) -> Waveform:
        """The same shape with amplitude 1."""
        return attrs.evolve(self, amplitude=1.0)

    def sample(self, rate_hz: float) -> NDArray[np.complex128]:
        """Its samples, amplitude included, shape ``(n,)`` with ``n = duration_s * rate_hz``.

        Sample ``k`` is the shape at ``(k + 1/2) / rate_hz``, the middle of the time that it is held for.

        Raises:
            PulseError: If parameters are unbound.
            GridError: If the duration is no whole number of samples.
        """
        from .sampling import sample

        return sample(self, rate_hz)
