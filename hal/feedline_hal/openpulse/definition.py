# SPDX-License-Identifier: Apache-2.0
"""From a ``defcal`` to a `Calibration`."""

from __future__ import annotations

from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

import attrs
from qiskit.circuit import Parameter

from feedline.errors import nearest
from feedline_hal.calibration.calibration import Argument, Calibration
from feedline_hal.pulse.instruction import Capture
from feedline_hal.pulse.schedule import Schedule

from .annotation import Note, all_annotations, number_of
from .captured import Captured
from .context import Body, Context
from .declaration import check_free, declared_size
from .expression import evaluate
from .frame_function import check_frequency
from .kind import REAL, Kind, definite
from .scope import Symbol
from .statement import Leave, carry_out
from .syntax import error_at
from .type_name import kind_of


def define(node: Any, context: Context) -> Calibration:
    """The calibration that a ``defcal`` stands for.

    Raises:
        OpenPulseError: If something in it is wrong.
    """
    qubits = _qubits(node)
    label = f"defcal {node.name.name} {' '.join(_shown(qubit) for qubit in qubits)}"
    owner = "_".join((node.name.name, *("any" if qubit is None else f"q{qubit}" for qubit in qubits)))
    num_bits = _num_bits(node, context)
    with context.inside(owner=label), context.playing(Body(label, owner)) as body:
        arguments = tuple(_argument(argument, context) for argument in node.arguments)
        notes = all_annotations(node, {"feedline.bounds", "feedline.error"})
        left = carry_out(node.body, context)
        _returned(node, left, num_bits, body)
        _note_frequencies(node, context, body)
    schedule = Schedule(body.instructions, name=node.name.name)
    _check_inputs(node, schedule, arguments)
    return Calibration(
        gate=node.name.name,
        qubits=cast("Any", qubits),
        arguments=cast("Any", arguments),
        schedule=schedule,
        num_bits=num_bits,
        bounds=_bounds([note for note in notes if note.keyword == "feedline.bounds"], arguments, context),
        error=_error([note for note in notes if note.keyword == "feedline.error"], context),
    )


def formal_parameter(name: str) -> Parameter:
    """The parameter that stands for a formal argument; the same name gives the same one, so sets compare equal."""
    return Parameter(name, uuid=uuid5(NAMESPACE_URL, f"feedline:openpulse:{name}"))


def number_captures(body: Body, bits: dict[int, int]) -> None:
    """Give captures the numbers of the bits that they are.

    Args:
        body: Whose instructions.
        bits: Number of the bit, by position of the capture among the instructions.
    """
    for position, slot in bits.items():
        capture = body.instructions[position]
        assert isinstance(capture, Capture)  # what `Captured` points at
        body.instructions[position] = attrs.evolve(capture, slot=slot)


def _qubits(node: Any) -> tuple[int | None, ...]:
    names = [qubit.name for qubit in node.qubits]
    if len(set(names)) != len(names):
        raise error_at(node, f"defcal {node.name.name} names a qubit twice.", remedy="Name each qubit once.")
    return tuple(int(name[1:]) if name.startswith("$") else None for name in names)


def _shown(qubit: int | None) -> str:
    return "q" if qubit is None else f"${qubit}"


def _argument(node: Any, context: Context) -> Argument:
    name = type(node).__name__
    if name == "ClassicalArgument":
        kind = kind_of(node.type)
        if kind not in REAL | {Kind.DURATION}:
            raise error_at(
                node,
                f"Parameter '{node.name.name}' is of type {kind}.",
                remedy="Parameters are angle, float, duration, int or uint.",
            )
        declared_size(node.type, context)
        check_free(node.name.name, node)
        parameter = formal_parameter(node.name.name)
        context.scope.declare(node.name.name, Symbol(kind, parameter, is_const=True), node)
        return parameter
    if name == "QuantumArgument":
        raise error_at(node, "A qubit stands among the parameters.", remedy="Write it after them: defcal x $0 {}.")
    if name == "Identifier" and node.name.isidentifier() and node.name not in context.scope.names() | {"pi", "π"}:
        raise error_at(
            node,
            f"Parameter '{node.name}' has no type, and no constant has that name.",
            remedy=f"Write its type: angle {node.name}.",
        )
    typed = evaluate(node, context)
    if typed.kind not in REAL | {Kind.DURATION}:
        raise error_at(node, f"A value of type {typed.kind} stands among the parameters.", remedy="Give a real number.")
    return float(definite(typed, node, "A value among the parameters"))


