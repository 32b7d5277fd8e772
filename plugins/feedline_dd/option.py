# SPDX-License-Identifier: Apache-2.0
"""Options of the pass ``dd``."""

from __future__ import annotations

import attrs

from feedline.options.group import flag, one_of

SEQUENCES = ("auto", "staggered", "XX", "XpXm", "XY4", "XY8", "CPMG")


@attrs.frozen(kw_only=True)
class DynamicalDecouplingOptions:
    """How idle times are decoupled; names are those of IBM's options where it has them.

    Attributes:
        sequence_type: ``staggered`` chooses each idle qubit's X pulses so that neighbours' are orthogonal, which
            removes always-on ZZ; the others are the same on every qubit. ``auto`` is ``staggered`` where the target
            has X gates and a coupling map, else ``XX``; where it has no pulse that could do it, circuits stay.
        extra_slack_distribution: Where time goes that a sequence cannot share out evenly: ``middle`` or ``edges``.
            ``staggered`` puts it in the middle, and refuses ``edges``.
        scheduling_method: ``alap`` or ``asap``: on which side of an instruction a qubit waits.
        skip_reset_qubits: Leave qubits alone that have just begun or were just reset.
    """

    sequence_type: str = attrs.field(default="auto", validator=one_of(*SEQUENCES))
    extra_slack_distribution: str = attrs.field(default="middle", validator=one_of("middle", "edges"))
    scheduling_method: str = attrs.field(default="alap", validator=one_of("alap", "asap"))
    skip_reset_qubits: bool = attrs.field(default=False, validator=flag())

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be had together."""
        if self.extra_slack_distribution == "edges" and self.sequence_type == "staggered":
            from feedline.errors import OptionError

            raise OptionError(
                "dd.extra_slack_distribution is 'edges', which the staggered sequence does not have.",
                remedy="Use 'middle', or another dd.sequence_type: XX, XpXm, XY4, XY8, CPMG.",
            )
