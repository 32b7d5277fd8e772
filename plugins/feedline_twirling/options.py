# SPDX-License-Identifier: Apache-2.0
"""Options of the pass ``twirling``: today's client-side names."""

from __future__ import annotations

from typing import Any

import attrs

from feedline.options.group import flag, number, one_of, refuse

GROUPS = ("pauli", "balanced_pauli", "local_c1")


def _count_or_auto(group: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """Accept ``"auto"`` or a whole number of at least 1."""
    if isinstance(value, str) and value == "auto":
        return
    if isinstance(value, str) or value is None:
        raise refuse(group, field, value, "'auto' or a whole number of at least 1")
    number(int, least=1)(group, field, value)


@attrs.frozen(kw_only=True)
class TwirlingOptions:
    """What is twirled, with what, and how often.

    Attributes:
        enable_gates: Twirl Clifford two-qubit gates; ``None`` unless the backend's noise is declared Pauli already.
        enable_measure: Flip measured bits at random and undo it; ``None`` for Sampler's classified bits only, since an
            Estimator's readout twirling belongs to ``trex``.
        num_randomizations: Randomisations of a point; ``"auto"`` is 32 or follows from `shots_per_randomization`.
        shots_per_randomization: ``"auto"`` splits the shots asked for. With both numbers given, their product
            is what runs.
        group: Random unitaries around a gate: Paulis; Paulis, each equally often over the randomisations; or
            all one-qubit Cliffords that the gate turns into one-qubit Cliffords.
        strategy: Which qubits are twirled: those that a gate acts on, gate by gate.
    """

    enable_gates: bool | None = attrs.field(default=None, validator=flag(optional=True))
    enable_measure: bool | None = attrs.field(default=None, validator=flag(optional=True))
    num_randomizations: int | str = attrs.field(default="auto", validator=_count_or_auto)
    shots_per_randomization: int | str = attrs.field(default="auto", validator=_count_or_auto)
    group: str = attrs.field(default="pauli", validator=one_of(*GROUPS))
    strategy: str = attrs.field(default="active", validator=one_of("active"))
