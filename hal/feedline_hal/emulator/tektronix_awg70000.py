# SPDX-License-Identifier: Apache-2.0
"""An emulated Tektronix AWG70001B or AWG70002B.

Source: Tektronix AWG70000 Series Programmer Manual; AWG70000 Series data sheet.
"""

from __future__ import annotations

from typing import Any

from .tektronix_awg import EmulatedTektronixAwg


class EmulatedAwg70000(EmulatedTektronixAwg):
    """The direct path; one channel has twice the rate of two, and takes even lengths only.

    Args:
        serial: Its serial number.
        channels: 1 or 2.
        **options: Of `EmulatedTektronixAwg`.
    """

    amplitude_range_v = (0.25, 0.5)
    offset_range_v = (0.0, 0.0)
    default_path = "DIR"
    installed = "03"

    def __init__(self, serial: str = "B030456", *, channels: int = 2, **options: Any) -> None:
        self.rate_range_hz = (1.49e3, 50e9 / channels)
        self.granularity = 3 - channels
        self.min_samples = 2400 * (3 - channels)
        super().__init__(f"TEKTRONIX,AWG7000{channels}B,{serial},FV:8.2.0210.0", channels, **options)
