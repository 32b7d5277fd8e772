# SPDX-License-Identifier: Apache-2.0
"""What a bench is made of, to be sent to the process that makes it; nothing of it is loaded before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from feedline_hal.rack.schema import RackSpec

if TYPE_CHECKING:
    from .bench import Bench


@attrs.frozen
class BenchRecipe:
    """Makes `feedline_hal.emulator.bench.Bench` at free addresses.

    Attributes:
        spec: The rack.
        names: Which of its instruments.
    """

    spec: RackSpec
    names: frozenset[str]

    def __call__(self) -> Bench:
        """Make it."""
        from .bench import Bench

        return Bench(self.spec, self.names, at_rack_addresses=False)
