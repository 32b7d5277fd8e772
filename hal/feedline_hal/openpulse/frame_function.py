# SPDX-License-Identifier: Apache-2.0
"""Functions of frames: play, capture, phase and frequency.

Source: OpenQASM 3 specification, "OpenPulse Grammar", sections "Frames", "Play instruction", "Capture
Instruction".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from feedline_hal.errors import PulseError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import (
    Capture,
    CaptureKind,
    Instruction,
    Play,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
)
from feedline_hal.pulse.value import Value

from .captured import Captured
from .function import Function
from .kind import Kind
from .syntax import error_at

if TYPE_CHECKING:
    from .context import Body, Context

_FRAME = ("fr", Kind.FRAME)


def record(context: Context, node: Any, name: str, make: Callable[[], Instruction]) -> Body:
    """Add an instruction to the body.

    Raises:
        OpenPulseError: If there is no body here, or the instruction's own checks refuse it.
    """
    body = context.playable(node, name)
    try:
        body.instructions.append(make())
    except PulseError as error:
        raise error_at(node, error.what, remedy=error.remedy) from None
    return body


def _play(context: Context, node: Any, values: list[Any]) -> None:
    frame, waveform = values
    if isinstance(waveform, Captured):
        raise error_at(
            node,
            "A captured waveform cannot be played: it is only known when the program runs.",
            remedy="Play a waveform of the library, or samples.",
        )
    _check_port(frame, frame.port.can_play, "play", node)
    record(context, node, "play", lambda: Play(frame, waveform))


def _capture(kind: CaptureKind) -> Callable[[Context, Any, list[Any]], Any]:
    takes_kernel = kind in (CaptureKind.IQ, CaptureKind.BIT)

    def capture(context: Context, node: Any, values: list[Any]) -> Any:
        frame, given = values[0], cast("Any", values[1] if len(values) > 1 else 0.0)
        _check_port(frame, frame.port.can_capture, "capture", node)
        duration_s, kernel = (given.duration_s, given) if takes_kernel else (given, None)
        body = record(
            context,
            node,
            f"capture_{kind}",
            lambda: Capture(frame, duration_s, kernel=kernel, kind=kind, slot=None),
        )
        captured = Captured(len(body.instructions) - 1, body)
        if kind is CaptureKind.NOTHING:
            return None
        return (captured,) if kind is CaptureKind.BIT else captured

    return capture


def _check_port(frame: Frame, is_possible: bool, verb: str, node: Any) -> None:
    if not is_possible:
        raise error_at(
            node, f"Port '{frame.port.name}' cannot {verb}.", remedy=f"Use a frame on a port that can {verb}."
        )


def _set_phase(context: Context, node: Any, values: list[Any]) -> None:
    frame, phase = values
    body = record(context, node, "set_phase", lambda: SetPhase(frame, phase))
    body.phases_rad[frame.name] = phase


def _shift_phase(context: Context, node: Any, values: list[Any]) -> None:
    frame, phase = values
    body = record(context, node, "shift_phase", lambda: ShiftPhase(frame, phase))
    if frame.name in body.phases_rad:
        body.phases_rad[frame.name] = body.phases_rad[frame.name] + phase


def _get_phase(context: Context, node: Any, values: list[Any]) -> Value:
    body = context.playable(node, "get_phase")
    name = values[0].name
    if name not in body.phases_rad:
        raise error_at(
            node,
            f"The phase of frame '{name}' here depends on what came before {body.label}.",
            remedy=f"Set it first: set_phase({name}, ...), or use shift_phase.",
        )
    return body.phases_rad[name]


def _set_frequency(context: Context, node: Any, values: list[Any]) -> None:
    frame, frequency = values
    body = record(context, node, "set_frequency", lambda: SetFrequency(frame, frequency))
    body.frequencies_hz[frame.name] = frequency


def _shift_frequency(context: Context, node: Any, values: list[Any]) -> None:
    frame, frequency = values
    body = record(context, node, "shift_frequency", lambda: ShiftFrequency(frame, frequency))
    body.frequencies_hz[frame.name] = body.frequencies_hz.get(frame.name, frame.frequency_hz) + frequency


def _get_frequency(context: Context, node: Any, values: list[Any]) -> Value:
    frame: Frame = values[0]
    body = context.body
    if body is not None and frame.name in body.frequencies_hz:
        return body.frequencies_hz[frame.name]
    label = "the cal block" if body is None else body.label
    context.assumed.setdefault(frame.name, label)
    check_frequency(context, frame.name, node)
    return frame.frequency_hz


def check_frequency(context: Context, name: str, node: Any) -> None:
    """Refuse to take a frame's frequency for the initial one if some body leaves it changed.

    Raises:
        OpenPulseError: If that is so.
    """
    if name in context.moved and name in context.assumed:
        raise error_at(
            node,
            f"get_frequency({name}) in {context.assumed[name]} is not known: {context.moved[name]} leaves it changed.",
            remedy="Set the frequency back at the end of that body, or give get_frequency's number itself.",
        )


def _function(name: str, *parameters: tuple[str, Kind], call: Any, result: Kind = Kind.VOID) -> Function:
    return Function(name=name, parameters=(_FRAME, *parameters), result=result, call=call)


_FILTER = ("filter", Kind.WAVEFORM)
_LENGTH = ("len", Kind.DURATION)
FRAME_FUNCTIONS = {
    function.name: function
    for function in (
        _function("play", ("wfm", Kind.WAVEFORM), call=_play),
        Function(
            name="capture_v0",
            parameters=(_FRAME,),
            alternatives=((_FRAME, _LENGTH),),
            result=Kind.VOID,
            call=_capture(CaptureKind.NOTHING),
        ),
        _function("capture_v1", _FILTER, call=_capture(CaptureKind.IQ), result=Kind.COMPLEX),
        _function("capture_v2", _FILTER, call=_capture(CaptureKind.BIT), result=Kind.BIT),
        _function("capture_v3", _LENGTH, call=_capture(CaptureKind.RAW), result=Kind.WAVEFORM),
        _function("capture_v4", _LENGTH, call=_capture(CaptureKind.COUNT), result=Kind.INT),
        _function("set_phase", ("phase", Kind.ANGLE), call=_set_phase),
        _function("shift_phase", ("phase", Kind.ANGLE), call=_shift_phase),
        _function("get_phase", call=_get_phase, result=Kind.ANGLE),
        _function("set_frequency", ("freq", Kind.FLOAT), call=_set_frequency),
        _function("shift_frequency", ("freq", Kind.FLOAT), call=_shift_frequency),
        _function("get_frequency", call=_get_frequency, result=Kind.FLOAT),
    )
}
