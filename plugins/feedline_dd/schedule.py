# SPDX-License-Identifier: Apache-2.0
"""Scheduling: static segments of a circuit with pulses in their idle times."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterable
from typing import Any

import attrs
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Delay, Gate
from qiskit.transpiler import InstructionDurations, PassManager, Target
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.passes import (
    ALAPScheduleAnalysis,
    ASAPScheduleAnalysis,
    ConstrainedReschedule,
    ContextAwareDynamicalDecoupling,
    PadDynamicalDecoupling,
)
from qiskit.utils import apply_prefix

from feedline.errors import CapabilityError
from feedline.rewriting import final_measures
from feedline.structure import freeze

from .option import DynamicalDecouplingOptions
from .sequence import has_x, sequence

_OWN_DT_S = 1e-12
"""Time step for a target that has none, in seconds."""


@attrs.frozen(kw_only=True, slots=True)
class Decoupled:
    """A circuit with pulses in its idle times.

    Attributes:
        circuit: The circuit.
        sequence: Name of the sequence; empty if nothing could be decoupled.
        added: How many gates were added.
        left_alone: What was scheduled around, and why.
        rounded: Delays that are no whole number of time steps.
    """

    circuit: QuantumCircuit
    sequence: str
    added: int = 0
    left_alone: tuple[str, ...] = ()
    rounded: tuple[str, ...] = ()


def decoupled(circuit: QuantumCircuit, target: Target, options: DynamicalDecouplingOptions) -> Decoupled:
    """Decouple the static segments of a circuit.

    Control flow, boxes and whatever has no known duration end a segment on all qubits. Qubits that the circuit
    does not use get no pulses, and nothing is put behind final measurements.

    Raises:
        CapabilityError: If the target lacks the pulses of the sequence that was asked for, or its times do not fit.
    """
    used = sorted({circuit.find_bit(bit).index for item in circuit.data if _acts(item) for bit in item.qubits})
    timed = _timed(target)
    name = _chosen(circuit, timed, options, used)
    if not name:
        why = "no delay, or no pulse of known duration that makes a half turn, on every qubit that is used"
        return Decoupled(circuit=circuit, sequence="", left_alone=(f"everything: the target has {why}",))
    _check_alignment(circuit, timed)
    out, durations = circuit.copy_empty_like(), timed.durations()
    segment: list[CircuitInstruction] = []
    left: list[str] = []
    for item in (*circuit.data, None):
        why = "" if item is None else _obstacle(circuit, item, durations)
        if item is not None and not why:
            segment.append(item)
            continue
        if segment:
            _append(out, circuit, segment, _padded(circuit, segment, timed, (options, name, used)), used)
        segment = []
        if item is not None:
            out.append(item)
            left.append(f"{item.name} on {[circuit.find_bit(bit).index for bit in item.qubits]}: {why}")
    made = _shortened(out, circuit)
    if target.dt is None:
        made = _in_seconds(made)
    added = _gates(made) - _gates(circuit)
    return Decoupled(
        circuit=freeze(made),
        sequence=name,
        added=added,
        left_alone=tuple(dict.fromkeys(left)),
        rounded=tuple(dict.fromkeys(_rounded(circuit, timed))),
    )


def _rounded(circuit: QuantumCircuit, target: Target) -> Iterable[str]:
    """Delays in seconds that are rounded to the time step."""
    for item in circuit.data:
        seconds, steps = _delay(item, target)
        if abs(seconds - steps * target.dt) > 1e-6 * target.dt:
            yield f"delay of {seconds:g} s on {[circuit.find_bit(bit).index for bit in item.qubits]}: {steps} dt"


def _delay(item: CircuitInstruction, target: Target) -> tuple[float, int]:
    """Length of a delay in seconds, and in time steps; 0 for what is none, or has no number."""
    length: Any = item.operation.duration if item.name == "delay" else 0
    if not isinstance(length, int | float):
        return 0.0, 0
    if item.name != "delay" or item.operation.unit == "dt":
        return length * target.dt, round(length)
    seconds = float(apply_prefix(length, item.operation.unit))
    return seconds, round(seconds / target.dt)


def _check_alignment(circuit: QuantumCircuit, target: Target) -> None:
    """Refuse gates and delays that cannot be followed by anything that is aligned."""
    step, durations = target.pulse_alignment, target.durations()
    for item in circuit.data if step > 1 else ():
        qubits = [circuit.find_bit(bit).index for bit in item.qubits]
        is_gate = isinstance(item.operation, Gate) and not _obstacle(circuit, item, durations)
        length = durations.get(item.name, qubits) if is_gate else _delay(item, target)[1]
        if round(length) % step:
            raise CapabilityError(
                f"Pass 'dd' cannot schedule circuit '{circuit.name}': {item.name} on qubits {qubits} takes "
                f"{length:g} dt, pulses start at multiples of {step} dt.",
                remedy=_remedy(target),
            )


def _remedy(target: Target) -> str:
    return (
        f"Durations and delays must be multiples of {target.pulse_alignment} dt (dt = {target.dt:g} s) on this "
        "target; or leave the pass out."
    )


def _gates(circuit: QuantumCircuit) -> int:
    return sum(item.name != "delay" for item in circuit.data)


def _acts(item: CircuitInstruction) -> bool:
    return item.name not in ("barrier", "delay")


def _timed(target: Target) -> Target:
    """The target, with a time step, and its granularity taken for an alignment: delays are played as well."""
    step = math.lcm(target.granularity or 1, target.pulse_alignment or 1)
    if target.dt is not None and step == target.pulse_alignment:
        return target
    timed = copy.deepcopy(target)
    timed.pulse_alignment = step
    if timed.dt is None:
        timed.dt = _OWN_DT_S
    return timed


def _chosen(circuit: QuantumCircuit, target: Target, options: DynamicalDecouplingOptions, used: list[int]) -> str:
    """Name of the sequence; empty if ``auto`` finds none."""
    delays = "delay" in target.operation_names and all(target.instruction_supported("delay", (q,)) for q in used)
    coupled = target.build_coupling_map() is not None
    wanted = options.sequence_type
    if wanted == "auto":
        plain = "staggered" if coupled and options.extra_slack_distribution == "middle" else "XX"
        found = [name for name in (plain, "XX") if delays and _makes(name, target, used)]
        return found[0] if found else ""
    lacking = "delay instructions" if not delays else "" if _makes(wanted, target, used) else "the pulses, with times"
    if not lacking and wanted == "staggered" and not coupled:
        lacking = "a coupling map"
    if lacking:
        raise CapabilityError(
            f"Sequence '{wanted}' of pass 'dd' needs {lacking} on qubits {used} of circuit '{circuit.name}'; "
            f"the target has {', '.join(sorted(target.operation_names))}.",
            remedy="Choose another dd.sequence_type ('auto' takes what there is), or leave the pass out.",
        )
    return wanted


def _makes(name: str, target: Target, used: list[int]) -> bool:
    return has_x(target, used) if name == "staggered" else sequence(name, target, used) is not None


def _obstacle(circuit: QuantumCircuit, item: CircuitInstruction, durations: InstructionDurations) -> str:
    """Why an instruction cannot be scheduled; empty if it can."""
    if item.is_control_flow() or hasattr(item.operation, "blocks"):
        return "a box" if item.name == "box" else "control flow"
    if item.name == "delay":
        duration: Any = item.operation.duration
        return "" if isinstance(duration, int | float) else "a delay without a number"
    try:
        durations.get(item.name, [circuit.find_bit(bit).index for bit in item.qubits])
    except TranspilerError:
        return "no duration in the target"
    return ""


def _padded(
    circuit: QuantumCircuit,
    segment: Iterable[CircuitInstruction],
    target: Target,
    how: tuple[DynamicalDecouplingOptions, str, list[int]],
) -> QuantumCircuit:
    """A segment with pulses in its idle times."""
    options, name, used = how
    plain = QuantumCircuit(circuit.num_qubits, circuit.num_clbits)
    for item in segment:
        plain.append(
            item.operation,
            [circuit.find_bit(bit).index for bit in item.qubits],
            [circuit.find_bit(bit).index for bit in item.clbits],
        )
    method = {"alap": ALAPScheduleAnalysis, "asap": ASAPScheduleAnalysis}[options.scheduling_method]
    scheduling = [method(target=target)]
    if max(target.pulse_alignment, target.acquire_alignment) > 1:
        scheduling.append(ConstrainedReschedule(target.acquire_alignment, target.pulse_alignment, target))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Duration is rounded")  # `_rounded` tells of delays
            made: QuantumCircuit = PassManager([*scheduling, _padding(name, target, options, used)]).run(plain)
            return made
    except TranspilerError as error:
        raise CapabilityError(
            f"Pass 'dd' cannot schedule circuit '{circuit.name}': {str(error).strip().strip(chr(39))}",
            remedy=_remedy(target),
        ) from error


def _padding(name: str, target: Target, options: DynamicalDecouplingOptions, used: list[int]) -> Any:
    if name == "staggered":
        return ContextAwareDynamicalDecoupling(target, skip_reset_qubits=options.skip_reset_qubits)
    made = sequence(name, target, used)
    assert made is not None
    return PadDynamicalDecoupling(
        target=target,
        dd_sequence=[gate.copy() for gate in made.gates],
        qubits=used,
        spacing=list(made.spacing),
        skip_reset_qubits=options.skip_reset_qubits,
        extra_slack_distribution=options.extra_slack_distribution,
    )


def _append(
    out: QuantumCircuit,
    circuit: QuantumCircuit,
    segment: list[CircuitInstruction],
    padded: QuantumCircuit,
    used: list[int],
) -> None:
    """Append a padded segment; what was put on qubits that the circuit does not use is dropped."""
    kept = {circuit.find_bit(bit).index for item in segment for bit in item.qubits} | set(used)
    for item in padded.data:
        places = [padded.find_bit(bit).index for bit in item.qubits]
        if item.name == "barrier" or set(places) <= kept:
            clbits = [out.clbits[padded.find_bit(bit).index] for bit in item.clbits]
            out.append(item.replace(qubits=[out.qubits[place] for place in places], clbits=clbits))
    out.global_phase += padded.global_phase


def _shortened(made: QuantumCircuit, circuit: QuantumCircuit) -> QuantumCircuit:
    """Without what stands behind final measurements."""
    measured = {measure.qubit for measure in final_measures(circuit)}
    kept: list[CircuitInstruction] = []
    for item in reversed(made.data):
        places = [made.find_bit(bit).index for bit in item.qubits]
        if len(places) == 1 and places[0] in measured:
            if item.name != "measure":
                continue
            measured.discard(places[0])
        kept.append(item)
    out = made.copy_empty_like()
    for item in reversed(kept):
        out.append(item)
    return out


def _in_seconds(circuit: QuantumCircuit) -> QuantumCircuit:
    out = circuit.copy_empty_like()
    for item in circuit.data:
        if item.name == "delay" and item.operation.unit == "dt":
            item = item.replace(operation=Delay(item.operation.duration * _OWN_DT_S, "s"))
        out.append(item)
    return out