def _num_bits(node: Any, context: Context) -> int:
    if node.return_type is None:
        return 0
    kind = kind_of(node.return_type)
    if kind is not Kind.BIT:
        raise error_at(
            node.return_type,
            f"defcal {node.name.name} returns {kind}.",
            remedy="Calibrations return bits: -> bit. Kernels and raw records come with meas_level 1 and 0.",
        )
    return declared_size(node.return_type, context) or 1


def _returned(node: Any, left: Leave | None, num_bits: int, body: Body) -> None:
    """Check what the body returns, and number the captures by it."""
    value = None if left is None else left.value
    where = node if left is None else left.node
    if num_bits == 0:
        if value is not None:
            raise error_at(where, f"{body.label} returns something.", remedy="Write '-> bit' before its body.")
        return
    if value is None:
        raise error_at(
            where,
            f"{body.label} returns nothing, where bit{'' if num_bits == 1 else f'[{num_bits}]'} is promised.",
            remedy="End it with: return b; where b is what capture_v2 gave.",
        )
    if value.kind is not Kind.BIT or len(value.value) != num_bits:
        given = f"bit[{len(value.value)}]" if value.kind is Kind.BIT else str(value.kind)
        raise error_at(
            where,
            f"{body.label} returns {given}, where bit[{num_bits}] is promised.",
            remedy="Return what capture_v2 gave.",
        )
    bits: dict[int, int] = {}
    for slot, bit in enumerate(value.value):
        if not isinstance(bit, Captured) or bit.body is not body or bit.position in bits:
            what = "that was not captured" if not isinstance(bit, Captured) else "twice that was captured once"
            raise error_at(
                where, f"{body.label} returns a bit {what}.", remedy="Return what capture_v2 gave, each bit once."
            )
        bits[bit.position] = slot
    number_captures(body, bits)


def _check_inputs(node: Any, schedule: Schedule, arguments: tuple[Argument, ...]) -> None:
    """Refuse what depends on an input of the program: only the gate's own parameters are known where it is called."""
    free = sorted(
        {parameter.name for parameter in schedule.free}
        - {item.name for item in arguments if isinstance(item, Parameter)}
    )
    if free:
        raise error_at(
            node,
            f"defcal {node.name.name} depends on the input '{free[0]}'.",
            remedy=f"Make it a parameter, defcal {node.name.name}(float {free[0]}), and call it with the input.",
        )


def _note_frequencies(node: Any, context: Context, body: Body) -> None:
    for name, frequency in body.frequencies_hz.items():
        if name not in context.frames or frequency != context.frames[name].frequency_hz:
            context.moved.setdefault(name, body.label)
            check_frequency(context, name, node)


def _bounds(
    notes: list[Note], arguments: tuple[Argument, ...], context: Context
) -> tuple[tuple[float, float] | None, ...]:
    if not notes:
        return ()
    formal = [argument.name if isinstance(argument, Parameter) else None for argument in arguments]
    bounds: list[tuple[float, float] | None] = [None] * len(arguments)
    for note in notes:
        words = note.command.split()
        if len(words) != 3:
            raise error_at(
                note, f"@feedline.bounds has {len(words)} words.", remedy="Write @feedline.bounds theta 0 1.5"
            )
        if words[0] not in formal:
            known = [name for name in formal if name is not None]
            raise error_at(
                note, f"@feedline.bounds: there is no parameter '{words[0]}'.", remedy=nearest(words[0], known)
            )
        index = formal.index(words[0])
        if bounds[index] is not None:
            raise error_at(note, f"@feedline.bounds of '{words[0]}' is given twice.", remedy="Give it once.")
        low, high = (number_of(word, note, context) for word in words[1:])
        if low > high:
            raise error_at(
                note,
                f"@feedline.bounds of '{words[0]}' goes from {low!r} down to {high!r}.",
                remedy="Give the lower first.",
            )
        bounds[index] = (low, high)
    return tuple(bounds)


def _error(notes: list[Note], context: Context) -> float | None:
    if not notes:
        return None
    if len(notes) > 1:
        raise error_at(notes[1], "@feedline.error is given twice.", remedy="Give it once.")
    value = number_of(notes[0].command, notes[0], context)
    if not 0 <= value <= 1:
        raise error_at(notes[0], f"@feedline.error is {value!r}.", remedy="Give an infidelity from 0 to 1.")
    return value
