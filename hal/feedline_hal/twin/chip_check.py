# SPDX-License-Identifier: Apache-2.0
"""Checks a chip as a whole, and that it fits the rack that it is wired to; every mistake at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from feedline.errors import nearest
from feedline_hal.rack.mistake import Mistake
from feedline_hal.rack.schema import RackSpec

from .chip import Chip, Coupler, Qubit
from .chip_names import check_names, port_paths

MAX_QUBITS = 6
_RESONATORS_APART_HZ = 1e6
_LEAST_ANHARMONICITY_HZ = 1e7


def check_chip(chip: Chip) -> list[Mistake]:
    """What contradicts itself in a chip; paths are those of its file."""
    found = [*_numbers(chip), *_age(chip), *check_names(chip)]
    for qubit in chip.qubits:
        found += _qubit(qubit)
    for coupler in chip.couplers:
        found += _coupler(coupler, chip)
    ports = {one.resonator.port for one in chip.qubits if one.resonator} | _played(chip)
    for group, names in (("lines", chip.lines), ("mixers", chip.mixers)):
        found += [
            Mistake(f"{group}.{name}", "is no port that the chip has.", nearest(name, sorted(ports)))
            for name in names
            if name not in ports
        ]
    return [*found, *_apart(chip)]


def check_wiring(chip: Chip, spec: RackSpec) -> list[Mistake]:
    """What a chip needs and a rack does not have: ports and bias sources; paths are those of the chip's file."""
    found: list[Mistake] = []
    for path, port in port_paths(chip):
        if port not in spec.ports:
            what = f"is \"{port}\", which rack '{spec.name}' does not have."
            found.append(Mistake(path, what, nearest(port, list(spec.ports))))
    for qubit in chip.qubits:
        if qubit.bias and qubit.bias not in spec.instruments:
            what = f"is \"{qubit.bias}\", which is no instrument of rack '{spec.name}'."
            found.append(Mistake(f"qubits.q{qubit.index}.bias", what, nearest(qubit.bias, list(spec.instruments))))
    if len(chip.qubits) < spec.num_qubits:
        what = f"are {len(chip.qubits)}, but ports of rack '{spec.name}' act on {spec.num_qubits}."
        found.append(Mistake("qubits", what, "Add the others to the chip, or correct the ports' qubits."))
    return found


def _numbers(chip: Chip) -> Iterator[Mistake]:
    """Qubits are numbered from 0 without gaps, and not too many."""
    if not chip.qubits:
        yield Mistake("qubits", "are none.", "Add one: [qubits.q0].")
    for place, qubit in enumerate(chip.qubits):
        if qubit.index != place:
            what = f"is there, but not q{place}."
            yield Mistake(f"qubits.q{qubit.index}", what, f"Number qubits from 0 without gaps: [qubits.q{place}].")
            break
    if len(chip.qubits) > MAX_QUBITS:
        yield Mistake(f"qubits.q{MAX_QUBITS}", "is one too many.", f"A simulated chip has up to {MAX_QUBITS} qubits.")


def _age(chip: Chip) -> Iterator[Mistake]:
    """A chip that does not drift has no age."""
    for key, value, plain in (("age_s", chip.age_s, 0.0), ("time_factor", chip.time_factor, 1.0)):
        if value != plain and not chip.is_drifting:
            yield Mistake(key, f"is {value:g}, but nothing changes with time.", "Give drift_t1 or drift_hz too.")


def _qubit(qubit: Qubit) -> Iterator[Mistake]:
    path = f"qubits.q{qubit.index}"
    if qubit.t2_s > qubit.longest_t2_s * (1 + 1e-9):
        why = f"t1_s {qubit.t1_s:g} and thermal_population {qubit.thermal_population:g} leave"
        what = f"is {qubit.t2_s:g}, more than {why}: nothing is coherent for that long."
        yield Mistake(f"{path}.t2_s", what, f"Give at most {qubit.longest_t2_s:.4g} seconds.")
    if qubit.anharmonicity_hz > -_LEAST_ANHARMONICITY_HZ:
        what = f"is {qubit.anharmonicity_hz:g}; that of a transmon is negative, and drives tell its levels apart."
        yield Mistake(f"{path}.anharmonicity_hz", what, "Give a negative number in hertz: -300e6.")
    if qubit.resonator is not None and qubit.resonator.chi_hz == 0:
        yield Mistake(f"{path}.resonator.chi_hz", "is 0: the resonator says nothing of the qubit.", "Give 2e6.")
    for port in qubit.crosstalk:
        if port == qubit.port:
            yield Mistake(f"{path}.crosstalk.{port}", "is its own port.", "Give rabi_hz_per_v for that.")


def _coupler(coupler: Coupler, chip: Chip) -> Iterator[Mistake]:
    path = _path(coupler)
    for index in coupler.qubits:
        if index >= len(chip.qubits):
            yield Mistake(path, f"couples q{index}, which the chip does not have.", f"Its qubits: {_known(chip)}.")
    twins = [one for one in chip.couplers if set(one.qubits) == set(coupler.qubits)]
    if twins[0] is not coupler:
        yield Mistake(path, f"couples what {_path(twins[0])} couples.", "Leave one of them out.")


def _apart(chip: Chip) -> Iterator[Mistake]:
    """Coupled qubits differ in frequency, and so do resonators on one line."""
    for coupler in chip.couplers:
        if max(coupler.qubits) >= len(chip.qubits):
            continue
        first, second = (chip.qubits[index] for index in coupler.qubits)
        if abs(first.frequency_hz - second.frequency_hz) < max(1.0, 10 * abs(coupler.idle_zz_hz)):
            what = f"is that of q{first.index}, to which it is coupled."
            remedy = "Give them frequencies that differ by much more than idle_zz_hz."
            yield Mistake(f"qubits.q{second.index}.frequency_hz", what, remedy)
    read = [(one.index, one.resonator) for one in chip.qubits if one.resonator]
    for (first_index, first_one), (index, one) in itertools.combinations(read, 2):
        between_hz = abs(first_one.frequency_hz - one.frequency_hz)
        if first_one.port == one.port and between_hz < _RESONATORS_APART_HZ:
            what = f"is {between_hz:g} hertz from that of q{first_index} on the same line."
            remedy = f"Keep them {_RESONATORS_APART_HZ:g} hertz apart or more."
            yield Mistake(f"qubits.q{index}.resonator.frequency_hz", what, remedy)


def _path(coupler: Coupler) -> str:
    return f"couplers.q{coupler.qubits[0]}_q{coupler.qubits[1]}"


def _known(chip: Chip) -> str:
    return ", ".join(f"q{one.index}" for one in chip.qubits) or "none"


def _played(chip: Chip) -> set[str]:
    return {port for _, port in port_paths(chip)}
