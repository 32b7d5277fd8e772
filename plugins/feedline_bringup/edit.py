# SPDX-License-Identifier: Apache-2.0
"""Changes of a calibration set, made without knowing a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs
from qiskit.circuit import Parameter

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.errors import CalibrationError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Capture, Delay, Instruction, Play, ShiftPhase
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.value import Value
from feedline_hal.pulse.waveform import Waveform

Change = Callable[[Instruction], Sequence[Instruction]]


def play_of(calibrations: CalibrationSet, gate: str, qubits: Sequence[int]) -> Play:
    """The first pulse of a gate.

    Raises:
        CalibrationError: If the gate has none.
    """
    for item in calibrations.find(gate, qubits).schedule.instructions():
        if isinstance(item, Play):
            return item
    raise CalibrationError(
        f"Calibration of '{gate}' on {_names(qubits)} plays nothing.", remedy="Give it a pulse to calibrate."
    )


def capture_of(calibrations: CalibrationSet, qubit: int) -> Capture:
    """The capture of a qubit's measurement.

    Raises:
        CalibrationError: If it has none.
    """
    for item in calibrations.find("measure", (qubit,)).schedule.instructions():
        if isinstance(item, Capture):
            return item
    raise CalibrationError(f"The measurement of q{qubit} captures nothing.", remedy="Give it a capture.")


def drive_frame(calibrations: CalibrationSet, qubit: int) -> Frame:
    """The frame that a qubit is driven on: that of its ``sx``."""
    return play_of(calibrations, "sx", (qubit,)).frame


def number(value: Value, what: str) -> float:
    """A value that has to be a real number.

    Raises:
        CalibrationError: If it depends on parameters, or is complex.
    """
    if isinstance(value, complex) and value.imag == 0:
        return value.real
    if isinstance(value, int | float):
        return float(value)
    raise CalibrationError(f"{what} is {value}, which is no real number.", remedy="Write the number in the set.")


def with_frequency(calibrations: CalibrationSet, frame: Frame, frequency_hz: float) -> CalibrationSet:
    """The set with a frame at another frequency, wherever it is used."""
    moved = attrs.evolve(frame, frequency_hz=frequency_hz)
    return calibrations.merged(CalibrationSet(ports={frame.port.name: frame.port}, frames={frame.name: moved}))


def changed(calibrations: CalibrationSet, gate: str, qubits: Sequence[int], change: Change) -> CalibrationSet:
    """The set with each instruction of a gate replaced by others; gates on two qubits in both orders."""
    made = []
    for order in _orders(calibrations, gate, tuple(qubits)):
        found = calibrations.find(gate, order)
        made.append(attrs.evolve(found, qubits=order, schedule=mapped(found.schedule, change)))
    return calibrations.merged(CalibrationSet.of(made))


def with_waveform(
    calibrations: CalibrationSet, gate: str, qubits: Sequence[int], change: Callable[[Waveform], Waveform]
) -> CalibrationSet:
    """The set with another waveform in the first pulse of a gate, and wherever the gate plays that one."""
    played = play_of(calibrations, gate, qubits)
    return changed(calibrations, gate, qubits, reshaping(played, change(played.waveform)))


def scaled(calibrations: CalibrationSet, gate: str, qubits: Sequence[int], factor: float) -> CalibrationSet:
    """The set with a gate's pulse of another amplitude."""
    return with_waveform(calibrations, gate, qubits, lambda waveform: waveform.scaled(factor))


def with_beta(calibrations: CalibrationSet, gate: str, qubit: int, beta_s: float) -> CalibrationSet:
    """The set with another factor of the derivative in a gate's DRAG pulse."""
    return with_waveform(calibrations, gate, (qubit,), lambda waveform: with_derivative(waveform, beta_s))


def with_derivative(waveform: Waveform, beta_s: Value) -> Waveform:
    """A DRAG waveform with another factor; a Gaussian becomes one.

    Raises:
        CalibrationError: If the waveform is neither.
    """
    values = dict(waveform.parameters)
    if waveform.shape not in ("drag", "gaussian"):
        raise CalibrationError(
            f"A pulse is a '{waveform.shape}', which has no derivative to calibrate.",
            remedy="Use Waveform.drag, or leave DRAG out: --only names the others.",
        )
    return Waveform.drag(waveform.duration_s, waveform.amplitude, sigma_s=values["sigma_s"], beta_s=beta_s)


