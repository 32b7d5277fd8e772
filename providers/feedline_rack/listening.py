# SPDX-License-Identifier: Apache-2.0
"""What a program listens to: captures as windows in a digitizer's record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import CapabilityError
from feedline.execution import Execution
from feedline_hal.errors import LimitError
from feedline_hal.instrument.acquisition import Acquisition, DigitizerCapabilities
from feedline_hal.lowering.bind import bind
from feedline_hal.lowering.port_program import Captures, PortProgram
from feedline_hal.pulse.waveform import Waveform
from feedline_hal.rack.schema import RackSpec
from feedline_hal.readout.window import Window

from .wiring import Wiring

_WHOLE = 1e-6
"""Of a sample: what rounding of times makes."""
MAX_RAW_BYTES = 2 * 2**30
"""What raw samples of one circuit may take."""
_RECORDED = (1, 2, 3)
"""Kinds of captures that leave a record behind: IQ, bit, raw."""


@attrs.frozen(kw_only=True, slots=True)
class Ear:
    """One capture as its digitizer sees it.

    Attributes:
        digitizer: Name of the instrument.
        channels: One channel (a real signal), or I and Q.
        start_s: From the trigger.
        duration_s: How long.
        kernel: Weights over the duration, ``None`` for 1.
        frequency_hz: Intermediate frequency: of the frame, relative to the local oscillator.
        clbit: Where the bit goes.
        qubit: Whose it is.
    """

    digitizer: str
    channels: tuple[int, ...]
    start_s: float
    duration_s: float
    kernel: Waveform | None
    frequency_hz: float
    clbit: int
    qubit: int


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Listening:
    """Captures of some points of one program.

    Attributes:
        ears: In the order of the program's captures.
        phase_rad: Of each at each point, shape ``(points, captures)``.
        points: Which points.
    """

    ears: tuple[Ear, ...]
    phase_rad: NDArray[np.float64]
    points: NDArray[np.intp]


def check_captures(program: PortProgram, wiring: Wiring) -> None:
    """Refuse captures that cannot be recorded.

    Raises:
        CapabilityError: Names the capture and the port.
    """
    spec = wiring.spec
    for block in program.blocks():
        captures = block.captures
        for row in range(len(captures)):
            name = program.ports[int(captures.port[row])].name
            if int(captures.kind[row]) not in (0, *_RECORDED):
                raise CapabilityError(
                    f"Circuit '{program.name}' has a capture_v{int(captures.kind[row])} on port '{name}', which rack "
                    f"'{spec.name}' does not record.",
                    remedy="Use capture_v1 (IQ), capture_v2 (bit) or capture_v3 (raw).",
                )
            if not spec.ports[name].inputs:
                raise CapabilityError(
                    f"Circuit '{program.name}' captures on port '{name}', which has no digitizer in '{spec.name}'.",
                    remedy=f"Give ports.{name} a 'capture' channel in the rack file.",
                )
            if captures.kernel[row] >= 0:
                _check_whole(program, int(captures.duration_ticks[row]) * program.dt_s, name, wiring)


def _check_whole(program: PortProgram, duration_s: float, port: str, wiring: Wiring) -> None:
    """Refuse a kernel that does not fall on a digitizer's samples: it could not be evaluated at them."""
    digitizer = wiring.spec.ports[port].inputs[0].instrument
    rate_hz = wiring.record_rate_hz(digitizer)
    samples = duration_s * rate_hz
    if abs(samples - round(samples)) > _WHOLE:
        raise CapabilityError(
            f"Circuit '{program.name}' captures {duration_s * 1e9:.10g} ns on port '{port}' with a kernel: that is "
            f"{samples:.10g} samples of '{digitizer}' at {rate_hz:.10g} Hz.",
            remedy=f"Make it {math.floor(samples) / rate_hz * 1e9:.10g} or {math.ceil(samples) / rate_hz * 1e9:.10g} "
            f"ns, or give instruments.{digitizer} another rate_hz.",
        )


def raw_shape(execution: Execution, wiring: Wiring) -> tuple[int, bool]:
    """Samples of an execution's longest capture at any of its points, and whether any records I and Q."""
    samples, is_complex = 0, False
    assert execution.executable is not None, "the runtime fills it in"
    for _, program, _ in execution.executable.payload.groups(execution.points):
        captures = program.block.captures
        for row in recorded(captures):
            port = wiring.spec.ports[program.ports[int(captures.port[row])].name]
            duration_s = int(captures.duration_ticks[row]) * program.dt_s
            samples = max(samples, round(duration_s * wiring.record_rate_hz(port.inputs[0].instrument)))
            is_complex |= len(port.inputs) == 2
    return samples, is_complex


def check_raw(execution: Execution, wiring: Wiring) -> None:
    """Refuse raw samples that would not fit into a computer's memory.

    Raises:
        LimitError: Says how much it would be.
    """
    samples, is_complex = raw_shape(execution, wiring)
    size = execution.size * execution.shots * int(execution.circuit.num_clbits) * samples * (8 if is_complex else 4)
    if size > MAX_RAW_BYTES:
        raise LimitError(
            f"Raw samples of '{execution.circuit.name}' would take {size / 2**30:.1f} GiB.",
            remedy=f"Ask for fewer shots or points at a time, up to {MAX_RAW_BYTES / 2**30:.0f} GiB, or for meas_type "
            "'kerneled'.",
        )


