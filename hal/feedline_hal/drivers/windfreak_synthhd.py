# SPDX-License-Identifier: Apache-2.0
"""Windfreak SynthHD v2 and PRO v2, RF source with two outputs on USB serial: local oscillators.

Source: Windfreak Technologies, Serial Programming API, tables of commands: a letter and a number, nothing after it.
``C0`` and ``C1`` say whose the next letters are, so every command here begins with one.
"""

from __future__ import annotations

from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.identity import Identity
from feedline_hal.instrument.read_back_settable import ReadBackSettable
from feedline_hal.instrument.setting import Setting
from feedline_hal.transport.manner import Manner


def _output(name: str, c: str) -> tuple[Setting, ...]:
    f, w, p, on = (f"{name}_{quantity}" for quantity in ("frequency_hz", "power_dbm", "phase_deg", "is_on"))
    return (
        Setting(name=f, command=c + "f{:.7f}", query=c + "f?", low=10e6, high=24e9, unit=1e6, resolution=0.1),
        Setting(name=w, command=c + "W{:.3f}", query=c + "W?", low=-70, high=20, resolution=0.01),
        Setting(name=p, command=c + "~{:.3f}", query=c + "~?", low=0, high=360, resolution=0.001, is_output=False),
        Setting(name=on, command=c + "E{0:.0f}r{0:.0f}h{0:.0f}", query=c + "h?", low=0, high=1, safe=0),
    )


class WindfreakSynthhd(ReadBackSettable):
    """``a_frequency_hz``, ``a_power_dbm``, ``a_phase_deg``, ``a_is_on``, ``b_frequency_hz``, ...; safe is off."""

    models = ("SynthHD",)
    manner = Manner(write_terminator="")
    emulator = "feedline_hal.emulator.windfreak_synthhd:EmulatedSynthhd"
    identity_query = "+"
    harmless = ("-", "v0")
    settings = (*_output("a", "C0"), *_output("b", "C1"))

    def identity(self) -> Identity:
        """Ask who it is: ``WFT SynthHD 1230``.

        A serial line is the old one whoever opens it: what comes unasked may be a late answer to who had it before,
        so it is asked once more, over a connection that was silent.
        """
        try:
            identity = self._asked()
        except HardwareFault as fault:
            if not fault.reply:
                raise
        else:
            if identity.model:
                return identity
            self._transport.distrust()
        return self._asked()

    def _asked(self) -> Identity:
        model, serial, firmware = (self._transport.query(question) for question in ("+", "-", "v0"))
        return Identity("Windfreak", "".join(model.split()[1:2]), serial, firmware.removeprefix("Firmware Version "))
