# SPDX-License-Identifier: Apache-2.0
"""A readout tone for each transmon, and where its points lie in the IQ plane."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.rack.schema import RackSpec

from .answer import response
from .chip import Chip, Line, Qubit, Resonator
from .field import Field
from .theory_wiring import peak_v, rate_hz, whole_s

_SHORTEST_S, _LONGEST_S = 200e-9, 4e-6
_CLEAR = 5.0
_FILLING = 0.7
_GRID_STEPS = 256


@attrs.frozen(kw_only=True, slots=True)
class Tone:
    """A readout tone.

    Attributes:
        port: Where it goes in.
        frequency_hz: Halfway between the resonances of 0 and 1.
        amplitude: Of full scale.
        duration_s: Of the tone and of the capture.
    """

    port: str
    frequency_hz: float
    amplitude: float
    duration_s: float


def tone(qubit: Qubit, chip: Chip, spec: RackSpec) -> Tone | None:
    """A tone as loud as port and digitizer allow when all of the line play, and as long as the noise asks for.

    ``None`` if the transmon has no resonator, or the rack does not have its port both ways.
    """
    own = qubit.resonator
    port = None if own is None else spec.ports.get(own.port)
    if own is None or port is None or not port.outputs or not port.inputs:
        return None
    shared = sum(one.resonator is not None and one.resonator.port == own.port for one in chip.qubits)
    line = chip.lines.get(own.port, Line())
    channel = port.inputs[0]
    range_v = spec.instruments[channel.instrument].settings.get(f"ch{channel.number}_range_v")
    amplitude = port.max_amplitude / shared
    if range_v is not None:
        amplitude = min(amplitude, _FILLING * float(range_v) / 2 / (shared * line.gain * peak_v(own.port, spec)))
    centre_hz = own.frequency_hz - own.chi_hz / 2
    made = Tone(port=own.port, frequency_hz=centre_hz, amplitude=0.95 * amplitude, duration_s=_SHORTEST_S)
    for other in (one for one in chip.qubits if one.resonator is not None and one.resonator.port == own.port):
        theirs = attrs.evolve(made, frequency_hz=_own(other).frequency_hz - _own(other).chi_hz / 2)
        while theirs.duration_s < _LONGEST_S and _clearness(other, theirs, chip, spec) < _CLEAR:
            theirs = attrs.evolve(theirs, duration_s=theirs.duration_s * 1.25)
        made = attrs.evolve(made, duration_s=theirs.duration_s)  # all of a line are equally long
    return attrs.evolve(made, duration_s=_whole_samples_s(made.duration_s, own.port, spec))


def _whole_samples_s(duration_s: float, port: str, spec: RackSpec) -> float:
    """The next longer duration on the device's grid that is whole samples of the digitizer, if one is near."""
    first_s = whole_s(duration_s, spec)
    longer_s = [first_s + step * spec.granularity_ticks * spec.dt_s for step in range(_GRID_STEPS)]
    samples = [one_s * _digitizer_hz(port, spec) for one_s in longer_s]
    whole = [one_s for one_s, count in zip(longer_s, samples, strict=True) if abs(count - round(count)) < 1e-6]
    return whole[0] if whole else first_s


def reference(qubit: Qubit, used: Tone, chip: Chip, spec: RackSpec) -> tuple[float, float]:
    """Direction from the point of 0 to that of 1, in radians, and the border halfway."""
    points = _points(qubit, used, chip, spec)
    angle_rad = float(np.angle(points[1] - points[0]))
    return angle_rad, float(((points[0] + points[1]) / 2 * np.exp(-1j * angle_rad)).real)


def _clearness(qubit: Qubit, used: Tone, chip: Chip, spec: RackSpec) -> float:
    """Distance of the points in standard deviations of their noise."""
    resonator = _own(qubit)
    points = _points(qubit, used, chip, spec)
    gain = 2 if len(spec.ports[resonator.port].inputs) == 1 else 1
    count = used.duration_s * _digitizer_hz(resonator.port, spec)
    noise_v = chip.lines.get(resonator.port, Line()).noise_v * gain / math.sqrt(2 * count if gain == 2 else count)
    return float(abs(points[1] - points[0])) / max(noise_v, 1e-12)


def _own(qubit: Qubit) -> Resonator:
    if qubit.resonator is None:
        raise ValueError(f"q{qubit.index} has no resonator")
    return qubit.resonator


def _digitizer_hz(port: str, spec: RackSpec) -> float:
    settings = spec.instruments[spec.ports[port].inputs[0].instrument].settings
    return float(settings.get("rate_hz", 1.25e9))


def _points(qubit: Qubit, used: Tone, chip: Chip, spec: RackSpec) -> NDArray[np.complex128]:
    """What the kernel makes of the record with the transmon in 0 and in 1, the others in 0, without noise."""
    port = _own(qubit).port
    rate = rate_hz(port, spec)
    line, lo_hz = chip.lines.get(port, Line()), spec.ports[port].lo_frequency_hz
    between_hz = used.frequency_hz - lo_hz
    middles_s = (np.arange(math.ceil(used.duration_s * rate - 1e-6)) + 0.5) / rate
    volts = used.amplitude * peak_v(port, spec) * np.exp(2j * np.pi * between_hz * middles_s)
    source = Field(volts=volts[np.newaxis], start_s=0.0, rate_hz=rate, lo_hz=lo_hz)
    sharing = [one for one in chip.qubits if one.resonator is not None and one.resonator.port == port]
    count = round(used.duration_s * _digitizer_hz(port, spec))
    times_s = np.arange(count) / _digitizer_hz(port, spec)
    known = response(volts, source, [_own(one) for one in sharing], times_s)
    place = [one.index for one in sharing].index(qubit.index)
    others = known.taken[:, 0].sum(axis=0) - known.taken[place, 0]
    records = known.passing - others - known.taken[place, :2]
    turned = records * np.exp(-2j * np.pi * between_hz * times_s)
    found: NDArray[np.complex128] = line.gain * np.exp(1j * line.phase_rad) * turned.mean(axis=-1)
    return found
