# SPDX-License-Identifier: Apache-2.0
"""What a backend declares that it can do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from qiskit.transpiler import Target


class MeasLevel(StrEnum):
    """How far a measurement is processed: the names of Qiskit's client-side ``meas_type``, and ``raw``.

    ``raw`` is Qiskit's level 0, the recorded samples, which its client-side options have no name for.
    """

    CLASSIFIED = "classified"
    KERNELED = "kerneled"
    AVG_KERNELED = "avg_kerneled"
    RAW = "raw"


CONTROL_FLOW = frozenset({"if_else", "for_loop", "while_loop", "switch_case", "break_loop", "continue_loop"})
"""Instruction names of Qiskit's control flow (``box`` is separate: it only groups)."""

EXECUTION_SETTINGS = frozenset({"init_qubits", "rep_delay", "scheduler_timing", "stretch_values"})
"""Names of ``options.execution`` that a device may honour."""


def _control_flow(values: Iterable[str]) -> frozenset[str]:
    """Accept the names that Qiskit's targets use for the two short ones."""
    short = {"break": "break_loop", "continue": "continue_loop"}
    return frozenset(short.get(value, value) for value in values)


def _names(values: Iterable[str]) -> frozenset[str]:
    return frozenset(values)


def _levels(values: Iterable[str]) -> frozenset[MeasLevel]:
    return frozenset(MeasLevel(value) for value in values)


@attrs.frozen(kw_only=True, slots=True)
class Capabilities:
    """What a backend declares; nothing is ever found out by catching an exception.

    Attributes:
        meas_levels: Measurement levels that executions may ask for.
        control_flow: Names of the control-flow instructions that circuits may hold.
        exact_expectation: Executions may ask for exact expectation values instead of shots.
        pulse_gates: Circuits may hold pulse gates.
        ordered_shots: Shots come one by one in the order taken; ``False`` for counts only.
        seeded: The device takes a seed (a simulator); a seed is refused elsewhere.
        settings: Names of ``options.execution`` that the device honours when set.
        max_shots: Largest number of shots of one execution, or ``None``.
        max_circuits: Largest number of circuits that `Backend.run` takes, or ``None``.
        tokens: What passes may need: durations, coupling, readout_error, meas.kerneled, ...
    """

    meas_levels: frozenset[MeasLevel] = attrs.field(default=frozenset({"classified"}), converter=_levels)
    control_flow: frozenset[str] = attrs.field(default=frozenset(), converter=_control_flow)
    exact_expectation: bool = False
    pulse_gates: bool = False
    ordered_shots: bool = True
    seeded: bool = False
    settings: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    max_shots: int | None = None
    max_circuits: int | None = None
    tokens: frozenset[str] = attrs.field(default=frozenset(), converter=_names)

    def __attrs_post_init__(self) -> None:
        """Refuse misspelt names: a declaration nobody reads is a capability nobody has."""
        from .errors import PluginError, nearest

        for given, known, what in (
            (self.control_flow, CONTROL_FLOW, "control_flow"),
            (self.settings, EXECUTION_SETTINGS, "settings"),
        ):
            for name in sorted(given - known):
                raise PluginError(f"Capabilities.{what} holds the unknown name '{name}'.", remedy=nearest(name, known))


def target_tokens(target: Target) -> frozenset[str]:
    """Tokens of `Capabilities.tokens` that a target shows by itself; a provider adds what it knows besides."""
    known = [
        (name, properties)
        for name in target.operation_names
        for properties in (target[name] or {}).values()
        if properties is not None
    ]
    shown = {
        "durations": any(properties.duration is not None for _, properties in known),
        "readout_error": any(name == "measure" and properties.error is not None for name, properties in known),
        "coupling": target.build_coupling_map() is not None,
        "reset.conditional": {"reset", "if_else"} <= set(target.operation_names),
    }
    return frozenset(token for token, is_shown in shown.items() if is_shown)
