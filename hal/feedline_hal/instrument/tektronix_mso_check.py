# SPDX-License-Identifier: Apache-2.0
"""Whether a Tektronix oscilloscope took what it was told: its event status, and values that are read back.

Source: Tektronix 4/5/6 Series MSO Programmer Manual, "Status and events" (*ESR?, ALLEv?).
"""

from __future__ import annotations

from collections.abc import Sequence

from feedline_hal.errors import HardwareFault

from .told_settings import Line, ToldSettings

READ_BACK = ("HORIZONTAL:SAMPLERATE", "HORIZONTAL:RECORDLENGTH", "HORIZONTAL:FASTFRAME:COUNT", "HORIZONTAL:DELAY:TIME")
"""What the instrument may adapt, to what it has or to other settings."""
ALONE = ("HORIZONTAL:FASTFRAME:COUNT", "HORIZONTAL:DELAY:TIME")
"""How many records and how late: other settings may change these, but not the other way round."""
_REFUSED = 4 | 8 | 16 | 32
"""Bits of the event status: query, device, execution and command errors."""


def check_taken(settings: ToldSettings, lines: Sequence[Line]) -> None:
    """Make sure that settings were accepted, and as they are.

    Args:
        settings: Of the instrument.
        lines: What it was told.

    Raises:
        HardwareFault: If one was not: names it, and what the instrument says of it.
    """
    if _has_refused(settings):
        raise _refusal(settings, lines)
    rate_hz = float(dict(lines).get("HORIZONTAL:SAMPLERATE") or settings.told("HORIZONTAL:SAMPLERATE"))
    told = {header: float(value) for header, value in lines if header in READ_BACK}
    for header, wanted in told.items():
        taken = settings.number(f"{header}?")
        slack = {"HORIZONTAL:SAMPLERATE": 1e-4 * wanted, "HORIZONTAL:DELAY:TIME": 0.5 / rate_hz}
        if not abs(taken - wanted) <= slack.get(header, 0):
            what = f"took {taken:.9g} for {header}, where {wanted:.9g} was set"
            remedy = "Check its options: it has less memory than the rack file says, or other sample rates."
            raise settings.fault(f"{header} {wanted:.9g}", what, f"{taken:.9g}", remedy)


def _has_refused(settings: ToldSettings) -> bool:
    return bool(int(settings.number("*ESR?")) & _REFUSED)


def _refusal(settings: ToldSettings, lines: Sequence[Line]) -> HardwareFault:
    """Find out which: tell it again, one by one."""
    events = settings.query("ALLEV?")
    for header, value in lines:
        command = f"{header} {value}"
        settings.write(command)
        if _has_refused(settings):
            events = settings.query("ALLEV?")
            remedy = "Its programmer manual explains the codes; check its options in the rack file."
            return settings.fault(command, f"did not accept a setting: {events}", events, remedy)
    what = f"did not accept a setting: {events}; told again one by one, it took them all"
    return settings.fault("*ESR?", what, events, "Try again; check that nobody else talks to it.")
