# SPDX-License-Identifier: Apache-2.0
"""The guard of Tektronix' AWG5200 and AWG70000: what a command would make a channel put out.

Source: Tektronix AWG5200 Series and AWG70000 Series Programmer Manuals: command groups Waveform, Sequence, Source,
Output, Clock, Control.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import attrs
import numpy as np
from numpy.typing import NDArray

from .awg_channel import AwgChannel
from .guard import Effect, Guard
from .sample_memory import SILENT, Bounds, Loop, SampleMemory

_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_NAME = r'"([A-Za-z0-9]+)"'
_COUNT = r"([1-9]\d{0,9})"
_HARMLESS = frozenset({"*CLS", "*IDN?", "*OPC?", "SYSTem:ERRor?", "AWGControl:RSTate?"})
_CERTAIN = re.compile(r"AWGControl:.*|OUTPut\d+:STATe .*")
"""Commands that the instrument cannot refuse, or that are taken for the worst if it does."""
_NO_ERROR = re.compile(r"\s*[+-]?0+\s*(?:,.*)?")


@attrs.frozen(kw_only=True, slots=True)
class _Change:
    """What a command does.

    Attributes:
        note: Takes note of it in the memory of waveforms and sequences.
        channels: Channels as they are after it.
        is_running, rate_hz: After it; ``None`` for as before.
        shows: Channels whose output it may change.
        blind: Channels that would put out what is not known after it.
        effects: Further effects.
    """

    note: Callable[[], None] | None = None
    channels: Mapping[int, AwgChannel] = attrs.field(factory=dict)
    is_running: bool | None = None
    rate_hz: float | None = None
    shows: Iterable[int] = ()
    blind: Iterable[int] = ()
    effects: tuple[Effect, ...] = ()


class TektronixAwgGuard(Guard):
    """Knows what `feedline_hal.instrument.tektronix_awg` sends, to the letter, and nothing else.

    A channel is live if it runs and is switched on, or may be. Whatever changes a live channel has the effect of all
    that the channel can put out after it: lowest and highest voltage, 0 V included, and the largest step between
    neighbouring samples, from a step's end to the next step's beginning and to and from 0 V included: that is where
    it waits for a trigger. The guard knows nothing but what it has seen itself, and relies on it only once the error
    queue was found empty: a value that the instrument refused leaves it at what it was before. An error, and one that
    may have been cleared away, makes everything unknown.

    Args:
        ranges: The rack's safe ranges; they name the channels.
    """

    def __init__(self, ranges: Mapping[str, tuple[float, float]]) -> None:
        found = [re.fullmatch(r"ch(\d+)_voltage_v", name) for name in ranges]
        self._numbers = tuple(sorted(int(item[1]) for item in found if item))
        self._limited = frozenset(ranges)
        self._rules = tuple((re.compile(pattern), rule) for pattern, rule in self._table())
        self._block_rule = re.compile(rf"WLISt:WAVeform:DATA {_NAME},(\d+),{_COUNT},")
        self._is_running: bool | None = None
        self._last: tuple[str, NDArray[np.generic] | None, _Change | None] = ("", None, None)
        self.forget()

    def _table(self) -> Iterator[tuple[str, Callable[..., _Change | None]]]:
        yield rf"SLISt:SEQuence:STEP{_COUNT}:TASSet{_COUNT}:WAVeform {_NAME},{_NAME}", self._assign
        yield rf"SLISt:SEQuence:STEP{_COUNT}:WINPut {_NAME},ATRigger", self._step
        yield rf"SLISt:SEQuence:STEP{_COUNT}:GOTO {_NAME},FIRSt", self._step
        yield rf"SLISt:SEQuence:NEW {_NAME},{_COUNT},{_COUNT}", self._new_sequence
        yield rf"SLISt:SEQuence:DELete (?:{_NAME}|ALL)", self._drop_sequence
        yield rf"WLISt:WAVeform:NEW {_NAME},{_COUNT},REAL", self._new_waveform
        yield rf"WLISt:WAVeform:DELete (?:{_NAME}|ALL)", self._drop_waveform
        yield rf"SOURce{_COUNT}:CASSet:SEQuence {_NAME},{_COUNT}", self._play
        yield rf"SOURce{_COUNT}:CASSet:CLEar", self._play
        yield rf"SOURce{_COUNT}:VOLTage {_NUMBER}", self._amplitude
        yield rf"SOURce{_COUNT}:VOLTage:OFFSet {_NUMBER}", self._offset
        yield rf"SOURce{_COUNT}:RMODe CONTinuous", self._show
        yield rf"OUTPut{_COUNT}:PATH (DCHB|DIRect)", self._path
        yield rf"OUTPut{_COUNT}:WVALue:ANALog:STATe ZERO", self._show
        yield rf"OUTPut{_COUNT}:STATe ([01])", self._output
        yield rf"CLOCk:SRATe {_NUMBER}", self._rate
        yield rf"(?:SOURce{_COUNT}:SCSTep|OUTPut{_COUNT}:STATe)\?", lambda *_numbers: _Change()
        yield "AWGControl:RUN", self._run
        yield "AWGControl:STOP", lambda: _Change(is_running=False)

    def effects(self, command: str, block: NDArray[np.generic] | None) -> Sequence[Effect] | None:
        """What a command would do; see `Guard`."""
        change = self._read(command, block)
        self._last = (command, block, change)
        if change is None:
            return None
        return tuple(self._effects(change))

    def commit(self, command: str, block: NDArray[np.generic] | None) -> None:
        """Take note that a command went out."""
        known, same, change = self._last
        if known != command or same is not block:
            change = self._read(command, block)
        self._last = ("", None, None)
        if command == "*CLS" and self._is_in_doubt:
            self.forget()
        if change is None or command in _HARMLESS or command.endswith("?"):
            return
        self._is_in_doubt |= _CERTAIN.fullmatch(command) is None
        if change.note is not None:
            change.note()
        self._channels.update(change.channels)
        if change.is_running is not None:
            self._is_running = change.is_running
        if change.rate_hz is not None:
            self._rate_hz = change.rate_hz

    def hear(self, command: str, reply: str) -> None:
        """Take note of errors, and of whether it runs; that it does not run yet does not mean that it will not."""
        if command == "SYSTem:ERRor?":
            if _NO_ERROR.fullmatch(reply) is None:
                self.forget()
            self._is_in_doubt = False
        elif command == "AWGControl:RSTate?" and reply.strip() != "0":
            self._is_running = True

    def forget(self) -> None:
        """Know nothing any more."""
        self._memory = SampleMemory()
        self._channels = {number: AwgChannel(number) for number in self._numbers}
        self._is_running = None
        self._is_in_doubt = False
        self._rate_hz = math.nan

    def _read(self, command: str, block: NDArray[np.generic] | None) -> _Change | None:
        if block is not None:
            found = self._block_rule.fullmatch(command)
            return None if found is None else self._fill(found[1], int(found[2]), int(found[3]), block)
        if command in _HARMLESS:
            return _Change()
        for pattern, rule in self._rules:
            if (found := pattern.fullmatch(command)) is not None:
                return rule(*found.groups())
        return None

    def _effects(self, change: _Change) -> Iterator[Effect]:
        yield from change.effects
        for number in change.blind:
            yield from self._channel(number).unknown()
        rate_hz = self._rate_hz if change.rate_hz is None else change.rate_hz
        is_running = self._is_running if change.is_running is None else change.is_running
        for number in change.shows:
            if self._is_in_doubt and is_running is not False:
                yield from self._channel(number).unknown()
                continue
            channel = change.channels.get(number, self._channel(number))
            yield from channel.effects(self._loop(channel), rate_hz)

    def _loop(self, channel: AwgChannel) -> Loop | None:
        if channel.asset is None:
            return None
        return self._memory.loop(*channel.asset) if channel.asset[0] else Loop.of([SILENT])

    def _channel(self, number: int) -> AwgChannel:
        return self._channels.get(number) or AwgChannel(number)

    def _is_live(self, number: int) -> bool:
        return self._is_running is not False and self._channel(number).is_on is not False

    def _live(self) -> list[int]:
        return [number for number in self._channels if self._is_live(number)]

    def _playing(self, sequence: str | None, waveform: str | None = None) -> list[int]:
        """Live channels that play a sequence, or any, or one with a waveform in it; those of which it is not known."""
        found = []
        for number in self._live():
            asset = self._channel(number).asset
            if asset is None or (asset[0] and self._is_in(asset[0], sequence, waveform)):
                found.append(number)
        return found

    def _is_in(self, playing: str, sequence: str | None, waveform: str | None) -> bool:
        return self._memory.uses(playing, waveform) if waveform is not None else sequence in (None, playing)

    def _limited_effect(self, name: str, value: float) -> tuple[Effect, ...]:
        return (Effect(name, value, value),) if name in self._limited else ()

    def _changed(self, channel: AwgChannel, effects: tuple[Effect, ...] = ()) -> _Change:
        shows = (channel.number,) if self._is_live(channel.number) else ()
        return _Change(channels={channel.number: channel}, shows=shows, effects=effects)

    def _output(self, number: str, state: str) -> _Change:
        channel = attrs.evolve(self._channel(int(number)), is_on=state == "1")
        return _Change(channels={channel.number: channel}, shows=(channel.number,) if channel.is_on else ())

    def _amplitude(self, number: str, peak_to_peak_v: str) -> _Change:
        amplitude_v = float(peak_to_peak_v) / 2
        effects = self._limited_effect(f"ch{number}_amplitude_v", amplitude_v)
        return self._changed(attrs.evolve(self._channel(int(number)), amplitude_v=amplitude_v), effects)

    def _offset(self, number: str, offset_v: str) -> _Change:
        effects = self._limited_effect(f"ch{number}_offset_v", float(offset_v))
        return self._changed(attrs.evolve(self._channel(int(number)), offset_v=float(offset_v)), effects)

    def _play(self, number: str, sequence: str = "", track: str = "1") -> _Change:
        return self._changed(attrs.evolve(self._channel(int(number)), asset=(sequence, int(track))))

    def _path(self, number: str, path: str) -> _Change:
        """On the direct path there is no offset."""
        offset_v = 0.0 if path == "DIRect" else math.nan
        channel = attrs.evolve(self._channel(int(number)), is_path_known=True, offset_v=offset_v)
        return self._changed(channel)

    def _show(self, number: str) -> _Change:
        return self._changed(self._channel(int(number)))

    def _rate(self, rate_hz: str) -> _Change:
        return _Change(
            rate_hz=float(rate_hz), shows=self._live(), effects=self._limited_effect("rate_hz", float(rate_hz))
        )

    def _run(self) -> _Change:
        return _Change(is_running=True, shows=[key for key, item in self._channels.items() if item.is_on is not False])

    def _new_waveform(self, name: str, length: str) -> _Change | None:
        if self._memory.has_waveform(name):
            return None
        note = partial(self._memory.new_waveform, name, int(length))
        return _Change(note=note, blind=self._playing(None, name))

    def _drop_waveform(self, name: str | None) -> _Change:
        blind = self._playing(None) if name is None else self._playing(None, name)
        return _Change(note=partial(self._memory.drop_waveform, name), blind=blind)

    def _fill(self, name: str, start: int, count: int, block: NDArray[np.generic]) -> _Change | None:
        if block.ndim != 1 or block.dtype != np.dtype("<f4") or len(block) != count:
            return None
        if not self._memory.takes(name, start, count):
            return None
        bounds = Bounds.of(block)
        blind = self._playing(None, name) if bounds is not None else self._channels
        return _Change(note=partial(self._memory.fill, name, count, bounds), blind=blind)

    def _new_sequence(self, name: str, steps: str, tracks: str) -> _Change | None:
        if self._memory.has_sequence(name):
            return None
        note = partial(self._memory.new_sequence, name, int(steps), int(tracks))
        return _Change(note=note, blind=self._playing(name))

    def _drop_sequence(self, name: str | None) -> _Change:
        return _Change(note=partial(self._memory.drop_sequence, name), blind=self._playing(name))

    def _assign(self, step: str, track: str, name: str, waveform: str) -> _Change | None:
        if not self._memory.has_step(name, int(step), int(track)):
            return None
        note = partial(self._memory.assign, name, int(step), int(track), waveform)
        return _Change(note=note, blind=self._playing(name))

    def _step(self, step: str, name: str) -> _Change | None:
        return _Change(blind=self._playing(name)) if self._memory.has_step(name, int(step)) else None
