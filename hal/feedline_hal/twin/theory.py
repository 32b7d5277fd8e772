# SPDX-License-Identifier: Apache-2.0
"""Calibrations that follow from a chip and the rack that it is wired to, without measuring anything.

A starting point for calibration, and what a perfect one comes close to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from qiskit.circuit import Parameter

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.calibration.coherence import QUBITS
from feedline_hal.calibration.content import READOUT
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Barrier, Capture, Delay, Play, ShiftPhase
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform
from feedline_hal.rack.schema import RackSpec, ReadoutSpec

from .bias import set_hz
from .chip import Chip, Coupler, Qubit
from .theory_coupler import controlled_phase
from .theory_drive import half_turn, quarter_turn
from .theory_error import coherence_limit, misreads
from .theory_readout import Clouds, Tone, clouds, tone
from .theory_wiring import peak_v, whole_s

_PULSE_S = 40e-9
_RESET_DECAYS = 8.0


@attrs.frozen(kw_only=True, slots=True)
class _Frames:
    """The frames of a chip's calibrations, by transmon."""

    drive: Mapping[int, Frame]
    sound: Mapping[int, Frame]
    listen: Mapping[int, Frame]


def theory_calibrations(chip: Chip, rack_spec: RackSpec) -> CalibrationSet:
    """Gates of a chip on a rack: ``rz, sx, x, id``, ``cz`` both ways, ``measure``; ``reset`` where it can be damped.

    Gates have the errors that decay alone makes, measurements those of noise, decay and thermal population; what
    bring-up notes in a set's metadata is there too. Frequencies are those at the bias that the rack file sets. Frames
    are called ``q0_frame``, ``q0_sound``, ``q0_listen``; those of couplers and resets after their ports, with
    ``_frame``.

    Args:
        chip: The chip; ports that the rack does not have are left out, and gates that need them.
        rack_spec: The rack; voltages are as its settings and attenuations say.

    Raises:
        InputError: If a coupler's voltages reach no CZ gate, or a pulse needs more than full scale.
    """
    frequencies_hz = set_hz(chip, {name: one.settings for name, one in rack_spec.instruments.items()})
    tones = {one.index: found for one in chip.qubits if (found := tone(one, chip, rack_spec)) is not None}
    frames = _frames(chip, rack_spec, frequencies_hz, tones)
    made: list[Calibration] = []
    known: dict[int, Clouds] = {}
    for qubit in chip.qubits:
        if qubit.index in frames.drive:
            made += _single(qubit, frames.drive[qubit.index], rack_spec)
        if qubit.index in tones:
            known[qubit.index] = clouds(qubit, tones[qubit.index], chip, rack_spec)
            made.append(_measure(qubit, frames, tones[qubit.index], known[qubit.index]))
        if qubit.reset_port in rack_spec.ports:
            made.append(_reset(qubit, frames, rack_spec))
    for coupler in chip.couplers:
        if coupler.port in rack_spec.ports and all(one in frames.drive for one in coupler.qubits):
            made += _cz(coupler, chip, frames, rack_spec, frequencies_hz)
    return CalibrationSet.of(made, metadata=_metadata(chip, known))


def theory_readout(chip: Chip, rack_spec: RackSpec) -> dict[str, ReadoutSpec]:
    """Angle and threshold for the ``measure`` of `theory_calibrations`, by ``q0`` and so on; halfway from 0 to 1."""
    found: dict[str, ReadoutSpec] = {}
    for qubit in chip.qubits:
        used = tone(qubit, chip, rack_spec)
        if used is not None:
            known = clouds(qubit, used, chip, rack_spec)
            spec = ReadoutSpec(qubit=qubit.index, angle_rad=known.angle_rad, threshold=known.threshold)
            found[f"q{qubit.index}"] = spec
    return found


def _metadata(chip: Chip, known: Mapping[int, Clouds]) -> dict[str, Any]:
    """Times, readout and how often it errs, as bring-up notes them."""
    qubits: dict[str, dict[str, float]] = {}
    readout: dict[str, dict[str, float]] = {}
    for qubit in chip.qubits:
        name = f"q{qubit.index}"
        qubits[name] = {"t1_s": qubit.t1_s, "t2_s": qubit.t2_s}
        if qubit.index in known:
            own = known[qubit.index]
            misread_0, misread_1 = misreads(qubit, own)
            qubits[name] |= {"zero": own.zero, "one": own.one, "misread_0": misread_0, "misread_1": misread_1}
            readout[name] = {"angle_rad": own.angle_rad, "threshold": own.threshold}
    return {"source": f"theory of chip '{chip.name}'", QUBITS: qubits, READOUT: readout}


