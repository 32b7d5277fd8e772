# SPDX-License-Identifier: Apache-2.0
"""What a chip's bench is made of, as text, to be sent to the process that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from feedline_hal.emulator.bench_recipe import Recipe, plain, record
from feedline_hal.rack.schema import RackSpec

from .chip import Chip

if TYPE_CHECKING:
    from feedline_hal.emulator.bench import Bench


def chip_recipe(chip: Chip, spec: RackSpec, begun_s: float) -> Recipe:
    """A rack's instruments at free addresses, a chip behind them.

    Args:
        chip: The chip.
        spec: The rack.
        begun_s: When the chip was as old as its file says, on the monotonic clock, which all processes share.
    """
    return Recipe(f"{__name__}:bench_of", {"chip": plain(chip), "spec": plain(spec), "begun_s": begun_s})


def bench_of(chip: Mapping[str, Any], spec: Mapping[str, Any], begun_s: float) -> Bench:
    """What `chip_recipe` asks for."""
    from .chip_bench import chip_bench

    return chip_bench(record(chip, Chip), record(spec, RackSpec), at_rack_addresses=False, begun_s=begun_s)
