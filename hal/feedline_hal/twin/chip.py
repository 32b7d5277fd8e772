# SPDX-License-Identifier: Apache-2.0
"""What a chip is: transmons, their resonators on lines, couplers between them; all of it numbers."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from feedline_hal.rack.bound import above, at_least

LEVELS = 3
"""Levels of a transmon: 0, 1 and the first that is leaked to."""
MOST_AGE_S = 1e8
"""Three years."""


@attrs.frozen(kw_only=True, slots=True)
class Resonator:
    """A readout resonator, hanging on a line.

    Attributes:
        port: The line's port: its tones go in there, its records come out there.
        frequency_hz: With the qubit in level 0.
        chi_hz: How much lower it is with each level more: the full shift from 0 to 1.
        kappa_hz: Its linewidth: energy leaves at ``2 pi kappa_hz``.
        photons_per_v2: Photons on resonance with 1 V of envelope at the chip.
    """

    port: str
    frequency_hz: float = attrs.field(metadata=at_least(1e8, at_most=1e11))
    chi_hz: float
    kappa_hz: float = attrs.field(metadata=at_least(1e5, at_most=1e9))
    photons_per_v2: float = attrs.field(default=4e6, metadata=at_least(0))

    def level_hz(self, level: int) -> float:
        """Its frequency with the qubit in a level; the third level pulls a little less than linearly."""
        return self.frequency_hz - self.chi_hz * (0.0, 1.0, 1.7)[level]


@attrs.frozen(kw_only=True, slots=True)
class Qubit:
    """A transmon.

    Attributes:
        index: Its number.
        frequency_hz: From level 0 to 1, without bias.
        anharmonicity_hz: How much the next transition differs; negative.
        t1_s, t2_s: Of the lower two levels.
        thermal_population: Of level 1 in equilibrium, of what levels 0 and 1 have together.
        port: Its drive port.
        rabi_hz_per_v: Rabi frequency of 1 V of envelope at the chip, on resonance.
        crosstalk: What other drive ports do to it, relative to its own, by port.
        resonator: What reads it; ``None`` for nothing.
        reset_port: Port whose voltage damps it; empty for none.
        damping_hz_per_v2: How fast, for 1 V: energy leaves at ``2 pi`` times this.
        bias: Instrument whose voltage tunes it; empty for none.
        bias_period_v: Voltage of one flux quantum.
        bias_sweet_v: Voltage at which it is highest.
    """

    index: int
    frequency_hz: float = attrs.field(metadata=at_least(1e8, at_most=1e11))
    anharmonicity_hz: float
    t1_s: float = attrs.field(metadata=above(0))
    t2_s: float = attrs.field(metadata=above(0))
    thermal_population: float = attrs.field(default=0.0, metadata=at_least(0, at_most=0.5))
    port: str = ""
    rabi_hz_per_v: float = attrs.field(default=100e6, metadata=above(0))
    crosstalk: Mapping[str, float] = attrs.field(factory=dict)
    resonator: Resonator | None = None
    reset_port: str = ""
    damping_hz_per_v2: float = attrs.field(default=10e6, metadata=at_least(0))
    bias: str = ""
    bias_period_v: float = attrs.field(default=1.0, metadata=above(0))
    bias_sweet_v: float = 0.0

    @property
    def longest_t2_s(self) -> float:
        """T2 of a transmon that nothing but decay and heat dephases: ``T1 / (1/2 + p)``.

        Of the levels that a coherence is between, 0 is left at ``p / T1`` and 1 at ``(1 - p) / T1``, down, and
        ``2 p / T1``, up.
        """
        return self.t1_s / (0.5 + self.thermal_population)


@attrs.frozen(kw_only=True, slots=True)
class Coupler:
    """A tunable coupler between two transmons; off at 0 V.

    Attributes:
        qubits: Which two; the first is the one that it shifts.
        port: Where its voltage comes in.
        exchange_hz_per_v: Exchange ``g`` of 1 V.
        shift_hz_per_v2: By how much 1 V moves the first qubit.
        idle_zz_hz: What is left of the coupling at 0 V: by how much one qubit's excitation moves the other.
    """

    qubits: tuple[int, int]
    port: str
    exchange_hz_per_v: float
    shift_hz_per_v2: float = 0.0
    idle_zz_hz: float = 0.0


@attrs.frozen(kw_only=True, slots=True)
class Line:
    """What is between the chip and a digitizer, for one readout port.

    Attributes:
        gain: Volts at the digitizer for 1 V at the chip.
        noise_v: Standard deviation of a sample's noise at the digitizer.
        phase_rad: Of the whole way there and back.
    """

    gain: float = attrs.field(default=1.0, metadata=above(0))
    noise_v: float = attrs.field(default=5e-3, metadata=at_least(0))
    phase_rad: float = 0.4


@attrs.frozen(kw_only=True, slots=True)
class Mixer:
    """How an upconverting mixer is imperfect: RF = (I + i_v) cos(wt) - gain (Q + q_v) sin(wt + phase).

    Attributes:
        gain: Of Q relative to I.
        phase_rad: By how much Q is off the quadrature.
        leak_i_v, leak_q_v: What leaks of the carrier, as voltages on the inputs.
    """

    gain: float = attrs.field(default=1.0, metadata=above(0))
    phase_rad: float = attrs.field(default=0.0, metadata=at_least(-0.5, at_most=0.5))
    leak_i_v: float = 0.0
    leak_q_v: float = 0.0


@attrs.frozen(kw_only=True, slots=True)
class Chip:
    """A chip.

    Attributes:
        name: Its name.
        seed: Of everything random.
        qubits: By number.
        couplers: Between them.
        lines: By readout port.
        mixers: By port; a perfect one where none is given.
        drift_t1, drift_hz: Standard deviation of the logarithm of T1 and of the frequency after an hour.
        age_s: For how long it has drifted since its numbers were right, when it is first opened.
        time_factor: Seconds of its own in a second of ours.
    """

    name: str
    seed: int = attrs.field(default=0, metadata=at_least(0))
    qubits: tuple[Qubit, ...]
    couplers: tuple[Coupler, ...] = ()
    lines: Mapping[str, Line] = attrs.field(factory=dict)
    mixers: Mapping[str, Mixer] = attrs.field(factory=dict)
    drift_t1: float = attrs.field(default=0.0, metadata=at_least(0))
    drift_hz: float = attrs.field(default=0.0, metadata=at_least(0))
    age_s: float = attrs.field(default=0.0, metadata=at_least(0, at_most=MOST_AGE_S))
    time_factor: float = attrs.field(default=1.0, metadata=at_least(0, at_most=1e5))

    @property
    def is_drifting(self) -> bool:
        """Whether its numbers change with time."""
        return self.drift_t1 > 0 or self.drift_hz > 0
