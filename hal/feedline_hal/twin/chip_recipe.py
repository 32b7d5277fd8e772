# SPDX-License-Identifier: Apache-2.0
"""What a chip's bench is made of, to be sent to the process that makes it; nothing of it is loaded before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from feedline_hal.rack.schema import RackSpec

from .chip import Chip

if TYPE_CHECKING:
    from feedline_hal.emulator.bench import Bench


@attrs.frozen(kw_only=True)
class ChipRecipe:
    """Makes `feedline_hal.twin.chip_bench.chip_bench` at free addresses.

    Attributes:
        chip: The chip.
        spec: The rack.
        begun_s: When the chip was as old as its file says, on the monotonic clock, which all processes share.
    """

    chip: Chip
    spec: RackSpec
    begun_s: float

    def __call__(self) -> Bench:
        """Make it."""
        from .chip_bench import chip_bench

        return chip_bench(self.chip, self.spec, at_rack_addresses=False, begun_s=self.begun_s)
