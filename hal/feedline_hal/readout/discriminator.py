# SPDX-License-Identifier: Apache-2.0
"""The discriminator: points in the IQ plane become bits."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from feedline.errors import InputError


@attrs.frozen(slots=True, eq=False, init=False)
class Discriminator:
    """One line for each capture: a point beyond it is a 1.

    A bit is ``Re(z exp(-i angle_rad)) > threshold``.

    Args:
        angle_rad: Direction from the points of 0 to those of 1, shape ``(captures,)``.
        threshold: Border on that line, in the units of the points, shape ``(captures,)``.

    Raises:
        InputError: If the shapes differ or a value is not finite.
    """

    angle_rad: NDArray[np.float64]
    threshold: NDArray[np.float64]

    def __init__(self, angle_rad: ArrayLike, threshold: ArrayLike) -> None:
        angles, borders = (np.array(given, dtype=np.float64, ndmin=1) for given in (angle_rad, threshold))
        if angles.shape != borders.shape or angles.ndim != 1:
            raise InputError(
                f"Discriminator: angle_rad has shape {angles.shape}, threshold {borders.shape}.",
                remedy="Give one angle and one threshold for each capture.",
            )
        for name, values in (("angle_rad", angles), ("threshold", borders)):
            if not np.isfinite(values).all():
                place = int(np.flatnonzero(~np.isfinite(values))[0])
                raise InputError(
                    f"Discriminator: {name} of capture {place} is {values[place]}.",
                    remedy="Give finite numbers, from a calibration of the readout.",
                )
        self.__attrs_init__(angles, borders)

    def classify(self, points: NDArray[np.complexfloating]) -> NDArray[np.bool_]:
        """Bits of points, both of shape ``(..., captures)``.

        Raises:
            InputError: If there are more or fewer captures than lines.
        """
        if points.shape[-1:] != self.angle_rad.shape:
            raise InputError(
                f"Discriminator: points have shape {points.shape}, there are {len(self.angle_rad)} lines.",
                remedy="The last axis of the points counts the captures.",
            )
        kind = points.real.dtype
        along = points.real * np.cos(self.angle_rad).astype(kind)
        along += points.imag * np.sin(self.angle_rad).astype(kind)
        beyond: NDArray[np.bool_] = along > self.threshold.astype(kind)
        return beyond
