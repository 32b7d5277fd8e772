# SPDX-License-Identifier: Apache-2.0
"""From a rack file to a backend."""

from __future__ import annotations

import os
from collections.abc import Iterable

import attrs

from feedline import front_door
from feedline.errors import OptionError, nearest
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.rack.check import check_rack
from feedline_hal.rack.mistake import RackFileError
from feedline_hal.rack.reading import read_rack
from feedline_hal.rack.rule.calibration import STORE, read_calibrations
from feedline_hal.rack.schema import RackSpec

from .backend import RackBackend

ALL = "all"


def make_rack(
    argument: str,
    *,
    emulate: bool | str | Iterable[str] = False,
    calibrations: CalibrationSet | str | os.PathLike[str] | None = None,
) -> RackBackend:
    """Make a backend of a rack file; connects to nothing.

    Args:
        argument: Path of the rack file.
        emulate: Instruments that emulators stand in for: ``True`` or ``"all"`` for all of them, or names, in a
            list or with commas between.
        calibrations: A calibration set, a file of OpenPulse text or ``store:NAME``, instead of what the file says.

    Raises:
        RackFileError: If the file has mistakes; names all of them.
        OptionError: If there is no instrument of a name in ``emulate``, or an emulated digitizer would wait for the
            triggers of a real coordinator, or the other way round.
    """
    spec = read_rack(argument)
    mistakes = check_rack(spec)
    if mistakes:
        raise RackFileError(spec.path, mistakes)
    kinds = {name: front_door.driver(one.driver) for name, one in spec.instruments.items()}
    stood_in = emulated(emulate, spec)
    _check_triggered(stood_in, spec)
    return RackBackend(spec, kinds, calibrations=_calibrations(spec, calibrations), emulated=stood_in)


def emulated(emulate: bool | str | Iterable[str], spec: RackSpec) -> frozenset[str]:
    """Names of the instruments that emulators stand in for; see `make_rack`.

    Raises:
        OptionError: If there is no instrument of a name.
    """
    if isinstance(emulate, bool):
        return frozenset(spec.instruments) if emulate else frozenset()
    if not isinstance(emulate, Iterable):
        raise OptionError(
            f"Backend 'rack': emulate is {emulate!r}.", remedy="Give True, or names of instruments: ['lo1', 'scope']."
        )
    words = emulate.split(",") if isinstance(emulate, str) else list(emulate)
    names = {word.strip() for word in words if word.strip()}
    if names == {ALL}:
        return frozenset(spec.instruments)
    for name in sorted(names):
        if name not in spec.instruments:
            raise OptionError(
                f"There is no instrument '{name}' in rack '{spec.name}' to emulate.",
                remedy=nearest(name, list(spec.instruments)),
            )
    return frozenset(names)


def _check_triggered(stood_in: frozenset[str], spec: RackSpec) -> None:
    """Refuse digitizers whose triggers cannot arrive: there is no cable between an emulator and an instrument."""
    for name in dict.fromkeys(channel.instrument for port in spec.ports.values() for channel in port.inputs):
        if name not in spec.triggers:
            continue
        source = spec.triggers[name].source.instrument
        if (name in stood_in) == (source in stood_in):
            continue
        lone, other = (name, source) if name in stood_in else (source, name)
        raise OptionError(
            f"'{name}' would never be triggered by '{source}': '{lone}' is to be emulated, '{other}' is not.",
            remedy=f"Emulate both: --emulate {','.join(sorted({*stood_in, name, source}))}, or neither.",
        )


def _calibrations(spec: RackSpec, given: CalibrationSet | str | os.PathLike[str] | None) -> CalibrationSet:
    if isinstance(given, CalibrationSet):
        return given
    if given is not None:
        name = os.fspath(given)
        spec = attrs.evolve(spec, calibrations=name if name.startswith(STORE) else os.path.abspath(name))
    return read_calibrations(spec) or CalibrationSet()
