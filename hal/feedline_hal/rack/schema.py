# SPDX-License-Identifier: Apache-2.0
"""What a rack file says, as records; `feedline_hal.rack.reading.read_rack` makes them of TOML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from .bound import above, at_least

Range = tuple[float, float]


class Channel(NamedTuple):
    """An instrument's channel or output: ``awg1.ch2``, ``synth.a``; without one, the instrument itself: ``lo1``.

    Attributes:
        instrument: Its name in the rack.
        output: What follows the dot; empty for none.
    """

    instrument: str
    output: str = ""

    @property
    def number(self) -> int:
        """The channel's number: 2 for ``ch2``.

        Raises:
            ValueError: If it has none.
        """
        return int(self.output.removeprefix("ch"))

    @property
    def prefix(self) -> str:
        """What the names of its quantities begin with: ``ch2_``."""
        return f"{self.output}_" if self.output else ""

    def __str__(self) -> str:
        return f"{self.instrument}.{self.output}" if self.output else self.instrument


@attrs.frozen(kw_only=True, slots=True)
class InstrumentSpec:
    """``[instruments.NAME]``.

    Attributes:
        name: Its name in the rack.
        driver: Name of the driver, ``<maker>_<model>``.
        address: VISA address: ``TCPIP::10.0.0.5::4000::SOCKET``, ``ASRL/dev/ttyUSB0::INSTR``.
        serial, firmware: What `feedline rack identify` compares; empty for anything.
        timeout_s: How long a reply may take.
        library: VISA library as pyvisa takes it.
        baud: Bits per second of its serial line; 0 for what its driver takes for granted.
        settings: Values set when the rack is opened: ``power_dbm``, ``rate_hz``, ``ch1_amplitude_v``, ...
        safe: Lowest and highest safe value of each quantity.
        options: What the driver may need to know besides: ``{channels = 2}``.
    """

    name: str
    driver: str
    address: str
    serial: str = ""
    firmware: str = ""
    timeout_s: float = attrs.field(default=5.0, metadata=above(0))
    library: str = "@py"
    baud: int = 0
    settings: Mapping[str, float] = attrs.field(factory=dict)
    safe: Mapping[str, Range] = attrs.field(factory=dict)
    options: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, slots=True)
class MixerSpec:
    """What an IQ mixer does to its inputs, so that it can be undone; RF = I cos(wt) - gain Q sin(wt + phase).

    Attributes:
        gain: Of Q relative to I.
        phase_rad: By how much Q is off the quadrature.
        offset_i_v, offset_q_v: DC that nulls the carrier, into 50 ohm.
    """

    gain: float = attrs.field(default=1.0, metadata=above(0))
    phase_rad: float = 0.0
    offset_i_v: float = 0.0
    offset_q_v: float = 0.0


@attrs.frozen(kw_only=True, slots=True)
class PortSpec:
    """``[ports.NAME]``: a port of the device and what it is wired to.

    A port that plays has either ``i`` and ``q`` (two sequencer channels, then a mixer) or ``channel`` (one channel:
    the real part goes out). A port that captures has ``capture`` (one digitizer channel, a real signal), or
    ``capture_i`` and ``capture_q``.

    Attributes:
        name: The port's name, as calibrations call it.
        qubits: Physical qubits that it acts on.
        i, q, channel: Sequencer channels.
        capture, capture_i, capture_q: Digitizer channels.
        lo: Instrument that is its local oscillator, for the way up and down; ``None`` for none.
        lo_frequency_hz: Its frequency; samples are relative to it. 0 without a local oscillator.
        frequency_range_hz: Lowest and highest frequency of a frame; ``None`` for what the rates allow.
        max_amplitude: Largest sample, of full scale.
        is_multiplexed: Whether several frames may play on it at once.
        delay_s: From the sequencer to the device.
        capture_delay_s: From the device to the digitizer.
        attenuation_db: In the line to the device; fixed.
        mixer: Corrections.
    """

    name: str
    qubits: tuple[int, ...] = ()
    i: Channel | None = None
    q: Channel | None = None
    channel: Channel | None = None
    capture: Channel | None = None
    capture_i: Channel | None = None
    capture_q: Channel | None = None
    lo: Channel | None = None
    lo_frequency_hz: float = attrs.field(default=0.0, metadata=at_least(0))
    frequency_range_hz: Range | None = None
    max_amplitude: float = attrs.field(default=1.0, metadata=above(0, at_most=1))
    is_multiplexed: bool = False
    delay_s: float = attrs.field(default=0.0, metadata=at_least(0))
    capture_delay_s: float = attrs.field(default=0.0, metadata=at_least(0))
    attenuation_db: float = attrs.field(default=0.0, metadata=at_least(0))
    mixer: MixerSpec = attrs.field(factory=MixerSpec)

    @property
    def outputs(self) -> tuple[Channel, ...]:
        """Sequencer channels: I and Q, the one channel, or none."""
        return tuple(item for item in (self.i, self.q, self.channel) if item is not None)

    @property
    def inputs(self) -> tuple[Channel, ...]:
        """Digitizer channels: I and Q, the one channel, or none."""
        return tuple(item for item in (self.capture_i, self.capture_q, self.capture) if item is not None)


@attrs.frozen(kw_only=True, slots=True)
class TriggerSpec:
    """``[triggers.INSTRUMENT]``: what triggers an instrument.

    Attributes:
        instrument: Which instrument is triggered.
        source: Output of a coordinator: ``trig.a``.
        delay_s: From the start of the shot; what an instrument that reacts late is given less of.
        width_s: Of the trigger.
    """

    instrument: str
    source: Channel
    delay_s: float = attrs.field(default=0.0, metadata=at_least(0))
    width_s: float = attrs.field(default=1e-6, metadata=above(0))


@attrs.frozen(kw_only=True, slots=True)
class ReadoutSpec:
    """``[readout.qN]``: how a qubit's integrated record becomes a bit: 1 if ``Re(z exp(-i angle))`` is above.

    Attributes:
        qubit: Which qubit.
        angle_rad: Direction of the line from 0 to 1 in the IQ plane.
        threshold: Border between them on that line, in the units of kerneled results.
    """

    qubit: int
    angle_rad: float = 0.0
    threshold: float = 0.0


@attrs.frozen(kw_only=True, slots=True)
class RackSpec:
    """A rack file.

    Attributes:
        path: Where it is.
        name: Of the rack; the file's stem if not given.
        dt_s: Length of a tick of the device's clock.
        repetition_s: Time from one shot to the next; a shot that is longer takes as long as it needs.
        granularity_ticks, min_play_ticks, max_shot_s: Of the device's grid; see `feedline_hal.grid.Grid`.
        calibrations: File of the calibration set (OpenPulse text), or ``store:NAME``; empty for none.
        instruments, ports, triggers, readout: By name.
        id: Hash of what the file says.
    """

    path: Path
    name: str
    dt_s: float = attrs.field(default=1e-9, metadata=above(0, at_most=1))
    repetition_s: float = attrs.field(default=250e-6, metadata=above(0))
    granularity_ticks: int = attrs.field(default=1, metadata=at_least(1))
    min_play_ticks: int = attrs.field(default=1, metadata=at_least(1))
    max_shot_s: float = attrs.field(default=100e-6, metadata=above(0))
    calibrations: str = ""
    instruments: Mapping[str, InstrumentSpec] = attrs.field(factory=dict)
    ports: Mapping[str, PortSpec] = attrs.field(factory=dict)
    triggers: Mapping[str, TriggerSpec] = attrs.field(factory=dict)
    readout: Mapping[str, ReadoutSpec] = attrs.field(factory=dict)
    id: str = ""

    @property
    def num_qubits(self) -> int:
        """One more than the highest qubit of any port."""
        return 1 + max((qubit for port in self.ports.values() for qubit in port.qubits), default=-1)
