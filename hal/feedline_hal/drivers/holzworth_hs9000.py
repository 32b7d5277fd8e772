# SPDX-License-Identifier: Apache-2.0
"""Holzworth HS9000, RF sources with up to eight outputs: local oscillators.

Source: Holzworth Instrumentation, HS9000B Series User Manual, appendix A "Programming Commands": the value stands in
the header, ``:CH1:FREQ:5100MHz``, and every command is answered, in words.
"""

from __future__ import annotations

from feedline_hal.instrument.read_back_settable import ReadBackSettable
from feedline_hal.instrument.setting import Setting


def _channel(c: str) -> tuple[Setting, ...]:
    f, w, p, on = (f"{c[1:-1].lower()}_{quantity}" for quantity in ("frequency_hz", "power_dbm", "phase_deg", "is_on"))
    rf = Setting(name=on, command=c + "PWR:RF:{}", query=c + "PWR:RF?", low=0, high=1, safe=0, words=("OFF", "ON"))
    return (
        Setting(name=f, command=c + "FREQ:{:.9f}MHz", query=c + "FREQ?", low=25e4, high=18e9, unit=1e6, suffix="MHz"),
        Setting(name=w, command=c + "PWR:{:.2f}dBm", query=c + "PWR?", low=-99, high=22, suffix="dBm", resolution=0.01),
        Setting(
            name=p, command=c + "PHASE:{:.1f}deg", query=c + "PHASE?", low=0, high=360, suffix="deg", resolution=0.1,
            is_output=False,
        ),
        rf,
    )  # fmt: skip


class HolzworthHs9000(ReadBackSettable):
    """``ch1_frequency_hz``, ``_power_dbm``, ``_phase_deg``, ``_is_on``; ``options = {channels = 2}``; safe is off."""

    models = ("HS9*",)
    emulator = "feedline_hal.emulator.holzworth_hs9000:EmulatedHs9000"
    identity_query = ":IDN?"
    is_answering = True
    outputs = tuple(f"ch{number}" for number in range(1, 9))
    counted_by = "channels"
    settings = tuple(setting for number in range(1, 9) for setting in _channel(f":CH{number}:"))
