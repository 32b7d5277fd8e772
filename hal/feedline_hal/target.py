# SPDX-License-Identifier: Apache-2.0
"""A Qiskit target from a calibration set: what is calibrated is what there is."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
from qiskit.circuit import BoxOp, Delay, Instruction, Parameter, ParameterExpression
from qiskit.circuit.controlflow import (
    BreakLoopOp,
    ContinueLoopOp,
    ForLoopOp,
    IfElseOp,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.providers import QubitProperties
from qiskit.transpiler import InstructionProperties, Target

from .angle import Bounds, fold_beyond
from .calibration.coherence import coherence_times
from .errors import CalibrationError
from .gate.pulse_box import PLACEHOLDER
from .gate.pulse_gate import PulseGate
from .grid import Grid
from .pulse.instruction import Play, duration_of

if TYPE_CHECKING:
    from .calibration.calibration import Calibration
    from .calibration.calibration_set import CalibrationSet
    from .pulse.schedule import Schedule

_log = logging.getLogger("feedline.pulse")
_CONTROL_FLOW = {
    "if_else": IfElseOp,
    "for_loop": ForLoopOp,
    "while_loop": WhileLoopOp,
    "switch_case": SwitchCaseOp,
    "break_loop": BreakLoopOp,
    "continue_loop": ContinueLoopOp,
}
_RESERVED = frozenset({*_CONTROL_FLOW, "box", "delay", "barrier", "store", PLACEHOLDER})


def make_target(
    calibrations: CalibrationSet, *, num_qubits: int, grid: Grid, control_flow: Iterable[str] = ()
) -> Target:
    """Make the target of a device that plays these calibrations.

    One instruction for each gate name, on the qubits that it is calibrated for, with durations on the
    grid; a gate whose duration depends on its parameters has none. Names and sizes of Qiskit's standard
    gates stand for these, everything else is a `PulseGate`. A wildcard qubit stands for every qubit.

    Qiskit's targets hold one version of a gate. If any calibration of a gate has a formal parameter, the
    target's gate has it and is on the qubits of those calibrations; literal ones for the same gate refine it
    there. If all are literal (``rx(pi/2)``), the target's gate has the values that most qubits have. What
    cannot be shown is logged; circuits that are written for the target never hold it.

    Errors are those of the calibrations, T1 and T2 those of the set's metadata, see
    `feedline_hal.calibration.coherence`.

    Args:
        calibrations: What the gates are.
        num_qubits: Of the device.
        grid: Its clock.
        control_flow: Names of control-flow instructions that it runs.

    Raises:
        CalibrationError: If calibrations of one gate differ in size, a name means something else in Qiskit, or the
            metadata has coherence times that are none.
        GridError: If a duration is off the grid; names the calibration.
    """
    target = Target(
        num_qubits=num_qubits,
        dt=grid.dt_s,
        granularity=grid.granularity_ticks,
        min_length=grid.min_play_ticks,
        pulse_alignment=grid.pulse_alignment_ticks,
        acquire_alignment=grid.capture_alignment_ticks,
        qubit_properties=_qubit_properties(calibrations, num_qubits),
    )
    for name, group in _by_gate(calibrations).items():
        bounds = _add_gate(target, name, list(_placed(group, num_qubits)), grid)
        if bounds:
            fold_beyond(calibrations, name, bounds)
    target.add_instruction(Delay(Parameter("t")), {(qubit,): None for qubit in range(num_qubits)})
    target.add_instruction(BoxOp, name="box")
    target.add_instruction(PulseGate, name=PLACEHOLDER)
    for name in sorted(control_flow):
        target.add_instruction(_CONTROL_FLOW[name], name=name)
    return target


def duration_ticks(schedule: Schedule, grid: Grid, label: str) -> int | None:
    """How long a schedule lasts; ``None`` if that depends on parameters.

    Raises:
        GridError: If it is off the grid; names the calibration by its label.
    """
    if any(isinstance(duration_of(instruction), ParameterExpression) for instruction in schedule.instructions()):
        return None
    return schedule.duration(lambda value, what: grid.ticks(value, f"Calibration '{label}': {what}"))


@attrs.frozen(slots=True)
class _Placed:
    """A calibration on definite qubits."""

    calibration: Calibration
    qubits: tuple[int, ...]

    @property
    def literals(self) -> tuple[float, ...] | None:
        """Its arguments if all are numbers."""
        values = tuple(value for value in self.calibration.arguments if not isinstance(value, Parameter))
        return values if len(values) == len(self.calibration.arguments) else None

    @property
    def rank(self) -> tuple[int, int]:
        """Of those for the same qubits the target tells of the last: with most parameters, for named qubits."""
        formals = sum(isinstance(value, Parameter) for value in self.calibration.arguments)
        return formals, -self.calibration.qubits.count(None)


def _by_gate(calibrations: CalibrationSet) -> dict[str, list[Calibration]]:
    groups: dict[str, list[Calibration]] = {}
    for calibration in calibrations.calibrations:
        group = groups.setdefault(calibration.gate, [])
        group.append(calibration)
        if _size(calibration) != _size(group[0]):
            raise CalibrationError(
                f"Calibration '{calibration.label}' has {_sizes(calibration)}, '{group[0].label}' has "
                f"{_sizes(group[0])}.",
                remedy="Calibrations of one gate have as many qubits, arguments and bits; use another name.",
            )
        if calibration.gate in _RESERVED:
            raise CalibrationError(
                f"Calibration '{calibration.label}': '{calibration.gate}' is no gate in Qiskit.",
                remedy="Use another name.",
            )
    return groups


def _size(calibration: Calibration) -> tuple[int, int, int]:
    return len(calibration.qubits), len(calibration.arguments), calibration.num_bits


def _sizes(calibration: Calibration) -> str:
    return "{} qubits, {} arguments and {} bits".format(*_size(calibration))


def _placed(group: list[Calibration], num_qubits: int) -> Iterator[_Placed]:
    """The calibrations on every choice of qubits that wildcards allow."""
    for calibration in group:
        choices = [range(num_qubits) if qubit is None else (qubit,) for qubit in calibration.qubits]
        for qubits in itertools.product(*choices):
            if len(set(qubits)) == len(qubits):
                yield _Placed(calibration, qubits)


def _add_gate(target: Target, name: str, placed: list[_Placed], grid: Grid) -> Bounds:
    """Put a gate into the target; say where its parameters may be, nothing for anywhere."""
    values = _shown(placed)
    shown = [item for item in placed if item.literals is None or item.literals == values]
    reached = {item.qubits for item in shown}
    for label in sorted({item.calibration.label for item in placed if _is_hidden(item, values, reached)}):
        _log.warning("Calibration '%s' has no place in the target, which holds one version of '%s'.", label, name)
    properties: dict[tuple[int, ...], InstructionProperties] = {}
    for item in sorted(shown, key=lambda item: item.rank):
        ticks = duration_ticks(item.calibration.schedule, grid, item.calibration.label)
        duration = None if ticks is None else ticks * grid.dt_s
        properties[item.qubits] = InstructionProperties(duration=duration, error=item.calibration.error)
    bounds = _bounds(shown)
    operation = _operation(name, shown[0].calibration, values)
    target.add_instruction(operation, properties, name=name, angle_bounds=bounds or None)
    return bounds


def _is_hidden(item: _Placed, values: tuple[float, ...] | None, reached: set[tuple[int, ...]]) -> bool:
    """Whether circuits for the target never hold it; a literal may refine what its qubits have for any value."""
    if item.literals is None:
        return False
    return item.qubits not in reached if values is None else item.literals != values


def _shown(placed: list[_Placed]) -> tuple[float, ...] | None:
    """The values of the target's gate if all calibrations are literal; ``None`` for parameters."""
    counts: dict[tuple[float, ...], set[tuple[int, ...]]] = {}
    for item in placed:
        if item.literals is None:
            return None
        counts.setdefault(item.literals, set()).add(item.qubits)
    return max(counts, key=lambda values: len(counts[values]))


