# SPDX-License-Identifier: Apache-2.0
"""The digitizer, set to one acquisition after another, with connections that break in between."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from tests.hal.drivers.test_tektronix_mso import WANTED, _bench, _expected

from feedline_hal.emulator.fault import Fault, FaultKind
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.acquisition import Acquisition


@pytest.mark.parametrize("seed", range(3))
def test_records_after_any_other_acquisition_and_any_fault_are_right(seed: int) -> None:
    """Whatever was set before, and wherever a connection broke: an acquisition that ends has the voltages."""
    rng = np.random.default_rng(seed)
    for bench in _bench({}):
        wanted = WANTED
        for _ in range(15):
            wanted = _another(wanted, rng)
            kind = list(FaultKind)[rng.integers(len(FaultKind))]
            number = int(rng.integers(1, 30))
            bench.faults.restart({} if kind in (FaultKind.DELAY, FaultKind.SHORT) else {number: Fault(kind=kind)})
            for _ in range(4):  # what broke, and what came late for the next
                try:
                    bench.prepare(wanted)
                    bench.trigger(wanted.records)
                    (records,) = bench.read(wanted, timeout_s=1.0)
                    break
                except HardwareFault:
                    continue
            else:
                pytest.fail(f"{wanted} was not recorded after {kind}")
            assert records.count == wanted.records
            for channel, range_v in zip(wanted.channels, wanted.range_v, strict=True):
                error_v = np.abs(records.volts(channel) - _expected(wanted, channel, np.arange(wanted.records)))
                assert error_v.max() <= 0.51 * range_v * 1.024 / 2**12


def _another(last: Acquisition, rng: np.random.Generator) -> Acquisition:
    """An acquisition that differs in something."""
    channels = ((1,), (3,), (1, 3))[rng.integers(3)]
    changes: list[dict[str, Any]] = [
        {"records": int(rng.integers(1, 60))},
        {"delay_s": int(rng.integers(100)) * 16e-9},
        {"records": int(rng.integers(1, 60)), "delay_s": int(rng.integers(100)) * 16e-9},
        {"rate_hz": (625e6, 1.25e9, 3.125e9)[rng.integers(3)]},
        {"samples": int(rng.integers(1000, 3000))},
        {"channels": channels, "range_v": tuple((0.5 if one == 1 else 1.0) * rng.integers(1, 3) for one in channels)},
        {"range_v": tuple(one * 1.25 if one < 1 else one for one in last.range_v)},
    ]
    return attrs.evolve(last, **changes[rng.integers(len(changes))])
