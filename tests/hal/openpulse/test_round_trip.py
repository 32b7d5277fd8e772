# SPDX-License-Identifier: Apache-2.0
"""Calibration sets survive text: what is written reads as the same set, and is written the same again."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter

from feedline_hal import (
    Barrier,
    Calibration,
    CalibrationSet,
    Capture,
    Delay,
    Frame,
    Play,
    Port,
    Schedule,
    SetFrequency,
    SetPhase,
    ShiftFrequency,
    ShiftPhase,
    Waveform,
)

PORTS = {name: Port(name) for name in ("q0_drive", "q0_readout", "q1_drive")}
FRAMES = {
    name: Frame(name, PORTS[port], frequency_hz=frequency, phase_rad=phase)
    for name, port, frequency, phase in (
        ("q0_drive_frame", "q0_drive", 5.1e9, 0.0),
        ("q0_ef", "q0_drive", 4.8012345678901e9, -math.pi / 2),
        ("q0_readout_frame", "q0_readout", 7.1e9, 1e-17),
        ("Δ", "q1_drive", 123.0, 3.0),
    )
}

reals = st.floats(-1, 1, allow_nan=False).map(lambda value: value + 0.0)
phases = st.floats(-10, 10) | st.sampled_from([math.pi / 2, -math.pi, 3 * math.pi / 4])
numbers = reals | st.builds(complex, reals, reals)
factors = numbers.filter(lambda value: abs(value) > 1e-3)  # next to nothing times a parameter loses the parameter
durations = st.integers(1, 4000).map(lambda ticks: ticks / 1e9) | st.floats(1e-10, 1e-3)
frames = st.sampled_from(list(FRAMES.values()))


@st.composite
def expressions(draw: st.DrawFn, formal: tuple[Parameter, ...], plain: Any) -> Any:
    """A number, or arithmetic on the formal parameters."""
    if not formal or draw(st.booleans()):
        return draw(plain)
    theta, factor, offset = draw(st.sampled_from(formal)), draw(st.floats(0.01, 3)), draw(st.floats(0.01, 3))
    forms = (
        theta,
        factor * theta,
        theta / factor + offset,
        factor * (theta / 2).sin(),
        -theta,
        (theta + offset) ** 2,
        (theta * factor).cos() * factor,
        (theta + formal[-1]) / 2,
        offset - theta,
    )
    return draw(st.sampled_from(forms))


@st.composite
def waveforms(draw: st.DrawFn, formal: tuple[Parameter, ...] = (), duration_s: Any = None, depth: int = 2) -> Waveform:
    length = draw(durations) if duration_s is None else duration_s
    amplitude = draw(expressions(formal, factors if formal else numbers))
    positive = st.floats(1e-10, 1e-6)
    kind = draw(st.sampled_from("constant gaussian square drag cosine sech sine sampled sum product then".split()))
    inner = waveforms(formal, length, depth - 1)
    if kind in ("sum", "product", "then") and depth:
        first, second = draw(inner), draw(inner)
        joined = {"sum": lambda: first + second, "product": lambda: first * second, "then": lambda: first.then(second)}
        scaled: Waveform = joined[kind]() if duration_s is None or kind != "then" else first + second
        return scaled.scaled(draw(factors))
    if kind == "sampled" and duration_s is None:
        samples = draw(st.lists(numbers, min_size=1, max_size=5))
        rate_hz = draw(st.sampled_from([1e9, 2.4e9, 1 / 3e-9]))
        return Waveform.sampled(samples, rate_hz=rate_hz).scaled(draw(factors))
    simple = {
        "gaussian": lambda: Waveform.gaussian(length, amplitude, sigma_s=draw(positive)),
        "square": lambda: Waveform.gaussian_square(length, amplitude, sigma_s=draw(positive), width_s=length / 2),
        "drag": lambda: Waveform.drag(length, amplitude, sigma_s=draw(positive), beta_s=draw(reals) * 1e-9),
        "cosine": lambda: Waveform.cosine(length, amplitude),
        "sech": lambda: Waveform.sech(length, amplitude, sigma_s=draw(positive)),
        "sine": lambda: Waveform.sine(
            length, amplitude, frequency_hz=draw(st.floats(-1e9, 1e9)), phase_rad=draw(phases)
        ),
    }
    return simple.get(kind, lambda: Waveform.constant(length, amplitude))()


@st.composite
def instructions(draw: st.DrawFn, formal: tuple[Parameter, ...]) -> Any:
    frame = draw(frames)
    several = st.lists(frames, min_size=1, max_size=3, unique=True)
    angle, frequency = expressions(formal, phases), expressions(formal, st.floats(1e6, 9e9))

    def capture(kind: str) -> Capture:
        kernel = draw(waveforms())
        return Capture(frame, kernel.duration_s, kernel=kernel, kind=kind, slot=None)

    kinds = (
        lambda: Play(frame, draw(waveforms(formal))),
        lambda: Play(frame, draw(waveforms(formal))),
        lambda: Delay(draw(expressions(formal, durations)), draw(several)),
        lambda: Barrier(draw(several)),
        lambda: ShiftPhase(frame, draw(angle)),
        lambda: SetPhase(frame, draw(angle)),
        lambda: ShiftFrequency(frame, draw(frequency)),
        lambda: SetFrequency(frame, draw(frequency)),
        lambda: capture(draw(st.sampled_from(["v1", "v2"]))),
        lambda: Capture(frame, draw(durations), kind=draw(st.sampled_from(["v0", "v3", "v4"])), slot=None),
        lambda: Capture(frame, 0.0, kind="v0", slot=None),
    )
    return draw(st.sampled_from(kinds))()


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    formal = tuple(Parameter(name) for name in draw(st.sampled_from([(), ("theta",), ("φ", "b"), ("p1", "p0")])))
    items = draw(st.lists(instructions(formal), max_size=5))
    num_bits = draw(st.integers(0, 2))
    for slot in draw(st.permutations(range(num_bits))):
        kernel = draw(waveforms())
        items.append(Capture(draw(frames), kernel.duration_s, kernel=kernel, slot=slot))
    literals = draw(st.lists(phases, max_size=1))
    bounds = tuple((-1.0, draw(st.floats(0, 7))) for _ in formal) + (None,) * len(literals)
    return Calibration(
        gate=draw(st.sampled_from(["sx", "measure", "reset", "my_gate"])),
        qubits=draw(st.sampled_from([(0,), (None,), (3, 1), (0, None), (None, None)])),
        arguments=(*formal, *literals),
        schedule=Schedule(items),
        num_bits=num_bits,
        bounds=bounds if formal and draw(st.booleans()) else (),
        error=draw(st.none() | st.floats(0, 1)),
    )


@given(calibrations())
@settings(max_examples=50, deadline=None)
def test_text_reads_as_the_set_that_it_was_written_from(calibration: Calibration) -> None:
    written = CalibrationSet(ports=PORTS, frames=FRAMES, calibrations=(calibration,))
    text = written.to_openpulse()
    read = CalibrationSet.from_openpulse(text)
    assert read.id == written.id, text
    assert read.to_openpulse() == text