def _operation(name: str, calibration: Calibration, values: tuple[float, ...] | None) -> Any:
    qubits, arguments, bits = _size(calibration)
    standard: Instruction | None = get_standard_gate_name_mapping().get(name)
    if standard is not None and (standard.num_qubits, len(standard.params), standard.num_clbits) == (
        qubits,
        arguments,
        bits,
    ):
        return standard.base_class(*values) if values else standard
    params = values if values is not None else [Parameter(f"p{index}") for index in range(arguments)]
    return PulseGate(name, qubits, params, num_clbits=bits)


def _bounds(shown: list[_Placed]) -> Bounds:
    """Where every calibration of the gate holds; the target has one range for all qubits."""
    limits: list[tuple[float, float] | None] = []
    for bounds in zip(*(item.calibration.bounds for item in shown if item.calibration.bounds), strict=True):
        given = [bound for bound in bounds if bound is not None]
        limits.append((max(low for low, _ in given), min(high for _, high in given)) if given else None)
    if any(limit is not None and limit[0] > limit[1] for limit in limits):
        raise CalibrationError(
            f"Calibrations of '{shown[0].calibration.gate}' have bounds that nothing fulfils at once.",
            remedy="A target has one range for all qubits: make the bounds overlap.",
        )
    return limits if any(limits) else []


def _qubit_properties(calibrations: CalibrationSet, num_qubits: int) -> list[QubitProperties]:
    """Frequencies from the frame that a qubit's own gates play on; T1 and T2 as the set's metadata has them."""
    frequencies: dict[int, float] = {}
    for calibration in calibrations.calibrations:
        if len(calibration.qubits) != 1 or calibration.num_bits or calibration.gate == "reset":
            continue
        qubit = calibration.qubits[0]
        for instruction in calibration.schedule.instructions():
            if qubit is not None and isinstance(instruction, Play):
                frequency = instruction.frame.frequency_hz
                if isinstance(frequency, int | float):
                    frequencies.setdefault(qubit, float(frequency))
                break
    times = coherence_times(calibrations)
    return [
        QubitProperties(
            frequency=frequencies.get(qubit),
            t1=times[qubit].t1_s if qubit in times else None,
            t2=times[qubit].t2_s if qubit in times else None,
        )
        for qubit in range(num_qubits)
    ]
