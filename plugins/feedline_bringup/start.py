# SPDX-License-Identifier: Apache-2.0
"""Which calibration set a run begins with."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from feedline.cli.made import make_backend
from feedline.errors import InputError
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.store import CalibrationStore

from .wrong_start import wrong_start

if TYPE_CHECKING:
    from feedline_hal.backend import PulseBackend

CHIP = "chip"
"""Key of a set's metadata: id of the simulated chip that it was measured on; empty for none."""
_MADE = ("theory", "shipped")
"""Sets that are in no store but known to the twin."""


def begin(backend: PulseBackend, name: str, start: str | None, wrong: int | None) -> CalibrationSet:
    """The set to begin with.

    Args:
        backend: The backend.
        name: Its name, as on the command line.
        start: A tag or id of the store, ``theory`` or ``shipped``; ``None`` for the backend's own.
        wrong: Seed with which it is spoiled; ``None`` to leave it.

    Raises:
        NotFoundError: If the store does not have it.
        InputError: If it was measured on another simulated chip.
    """
    begun = backend.calibrations
    if start in _MADE:
        begun = make_backend(name, calibrations=start).calibrations
    elif start is not None:
        begun = CalibrationStore().get(start)
        _check_chip(backend, begun, start)
    return begun if wrong is None else wrong_start(begun, wrong)


def chip_of(backend: PulseBackend) -> str:
    """Id of the simulated chip behind a backend; empty for none."""
    return str(backend.describe().get("chip_id", ""))


def command_line(backend: str, only: Sequence[str], start: str | None, wrong: int | None) -> str:
    """The command that makes such a set again."""
    words = ["feedline", "calibrate", backend]
    for one in only:
        words += ["--only", one]
    if start is not None:
        words += ["--from", start]
    if wrong is not None:
        words += ["--wrong", str(wrong)]
    return shlex.join(words)


def _check_chip(backend: PulseBackend, begun: CalibrationSet, start: str) -> None:
    own, other = chip_of(backend), str(begun.metadata.get(CHIP, ""))
    if own and other and own != other:
        raise InputError(
            f"Calibration set '{start}' ({begun.id}) was measured on {other}; '{backend.name}' is {own}.",
            remedy="Begin with a set of this chip (`feedline calibrations list`), or with --from theory.",
        )
