# SPDX-License-Identifier: Apache-2.0
"""Keysight 33600A and 33500B waveform generators: sequencers with one or two channels.

A sequence is a list of waveforms, each with what happens after it: ``once`` goes on at once, ``repeat`` plays it so
often, ``repeatInf`` for ever, ``repeatTilTrig`` until a trigger comes, ``onceWaitTrig`` plays it once, holds its last
sample and goes on with the next at a trigger. After the last comes the first. There is no way to wait before the
first: it plays as soon as the sequence is selected. So the last step of a program is put first in the list; it plays
while the outputs are off, and the first trigger plays the program's first step.

Waveforms and sequences are kept under names in the memory of their channel. A name that is taken cannot be written
again, and memory is only cleared as a whole: names are made of content, and what needs room clears all of it.

Source: Keysight 33500B/33600A Operating and Service Guide, "SCPI Programming Reference": DATA, FUNCtion (ARBitrary),
VOLTage, OUTPut, TRIGger and FORMat Subsystems; Keysight 33600A data sheet, "Arbitrary waveforms".
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import InputError
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.assembly import Assembly, Command, Part
from feedline_hal.instrument.identity import Identity
from feedline_hal.instrument.keysight_33600a_model import MODELS, read_model
from feedline_hal.instrument.quantity import Quantity
from feedline_hal.instrument.scpi_sequencer import ScpiSequencer
from feedline_hal.instrument.sequence import SequenceProgram, SequencerCapabilities
from feedline_hal.instrument.sequence_check import check_program
from feedline_hal.safety.guard import Guard
from feedline_hal.safety.keysight_33600a_guard import Keysight33600aGuard
from feedline_hal.transport.transport import Transport

_PEAK_V = 5.0
"""Largest voltage into 50 ohm, offset included."""
_LONGEST_S = 10.0
"""Longest waveform: the first of a sequence has to be over before an output is switched on."""
_MOST_SEQUENCES = 16
"""Sequences that are kept in a channel's memory; few, as the manual does not say how many fit."""
_RATE = "FUNC:ARB:SRAT"


