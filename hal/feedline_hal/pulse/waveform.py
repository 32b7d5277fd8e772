# SPDX-License-Identifier: Apache-2.0
"""Waveforms: envelopes of a definite duration, sampled or parametric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from feedline_hal.errors import PulseError

from .nesting import check_nesting
from .value import Value, bound, check_value, parameters_of, plain, settle, total
from .waveform_check import check_waveform, complex_tuple, sorted_parameters

if TYPE_CHECKING:
    from qiskit.circuit import Parameter


@attrs.frozen(kw_only=True, slots=True, cache_hash=True, repr=False)
class Waveform:
    """An envelope: ``amplitude`` times a shape of peak about 1, lasting ``duration_s``.

    Made by `Waveform.constant`, `.gaussian`, `.drag` and so on, `.sampled`, or by ``a + b``, ``a * b``,
    ``a.scaled(factor)``, ``a.then(b)``. Equal by value, so that tables of unique waveforms work.

    Attributes:
        shape: ``constant``, ``gaussian``, ``gaussian_square``, ``drag``, ``cosine``, ``sech``, ``sine``,
            ``sampled``, ``sum``, ``product``, ``concatenated``, or a registered name.
        duration_s: Its length.
        amplitude: Complex factor of the whole, of full scale. Shapes are linear in it, so it stands outside.
        parameters: What else the shape needs, sorted by name: ``(("sigma_s", 4e-9),)``.
        parts: The waveforms that a sum, product or concatenation is made of.
        samples: Of a sampled waveform, complex.

    Raises:
        PulseError: If the shape is unknown, a value is not finite, or what the shape needs is not there.
    """

    shape: str
    duration_s: Value
    amplitude: Value = 1.0
    parameters: tuple[tuple[str, Value], ...] = attrs.field(default=(), converter=sorted_parameters)
    parts: tuple[Waveform, ...] = ()
    samples: tuple[complex, ...] = attrs.field(default=(), converter=complex_tuple)

    def __attrs_post_init__(self) -> None:
        settle(self, parts=tuple(self.parts))
        for part in self.parts:
            if not isinstance(part, Waveform):
                raise PulseError(f"Waveform '{self.shape}': {part!r} is no Waveform.", remedy="Give Waveforms.")
        if self.parts:
            check_nesting("Waveform", self, lambda outer: outer.parts)
        settle(self, **check_waveform(self))

    @classmethod
    def of(cls, shape: str, duration_s: Value, amplitude: Value = 1.0, **parameters: Value) -> Waveform:
        """A waveform of any built-in or registered shape (see `register_waveform`)."""
        return cls(shape=shape, duration_s=duration_s, amplitude=amplitude, parameters=tuple(parameters.items()))

    @classmethod
    def constant(cls, duration_s: Value, amplitude: Value = 1.0) -> Waveform:
        """1 throughout."""
        return cls.of("constant", duration_s, amplitude)

    @classmethod
    def gaussian(cls, duration_s: Value, amplitude: Value, *, sigma_s: Value) -> Waveform:
        """A truncated Gaussian, centred, peak 1, not lifted."""
        return cls.of("gaussian", duration_s, amplitude, sigma_s=sigma_s)

    @classmethod
    def gaussian_square(cls, duration_s: Value, amplitude: Value, *, sigma_s: Value, width_s: Value) -> Waveform:
        """1 for ``width_s`` in the middle, with Gaussian edges."""
        return cls.of("gaussian_square", duration_s, amplitude, sigma_s=sigma_s, width_s=width_s)

    @classmethod
    def drag(cls, duration_s: Value, amplitude: Value, *, sigma_s: Value, beta_s: Value) -> Waveform:
        """A Gaussian ``g`` with its derivative in quadrature: ``g + i beta_s dg/dt``."""
        return cls.of("drag", duration_s, amplitude, sigma_s=sigma_s, beta_s=beta_s)

    @classmethod
    def cosine(cls, duration_s: Value, amplitude: Value) -> Waveform:
        """One period of a raised cosine: ``(1 - cos(2 pi t / T)) / 2``."""
        return cls.of("cosine", duration_s, amplitude)

    @classmethod
    def sech(cls, duration_s: Value, amplitude: Value, *, sigma_s: Value) -> Waveform:
        """A hyperbolic secant, centred, peak 1."""
        return cls.of("sech", duration_s, amplitude, sigma_s=sigma_s)

    @classmethod
    def sine(cls, duration_s: Value, amplitude: Value, *, frequency_hz: Value, phase_rad: Value = 0.0) -> Waveform:
        """``sin(2 pi f t + phase)``, with ``t`` from the start of the waveform."""
        return cls.of("sine", duration_s, amplitude, frequency_hz=frequency_hz, phase_rad=phase_rad)

    @classmethod
    def sampled(cls, samples: ArrayLike | Iterable[complex], *, rate_hz: float) -> Waveform:
        """Samples as they are, shape ``(n,)``, each held for ``1 / rate_hz``; amplitude 1 scales them."""
        kept = complex_tuple(samples)
        rate = check_value("Waveform 'sampled': rate_hz", rate_hz, unit="samples per second")
        duration_s = plain(len(kept) / rate) if rate else 0.0
        return cls(shape="sampled", duration_s=duration_s, parameters=(("rate_hz", rate),), samples=kept)

    def __add__(self, other: Waveform) -> Waveform:
        """The sum, sample by sample; both have the same duration."""
        if not isinstance(other, Waveform):
            return NotImplemented
        parts = (*self._parts_as("sum"), *other._parts_as("sum"))
        return Waveform(shape="sum", duration_s=self.duration_s, parts=parts)

    def __mul__(self, other: Waveform | Value) -> Waveform:
        """The product with another waveform of the same duration, sample by sample, or with a number."""
        if not isinstance(other, Waveform):
            return self.scaled(other)
        parts = (*self.unit()._parts_as("product"), *other.unit()._parts_as("product"))
        amplitude = plain(self.amplitude * other.amplitude)
        return Waveform(shape="product", duration_s=self.duration_s, amplitude=amplitude, parts=parts)

    __rmul__ = __mul__

    def scaled(self, factor: Value) -> Waveform:
        """This waveform times a complex factor."""
        checked = check_value("Waveform: factor", factor, is_complex=True)
        return attrs.evolve(self, amplitude=plain(self.amplitude * checked))

    def then(self, other: Waveform) -> Waveform:
        """This waveform followed by another."""
        if not isinstance(other, Waveform):
            raise PulseError(f"Waveform.then: {other!r} is no Waveform.", remedy="Give a Waveform.")
        parts = (*self._parts_as("concatenated"), *other._parts_as("concatenated"))
        duration_s = total([part.duration_s for part in parts])
        return Waveform(shape="concatenated", duration_s=duration_s, parts=parts)

    def _parts_as(self, shape: str) -> tuple[Waveform, ...]:
        # Sums of sums are written flat, as the reader of their text would.
        return self.parts if self.shape == shape and self.amplitude == 1.0 else (self,)

    @property
    def free(self) -> frozenset[Parameter]:
        """Parameters that it still depends on, parts included."""
        values = (self.duration_s, self.amplitude, *(value for _, value in self.parameters))
        own = frozenset[Any]().union(*(parameters_of(value) for value in values))
        return own.union(*(part.free for part in self.parts))

    def bind(self, values: Mapping[Parameter, Any]) -> Waveform:
        """The waveform with parameters replaced by numbers or expressions."""
        if self.free.isdisjoint(values):
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
        return self if self.amplitude == 1.0 else attrs.evolve(self, amplitude=1.0)

    def sample(self, rate_hz: float) -> NDArray[np.complex128]:
        """Its samples, amplitude included, shape ``(n,)`` with ``n = duration_s * rate_hz``.

        Sample ``k`` is the shape at ``(k + 1/2) / rate_hz``, the middle of the time that it is held for.

        Raises:
            PulseError: If parameters are unbound, or a sampled waveform has another rate.
            GridError: If the duration is no whole number of samples.
        """
        from .sampling import sample

        return sample(self, rate_hz)

    def __repr__(self) -> str:
        length = f"{self.duration_s * 1e9:.10g} ns" if isinstance(self.duration_s, float) else f"{self.duration_s} s"
        inside = [f"amplitude {self.amplitude}", *(f"{name}={value}" for name, value in self.parameters)]
        inside += [f"{len(self.parts)} parts"] * bool(self.parts)
        return f"<Waveform {self.shape} {length}, {', '.join(inside)}>"
