# SPDX-License-Identifier: Apache-2.0
"""What makes a waveform's fields fit together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from feedline_hal.errors import PulseError

from .shape import COMPOSED, find_shape
from .value import Value, check_duration, check_value, plain

if TYPE_CHECKING:
    from .waveform import Waveform


def sorted_parameters(parameters: Iterable[tuple[str, Value]]) -> tuple[tuple[str, Value], ...]:
    """Parameters in the order of their names, so that equal waveforms are equal."""
    return tuple(sorted(((name, value) for name, value in parameters), key=lambda pair: pair[0]))


def complex_tuple(samples: ArrayLike | Iterable[complex]) -> tuple[complex, ...]:
    """Samples as Python numbers.

    Raises:
        PulseError: If they are no finite numbers of shape ``(n,)``.
    """
    if isinstance(samples, tuple) and not samples:
        return ()
    try:
        array = np.asarray(samples if hasattr(samples, "__array__") else list(samples), dtype=np.complex128)  # type: ignore[arg-type]  # refused below
    except (TypeError, ValueError):
        raise PulseError(
            f"Waveform: samples are {samples!r:.60}, which are no numbers.", remedy="Give an array of shape (n,)."
        ) from None
    if array.ndim != 1:
        raise PulseError(f"Waveform: samples have shape {array.shape}.", remedy="Give an array of shape (n,).")
    finite = np.isfinite(array)
    if not finite.all():
        first = int(np.argmin(finite))
        raise PulseError(f"Waveform: sample {first} is {array[first]}.", remedy="Give finite numbers.")
    return tuple(array.tolist())


def check_waveform(waveform: Waveform) -> dict[str, Any]:
    """Check all fields; return the numbers among them as Python's own."""
    what = f"Waveform '{waveform.shape}'"
    duration_s = check_duration(f"{what}: duration_s", waveform.duration_s)
    amplitude = check_value(f"{what}: amplitude", waveform.amplitude, is_complex=True)
    parameters = tuple(
        (name, check_value(f"{what}: {name}", value, unit=_unit(name))) for name, value in waveform.parameters
    )
    _check_names(what, waveform)
    _check_ranges(what, duration_s, parameters)
    if waveform.shape == "sampled":
        _check_sampled(what, waveform)
    elif waveform.shape in COMPOSED:
        _check_parts(what, waveform, duration_s)
    return {"duration_s": duration_s, "amplitude": amplitude, "parameters": parameters}


def _check_names(what: str, waveform: Waveform) -> None:
    given = [name for name, _ in waveform.parameters]
    if waveform.shape in COMPOSED:
        needed = ["rate_hz"] if waveform.shape == "sampled" else []
    else:
        needed = list(find_shape(waveform.shape).parameters)
    if given != needed:
        raise PulseError(
            f"{what} has the parameters ({', '.join(given)}).",
            remedy=f"It takes ({', '.join(needed)}), each once.",
        )
    if bool(waveform.samples) != (waveform.shape == "sampled"):
        wants = "at least one sample" if waveform.shape == "sampled" else "no samples"
        raise PulseError(f"{what} has {len(waveform.samples)} samples.", remedy=f"Give {wants}.")
    if bool(waveform.parts) != (waveform.shape in COMPOSED - {"sampled"}):
        wants = "no parts" if waveform.shape not in COMPOSED - {"sampled"} else "the waveforms that it is made of"
        raise PulseError(f"{what} has {len(waveform.parts)} parts.", remedy=f"Give {wants}.")


def _check_ranges(what: str, duration_s: Value, parameters: tuple[tuple[str, Value], ...]) -> None:
    known = {name: value for name, value in parameters if isinstance(value, float)}
    for name in ("sigma_s", "rate_hz"):
        if known.get(name, 1.0) <= 0:
            raise PulseError(f"{what}: {name} is {known[name]!r}.", remedy="Give a number above 0.")
    longest_s = duration_s * (1 + 1e-9) if isinstance(duration_s, float) else math.inf
    if not 0 <= known.get("width_s", 0.0) <= longest_s:
        raise PulseError(
            f"{what}: width_s is {known['width_s']!r} s, its duration {duration_s!r} s.",
            remedy="Give a width from 0 to the duration.",
        )


def _check_sampled(what: str, waveform: Waveform) -> None:
    rate_hz = dict(waveform.parameters)["rate_hz"]
    expected_s = plain(len(waveform.samples) / rate_hz)
    if not _may_equal(waveform.duration_s, expected_s):
        raise PulseError(
            f"{what} has {len(waveform.samples)} samples at {rate_hz} per second, but lasts {waveform.duration_s} s.",
            remedy="Make it by Waveform.sampled(samples, rate_hz=...), which knows the duration.",
        )


def _check_parts(what: str, waveform: Waveform, duration_s: Value) -> None:
    if waveform.shape == "concatenated":
        total_s = plain(sum(part.duration_s for part in waveform.parts))
        if not _may_equal(duration_s, total_s):
            raise PulseError(
                f"{what} lasts {duration_s} s, its parts together {total_s} s.", remedy="Make it by a.then(b)."
            )
        return
    for part in waveform.parts:
        if not _may_equal(duration_s, part.duration_s):
            raise PulseError(
                f"{what}: '{waveform.parts[0].shape}' lasts {waveform.parts[0].duration_s} s, "
                f"'{part.shape}' {part.duration_s} s.",
                remedy="Sums and products need equal durations; use a.then(b) to put one after the other.",
            )


def _may_equal(one: Value, other: Value) -> bool:
    """Whether two durations are equal but for floating point; expressions are compared once they are bound."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-18)
    return True


def _unit(name: str) -> str:
    return {"s": "seconds", "hz": "Hz", "rad": "radians"}.get(name.rpartition("_")[2], "")
