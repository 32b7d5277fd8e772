# SPDX-License-Identifier: Apache-2.0
"""Declarations: variables and constants, ports, frames, waveforms, externs."""

from __future__ import annotations

from typing import Any

from feedline.errors import nearest
from feedline_hal.errors import PulseError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import SetFrequency, SetPhase
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.waveform import Waveform

from .annotation import annotations_of, number_of
from .context import Body, Context
from .expression import as_kind, evaluate, find_function, function_names, whole_number
from .frame_function import record
from .function import CONSTANTS, MATHEMATICS
from .kind import UNSET, Kind, Typed, converted, definite, is_convertible
from .scope import Symbol
from .syntax import error_at
from .type_name import kind_of

MOST_BITS = 4096


def declare_variable(node: Any, context: Context) -> None:
    """``float x = 1.0;``, ``port d0;``, ``frame f = newframe(...);``, ``waveform w = {...};``"""
    name, kind = node.identifier.name, kind_of(node.type)
    check_free(name, node)
    annotations = annotations_of(node, {"feedline.rate"} if kind is Kind.WAVEFORM else set())
    if kind is Kind.PORT:
        value: Any = _port(name, node, context)
    elif kind is Kind.FRAME:
        value = _frame(name, node, context)
    elif node.init_expression is None:
        value = UNSET
    else:
        value = _initial(node, kind, context, annotations.get("feedline.rate"))
    size = declared_size(node.type, context)
    if kind is Kind.BIT:
        value = _sized_bits(value, size or 1, name, node)
    context.scope.declare(name, Symbol(kind, check_size(value, kind, size, name, node), size=size), node)


def declare_constant(node: Any, context: Context) -> None:
    """``const float x = 1.0;``"""
    name, kind = node.identifier.name, kind_of(node.type)
    check_free(name, node)
    annotations_of(node, set())
    size = declared_size(node.type, context)
    typed = evaluate(node.init_expression, context)
    value = converted(typed, kind, node.init_expression, f"The value of '{name}'")
    if kind is not Kind.WAVEFORM:
        definite(Typed(kind, value), node.init_expression, f"The value of '{name}'")
    if kind is Kind.BIT:
        value = _sized_bits(value, size or 1, name, node)
    context.scope.declare(name, Symbol(kind, check_size(value, kind, size, name, node), True, size), node)


def declare_extern(node: Any, context: Context) -> None:
    """``extern gaussian(complex[float[64]], duration, duration) -> waveform;``"""
    name = node.name.name
    annotations_of(node, set())
    kinds = tuple(kind_of(argument.type) for argument in node.arguments)
    result = Kind.VOID if node.return_type is None else kind_of(node.return_type)
    if name in MATHEMATICS or name == "newframe":
        raise error_at(node, f"{name} is built in, not extern.", remedy="Leave the declaration out.")
    function = find_function(name)
    if function is None:
        raise error_at(node, f"There is no function '{name}'.", remedy=nearest(name, function_names()))
    for parameters in (function.parameters, *function.alternatives):
        fits = len(kinds) == len(parameters) or (function.is_repeating and len(kinds) > len(parameters))
        wanted = [parameters[min(index, len(parameters) - 1)][1] for index in range(len(kinds))]
        if fits and result is function.result and all(map(is_convertible, kinds, wanted)):
            context.externs[name] = kinds
            return
    arrow = "" if function.result is Kind.VOID else f" -> {function.result}"
    raise error_at(
        node,
        f"extern {name}({', '.join(kinds)}) is not the function that there is.",
        remedy=f"It is {function.signature}{arrow}.",
    )


def check_free(name: str, node: Any) -> None:
    """Refuse to declare a name that the language has."""
    if name in CONSTANTS or name in MATHEMATICS or name == "newframe" or find_function(name) is not None:
        raise error_at(node, f"'{name}' is built in.", remedy="Choose another name.")


def declared_size(node: Any, context: Context) -> int | None:
    """The size in a type's brackets, checked; ``None`` for none. Sizes of ``float`` and ``angle`` mean nothing."""
    inner = getattr(node, "base_type", None) or node
    size = getattr(inner, "size", None)
    if size is None:
        return None
    number = whole_number(size, context, "A size")
    if not 1 <= number <= MOST_BITS:
        raise error_at(size, f"A size is {number}.", remedy=f"Give a size from 1 to {MOST_BITS}.")
    return number


def check_size(value: Any, kind: Kind, size: int | None, name: str, node: Any) -> Any:
    """Refuse an integer that its type cannot hold."""
    if kind not in (Kind.INT, Kind.UINT) or size is None or not isinstance(value, int):
        return value
    least, most = (-(1 << (size - 1)), (1 << (size - 1)) - 1) if kind is Kind.INT else (0, (1 << size) - 1)
    if not least <= value <= most:
        raise error_at(node, f"'{name}' would be {value}.", remedy=f"{kind}[{size}] holds {least} to {most}.")
    return value


