# SPDX-License-Identifier: Apache-2.0
"""Settings of an emulated Tektronix AWG that it keeps and gives back, and that change nothing that is emulated.

Source: Tektronix AWG5200 Series Programmer Manual, command groups Clock, Function generator, Output, Source, Trigger.
"""

from __future__ import annotations

import attrs

from .error_queue import ScpiError
from .header import Header

_CHANNELS = "[1|2|3|4|5|6|7|8]"


@attrs.frozen(slots=True)
class KeptSetting:
    """A setting that is only kept.

    Attributes:
        header: Of the command; the query has a question mark.
        default: After ``*RST``.
        words: What it takes, each in the short form that it answers with; empty for a number or text.
    """

    header: Header
    default: str
    words: tuple[str, ...] = ()

    def taken(self, value: str) -> str:
        """What is kept of a parameter; -224 if it is none of the words."""
        if not self.words:
            return value
        found = [word for word in self.words if value.upper().startswith(word)]
        if not found:
            raise ScpiError(-224)
        return max(found, key=len)


def _kept(notation: str, default: str, *words: str) -> KeptSetting:
    return KeptSetting(Header.parse(notation.replace("[n]", _CHANNELS, 1)), default, words)


_MARKER_LEVEL = "SOURce[n]:MARKer[1|2|3|4]:VOLTage[:LEVel][:IMMediate]"

KEPT = (
    _kept("MMEMory:CDIRectory", '"C:\\Users\\OEM\\Documents"'),
    _kept("INSTrument:MODE", "AWG", "AWG", "FGEN"),
    _kept("CLOCk:SOURce", "INT", "INT", "EFIX", "EVAR", "EXT"),
    _kept("CLOCk:ECLock:FREQuency", "6.25e9"),
    _kept("CLOCk:OUTPut:STATe", "0"),
    _kept("TRIGger:LEVel", "1.4"),
    _kept("TRIGger:SLOPe", "POS", "POS", "NEG"),
    _kept("TRIGger:IMPedance", "50"),
    _kept("TRIGger:SOURce", "EXT", "EXT", "INT"),
    _kept("TRIGger:INTerval", "1e-3"),
    _kept("SOURce[n]:DAC:RESolution", "16"),
    _kept("SOURce[n]:TINPut", "ATR", "ATR", "BTR", "ITR"),
    _kept("SOURce[n]:SKEW", "0"),
    _kept("SOURce[n]:JUMP:FORCe", "1"),
    _kept(f"{_MARKER_LEVEL}:HIGH", "1"),
    _kept(f"{_MARKER_LEVEL}:LOW", "0"),
    _kept("SOURce[n]:MARKer[1|2|3|4]:DELay", "0"),
    _kept("OUTPut[n]:WVALue:MARKer[1|2|3|4]", "LOW", "FIRS", "LOW", "HIGH"),
    _kept("OUTPut[n]:SVALue:MARKer[1|2|3|4]", "OFF", "OFF", "LOW"),
    _kept("OUTPut[n]:SVALue:ANALog[:STATe]", "ZERO", "OFF", "ZERO"),
    _kept("FGEN:CHANnel[n]:AMPLitude", "0.5"),
    _kept("FGEN:CHANnel[n]:OFFSet", "0"),
    _kept("FGEN:CHANnel[n]:FREQuency", "1.2e6"),
    _kept("FGEN:CHANnel[n]:DCLevel", "0"),
    _kept("FGEN:CHANnel[n]:PATH", "DCHB"),
    _kept("FGEN:CHANnel[n]:PERiod", "8.3333e-7"),
    _kept("FGEN:CHANnel[n]:PHASe", "0"),
    _kept("FGEN:CHANnel[n]:SYMMetry", "50"),
    _kept("FGEN:CHANnel[n]:TYPE", "SINE"),
)


class KeptSettings:
    """The values of `KEPT`."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, tuple[int, ...]], str] = {}

    def reset(self) -> None:
        """Go to the state after ``*RST``."""
        self._values.clear()

    def answer(self, unit: bytes) -> str | None:
        """Take a command or answer a query; -113 for what is no setting of these."""
        sent, _, value = unit.decode("latin-1").partition(" ")
        header, is_query = sent.upper().lstrip(":").removesuffix("?"), sent.endswith("?")
        for setting in KEPT:
            if (digits := setting.header.match(header)) is not None:
                key = (setting.header.notation, setting.header.numbers(digits))
                if is_query:
                    return self._values.get(key, setting.default)
                if not value.strip():
                    raise ScpiError(-109)
                self._values[key] = setting.taken(value.strip())
                return None
        raise ScpiError(-113)
