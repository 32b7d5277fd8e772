# SPDX-License-Identifier: Apache-2.0
"""Options of the pass ``readout``."""

from __future__ import annotations

import attrs

from feedline.options.group import flag, number


@attrs.frozen(kw_only=True)
class ReadoutOptions:
    """How readout errors are measured and undone.

    Attributes:
        calibration_shots: Shots of the calibration, all patterns together, which all pubs of a job share.
            By default as many as one point of the plan takes, but at least 8192.
        symmetric: Take 0 and 1 to be misread alike. It halves the calibration's noise, and is wrong
            where qubits decay while they are read.
        smallest_contrast: A qubit whose 0 and 1 differ by less than this (1: perfect, 0: alike) is left as
            it was read: its inverse would multiply noise without bounds.
    """

    calibration_shots: int | None = attrs.field(default=None, validator=number(int, least=2, optional=True))
    symmetric: bool = attrs.field(default=False, validator=flag())
    smallest_contrast: float = attrs.field(default=0.1, validator=number(float, above=0.0))

    def __attrs_post_init__(self) -> None:
        """A contrast of 1 or more leaves nothing to correct."""
        if self.smallest_contrast >= 1:
            from feedline.errors import OptionError

            raise OptionError(
                f"readout.smallest_contrast is {self.smallest_contrast!r}, which no qubit has.",
                remedy="It takes a number between 0 and 1; the default is 0.1.",
            )
