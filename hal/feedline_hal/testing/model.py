# SPDX-License-Identifier: Apache-2.0
"""The physics of the reference device: transmons, what their ports do to them, how they are read out.

In hertz, with ``a`` the lowering operator cut off at `Model.levels` and ``s(t)`` the complex signal of
which a port emits the real part::

    H = sum_i f_i n_i + anharmonicity_i n_i (n_i - 1) / 2 + rabi_i Re[s_drive_i] (a_i + a_i^+)
        + coupling Re[s_coupler] (a_0^+ a_1 + a_0 a_1^+)

Terms that turn against the rotating frame, near the sum of two frequencies, are left out (rotating-wave
approximation); nothing else is. Nothing decays but by the reset port.

Source: Krantz et al., Appl. Phys. Rev. 6, 021318 (2019), sec. II (transmons), IV D (drive and rotating
wave), V (dispersive readout); Motzoi et al., Phys. Rev. Lett. 103, 110501 (2009) for the driven third
level; McKay et al., Phys. Rev. Applied 6, 064007 (2016) for a coupler driven at a difference frequency.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.pulse.port import Port

Matrix = NDArray[np.complex128]


@attrs.frozen(kw_only=True)
class Transmon:
    """One transmon and its resonator.

    Attributes:
        frequency_hz: Of the transition from level 0 to 1.
        anharmonicity_hz: By how much the transition from 1 to 2 is higher (negative: lower).
        rabi_hz: Rabi frequency of levels 0 and 1, resonant, at full scale.
        readout_hz: Half-way between the resonator's frequencies with the qubit in level 0 and in level 1.
        chi_hz: Half of their distance; every further level lowers the resonator by twice as much.
        kappa_hz: Linewidth of the resonator.
        noise: Standard deviation of each quadrature of one recorded sample, of full scale.
        reset_hz: Rate at which energy leaves, at full scale on the reset port, over 2 pi.
    """

    frequency_hz: float
    anharmonicity_hz: float = -300e6
    rabi_hz: float = 50e6
    readout_hz: float
    chi_hz: float = 1e6
    kappa_hz: float = 2e6
    noise: float = 0.6
    reset_hz: float = 25e6


@attrs.frozen(kw_only=True)
class Channel:
    """How a drive or coupler port acts: ``rate_hz Re[s] (jump + jump^+)`` on some qubits.

    Attributes:
        qubits: The qubits that it acts on; the matrices are on their levels, the first qubit's outermost.
        rate_hz: At full scale.
        frequency_hz: Of the transition that ``jump`` undoes, between the lowest levels.
        jump: Lowers ``charge`` by one.
        charge: What the phase of the signal turns, per basis state.
        anharmonic_hz: What is left of the energy in the frame of the transmons' frequencies.
    """

    qubits: tuple[int, ...]
    rate_hz: float
    frequency_hz: float
    jump: Matrix
    charge: NDArray[np.float64]
    anharmonic_hz: NDArray[np.float64]


def _transmons(given: Iterable[Transmon]) -> tuple[Transmon, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Model:
    """One or two transmons; two are joined by a coupler that does nothing unless it is driven.

    Attributes:
        transmons: The qubits.
        coupling_hz: Rate of the coupler at full scale.
        levels: Levels of each transmon, at least 2.
    """

    transmons: tuple[Transmon, ...] = attrs.field(converter=_transmons)
    coupling_hz: float = 12e6
    levels: int = 3

    @property
    def num_qubits(self) -> int:
        """How many transmons."""
        return len(self.transmons)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """What drives transmons, by port name."""
        count = np.arange(float(self.levels))
        lower = np.diag(np.sqrt(count[1:]), 1).astype(np.complex128)
        found = {
            f"q{index}_drive": Channel(
                qubits=(index,),
                rate_hz=transmon.rabi_hz,
                frequency_hz=transmon.frequency_hz,
                jump=lower,
                charge=count,
                anharmonic_hz=self.anharmonic_hz((index,)),
            )
            for index, transmon in enumerate(self.transmons)
        }
        if self.num_qubits == 2:
            found["q0_q1_coupler"] = Channel(
                qubits=(0, 1),
                rate_hz=self.coupling_hz,
                frequency_hz=self.transmons[0].frequency_hz - self.transmons[1].frequency_hz,
                jump=np.asarray(np.kron(lower, lower.T), dtype=np.complex128),
                charge=np.repeat(count, self.levels),
                anharmonic_hz=self.anharmonic_hz((0, 1)),
            )
        return found

    def anharmonic_hz(self, qubits: tuple[int, ...]) -> NDArray[np.float64]:
        """Energies in the frame of the transmons' frequencies, per basis state of these qubits."""
        count = np.arange(float(self.levels))
        parts = [self.transmons[qubit].anharmonicity_hz * count * (count - 1) / 2 for qubit in qubits]
        return parts[0] if len(parts) == 1 else np.add.outer(parts[0], parts[1]).reshape(-1)

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """Drive, readout and reset of every qubit, then the coupler."""
        made = []
        for index in range(self.num_qubits):
            made += [
                Port(f"q{index}_drive", qubits=(index,), frequency_range_hz=(4e9, 6e9), can_capture=False),
                Port(f"q{index}_readout", qubits=(index,), frequency_range_hz=(6.5e9, 7.5e9)),
                Port(f"q{index}_reset", qubits=(index,), frequency_range_hz=(2e9, 5e9), can_capture=False),
            ]
        if self.num_qubits == 2:
            made.append(Port("q0_q1_coupler", qubits=(0, 1), frequency_range_hz=(0.0, 1.5e9), can_capture=False))
        return tuple(made)

    def pointer(self, qubit: int, frequency_hz: NDArray[np.float64]) -> Matrix:
        """What the resonator makes of a readout tone, per level: shape ``(..., levels)``.

        The steady state of a driven resonator, reached at once: its ringing up is left out.
        """
        transmon = self.transmons[qubit]
        resonator_hz = transmon.readout_hz + transmon.chi_hz * (1 - 2 * np.arange(self.levels))
        response: Matrix = 1 / (1 - 2j * (frequency_hz[..., None] - resonator_hz) / transmon.kappa_hz)
        return response


PAIR = (
    Transmon(frequency_hz=5.2e9, readout_hz=7.0e9),
    Transmon(frequency_hz=4.6e9, anharmonicity_hz=-310e6, rabi_hz=45e6, readout_hz=7.1e9),
)
"""Far enough apart that the coupler's |11> - |20> resonance (300 MHz) stands alone."""


def reference_model(num_qubits: int) -> Model:
    """The reference device's own physics."""
    return Model(transmons=PAIR[:num_qubits])
