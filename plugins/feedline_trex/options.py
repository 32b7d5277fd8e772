# SPDX-License-Identifier: Apache-2.0
"""Options of the pass ``trex``."""

from __future__ import annotations

from typing import Any

import attrs

from feedline.options.group import number, refuse


def _count_or_auto(group: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """Accept ``"auto"`` or a whole number of at least 1."""
    if isinstance(value, str) and value == "auto":
        return
    if isinstance(value, str) or value is None:
        raise refuse(group, field, value, "'auto' or a whole number of at least 1")
    number(int, least=1)(group, field, value)


@attrs.frozen(kw_only=True)
class TrexOptions:
    """How readout is twirled and its factors are measured.

    Attributes:
        num_randomizations: Random flips of the measured bits per point; ``"auto"`` is 32, or fewer where there are
            fewer shots. Randomisations that another pass draws count.
        calibration_share: Shots of a calibration, in shots of the most-sampled point that uses it.
    """

    num_randomizations: int | str = attrs.field(default="auto", validator=_count_or_auto)
    calibration_share: float = attrs.field(default=1.0, validator=number(float, above=0))
