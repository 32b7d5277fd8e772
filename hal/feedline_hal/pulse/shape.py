# SPDX-License-Identifier: Apache-2.0
"""The shapes that waveforms may have, by name; users add their own by the door that the built-in ones came in."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import numpy as np

from feedline_hal.errors import PulseError

from . import envelope

COMPOSED = frozenset({"sampled", "sum", "product", "concatenated"})
"""Shapes that are made of samples or of other waveforms."""

_RESERVED = frozenset({"t_s", "duration_s", "amplitude", "shape"})


@attrs.frozen(slots=True)
class Shape:
    """A formula in time.

    Attributes:
        name: What waveforms call it.
        function: ``function(t_s, duration_s, **parameters)`` gives values of shape ``(n,)`` for times ``(n,)``.
        parameters: What else it takes, sorted.
        summary: One line about it.
    """

    name: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]
    summary: str = ""

    def values(self, t_s: envelope.Times, duration_s: float, **parameters: float) -> Any:
        """Its values at the times, shape ``(n,)``.

        Raises:
            PulseError: If the function gives another number of values, or some that are not finite.
        """
        values = np.asarray(self.function(t_s, duration_s, **parameters))
        what = f"Shape '{self.name}' over {duration_s * 1e9:.10g} ns"
        if values.shape != t_s.shape or values.dtype.kind not in "fciu":
            raise PulseError(
                f"{what}: its function gives {values.dtype} of shape {values.shape} for times of shape {t_s.shape}.",
                remedy="Return an array with one number for each time.",
            )
        if not np.isfinite(values).all():
            first = int(np.argmin(np.isfinite(values)))
            raise PulseError(
                f"{what}: its function gives {values[first]} at {t_s[first] * 1e9:.10g} ns.",
                remedy="Return finite numbers for all times from 0 to duration_s.",
            )
        return values


_shapes: dict[str, Shape] = {}


def register_waveform(
    name: str, function: Callable[..., Any], *, parameters: Iterable[str] = ("sigma_s",), summary: str = ""
) -> None:
    """Add a shape; `Waveform.of(name, duration_s, amplitude, **parameters)` makes waveforms of it.

    Args:
        name: An identifier that no shape has yet.
        function: ``function(t_s, duration_s, **parameters) -> values``: times ``(n,)`` in seconds from the start,
            values ``(n,)``, real or complex, of peak about 1; the amplitude is multiplied with them.
        parameters: Names of the real numbers that it takes beyond.
        summary: One line about it.

    Raises:
        PulseError: If the name is taken or no identifier, or the function cannot be called like that.
    """
    names = (parameters,) if isinstance(parameters, str) else tuple(parameters)
    shape = Shape(name, function, tuple(sorted(names)), summary)
    _check_names(shape)
    if _shapes.get(name) == shape:
        return
    if name in _shapes or name in COMPOSED:
        raise PulseError(
            f"There is a waveform shape '{name}' already.",
            remedy="Choose another name: calibrations refer to shapes by name, so one name stands for one formula.",
        )
    try:
        inspect.signature(function).bind(None, 1.0, **dict.fromkeys(shape.parameters, 1.0))
    except (TypeError, ValueError) as error:
        raise PulseError(
            f"Shape '{name}': its function cannot be called: {error}.",
            remedy=f"Write it as function({', '.join(('t_s', 'duration_s', *shape.parameters))}).",
        ) from None
    _shapes[name] = shape


def find_shape(name: str) -> Shape:
    """The shape of that name.

    Raises:
        PulseError: If there is none; names the nearest.
    """
    if name in _shapes:
        return _shapes[name]
    near = difflib.get_close_matches(str(name), _shapes, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise PulseError(
        f"There is no waveform shape {name!r}.",
        remedy=f"{hint}Known: {', '.join(sorted(_shapes))}; feedline_hal.register_waveform adds one.",
    )


def _check_names(shape: Shape) -> None:
    for name in (shape.name, *shape.parameters):
        if not isinstance(name, str) or not name.isidentifier() or name in _RESERVED:
            raise PulseError(
                f"register_waveform: {name!r} can be no name of a shape or parameter.",
                remedy=f"Use identifiers other than {', '.join(sorted(_RESERVED))}.",
            )


register_waveform("constant", envelope.constant, parameters=(), summary="1 throughout")
register_waveform("gaussian", envelope.gaussian, summary="truncated Gaussian, centred, not lifted")
register_waveform(
    "gaussian_square",
    envelope.gaussian_square,
    parameters=("sigma_s", "width_s"),
    summary="flat, with Gaussian edges",
)
register_waveform("drag", envelope.drag, parameters=("sigma_s", "beta_s"), summary="g + i beta dg/dt")
register_waveform("cosine", envelope.cosine, parameters=(), summary="raised cosine, one period")
register_waveform("sech", envelope.sech, summary="hyperbolic secant, centred")
register_waveform("sine", envelope.sine, parameters=("frequency_hz", "phase_rad"), summary="sine from the start")
