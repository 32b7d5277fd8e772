# SPDX-License-Identifier: Apache-2.0
"""A rack's emulators with a chip behind the digitizer, or what keeps it from being wired."""

from __future__ import annotations

import attrs
import pytest

from feedline.errors import InputError
from feedline_hal.rack.reading import parse_rack
from feedline_hal.rack.schema import Channel, PortSpec, RackSpec
from feedline_hal.twin.chip_bench import chip_bench
from feedline_hal.twin.chip_file import ChipFileError
from feedline_hal.twin.rack_for import rack_for
from feedline_hal.twin.random_chip import random_chip
from feedline_hal.twin.twin_signal import TwinSignal


def wired(**ports: PortSpec) -> RackSpec:
    """The rack of a one-qubit chip, with some of its ports changed."""
    spec = parse_rack(rack_for(random_chip(1)), "rack.toml")
    return attrs.evolve(spec, ports={**spec.ports, **ports})


def test_the_digitizer_hears_the_chip() -> None:
    bench = chip_bench(random_chip(1), wired(), at_rack_addresses=False)
    assert isinstance(bench.emulators["scope"].signal, TwinSignal)
    with bench:
        assert set(bench.addresses) == set(bench.spec.instruments)


def test_a_measurement_happens_once() -> None:
    """Two digitizers would each hear a chip of their own."""
    other = PortSpec(name="probe", qubits=(0,), capture=Channel("scope2", "ch1"))
    with pytest.raises(InputError, match="records with scope, scope2; a simulated chip has one"):
        chip_bench(random_chip(1), wired(probe=other))


def test_what_the_rack_lacks_is_told() -> None:
    with pytest.raises(ChipFileError, match="Chip 'twin' has 5 mistakes"):
        chip_bench(random_chip(2), wired())
