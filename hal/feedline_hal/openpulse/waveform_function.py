# SPDX-License-Identifier: Apache-2.0
"""Functions that make waveforms: the library of the OpenPulse specification, cosine, and registered shapes.

Arguments come in the specification's order: amplitude, duration, then what the shape needs. ``concatenate`` is
ours: one waveform after another.

Source: OpenQASM 3 specification, "OpenPulse Grammar", section "Waveforms".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from feedline_hal.errors import PulseError
from feedline_hal.pulse.shape import find_shape
from feedline_hal.pulse.value import Value, total
from feedline_hal.pulse.waveform import Waveform

from .captured import Captured
from .function import Function
from .kind import Kind, is_symbolic
from .syntax import error_at

if TYPE_CHECKING:
    from .context import Context

SHAPES: Mapping[str, tuple[tuple[str, str, Kind], ...]] = {
    "constant": (),
    "gaussian": (("sigma", "sigma_s", Kind.DURATION),),
    "sech": (("sigma", "sigma_s", Kind.DURATION),),
    "gaussian_square": (("square_width", "width_s", Kind.DURATION), ("sigma", "sigma_s", Kind.DURATION)),
    "drag": (("sigma", "sigma_s", Kind.DURATION), ("beta", "beta_s", Kind.FLOAT)),
    "sine": (("frequency", "frequency_hz", Kind.FLOAT), ("phase", "phase_rad", Kind.ANGLE)),
    "cosine": (),
}
"""Built-in shapes: what text calls each parameter, what `Waveform` calls it, and its kind, in the text's order."""

COMPOSED: Mapping[str, str] = {"sum": "sum", "mix": "product", "concatenate": "concatenated"}
"""Functions of waveforms, and the shapes that they make."""


def shape_parameters(shape: str) -> tuple[tuple[str, str, Kind], ...]:
    """How text gives the parameters of a shape, built in or registered: see `SHAPES`.

    Raises:
        PulseError: If there is no such shape.
    """
    if shape in SHAPES:
        return SHAPES[shape]
    return tuple((name, name, _kind_of(name)) for name in find_shape(shape).parameters)


def waveform_function(name: str) -> Function | None:
    """The function of that name that makes waveforms, if there is one."""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    try:
        return _of_shape(name)
    except PulseError:
        return None


def waveform_names() -> set[str]:
    """Names that calls may have been meant for."""
    return {*SHAPES, *_FUNCTIONS}


def _kind_of(parameter: str) -> Kind:
    return {"s": Kind.DURATION, "rad": Kind.ANGLE}.get(parameter.rpartition("_")[2], Kind.FLOAT)


def _of_shape(shape: str) -> Function:
    rows = shape_parameters(shape)

    def make(_context: Context, node: Any, values: list[Any]) -> Waveform:
        amplitude, duration_s, *rest = values
        if isinstance(amplitude, complex) and amplitude.imag == 0:
            amplitude = amplitude.real
        named = {name: value for (_, name, _), value in zip(rows, rest, strict=True)}
        return _guarded(node, lambda: Waveform.of(shape, duration_s, amplitude, **named))

    parameters = (("amp", Kind.COMPLEX), ("d", Kind.DURATION), *((name, kind) for name, _, kind in rows))
    return Function(name=shape, parameters=parameters, result=Kind.WAVEFORM, call=make)


def _composed(name: str) -> Function:
    def make(_context: Context, node: Any, parts: list[Any]) -> Waveform:
        _check_parts(parts, node)
        duration_s = parts[0].duration_s
        if name == "concatenate":
            duration_s = total([part.duration_s for part in parts])
        elif any(not _may_last(part.duration_s, duration_s) for part in parts):
            lengths = ", ".join(f"{part.duration_s * 1e9:.10g} ns" for part in parts)
            raise error_at(
                node,
                f"The waveforms of {name} last {lengths}.",
                remedy="Give them one duration; concatenate(a, b) puts one after the other.",
            )
        return _guarded(node, lambda: Waveform(shape=COMPOSED[name], duration_s=duration_s, parts=tuple(parts)))

    parameters = (("wf1", Kind.WAVEFORM), ("wf2", Kind.WAVEFORM))
    return Function(name=name, parameters=parameters, result=Kind.WAVEFORM, call=make, is_repeating=True)


def _scaled(_context: Context, node: Any, values: list[Any]) -> Waveform:
    _check_parts(values[:1], node)
    return _guarded(node, lambda: values[0].scaled(values[1]))


def _phase_shifted(_context: Context, node: Any, values: list[Any]) -> Waveform:
    from .function import mathematics
    from .kind import Typed

    _check_parts(values[:1], node)
    factor = mathematics("exp", [Typed(Kind.COMPLEX, 1j * values[1])], node)
    return _guarded(node, lambda: values[0].scaled(factor.value))


def _check_parts(parts: list[Any], node: Any) -> None:
    if any(isinstance(part, Captured) for part in parts):
        raise error_at(
            node,
            "A captured waveform is only known when the program runs.",
            remedy="Raw records are results, not inputs: process them after the run.",
        )


def _may_last(one: Value, other: Value) -> bool:
    """Whether two durations may be the same; those that depend on parameters are compared when they are bound."""
    return is_symbolic(one) or is_symbolic(other) or math.isclose(one.real, other.real, rel_tol=1e-9, abs_tol=1e-18)


def _guarded(node: Any, make: Any) -> Waveform:
    """What the waveform's own checks refuse, with its place."""
    try:
        waveform: Waveform = make()
    except PulseError as error:
        raise error_at(node, error.what, remedy=error.remedy) from None
    return waveform


_FUNCTIONS = {
    **{name: _of_shape(name) for name in SHAPES},
    **{name: _composed(name) for name in COMPOSED},
    "scale": Function(
        name="scale",
        parameters=(("wf", Kind.WAVEFORM), ("factor", Kind.COMPLEX)),
        result=Kind.WAVEFORM,
        call=_scaled,
    ),
    "phase_shift": Function(
        name="phase_shift",
        parameters=(("wf", Kind.WAVEFORM), ("ang", Kind.ANGLE)),
        result=Kind.WAVEFORM,
        call=_phase_shifted,
    ),
}
