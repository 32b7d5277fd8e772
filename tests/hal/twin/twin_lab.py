# SPDX-License-Identifier: Apache-2.0
"""Chips for tests, fields to play to them, and QuTiP's account of the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import attrs
import numpy as np
import qutip
from numpy.typing import NDArray

from feedline_hal.twin.block_run import BlockRun
from feedline_hal.twin.chip import LEVELS, Chip, Coupler, Qubit, Resonator
from feedline_hal.twin.field import Field
from feedline_hal.twin.processor import Processor
from feedline_hal.twin.scene import Scene

RATE_HZ = 1e9
RABI_HZ_PER_V = 100e6
LO_HZ = 4.9e9
READOUT_LO_HZ = 6.9e9
KAPPA_HZ, CHI_HZ = 4e6, 2e6
RUNG_HZ = (7.0e9, 7.08e9, 7.15e9)

Samples = NDArray[np.complex128]


def transmon(index: int = 0, **changes: object) -> Qubit:
    """A transmon with ports ``d0`` and so on and a resonator on ``line``."""
    resonator = Resonator(
        port="line", frequency_hz=RUNG_HZ[index], chi_hz=CHI_HZ, kappa_hz=KAPPA_HZ, photons_per_v2=1e6
    )
    plain = Qubit(
        index=index,
        frequency_hz=5.0e9 - index * 250e6,
        anharmonicity_hz=-300e6,
        t1_s=38e-6,
        t2_s=50e-6,
        port=f"d{index}",
        rabi_hz_per_v=RABI_HZ_PER_V,
        resonator=resonator,
    )
    return attrs.evolve(plain, **changes)


def chip(*qubits: Qubit, couplers: Sequence[Coupler] = ()) -> Chip:
    """A chip of them."""
    return Chip(name="lab", seed=5, qubits=qubits, couplers=tuple(couplers))


def field(samples: object, lo_hz: float = LO_HZ, **changes: object) -> Field:
    """A field of one or more programs, from time 0."""
    volts = np.atleast_2d(np.asarray(samples, dtype=np.complex128))
    return attrs.evolve(Field(volts=volts, start_s=0.0, rate_hz=RATE_HZ, lo_hz=lo_hz), **changes)


def on_resonance(envelope: object, frequency_hz: float, lo_hz: float = LO_HZ) -> Samples:
    """An envelope at a transmon's frequency, relative to the local oscillator, sampled as sequencers do."""
    volts = np.atleast_2d(np.asarray(envelope, dtype=np.complex128))
    middles_s = (np.arange(volts.shape[1]) + 0.5) / RATE_HZ
    return volts * np.exp(2j * np.pi * (frequency_hz - lo_hz) * middles_s)


def gaussian(turn: float = 0.5, samples: int = 40) -> NDArray[np.float64]:
    """A Gaussian whose area turns a transmon by a part of a whole turn."""
    shape = np.exp(-0.5 * ((np.arange(samples) + 0.5 - samples / 2) / (samples / 4)) ** 2)
    return turn * shape / (shape.sum() / RATE_HZ * RABI_HZ_PER_V)


def tone(index: int, start: int, count: int, total: int, volts: float = 0.02) -> Samples:
    """A readout tone between the resonances of 0 and 1, among zeros."""
    made = np.zeros(total, dtype=np.complex128)
    made[start : start + count] = volts
    return on_resonance(made, RUNG_HZ[index] - CHI_HZ / 2, READOUT_LO_HZ)[0]


def frequencies(of: Chip) -> dict[int, float]:
    """Without bias."""
    return {one.index: one.frequency_hz for one in of.qubits}


def density(
    of: Chip, fields: Mapping[str, Field], until_s: float, *, processor: Processor | None = None
) -> NDArray[np.complex128]:
    """Density matrices at a time, ``(programs, 3^n, 3^n)``, of a chip whose transmons share a state."""
    programs = len(next(iter(fields.values())).volts)
    scene = Scene.of(of, fields, frequencies(of), programs)
    block = tuple(one.index for one in of.qubits)
    run = BlockRun(processor or Processor(of), scene, block, [1] * programs, np.random.default_rng(0))
    size = len(block)
    state = run.density(until_s).reshape(programs, *(LEVELS,) * (2 * size))
    order = [0, *range(1, 2 * size, 2), *range(2, 2 * size + 1, 2)]
    return state.transpose(order).reshape(programs, LEVELS**size, LEVELS**size)


def excited(rho: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Population of level 1 of a single transmon."""
    return rho[:, 1, 1].real


def collapses(qubit: Qubit) -> list[qutip.Qobj]:
    """Jump operators, written down independently."""
    lower = qutip.destroy(LEVELS)
    down = (1 - qubit.thermal_population) / qubit.t1_s
    up = qubit.thermal_population / qubit.t1_s
    dephasing = 1 / qubit.t2_s - 0.5 * (down + up) - up  # level 1 also goes up, twice as fast as level 0
    return [
        math.sqrt(down) * lower,
        math.sqrt(up) * lower.dag(),
        math.sqrt(2 * dephasing) * qutip.num(LEVELS),
    ]


def stepped(hamiltonians: Sequence[qutip.Qobj], jumps: Sequence[qutip.Qobj], dt_s: float) -> qutip.Qobj:
    """QuTiP's superoperator of piecewise constant Hamiltonians: an exponential for each sample."""
    made = None
    for hamiltonian in hamiltonians:
        step = (qutip.liouvillian(hamiltonian, list(jumps)) * dt_s).expm()
        made = step if made is None else step * made
    assert made is not None
    return made


def transmon_hamiltonian(qubit: Qubit, detuning_hz: float) -> Callable[[complex], qutip.Qobj]:
    """Hamiltonian at a drive's sample, in a frame slower than the transmon by a detuning."""
    lower, number = qutip.destroy(LEVELS), qutip.num(LEVELS)
    still = 2 * math.pi * (detuning_hz * number + 0.5 * qubit.anharmonicity_hz * number * (number - 1))

    def at(volts: complex) -> qutip.Qobj:
        half = math.pi * qubit.rabi_hz_per_v * volts * lower
        return still + half + half.dag()

    return at
