# SPDX-License-Identifier: Apache-2.0
"""The port level as samples in an npz file: one complex array per port, and what they are relative to."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError
from feedline_hal.lowering.port_program import PortProgram

from .only_block import only_block
from .point import Values, point_of
from .text_file import check_writable, unwritable

_METADATA = "metadata"
_PORT = "port:"


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Samples:
    """What `save_samples` wrote.

    Attributes:
        ports: By port name, complex64 samples of shape ``(n,)``, full scale 1, relative to the port's
            local oscillator: the port emits ``Re[x(t) exp(2 pi i lo t)]``.
        rate_hz: Samples per second.
        lo_frequency_hz: What the samples of each port are relative to.
        program: Name of the program.
        calibration_id: Id of the calibration set.
        parameters: Values that the samples were made at.
        dt_s: Length of the device's tick.
    """

    ports: Mapping[str, NDArray[np.complex64]]
    rate_hz: float
    lo_frequency_hz: Mapping[str, float]
    program: str
    calibration_id: str
    parameters: Mapping[str, float]
    dt_s: float


def save_samples(
    program: PortProgram,
    path: str | os.PathLike[str],
    values: Values | None = None,
    *,
    rate_hz: float | None = None,
) -> None:
    """Write what each port emits as an npz file that NumPy reads; nothing in it is pickled.

    The arrays are named ``port:NAME``; ``metadata`` is JSON text. `load_samples` reads both.

    Args:
        program: A program without control flow.
        path: File to write; ``.npz``.
        values: Its parameters by name or in order.
        rate_hz: Samples per second; ``None`` for one per tick.

    Raises:
        PulseError: If a parameter has no value, or the program has control flow.
        InputError: If the file cannot be written.
    """
    from feedline_hal.lowering.render import render

    path = check_writable(path, (".npz",))
    only_block(program, "a file of samples")
    point = point_of(program, values)
    rendered = render(program, point, rate_hz=rate_hz)
    metadata = _metadata_of(program, point, list(rendered), rate_hz or 1 / program.dt_s)
    arrays: dict[str, Any] = {f"{_PORT}{name}": np.asarray(array, np.complex64) for name, array in rendered.items()}
    arrays[_METADATA] = np.array(json.dumps(metadata))
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)
    except OSError as error:
        raise unwritable(path, error) from error


def _metadata_of(program: PortProgram, point: NDArray[np.float64], ports: list[str], rate_hz: float) -> dict[str, Any]:
    place = {port.name: index for index, port in enumerate(program.ports)}
    return {
        "format": "feedline samples 1",
        "program": program.name,
        "calibration_id": program.calibration_id,
        "dt_s": program.dt_s,
        "parameters": dict(zip(program.parameters, map(float, point), strict=True)),
        "rate_hz": rate_hz,
        "lo_frequency_hz": {name: program.lo_hz(place[name]) for name in ports},
    }


def load_samples(path: str | os.PathLike[str]) -> Samples:
    """Read what `save_samples` wrote.

    Raises:
        InputError: If the file is not there, or was not written by `save_samples`.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            if _METADATA not in file:
                raise KeyError(_METADATA)
            metadata = json.loads(str(file[_METADATA]))
            ports = {name.removeprefix(_PORT): file[name] for name in file.files if name.startswith(_PORT)}
        metadata.pop("format")
        return Samples(ports=ports, **metadata)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.", remedy="Check the path and the disk."
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} does not hold samples of a program.", remedy="Write it with feedline_hal's save_samples."
        ) from error