def recorded(captures: Captures) -> list[int]:
    """Rows of the captures that leave something in a classical bit."""
    return [row for row in range(len(captures)) if captures.clbit[row] >= 0 and captures.kind[row] in _RECORDED]


def listenings(program: PortProgram, values: NDArray[np.float64], wiring: Wiring) -> list[Listening]:
    """Captures of a program's points; points whose frequencies differ are apart.

    Args:
        program: Without control flow.
        values: Parameter vectors, shape ``(points, n)``.
        wiring: Of the rack.
    """
    captures = program.block.captures
    rows = recorded(captures)
    if captures.frequency_hz.is_constant and captures.phase_rad.is_constant:
        at = np.zeros((1, values.shape[1]))
        frequency_hz = captures.frequency_hz.at(at)
        phase_rad = np.broadcast_to(captures.phase_rad.at(at), (len(values), len(captures)))
        groups = [(frequency_hz[0], np.arange(len(values)))]
    else:
        (tables,) = bind(program, values)
        phase_rad = tables.capture_phase_rad
        distinct, inverse = np.unique(tables.capture_frequency_hz, axis=0, return_inverse=True)
        groups = [(one, np.flatnonzero(inverse.reshape(-1) == number)) for number, one in enumerate(distinct)]
    return [
        Listening(
            ears=tuple(_ear(program, row, float(frequencies[row]), wiring) for row in rows),
            phase_rad=phase_rad[points][:, rows],
            points=points,
        )
        for frequencies, points in groups
    ]


def _ear(program: PortProgram, row: int, frequency_hz: float, wiring: Wiring) -> Ear:
    block = program.block
    captures = block.captures
    port = wiring.spec.ports[program.ports[int(captures.port[row])].name]
    kernel = int(captures.kernel[row])
    return Ear(
        digitizer=port.inputs[0].instrument,
        channels=tuple(channel.number for channel in port.inputs),
        start_s=int(captures.start_ticks[row]) * program.dt_s + wiring.latest_s + port.capture_delay_s,
        duration_s=int(captures.duration_ticks[row]) * program.dt_s,
        kernel=None if kernel < 0 else program.waveforms[kernel],
        frequency_hz=frequency_hz - port.lo_frequency_hz,
        clbit=int(captures.clbit[row]),
        qubit=block.sources[int(captures.source[row])].qubits[0],
    )


def acquisition(name: str, ears: Iterable[Ear], records: int, wiring: Wiring) -> Acquisition:
    """What a digitizer records so that all captures of it are in the record.

    Raises:
        LimitError: If the record is longer than the digitizer has.
    """
    own = [ear for ear in ears if ear.digitizer == name]
    able, settings = wiring.digitizers[name], wiring.spec.instruments[name].settings
    rate_hz = wiring.record_rate_hz(name)
    first = math.floor(min(ear.start_s for ear in own) * rate_hz + 1e-6)
    last = math.ceil(max(ear.start_s + ear.duration_s for ear in own) * rate_hz - 1e-6)
    channels = tuple(sorted({number for ear in own for number in ear.channels}))
    return Acquisition(
        channels=channels,
        rate_hz=rate_hz,
        samples=_record_samples(name, last - first, able),
        records=records,
        delay_s=first / rate_hz,
        range_v=tuple(float(settings.get(f"ch{number}_range_v", able.range_v[1])) for number in channels),
    )


def window(ear: Ear, wanted: Acquisition) -> Window:
    """Where a capture lies in an acquisition's records.

    One that begins halfway between two samples has the earlier one first, whatever rounding says: records of captures
    that begin alike are alike.
    """
    first = math.ceil((ear.start_s - wanted.delay_s) * wanted.rate_hz - 0.5 - _WHOLE)
    return Window(
        name=f"capture of q{ear.qubit}",
        channels=ear.channels,
        start=first,
        samples=min(round(ear.duration_s * wanted.rate_hz), wanted.samples - first),
        kernel=ear.kernel,
        frequency_hz=ear.frequency_hz,
        first_time_s=wanted.delay_s + first / wanted.rate_hz - ear.start_s,
    )


def _record_samples(name: str, samples: int, able: DigitizerCapabilities) -> int:
    grain = able.granularity_samples
    whole = max(grain * math.ceil(samples / grain), grain * math.ceil(able.min_samples / grain))
    if whole > min(able.max_samples, able.memory_samples):
        raise LimitError(
            f"A shot's record takes {whole} samples of '{name}'.",
            remedy=f"It records {min(able.max_samples, able.memory_samples)}; lower its rate_hz in the rack file.",
        )
    return whole


def discriminator(ear: Ear, spec: RackSpec) -> tuple[float, float]:
    """Angle and threshold of a capture's qubit."""
    found: Mapping[int, tuple[float, float]] = {
        one.qubit: (one.angle_rad, one.threshold) for one in spec.readout.values()
    }
    return found.get(ear.qubit, (0.0, 0.0))