def with_phases(
    calibrations: CalibrationSet, gate: str, qubits: Sequence[int], added_rad: Mapping[str, float]
) -> CalibrationSet:
    """The set with phase shifts of frames, by name, added to those that a gate ends with."""
    left = dict(added_rad)

    def change(item: Instruction) -> Sequence[Instruction]:
        if isinstance(item, ShiftPhase) and item.frame.name in left:
            return (attrs.evolve(item, phase_rad=item.phase_rad + left[item.frame.name]),)
        return (item,)

    shifted = {
        item.frame.name
        for item in calibrations.find(gate, qubits).schedule.instructions()
        if isinstance(item, ShiftPhase)
    }
    result = changed(calibrations, gate, qubits, change)
    new = [ShiftPhase(calibrations.frames[name], phase) for name, phase in left.items() if name not in shifted]
    for order in _orders(calibrations, gate, tuple(qubits)) if new else ():
        found = result.find(gate, order)
        schedule = Schedule.left(*found.schedule.items, *new)
        result = result.merged(CalibrationSet.of([attrs.evolve(found, qubits=order, schedule=schedule)]))
    return result


def with_capture_delay(calibrations: CalibrationSet, qubit: int, delay_s: float) -> CalibrationSet:
    """The set with a measurement's capture beginning so much later than its tone; a negative one delays the tone."""
    capture, tone = capture_of(calibrations, qubit), play_of(calibrations, "measure", (qubit,))

    def change(item: Instruction) -> Sequence[Instruction]:
        if isinstance(item, Delay) and item.frames in ((capture.frame,), (tone.frame,)):
            return ()
        if isinstance(item, Capture) and item.frame == capture.frame and delay_s > 0:
            return (Delay(delay_s, (item.frame,)), item)
        if isinstance(item, Play) and item.frame == tone.frame and delay_s < 0:
            return (Delay(-delay_s, (item.frame,)), item)
        return (item,)

    return changed(calibrations, "measure", (qubit,), change)


def with_soft_tone(calibrations: CalibrationSet, qubit: int, sigma_s: float) -> CalibrationSet:
    """The set with Gaussian edges of three standard deviations on a measurement's tone, if it is rectangular.

    A tone that begins at once makes all resonators of its line ring at their own frequencies, with a phase that
    depends on when it begins.
    """
    tone = play_of(calibrations, "measure", (qubit,))
    duration_s = number(tone.waveform.duration_s, "readout tone")
    if tone.waveform.shape != "constant" or duration_s < 12 * sigma_s:
        return calibrations
    width_s = duration_s - 6 * sigma_s
    soft = Waveform.gaussian_square(duration_s, tone.waveform.amplitude, sigma_s=sigma_s, width_s=width_s)
    return with_waveform(calibrations, "measure", (qubit,), lambda _: soft)


def with_kernel(calibrations: CalibrationSet, qubit: int, kernel: Waveform) -> CalibrationSet:
    """The set with another kernel in a qubit's measurement, which records for as long as the kernel lasts."""

    def change(item: Instruction) -> Sequence[Instruction]:
        if not isinstance(item, Capture):
            return (item,)
        return (attrs.evolve(item, kernel=kernel, duration_s=kernel.duration_s),)

    return changed(calibrations, "measure", (qubit,), change)


def reshaping(played: Play, waveform: Waveform) -> Change:
    """The change that puts a waveform in place of a pulse."""

    def change(item: Instruction) -> Sequence[Instruction]:
        return (attrs.evolve(item, waveform=waveform),) if item == played else (item,)

    return change


def variant(
    calibrations: CalibrationSet, gate: str, qubits: Sequence[int], name: str, change: Change, *arguments: Parameter
) -> Calibration:
    """A gate of another name that is this gate changed, the change depending on parameters."""
    found = calibrations.find(gate, qubits)
    return Calibration(gate=name, qubits=tuple(qubits), arguments=arguments, schedule=mapped(found.schedule, change))


def mapped(schedule: Schedule, change: Change) -> Schedule:
    """A schedule with each instruction replaced by others, inner schedules included."""

    def items() -> Iterator[Instruction | Schedule]:
        for item in schedule.items:
            if isinstance(item, Schedule):
                yield mapped(item, change)
            else:
                yield from change(item)

    return attrs.evolve(schedule, items=tuple(items()))


def _orders(calibrations: CalibrationSet, gate: str, qubits: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The order that is asked for, and the other one if the set has that too."""
    has_other = any(one.gate == gate and one.qubits == qubits[::-1] for one in calibrations.calibrations)
    return [qubits, qubits[::-1]] if len(qubits) > 1 and has_other else [qubits]


def _names(qubits: Sequence[int]) -> str:
    return ", ".join(f"q{qubit}" for qubit in qubits)
