# SPDX-License-Identifier: Apache-2.0
"""What goes into emulated digitizers by default: for every measured qubit a tone that its readout can tell."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from feedline import front_door
from feedline.errors import InputError
from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.rack.schema import Channel, PortSpec, RackSpec, ReadoutSpec

from .cable import Signal
from .tones import Tone, Tones

if TYPE_CHECKING:
    from feedline_hal.calibration.calibration import Calibration
    from feedline_hal.pulse.instruction import Capture

_log = logging.getLogger("feedline.rack")
FILLING = 0.8
"""How much of a digitizer's range all tones together take."""
_STEADY_BIT = 62
"""A binary digit that no shot's number has: a tone with it never turns round."""
_SMALLEST_KERNEL = 1e-6


@attrs.frozen(kw_only=True, slots=True)
class _Heard:
    """A qubit's tone at the digitizer.

    Attributes:
        qubit: Which.
        bit: Digit of the shot's number that is its result.
        inputs: One channel, or I and Q.
        frequency_hz: Intermediate frequency.
        phase_rad: At the trigger, for a point that lies in the direction of 1.
        threshold_v: Amplitude of a tone whose point lies on the border between 0 and 1.
    """

    qubit: int
    bit: int
    inputs: tuple[Channel, ...]
    frequency_hz: float
    phase_rad: float
    threshold_v: float

    def tones(self, amplitude_v: float) -> Iterator[Tone]:
        """A tone that turns round with the bit, 0 first, and one that does not, for the threshold."""
        for place, channel in enumerate(self.inputs):
            phase_rad = self.phase_rad - place * math.pi / 2
            yield Tone(channel.number, self.frequency_hz, amplitude_v, phase_rad + math.pi, self.bit)
            if self.threshold_v:
                yield Tone(channel.number, self.frequency_hz, self.threshold_v, phase_rad, _STEADY_BIT)


def measured_tones(spec: RackSpec, digitizers: Iterable[str]) -> Mapping[str, Signal]:
    """Signals made of the calibration set's ``measure`` calibrations.

    A capture's point comes to lie on the line of its qubit's ``[readout]`` angle, on one side of the threshold or
    the other: as the binary digits of the shot's number say, the lowest qubit's digit last. A qubit whose
    calibration cannot be answered like that is named in the log and stays silent.

    Args:
        spec: The rack file.
        digitizers: Which instruments; none is added for one that hears nothing.

    Raises:
        InputError: If the tones do not fit a digitizer's range.
        FeedlineError: If the calibration set cannot be read.
    """
    from feedline_hal.rack.rule.calibration import read_calibrations

    found = read_calibrations(spec)
    if found is None:
        return {}
    measured = {item.qubits[0]: item for item in found.calibrations if _is_measurement(item)}
    heard: list[_Heard] = []
    for bit, qubit in enumerate(sorted(qubit for qubit in measured if qubit is not None)):
        try:
            heard.append(_heard(measured[qubit], qubit, bit, spec))
        except InputError as error:
            _log.warning("Emulated digitizers are silent about q%d: %s", qubit, error.what)
    signals: dict[str, Signal] = {}
    for name in digitizers:
        own = [item for item in heard if item.inputs[0].instrument == name]
        if own:
            signals[name] = _sum(own, name, spec)
    return signals


def _is_measurement(item: Calibration) -> bool:
    return item.gate == "measure" and len(item.qubits) == 1 and item.qubits[0] is not None and not item.arguments


def _heard(item: Calibration, qubit: int, bit: int, spec: RackSpec) -> _Heard:
    capture = _capture(item)
    port = spec.ports.get(capture.frame.port.name)
    if port is None or not port.inputs:
        raise InputError(f"Port '{capture.frame.port.name}' has no digitizer.", remedy="Give it a 'capture' channel.")
    frequency_hz, frame_rad = capture.frame.frequency_hz, capture.frame.phase_rad
    if not isinstance(frequency_hz, int | float) or not isinstance(frame_rad, int | float):
        raise InputError(f"Frame '{capture.frame.name}' has parameters.", remedy="Give it numbers.")
    weight = complex(np.mean(capture.kernel.sample(1 / spec.dt_s))) if capture.kernel is not None else 1.0 + 0j
    if abs(weight) < _SMALLEST_KERNEL:
        raise InputError(f"The kernel of {item.label} is 0 on average.", remedy="Plug in a signal of your own.")
    readout = spec.readout.get(f"q{qubit}", ReadoutSpec(qubit=qubit))
    between_hz = float(frequency_hz) - port.lo_frequency_hz
    phase_rad = readout.angle_rad + float(frame_rad) - math.atan2(weight.imag, weight.real)
    return _Heard(
        qubit=qubit,
        bit=bit,
        inputs=port.inputs,
        frequency_hz=between_hz,
        phase_rad=phase_rad - 2 * math.pi * between_hz * _zero_s(port, spec),
        threshold_v=readout.threshold / abs(weight),
    )


def _capture(item: Calibration) -> Capture:
    """The capture that gives the qubit's bit."""
    from feedline_hal.pulse.instruction import Capture, SetFrequency, SetPhase, ShiftFrequency, ShiftPhase

    changed = set()
    for instruction in item.schedule.instructions():
        if isinstance(instruction, Capture) and instruction.slot == 0:
            if instruction.frame in changed:
                raise InputError(f"{item.label} changes its capture's frame.", remedy="Plug in a signal of your own.")
            return instruction
        if isinstance(instruction, SetFrequency | ShiftFrequency | SetPhase | ShiftPhase):
            changed.add(instruction.frame)
    raise InputError(f"{item.label} captures no bit.", remedy="Capture one: capture_v2.")


def _zero_s(port: PortSpec, spec: RackSpec) -> float:
    """When time 0 of a shot arrives at the digitizer, after the trigger."""
    return port.capture_delay_s + max((item.delay_s for item in spec.ports.values() if item.outputs), default=0.0)


def _sum(heard: Sequence[_Heard], name: str, spec: RackSpec) -> Tones:
    amplitude_v = min(_share_v(heard, number, name, spec) for number in {c.number for h in heard for c in h.inputs})
    return Tones(tone for item in heard for tone in item.tones(amplitude_v))


def _share_v(heard: Sequence[_Heard], number: int, name: str, spec: RackSpec) -> float:
    """Amplitude of each tone of a channel, so that all of them fit."""
    here = [item for item in heard if number in (channel.number for channel in item.inputs)]
    range_v = float(spec.instruments[name].settings.get(f"ch{number}_range_v", _widest_v(name, spec)))
    left_v = FILLING * range_v / 2 - sum(abs(item.threshold_v) for item in here)
    if left_v <= 0:
        qubits = ", ".join(f"q{item.qubit}" for item in here)
        raise InputError(
            f"{name}.ch{number}: signals on both sides of the thresholds of {qubits} do not fit {range_v:g} V.",
            remedy=f"Give {name} a larger ch{number}_range_v, or correct [readout].",
        )
    return left_v / len(here)


def _widest_v(name: str, spec: RackSpec) -> float:
    """The largest range that a digitizer has, by its driver."""
    from feedline_hal.rack.bench import benched

    only = attrs.evolve(spec, instruments={name: spec.instruments[name]})
    found, mistakes = benched(only, front_door.host().drivers)
    if mistakes:
        raise InputError(mistakes[0].statement, remedy=mistakes[0].remedy)
    able = found.parts[name].able
    if not isinstance(able, DigitizerCapabilities):
        raise InputError(f"'{name}' is no digitizer.", remedy="Correct the capture channels of [ports].")
    return able.range_v[1]