def _initial(node: Any, kind: Kind, context: Context, rate: Any) -> Any:
    start = node.init_expression
    if type(start).__name__ == "ArrayLiteral":
        if kind is not Kind.WAVEFORM:
            raise error_at(node, "A list stands where no waveform is.", remedy="Write waveform w = {1.0, 0.5im};")
        return _samples(start, context, rate)
    if rate is not None:
        raise error_at(rate, "@feedline.rate stands before no list of samples.", remedy="waveform w = {1.0, 0.5im};")
    return as_kind(start, context, kind, f"The value of '{node.identifier.name}'")


def _samples(node: Any, context: Context, rate: Any) -> Waveform:
    samples = []
    for item in node.values:
        typed = evaluate(item, context)
        samples.append(converted(Typed(typed.kind, definite(typed, item, "A sample")), Kind.COMPLEX, item, "A sample"))
    if rate is not None:
        rate_hz = number_of(rate.command, rate, context)
    elif context.dt_s is not None:
        rate_hz = float(1 / context.dt_s)
    else:
        raise error_at(
            node,
            "Samples have no length: dt is not known.",
            remedy="Give dt_s=..., or write @feedline.rate 1e9 on the line before the declaration.",
        )
    try:
        return Waveform.sampled(samples, rate_hz=rate_hz)
    except PulseError as error:
        raise error_at(node, error.what, remedy=error.remedy) from None


def _sized_bits(value: Any, size: int, name: str, node: Any) -> Any:
    if value is UNSET:
        return (UNSET,) * size
    if len(value) != size:
        raise error_at(
            node,
            f"'{name}' has {size} bit{'s' * (size != 1)}, its value {len(value)}.",
            remedy=f"Declare bit[{len(value)}] {name}.",
        )
    return value


def _port(name: str, node: Any, context: Context) -> Port:
    if node.init_expression is not None:
        raise error_at(node, f"Port '{name}' is given a value.", remedy=f"Write port {name};")
    if context.body is not None and context.body.owner:
        raise error_at(node, f"Port '{name}' is declared in a defcal.", remedy="Declare ports in a cal block.")
    if context.device_ports is None:
        port = Port(name)
    elif name in context.device_ports:
        port = context.device_ports[name]
    else:
        raise error_at(node, f"The device has no port '{name}'.", remedy=nearest(name, context.device_ports))
    context.ports[name] = port
    return port


def _frame(name: str, node: Any, context: Context) -> Frame:
    start = node.init_expression
    if start is None:
        raise error_at(node, f"Frame '{name}' has no value.", remedy=f"Write frame {name} = newframe(port, 5e9, 0.0);")
    if type(start).__name__ != "FunctionCall" or start.name.name != "newframe":
        frame: Frame = as_kind(start, context, Kind.FRAME, f"The value of '{name}'")
        return frame
    if len(start.arguments) != 3:
        count = len(start.arguments)
        raise error_at(
            start,
            f"newframe takes 3 arguments, {count} {'is' if count == 1 else 'are'} given.",
            remedy="Write newframe(port pr, float frequency, angle phase).",
        )
    kinds = (Kind.PORT, Kind.FLOAT, Kind.ANGLE)
    names = ("pr", "frequency", "phase")
    port, frequency, phase = (
        as_kind(argument, context, kind, f"Argument {index + 1} ({label}) of newframe")
        for index, (argument, kind, label) in enumerate(zip(start.arguments, kinds, names, strict=True))
    )
    definite(Typed(Kind.FLOAT, frequency), start.arguments[1], "The frequency of a new frame")
    body = context.body
    if body is not None and body.owner:
        return _local_frame(name, start, context, body, (port, frequency, phase))
    return _new_frame(name, start, context, (port, frequency, phase))


def _new_frame(name: str, node: Any, context: Context, parts: tuple[Port, float, Any]) -> Frame:
    definite(Typed(Kind.ANGLE, parts[2]), node.arguments[2], "The phase of a new frame")
    if name in context.frames:
        raise error_at(node, f"There is a frame '{name}' already.", remedy="Choose another name.")
    frame = _made(name, node, parts)
    context.frames[name] = frame
    return frame


def _local_frame(name: str, node: Any, context: Context, body: Body, parts: tuple[Port, float, Any]) -> Frame:
    """A frame of one body: known to the set by a longer name, and set back to its start each time."""
    port, frequency, phase = parts
    if name in body.local_frames:
        raise error_at(node, f"Frame '{name}' is made again.", remedy="Make frames outside loops, once.")
    body.local_frames.add(name)
    start = phase if isinstance(phase, float) else 0.0
    full, count = f"{body.owner}_{name}", 1
    while full in context.frames:
        count += 1
        full = f"{body.owner}_{name}_{count}"
    frame = _made(full, node, (port, frequency, start))
    context.frames[full] = frame
    record(context, node, "newframe", lambda: SetFrequency(frame, frequency))
    record(context, node, "newframe", lambda: SetPhase(frame, phase))
    body.frequencies_hz[full] = frequency
    body.phases_rad[full] = phase
    return frame


def _made(name: str, node: Any, parts: tuple[Port, float, Any]) -> Frame:
    port, frequency, phase = parts
    try:
        return Frame(name, port, frequency_hz=frequency, phase_rad=phase)
    except PulseError as error:
        raise error_at(node, error.what, remedy=error.remedy) from None