class Keysight33600a(ScpiSequencer):
    """A `Sequencer`; voltages are those into 50 ohm. It cannot be loaded while it plays.

    Args:
        transport: The connection.
        limits: The rack's safe ranges; those of rate, amplitude and offset narrow the instrument's own.
        options: ``channels``: 1 or 2, 2 if not given; ``model``: 33621A or 33622A if not given;
            ``memory_samples``: of each channel, for instruments with more than they usually have.
        sleep: Waits until the first waveform of a sequence is over.
    """

    models = tuple(MODELS)
    emulator = "feedline_hal.emulator.keysight_33600a:Emulated33600a"

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Mapping[str, tuple[float, float]] | None = None,
        options: Mapping[str, Any] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(transport, limits=limits, options=options, sleep=sleep)
        self._held: dict[str, Part] = {}

    @classmethod
    def quantities(cls, options: Mapping[str, Any] | None = None) -> tuple[Quantity, ...]:
        """What a rack file may set, and what it must give a safe range."""
        model, _ = read_model(options)
        found = [Quantity(name="rate_hz", low=1e-6, high=model.rate_hz, is_output=False)]
        for prefix in (f"ch{number}_" for number in range(1, model.channels + 1)):
            slew = 2 * _PEAK_V * model.rate_hz
            found += [
                Quantity(name=prefix + "voltage_v", low=-_PEAK_V, high=_PEAK_V, is_setting=False),
                Quantity(name=prefix + "slew_v_per_s", low=0.0, high=slew, is_setting=False),
                Quantity(name=prefix + "amplitude_v", low=0.5e-3, high=_PEAK_V, is_output=False),
                Quantity(name=prefix + "offset_v", low=-_PEAK_V, high=_PEAK_V, is_output=False),
            ]
        return tuple(found)

    @classmethod
    def guard(cls, ranges: Mapping[str, tuple[float, float]]) -> Guard:
        """What reads its commands before they go out."""
        return Keysight33600aGuard()

    def capabilities(self) -> SequencerCapabilities:
        """What it can hold and do; asks the instrument for nothing."""
        model, _ = read_model(self._options)
        return SequencerCapabilities(
            channels=tuple(range(1, model.channels + 1)),
            rate_hz=(1e-6, model.rate_hz),
            min_samples=model.min_samples,
            max_samples=model.memory_samples,
            memory_samples=model.memory_samples,
            max_waveforms=512,
            max_steps=512,
            amplitude_v=(0.5e-3, _PEAK_V),
            offset_v=(-_PEAK_V, _PEAK_V),
            resolution_bits=14 if model.min_samples == 32 else 16,
            holds_last=True,
        )

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is another model than this driver, or the rack file, is for.
        """
        identity = super().identify()
        _, name = read_model(self._options)
        if attrs.evolve(MODELS[identity.model], memory_samples=0) != attrs.evolve(MODELS[name], memory_samples=0):
            raise HardwareFault(
                f"{self._transport.name} is a {identity}, the rack file says {name}.",
                remedy=f"Write model = '{identity.model}' into its options in the rack file.",
                instrument=self._transport.name,
                command="*IDN?",
                reply=str(identity),
            )
        return identity

    def assemble(self, program: SequenceProgram) -> Assembly:
        """The commands that load a program: pure, offline, the same bytes for the same program.

        Raises:
            LimitError: If it is beyond what the instrument can do; names the limit.
        """
        check_program(program, self.capabilities(), self._transport.name, self._limits)
        longest_s = max(map(len, program.waveforms)) / program.rate_hz
        if longest_s > _LONGEST_S:
            self._refuse(f"a waveform takes {longest_s:.3g} s", f"Use waveforms of at most {_LONGEST_S:g} s.")
        parts: list[Part] = []
        switch: list[Command] = []
        for column, channel in enumerate(program.channels):
            peak_v = program.amplitude_v[column] + abs(program.offset_v[column])
            if peak_v > _PEAK_V * (1 + 1e-9):
                self._refuse(
                    f"channel {channel} would reach {peak_v:.9g} V",
                    f"Offset and amplitude together may have {_PEAK_V:g} V.",
                )
            used = {int(index): None for index in program.steps[:, column]}
            waveforms = {index: _waveform(channel, program.waveforms[index]) for index in used}
            steps = np.roll(program.steps[:, column], 1)
            sequence = _sequence(channel, [waveforms[int(index)].name for index in steps])
            parts += [*waveforms.values(), sequence]
            switch += _switch(program, column, sequence.name)
        if not self._fits(parts):
            most = self.capabilities().memory_samples
            self._refuse("its waveforms do not fit into the memory", f"Use at most {most} samples a channel.")
        return Assembly(parts=tuple(parts), switch=tuple(switch))

    def _wipe(self) -> Sequence[str]:
        return ["*RST", "FORM:BORD SWAP", *self._clear()]

    def _clear(self) -> list[str]:
        return [f"SOUR{channel}:DATA:VOL:CLE" for channel in self.capabilities().channels]

    def _stop(self) -> Sequence[str]:
        return [*(f"OUTP{channel} OFF" for channel in self.capabilities().channels), "ABOR"]

    def _switch_off(self) -> Sequence[str]:
        return ()

    def _run(self) -> None:
        """Wait until the first waveform is over, then switch on what plays.

        Raises:
            InputError: If no program is armed.
        """
        channels, playing = self._used()
        rates = [float(item.text.split()[1]) for item in playing.switch if _RATE in item.text]
        self._sleep(max(part.memory_samples for part in playing.parts) / min(rates))
        self._tell([f"OUTP{channel} ON" for channel in channels])
        self._confirm("start")
        self._check_kept()

    def check_waiting(self) -> None:
        """Make sure that it has what it was told and that its outputs are on, for a program that waits for a trigger.

        An overloaded output goes off by itself, and anybody may switch it off at the front panel; records would come
        all the same.

        Raises:
            InputError: If no program is armed.
            HardwareFault: If it was reset, or an output that plays is off.
        """
        channels, _ = self._used()
        with self._relying_on_memory():
            self._check_kept()
            for channel in channels:
                remedy = "Check for an overload, and that nobody switches outputs at its front panel."
                self._check_reply(f"OUTP{channel}?", "1", f"put nothing out on channel {channel}", remedy)

    def _used(self) -> tuple[list[int], Assembly]:
        """Channels that play, and what; an `InputError` if no program is armed."""
        if self._playing is None:
            raise InputError(f"{self._transport.name} has no program to start.", remedy="Load and arm one first.")
        return sorted({_LETTERS.index(part.name[0]) for part in self._playing.parts}), self._playing

    def _check_kept(self) -> None:
        """Make sure that nobody reset it since it was wiped: it would put out something else, or nothing at all."""
        remedy = "Check that nobody resets it or switches it off while it is used."
        self._check_reply(_ORDER, "SWAP", "has lost what it was told", remedy)

    def _check_reply(self, query: str, wanted: str, what: str, remedy: str) -> None:
        reply = self._transport.query(query).strip()
        if reply == wanted:
            return
        self._transport.distrust()
        raise HardwareFault(
            f"{self._transport.name} {what}: it answered {reply!r} to '{query}', not {wanted}.",
            remedy=remedy,
            instrument=self._transport.name,
            command=query,
            reply=reply,
        )

    def _make_room(self, assembly: Assembly) -> None:
        """Clear the memory if what is missing does not fit beside what is there."""
        missing = self._memory.missing(assembly)
        if not self._fits([*self._held.values(), *missing]):
            self._in_force.clear()
            self._tell(self._clear())
            self._memory.clear()
            self._held.clear()
        self._held |= {part.name: attrs.evolve(part, commands=()) for part in self._memory.missing(assembly)}

    def _fits(self, parts: Sequence[Part]) -> bool:
        """Whether the memory of each channel takes these, each once."""
        able = self.capabilities()
        for letter in _LETTERS[1:]:
            own = {part.name: part for part in parts if part.name.startswith(letter)}.values()
            samples = sum(part.memory_samples for part in own)
            sequences = sum(not part.memory_samples for part in own)
            if (
                samples > able.memory_samples
                or sequences > _MOST_SEQUENCES
                or len(own) - sequences > able.max_waveforms
            ):
                return False
        return True

    def _forget(self) -> None:
        super()._forget()
        self._held.clear()

    def _refuse(self, what: str, remedy: str) -> None:
        raise LimitError(f"{self._transport.name}: {what}.", remedy=remedy)


_ORDER = "FORM:BORD?"
"""Order of bytes in blocks; ``*RST`` sets it to NORM."""
_LETTERS = "_AB"
"""Names begin with their channel's letter."""


