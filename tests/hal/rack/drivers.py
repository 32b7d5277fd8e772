# SPDX-License-Identifier: Apache-2.0
"""Drivers that only say what they can do, and a rack that is wired right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedline.registry import DriverEntry
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.errors import LimitError
from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.instrument.quantity import Quantity
from feedline_hal.instrument.sequence import SequencerCapabilities
from feedline_hal.instrument.triggering import CoordinatorCapabilities

Limits = Mapping[str, tuple[float, float]]


class PaperSequencer:
    """As many channels as its options say, at most 4."""

    def __init__(self, transport: Any, *, limits: Limits, options: Mapping[str, Any]) -> None:
        self.channels = options.get("channels", 2)

    @classmethod
    def quantities(cls, options: Mapping[str, Any]) -> tuple[Quantity, ...]:
        """Voltage and level of each channel, and the rate."""
        count = options.get("channels", 2)
        if count > 4:
            raise LimitError(f"channels is {count}.", remedy="It has up to 4.")
        made = [Quantity(name="rate_hz", low=1e8, high=2e9, is_output=False)]
        for number in range(1, count + 1):
            made += [
                Quantity(name=f"ch{number}_voltage_v", low=-1, high=1, is_setting=False),
                Quantity(name=f"ch{number}_amplitude_v", low=0.01, high=1, is_output=False),
                Quantity(name=f"ch{number}_offset_v", low=-0.5, high=0.5, is_output=False),
            ]
        return tuple(made)

    def capabilities(self) -> SequencerCapabilities:
        """Small ones."""
        return SequencerCapabilities(
            channels=tuple(range(1, self.channels + 1)), rate_hz=(1e8, 2e9), max_samples=1000, memory_samples=10_000,
            max_waveforms=10, max_steps=10, amplitude_v=(0.01, 1.0),
        )  # fmt: skip


class PaperDigitizer:
    """One channel, two rates."""

    def __init__(self, transport: Any, *, limits: Limits) -> None:
        self.limits = limits

    @classmethod
    def quantities(cls, options: Mapping[str, Any]) -> tuple[Quantity, ...]:
        """It puts nothing out."""
        return (Quantity(name="rate_hz", low=1e8, high=1e9, is_output=False),)

    def capabilities(self) -> DigitizerCapabilities:
        """Small ones."""
        return DigitizerCapabilities(
            channels=(1,), rates_hz=(5e8, 1e9), max_samples=1000, memory_samples=10_000, max_records=10,
            range_v=(0.1, 1.0),
        )  # fmt: skip


class PaperCoordinator:
    """Two outputs."""

    def __init__(self, transport: Any, *, limits: Limits) -> None:
        self.limits = limits

    @classmethod
    def quantities(cls, options: Mapping[str, Any]) -> tuple[Quantity, ...]:
        """Nothing that could harm."""
        return ()

    def capabilities(self) -> CoordinatorCapabilities:
        """Small ones."""
        return CoordinatorCapabilities(
            outputs=("A", "B"), period_s=(1e-6, 1.0), delay_s=(0.0, 1e-3), width_s=(1e-8, 1e-3), max_count=1000,
            resolution_s=1e-9,
        )  # fmt: skip


class EagerSequencer(PaperSequencer):
    """Asks the instrument while it is made, which it must not."""

    def __init__(self, transport: Any, *, limits: Limits, options: Mapping[str, Any]) -> None:
        super().__init__(transport, limits=limits, options=options)
        transport.query("*OPT?")


KINDS: Mapping[str, type[Any]] = {
    "paper_sequencer": PaperSequencer,
    "paper_digitizer": PaperDigitizer,
    "paper_coordinator": PaperCoordinator,
    "eager_sequencer": EagerSequencer,
    "rohde_schwarz_sgs100a": RohdeSchwarzSgs100a,
    "yokogawa_gs200": YokogawaGs200,
}


def _entry(name: str, kind: type[Any]) -> DriverEntry:
    return DriverEntry(name=name, make=lambda: kind)


ENTRIES = {name: _entry(name, kind) for name, kind in KINDS.items()} | {
    "vendor_box": DriverEntry(
        name="vendor_box",
        make=lambda: PaperSequencer,
        modules=("no_such_vendor_sdk",),
        extra="vendor",
        distribution="x",
    )
}

RACK = """
dt_s = 1e-9
repetition_s = 1e-4

[instruments.awg]
driver = "paper_sequencer"
address = "TCPIP::127.0.0.1::4000::SOCKET"
options = { channels = 3 }
settings = { rate_hz = 1e9, ch1_amplitude_v = 0.2, ch2_amplitude_v = 0.2 }
safe.ch1_voltage_v = [-0.3, 0.3]
safe.ch2_voltage_v = [-0.3, 0.3]
safe.ch3_voltage_v = [-0.1, 0.1]

[instruments.scope]
driver = "paper_digitizer"
address = "TCPIP::127.0.0.1::hislip0::INSTR"

[instruments.lo]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::127.0.0.1::5025::SOCKET"
settings.power_dbm = 10
safe = { frequency_hz = [4e9, 6e9], power_dbm = [-30, 13] }

[instruments.trig]
driver = "paper_coordinator"
address = "ASRL/dev/ttyUSB0::INSTR"

[ports.q0_drive]
qubits = [0]
i = "awg.ch1"
q = "awg.ch2"
lo = "lo"
lo_frequency_hz = 5e9
frequency_range_hz = [4.6e9, 5.4e9]
mixer = { gain = 1.1, phase_rad = 0.05, offset_i_v = 0.01 }

[ports.readout]
qubits = [0]
channel = "awg.ch3"
capture = "scope.ch1"
lo = "lo"
lo_frequency_hz = 5e9

[triggers.awg]
source = "trig.a"
[triggers.scope]
source = "trig.b"

[readout.q0]
threshold = 0.1
"""
