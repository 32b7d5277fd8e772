# SPDX-License-Identifier: Apache-2.0
"""What the drivers of Tektronix' AWG5200 and AWG70000 share.

A waveform is a part named by its content, a program's list of steps is one more part, named by its steps. A step
waits for trigger A, plays one waveform a track, and goes on; the last goes to the first. While it waits for a trigger
a channel holds 0 V.

Source: Tektronix AWG5200 Series and AWG70000 Series Programmer Manuals: command groups Waveform, Sequence, Source,
Output, Clock, Control.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import OptionError, nearest
from feedline_hal.errors import HardwareFault
from feedline_hal.safety.guard import Guard
from feedline_hal.safety.tektronix_awg_guard import TektronixAwgGuard
from feedline_hal.transport.error_queue import check_errors, wait_until_done
from feedline_hal.transport.transport import Transport

from .assembly import Assembly, Command, Part, content_name
from .quantity import Quantity
from .scpi_sequencer import ScpiSequencer
from .sequence import SequenceProgram, SequencerCapabilities
from .sequence_check import check_program

START_S = 30.0
"""How long it may take from the command to run until it waits for a trigger."""
_KEPT_PARTS = 256
"""Parts, and settings of all channels, that are not made again."""
STEP_S = 5.0
"""How long it may take after the last trigger until it says that it is at the next step: it notes that at leisure."""
_STOPPED, _WAITS, _RUNS = "0", "1", "2"
_PLAYED = re.compile(r"SOURce(\d+):CASSet:SEQuence .*")


class TektronixAwg(ScpiSequencer):
    """A driver names its `models` by number of channels, and its `family`'s limits.

    Args:
        transport: The connection.
        limits: The rack's safe ranges; those of rate, amplitude and offset narrow the instrument's own.
        options: ``channels``: how many it has; ``checks_steps``: whether `check_first` asks it, true if not given.
    """

    family: ClassVar[SequencerCapabilities]
    """What the largest model can do."""
    models_by_channels: ClassVar[Mapping[int, tuple[str, ...]]]
    """What ``*IDN?`` may say of a model with so many channels."""
    block_samples: ClassVar[int] = 650_000_000 // 4
    """Samples of one block; the manual allows 650,000,000 bytes a command."""

    path: ClassVar[str]
    """The output path on which amplitude and offset are set in volts."""

    def __init__(self, transport: Transport, *, options: Mapping[str, Any] | None = None, **others: Any) -> None:
        self._able = self.able(options)
        self._fixed: dict[int, tuple[NDArray[np.float32], Part]] = {}
        self._settings = functools.lru_cache(_KEPT_PARTS)(self._settings_of)
        super().__init__(transport, options=options, **others)

    @classmethod
    def quantities(cls, options: Mapping[str, Any] | None = None) -> tuple[Quantity, ...]:
        """What a rack file may set, and what it must give a safe range."""
        able = cls.able(options)
        peak_v = able.amplitude_v[1] + able.offset_v[1]
        slew = 2 * peak_v * able.rate_hz[1]
        found = [_setting("rate_hz", able.rate_hz)]
        for number in able.channels:
            found += [
                Quantity(name=f"ch{number}_voltage_v", low=-peak_v, high=peak_v, is_setting=False),
                Quantity(name=f"ch{number}_slew_v_per_s", low=0.0, high=slew, is_setting=False),
                _setting(f"ch{number}_amplitude_v", able.amplitude_v),
                _setting(f"ch{number}_offset_v", able.offset_v),
            ]
        return tuple(found)

    @classmethod
    def guard(cls, ranges: Mapping[str, tuple[float, float]]) -> Guard:
        """What reads its commands before they go out."""
        return TektronixAwgGuard(ranges)

    @classmethod
    def able(cls, options: Mapping[str, Any] | None) -> SequencerCapabilities:
        """What the model with these options can do."""
        return attrs.evolve(cls.family, channels=tuple(range(1, cls._channel_count(options) + 1)))

    @classmethod
    def _channel_count(cls, options: Mapping[str, Any] | None) -> int:
        given = dict(options or {})
        count = given.pop("channels", max(cls.models_by_channels))
        checks = given.pop("checks_steps", True)
        for name in given:
            known = ["channels", "checks_steps"]
            raise OptionError(f"{cls.__name__} has no option '{name}'.", remedy=nearest(name, known))
        if not isinstance(checks, bool):
            raise OptionError(f"{cls.__name__}: checks_steps is {checks!r}.", remedy="Write true or false.")
        if isinstance(count, bool) or count not in cls.models_by_channels:
            allowed = ", ".join(map(str, sorted(cls.models_by_channels)))
            raise OptionError(f"{cls.__name__}: channels is {count!r}.", remedy=f"Use one of {allowed}.")
        return int(count)

    def capabilities(self) -> SequencerCapabilities:
        """What it can hold and do; asks the instrument for nothing."""
        return self._able

    def assemble(self, program: SequenceProgram) -> Assembly:
        """The commands that load a program: pure, offline, the same bytes for the same program.

        Raises:
            LimitError: If it is beyond what the instrument can do; names the limit.
        """
        check_program(program, self.capabilities(), self._transport.name, self._limits)
        waveforms = [self._part(samples) for samples in program.waveforms]
        names = [[waveforms[index].name for index in row] for row in program.steps.tolist()]
        sequence = _sequence(names)
        return Assembly(parts=(*waveforms, sequence), switch=tuple(self._switch(program, sequence.name)))

    def _part(self, samples: NDArray[np.float32]) -> Part:
        """A waveform's part; the very same for samples that cannot have changed: a view's may, by who owns them."""
        if samples.flags.writeable or not samples.flags.owndata:
            return self._waveform(samples)
        known = self._fixed.get(id(samples))
        if known is None or known[0] is not samples:
            if len(self._fixed) >= _KEPT_PARTS:
                self._fixed.clear()
            known = self._fixed[id(samples)] = samples, self._waveform(samples)
        return known[1]

    def check_first(self) -> None:
        """Make sure that it is at the sequence's first step again; for after whole rounds of the sequence.

        All channels move on together, so one is asked. Triggers that were missed by whole rounds go unnoticed, and
        with one step all do.

        Raises:
            HardwareFault: If it says another step for 5 s; names it.

        Source: Tektronix AWG5200 Series Programmer Manual, command group Source: ``SOURce[n]:SCSTep?``.
        """
        channel = self._playing_channel()
        if not channel or not self._options.get("checks_steps", True):
            return
        query, waited_s = f"SOURce{channel}:SCSTep?", 0.0
        with self._relying_on_memory():
            while (step := self._transport.query(query).strip().strip('"')) != "1":
                if waited_s >= STEP_S:
                    raise HardwareFault(
                        f"{self._transport.name} is at step {step!r} of its sequence where whole rounds of triggers "
                        f"end at '1': it missed triggers, or took some that were none ({query!r}).",
                        remedy="Check its trigger cable, level and period; the run's records belong to other steps.",
                        instrument=self._transport.name,
                        command=query,
                        reply=step,
                    )
                pause_s = min(0.2, max(0.001, waited_s))
                self._sleep(pause_s)
                waited_s += pause_s

    def _waveform(self, samples: NDArray[np.float32]) -> Part:
        data = np.ascontiguousarray(samples, dtype="<f4")
        name = content_name("w", data)
        commands = [Command(f'WLISt:WAVeform:NEW "{name}",{len(data)},REAL')]
        for start in range(0, len(data), self.block_samples):
            block = data[start : start + self.block_samples]
            commands.append(Command(f'WLISt:WAVeform:DATA "{name}",{start},{len(block)},', block))
        return Part(
            name=name,
            commands=tuple(commands),
            remove=(Command(f'WLISt:WAVeform:DELete "{name}"'),),
            memory_samples=len(data),
        )

    def _switch(self, program: SequenceProgram, sequence: str) -> Iterator[Command]:
        used = {channel: track for track, channel in enumerate(program.channels, 1)}
        levels = tuple(map(float, program.amplitude_v)), tuple(map(float, program.offset_v))
        for channel, command in self._settings(program.rate_hz, program.channels, *levels):
            yield command or Command(f'SOURce{channel}:CASSet:SEQuence "{sequence}",{used[channel]}')

    def _settings_of(
        self, rate_hz: float, channels: tuple[int, ...], amplitude_v: tuple[float, ...], offset_v: tuple[float, ...]
    ) -> tuple[tuple[int, Command | None], ...]:
        """Commands of the switch with their channel; none where a channel is given its track of the sequence."""
        found: list[tuple[int, Command | None]] = [(0, Command(f"CLOCk:SRATe {rate_hz:.12g}"))]
        for channel in self.capabilities().channels:
            if channel not in channels:
                found += [(channel, Command(f"OUTPut{channel}:STATe 0"))]
                found += [(channel, Command(f"SOURce{channel}:CASSet:CLEar"))]
                continue
            track = channels.index(channel)
            texts = [f"OUTPut{channel}:PATH {self.path}", f"SOURce{channel}:VOLTage {2 * amplitude_v[track]:.12g}"]
            if any(self._able.offset_v):
                texts.append(f"SOURce{channel}:VOLTage:OFFSet {offset_v[track]:.12g}")
            texts.append(f"SOURce{channel}:RMODe CONTinuous")
            texts += [f"OUTPut{channel}:WVALue:ANALog:STATe ZERO", f"OUTPut{channel}:STATe 1"]
            found += [(channel, None), *((channel, Command(text)) for text in texts)]
        return tuple(found)

    def _models(self) -> tuple[str, ...]:
        return self.models_by_channels[self._channel_count(self._options)]

    def _setting(self, command: str) -> str:
        header = command.partition(" ")[0]
        return header.partition(":CASSet")[0] + ":CASSet" if ":CASSet" in header else header

    def _wipe(self) -> Sequence[str]:
        return ("SLISt:SEQuence:DELete ALL", "WLISt:WAVeform:DELete ALL")

    def _stop(self) -> Sequence[str]:
        return ("AWGControl:STOP",)

    def _switch_off(self) -> Sequence[str]:
        return [f"OUTPut{channel}:STATe 0" for channel in self.capabilities().channels]

    def _run(self) -> None:
        self._tell(["AWGControl:RUN"])
        wait_until_done(self._transport)
        waited_s = 0.0
        while (state := self._transport.query("AWGControl:RSTate?").strip()) != _WAITS:
            if state == _STOPPED:
                check_errors(self._transport, "AWGControl:RUN", self.error_query)
            if waited_s >= START_S or state not in (_STOPPED, _RUNS):
                self._transport.distrust()
                how_long = "in vain" if waited_s < START_S else f"{START_S:g} s"
                raise HardwareFault(
                    f"{self._transport.name}: waited {how_long} for it to wait for a trigger; "
                    f"it answered {state!r} to 'AWGControl:RSTate?', where 1 means that it does.",
                    remedy="Check its screen for a message, and that no trigger comes before everything is armed.",
                    instrument=self._transport.name,
                    command="AWGControl:RSTate?",
                    reply=state,
                )
            pause_s = min(0.05, max(0.001, waited_s))
            self._sleep(pause_s)
            waited_s += pause_s
        self._check_kept()

    def _check_kept(self) -> None:
        """Make sure that nobody reset it: it would play what was sent since, but with its outputs off.

        One output is asked, as a reset switches all of them off.
        """
        query = f"OUTPut{self._playing_channel()}:STATe?"
        state = self._transport.query(query).strip()
        if state == "1":
            return
        self._transport.distrust()
        raise HardwareFault(
            f"{self._transport.name} has lost what it was told: it answered {state!r} to '{query}', not 1.",
            remedy="Check that nobody resets it, or switches its outputs off, while it is used.",
            instrument=self._transport.name,
            command=query,
            reply=state,
        )

    def _playing_channel(self) -> str:
        """Number of a channel that plays; empty for none."""
        found = (_PLAYED.fullmatch(command) for command in self._in_force.values())
        return next((one[1] for one in found if one is not None), "")


def _setting(name: str, limits: tuple[float, float]) -> Quantity:
    return Quantity(name=name, low=limits[0], high=limits[1], is_output=False)


def _sequence(steps: Sequence[Sequence[str]]) -> Part:
    """A list of steps as a part: names of waveforms by step and track."""
    text = "\n".join(" ".join(names) for names in steps)
    name = "s" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    commands = [f'SLISt:SEQuence:NEW "{name}",{len(steps)},{len(steps[0])}']
    for step, waveforms in enumerate(steps, 1):
        commands.append(f'SLISt:SEQuence:STEP{step}:WINPut "{name}",ATRigger')
        commands += [
            f'SLISt:SEQuence:STEP{step}:TASSet{track}:WAVeform "{name}","{waveform}"'
            for track, waveform in enumerate(waveforms, 1)
        ]
    commands.append(f'SLISt:SEQuence:STEP{len(steps)}:GOTO "{name}",FIRSt')
    return Part(
        name=name,
        commands=tuple(Command(command) for command in commands),
        remove=(Command(f'SLISt:SEQuence:DELete "{name}"'),),
    )