def _name(channel: int, content: bytes) -> str:
    """At most 12 letters and digits: the channel's letter and 55 bits of a hash."""
    digest = hashlib.blake2b(content, digest_size=10).digest()
    return _LETTERS[channel] + base64.b32encode(digest).decode("ascii")[:11]


def _waveform(channel: int, samples: NDArray[np.float32]) -> Part:
    data = np.rint(samples * np.float32(32767)).astype("<i2")
    name = _name(channel, data.tobytes())
    return Part(name=name, commands=(Command(f"SOUR{channel}:DATA:ARB:DAC {name},", data),), memory_samples=len(data))


def _sequence(channel: int, waveforms: Sequence[str]) -> Part:
    steps = "".join(f',"{name}",1,onceWaitTrig,maintain,4' for name in waveforms)
    name = _name(channel, steps.encode("ascii"))
    payload = np.frombuffer(f'"{name}"{steps}'.encode("ascii"), np.uint8)
    return Part(name=name, commands=(Command(f"SOUR{channel}:DATA:SEQ ", payload),))


def _switch(program: SequenceProgram, column: int, sequence: str) -> Iterator[Command]:
    """What selects a sequence; DC in between makes it begin at its beginning, also if it was selected already."""
    channel, offset_v = program.channels[column], program.offset_v[column]
    source = f"SOUR{channel}:"
    yield Command(f"OUTP{channel}:LOAD 50")
    yield Command(f"TRIG{channel}:SOUR EXT")
    yield Command(source + "FUNC DC")
    yield Command(f'{source}FUNC:ARB "{sequence}"')
    yield Command(source + "FUNC:ARB:FILT STEP")
    yield Command(f"{source}{_RATE} {program.rate_hz:.15g}")
    yield Command(source + "FUNC ARB")
    yield Command(source + "VOLT:OFFS 0")
    yield Command(f"{source}VOLT {2 * program.amplitude_v[column]:.9g}")
    yield Command(f"{source}VOLT:OFFS {offset_v:.9g}")
