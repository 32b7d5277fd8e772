# SPDX-License-Identifier: Apache-2.0
"""The guard of the Keysight 33600A: what its waveforms, sequences and settings would put out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .guard import Effect, Guard
from .keysight_33600a_state import ChannelState, Shape, sequence_shape, waveform_shape
from .settable_guard import NUMBER

_NAME = r"(?P<name>[A-Z][A-Z0-9_]{0,11})"
_ERROR_QUERY = re.compile(r":?SYST(EM)?:ERR(OR)?(:NEXT)?\?", re.IGNORECASE)
_HARMLESS = re.compile(
    r"\*CLS|ABOR|\*(IDN|OPC|OPT|ESR|STB)\?|FORM:BORD\?|(SOUR|OUTP|TRIG)[12][A-Z:]*\?|" + _ERROR_QUERY.pattern,
    re.IGNORECASE,
)
"""No ``*TST?``, which puts out what it likes."""
_ORDER = re.compile(r"FORM:BORD (?P<order>NORM|SWAP)")
_OUTPUT = re.compile(r"OUTP(?P<channel>[12]) (?P<state>ON|OFF)")
_CLEAR = re.compile(r"SOUR(?P<channel>[12]):DATA:VOL:CLE")
_SETTINGS = {
    "load": re.compile(r"OUTP(?P<channel>[12]):LOAD (?P<value>50)"),
    "function": re.compile(r"SOUR(?P<channel>[12]):FUNC (?P<value>ARB|DC)"),
    "selected": re.compile(rf'SOUR(?P<channel>[12]):FUNC:ARB "{_NAME.replace("name", "value")}"'),
    "filter": re.compile(r"SOUR(?P<channel>[12]):FUNC:ARB:FILT (?P<value>STEP|OFF)"),
    "rate_hz": re.compile(rf"SOUR(?P<channel>[12]):FUNC:ARB:SRAT {NUMBER}"),
    "amplitude_vpp": re.compile(rf"SOUR(?P<channel>[12]):VOLT {NUMBER}"),
    "offset_v": re.compile(rf"SOUR(?P<channel>[12]):VOLT:OFFS {NUMBER}"),
    "trigger": re.compile(r"TRIG(?P<channel>[12]):SOUR (?P<value>EXT|BUS)"),
}
_WAVEFORM = re.compile(rf"SOUR(?P<channel>[12]):DATA:ARB(?P<dac>:DAC)? {_NAME},")
_SEQUENCE = re.compile(r"SOUR(?P<channel>[12]):DATA:SEQ ")
_NUMBERS = ("rate_hz", "amplitude_vpp", "offset_v")
_FULL_SCALE = 32767.0


class Keysight33600aGuard(Guard):
    """Computes each channel's voltage and slope from what was sent.

    It knows the commands of the driver in the spelling of the driver; modulation, sweeps, bursts and every other way
    to make a signal are refused. What those may be set to is not known before ``*RST`` was sent, and again after a
    command failed. An output is switched on only when the error queue was found empty after the last command that
    matters: the instrument clips what is out of range, and keeps the old waveform of a name that it knows.

    While an output is on, or may be, what changes it at once has no known slope, so that it is refused. Switching the
    relay on and off is no slope.
    """

    def __init__(self) -> None:
        self._channels = {number: ChannelState() for number in (1, 2)}
        self._is_reset = False
        self._is_confirmed = False
        self._order = ""
        self._seen: tuple[NDArray[np.generic], str, Shape | None] | None = None

    def effects(self, command: str, block: NDArray[np.generic] | None) -> Sequence[Effect] | None:
        """What a command would do; see `Guard`."""
        if block is not None:
            return self._upload(command, block)
        if _HARMLESS.fullmatch(command) or command == "*RST" or _ORDER.fullmatch(command):
            return ()
        if found := _OUTPUT.fullmatch(command):
            return () if found["state"] == "OFF" else self._present(found["channel"], self._channel(found))
        if found := _CLEAR.fullmatch(command):
            return self._change(found["channel"], {"selected": "", "function": ""})
        setting = _setting(command)
        if setting is None:
            return None
        key, channel, value = setting
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return self._change(channel, {key: value})

    def commit(self, command: str, block: NDArray[np.generic] | None) -> None:
        """Take note that a command went out."""
        if block is None and (_HARMLESS.fullmatch(command) or _OUTPUT.fullmatch(command)):
            if found := _OUTPUT.fullmatch(command):
                self._channel(found).is_on = found["state"] == "ON"
            elif command.upper() == "*CLS" and not self._is_confirmed:
                self.forget()
            return
        self._is_confirmed = False
        if block is not None:
            self._keep(command, block)
        elif command == "*RST":
            for number in self._channels:
                self._channels[number] = ChannelState.after_reset()
            self._is_reset, self._order = True, ""
        elif found := _ORDER.fullmatch(command):
            self._order = {"NORM": ">", "SWAP": "<"}[found["order"]]
        elif found := _CLEAR.fullmatch(command):
            self._channel(found).clear()
        elif setting := _setting(command):
            key, channel, value = setting
            self._channels[int(channel)].set(key, value)

    def hear(self, command: str, reply: str) -> None:
        """Take note of what the error queue says: if it holds an error, nothing is known any more."""
        if not _ERROR_QUERY.fullmatch(command):
            return
        if re.match(r"\s*[+-]?0\s*,", reply):
            self._is_confirmed = True
        else:
            self.forget()

    def forget(self) -> None:
        """Know nothing any more."""
        self._channels = {number: ChannelState() for number in (1, 2)}
        self._is_reset = self._is_confirmed = False
        self._order = ""
        self._seen = None

    def _channel(self, found: re.Match[str]) -> ChannelState:
        return self._channels[int(found["channel"])]

    def _present(self, channel: str, state: ChannelState) -> Sequence[Effect]:
        """What comes out in a state, unknown as long as the instrument did not confirm it."""
        is_known = self._is_reset and self._is_confirmed
        low, high, slew = state.reach() if is_known else (math.nan, math.nan, math.nan)
        return _effects(channel, low, high, slew)

    def _change(self, channel: str, changes: dict[str, str | float]) -> Sequence[Effect]:
        state = self._channels[int(channel)]
        if state.is_on is False:
            return ()
        after = state.copy()
        for key, value in changes.items():
            after.set(key, value)
        low, high, _ = after.reach() if self._is_reset and self._is_confirmed else (math.nan, math.nan, math.nan)
        return _effects(channel, low, high, math.inf)

    def _upload(self, command: str, block: NDArray[np.generic]) -> Sequence[Effect] | None:
        found = _WAVEFORM.fullmatch(command) or _SEQUENCE.fullmatch(command)
        if found is None:
            return None
        name, shape = self._read(found, block)
        self._seen = block, name, shape
        if shape is None or not self._channel(found).takes(name):
            return _effects(found["channel"], math.nan, math.nan, math.nan)
        return ()

    def _keep(self, command: str, block: NDArray[np.generic]) -> None:
        found = _WAVEFORM.fullmatch(command) or _SEQUENCE.fullmatch(command)
        if found is not None:
            seen, self._seen = self._seen, None
            name, shape = seen[1:] if seen is not None and seen[0] is block else self._read(found, block)
            self._channel(found).keep(name, shape)

    def _read(self, found: re.Match[str], block: NDArray[np.generic]) -> tuple[str, Shape | None]:
        """Name and shape of what a block holds; ``None`` for one that is not as it should be."""
        if "name" not in found.re.groupindex:
            return sequence_shape(block.tobytes(), self._channel(found).shapes)
        kind = "i2" if found["dac"] else "f4"
        if not self._order or block.dtype != np.dtype(self._order + kind) or not block.size:
            return found["name"], None
        return found["name"], waveform_shape(block, _FULL_SCALE if found["dac"] else 1.0)


def _setting(command: str) -> tuple[str, str, str | float] | None:
    for key, pattern in _SETTINGS.items():
        if found := pattern.fullmatch(command):
            return key, found["channel"], float(found["value"]) if key in _NUMBERS else found["value"]
    return None


def _effects(channel: str, low: float, high: float, slew: float) -> Sequence[Effect]:
    return Effect(f"ch{channel}_voltage_v", low, high), Effect(f"ch{channel}_slew_v_per_s", 0.0, slew)
