# SPDX-License-Identifier: Apache-2.0
"""A readout tone for each transmon, and where its points lie in the IQ plane.

Tones have soft edges and kernels rise and fall slowly, both: what tones of other qubits leave in a kernel has a phase
that depends on when a measurement begins. With rectangles it moves the points of a chip of two to six qubits by 0.05
to 0.15 standard deviations of their noise from circuit to circuit, which shows in means of many shots; with soft edges
of one of them no less, of both by 0.01 to 0.03.
"""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.pulse.waveform import Waveform
from feedline_hal.rack.schema import RackSpec

from .answer import response
from .chip import Chip, Line, Qubit, Resonator
from .field import Field
from .theory_wiring import peak_v, rate_hz, whole_s

_SHORTEST_S, _LONGEST_S = 200e-9, 4e-6
_CLEAR = 6.5
_LONGER = 1.1
_FILLING = 0.7
_GRID_STEPS = 256
_EDGE_S, _EDGE_SIGMAS = 8e-9, 3.0
_RISING, _RISING_SIGMAS = 0.2, 2.5
"""Share of a kernel that rises, and how many standard deviations of its Gaussian that is."""


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

    @property
    def waveform(self) -> Waveform:
        """What is played: a flat tone with Gaussian edges of 24 ns."""
        width_s = self.duration_s - 2 * _EDGE_SIGMAS * _EDGE_S
        return Waveform.gaussian_square(self.duration_s, self.amplitude, sigma_s=_EDGE_S, width_s=width_s)

    @property
    def kernel(self) -> Waveform:
        """What a record is weighted with: flat, with Gaussian edges of a fifth of it each."""
        sigma_s = _RISING * self.duration_s / _RISING_SIGMAS
        width_s = (1 - 2 * _RISING) * self.duration_s
        return Waveform.gaussian_square(self.duration_s, 1.0, sigma_s=sigma_s, width_s=width_s)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Clouds:
    """Where the points of 0 and of 1 lie.

    Attributes:
        angle_rad: Direction from the point of 0 to that of 1.
        zero, one: Where both lie on that line.
        noise: Standard deviation of a point on it.
        gathered: Share of the way from 0 to 1 after each sample, shape ``(samples,)``.
        sample_s: Time between samples.
    """

    angle_rad: float
    zero: float
    one: float
    noise: float
    gathered: NDArray[np.float64]
    sample_s: float

    @property
    def threshold(self) -> float:
        """The border, halfway."""
        return (self.zero + self.one) / 2


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
    shortest_s = _whole_samples_s(_SHORTEST_S, own.port, spec)
    made = Tone(port=own.port, frequency_hz=centre_hz, amplitude=0.95 * amplitude, duration_s=shortest_s)
    for other in (one for one in chip.qubits if one.resonator is not None and one.resonator.port == own.port):
        theirs = attrs.evolve(made, frequency_hz=_own(other).frequency_hz - _own(other).chi_hz / 2)
        while theirs.duration_s < _LONGEST_S and _clearness(other, theirs, chip, spec) < _CLEAR:
            longer_s = _whole_samples_s(theirs.duration_s * _LONGER, own.port, spec)
            theirs = attrs.evolve(theirs, duration_s=longer_s)
        made = attrs.evolve(made, duration_s=theirs.duration_s)  # all of a line are equally long
    return made


def _whole_samples_s(duration_s: float, port: str, spec: RackSpec) -> float:
    """The next longer duration on the device's grid that is whole samples of the digitizer, if one is near."""
    first_s = whole_s(duration_s, spec)
    longer_s = [first_s + step * spec.granularity_ticks * spec.dt_s for step in range(_GRID_STEPS)]
    samples = [one_s * _digitizer_hz(port, spec) for one_s in longer_s]
    whole = [one_s for one_s, count in zip(longer_s, samples, strict=True) if abs(count - round(count)) < 1e-6]
    return whole[0] if whole else first_s


def clouds(qubit: Qubit, used: Tone, chip: Chip, spec: RackSpec) -> Clouds:
    """Where a transmon's points lie, the others being in 0."""
    records = _records(qubit, used, chip, spec)
    points = records.mean(axis=-1)
    turn = points[1] - points[0]
    gathered = (np.cumsum(records[1] - records[0]) / records.shape[-1] / turn).real
    zero, one = ((points * turn.conj()) / abs(turn)).real
    return Clouds(
        angle_rad=float(np.angle(turn)),
        zero=float(zero),
        one=float(one),
        noise=_noise_v(qubit, used, chip, spec),
        gathered=gathered,
        sample_s=1 / _digitizer_hz(_own(qubit).port, spec),
    )


def _clearness(qubit: Qubit, used: Tone, chip: Chip, spec: RackSpec) -> float:
    """Distance of the points in standard deviations of their noise."""
    points = _records(qubit, used, chip, spec).mean(axis=-1)
    return float(abs(points[1] - points[0])) / max(_noise_v(qubit, used, chip, spec), 1e-12)


def _noise_v(qubit: Qubit, used: Tone, chip: Chip, spec: RackSpec) -> float:
    """Standard deviation of a point along one direction; a real record has twice the weight and half the samples."""
    port = _own(qubit).port
    weights = used.kernel.sample(_digitizer_hz(port, spec))
    share = 2.0 if len(spec.ports[port].inputs) == 1 else 1.0
    noise_v = chip.lines.get(port, Line()).noise_v
    return noise_v * math.sqrt(share * float((np.abs(weights) ** 2).sum())) / len(weights)


def _own(qubit: Qubit) -> Resonator:
    if qubit.resonator is None:
        raise ValueError(f"q{qubit.index} has no resonator")
    return qubit.resonator


def _digitizer_hz(port: str, spec: RackSpec) -> float:
    settings = spec.instruments[spec.ports[port].inputs[0].instrument].settings
    return float(settings.get("rate_hz", 1.25e9))


def _records(qubit: Qubit, used: Tone, chip: Chip, spec: RackSpec) -> NDArray[np.complex128]:
    """Weighted records with the transmon in 0 and in 1, the others in 0, without noise, shape ``(2, samples)``."""
    port = _own(qubit).port
    rate = rate_hz(port, spec)
    line, lo_hz = chip.lines.get(port, Line()), spec.ports[port].lo_frequency_hz
    between_hz = used.frequency_hz - lo_hz
    middles_s = (np.arange(math.ceil(used.duration_s * rate - 1e-6)) + 0.5) / rate
    envelope = used.waveform.sample(rate)
    volts = envelope * peak_v(port, spec) * np.exp(2j * np.pi * between_hz * middles_s[: len(envelope)])
    source = Field(volts=volts[np.newaxis], start_s=0.0, rate_hz=rate, lo_hz=lo_hz)
    sharing = [one for one in chip.qubits if one.resonator is not None and one.resonator.port == port]
    count = round(used.duration_s * _digitizer_hz(port, spec))
    times_s = np.arange(count) / _digitizer_hz(port, spec)
    known = response(volts, source, [_own(one) for one in sharing], times_s)
    place = [one.index for one in sharing].index(qubit.index)
    others = known.taken[:, 0].sum(axis=0) - known.taken[place, 0]
    records = known.passing - others - known.taken[place, :2]
    turned = records * np.exp(-2j * np.pi * between_hz * times_s)
    weights = used.kernel.sample(_digitizer_hz(port, spec))
    found: NDArray[np.complex128] = line.gain * np.exp(1j * line.phase_rad) * turned * weights
    return found