def _frames(chip: Chip, spec: RackSpec, frequencies_hz: Mapping[int, float], tones: Mapping[int, Tone]) -> _Frames:
    drive = {
        one.index: Frame(f"q{one.index}_frame", _port(one.port, spec), frequency_hz=frequencies_hz[one.index])
        for one in chip.qubits
        if one.port in spec.ports
    }
    sound, listen = (
        {
            index: Frame(f"q{index}_{word}", _port(one.port, spec), frequency_hz=one.frequency_hz)
            for index, one in tones.items()
        }
        for word in ("sound", "listen")
    )
    return _Frames(drive=drive, sound=sound, listen=listen)


def _port(name: str, spec: RackSpec) -> Port:
    return Port(name, qubits=spec.ports[name].qubits)


def _single(qubit: Qubit, frame: Frame, spec: RackSpec) -> Iterator[Calibration]:
    theta = Parameter("theta")
    where = (qubit.index,)
    duration_s = whole_s(_PULSE_S, spec)
    virtual = Schedule.left(ShiftPhase(frame, theta))
    yield Calibration(gate="rz", qubits=where, arguments=(theta,), schedule=virtual, error=0.0)
    frequency_hz = float(frame.frequency_hz)  # type: ignore[arg-type]
    sx = quarter_turn(qubit, frequency_hz, spec, duration_s)
    x = half_turn(qubit, frequency_hz, spec, sx)
    error = coherence_limit(duration_s, qubit)
    for gate, pulse in (("sx", sx), ("x", x)):
        yield Calibration(gate=gate, qubits=where, schedule=Schedule.left(Play(frame, pulse.waveform)), error=error)
    yield Calibration(gate="id", qubits=where, schedule=Schedule.left(Delay(duration_s, (frame,))), error=error)


def _measure(qubit: Qubit, frames: _Frames, used: Tone, known: Clouds) -> Calibration:
    index = qubit.index
    sound, listen = frames.sound[index], frames.listen[index]
    own = (frames.drive[index],) if index in frames.drive else ()
    schedule = Schedule.left(
        Barrier((*own, sound, listen)),
        Play(sound, used.waveform),
        Capture(listen, used.duration_s, kernel=used.kernel),
        Barrier((*own, sound, listen)),
    )
    error = sum(misreads(qubit, known)) / 2
    return Calibration(gate="measure", qubits=(index,), schedule=schedule, num_bits=1, error=error)


def _reset(qubit: Qubit, frames: _Frames, spec: RackSpec) -> Calibration:
    """A voltage that damps the transmon until e^-8 is left."""
    most_v = peak_v(qubit.reset_port, spec)
    amplitude = spec.ports[qubit.reset_port].max_amplitude
    rate_per_s = 2 * math.pi * qubit.damping_hz_per_v2 * (amplitude * most_v) ** 2
    frame = Frame(f"{qubit.reset_port}_frame", _port(qubit.reset_port, spec), frequency_hz=0.0)
    own = (frames.drive[qubit.index],) if qubit.index in frames.drive else ()
    pulse = Waveform.constant(whole_s(_RESET_DECAYS / rate_per_s, spec), amplitude)
    schedule = Schedule.left(Barrier((*own, frame)), Play(frame, pulse), Barrier((*own, frame)))
    return Calibration(gate="reset", qubits=(qubit.index,), schedule=schedule)


def _cz(
    coupler: Coupler, chip: Chip, frames: _Frames, spec: RackSpec, frequencies_hz: Mapping[int, float]
) -> Iterator[Calibration]:
    found = controlled_phase(coupler, chip, spec, frequencies_hz)
    first, second = (frames.drive[one] for one in coupler.qubits)
    frame = Frame(f"{coupler.port}_frame", _port(coupler.port, spec), frequency_hz=0.0)
    together = Barrier((first, second, frame))
    schedule = Schedule.left(
        together,
        Play(frame, found.waveform),
        together,
        ShiftPhase(first, found.phases_rad[0]),
        ShiftPhase(second, found.phases_rad[1]),
    )
    lost = coherence_limit(schedule.duration_s, *(chip.qubits[one] for one in coupler.qubits))
    for qubits in (coupler.qubits, coupler.qubits[::-1]):
        yield Calibration(gate="cz", qubits=qubits, schedule=schedule, error=lost + found.error)
