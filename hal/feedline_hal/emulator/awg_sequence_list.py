# SPDX-License-Identifier: Apache-2.0
"""The sequence list of an emulated Tektronix AWG.

Source: Tektronix AWG5200 Series Programmer Manual, command group Sequence (SLISt).
"""

from __future__ import annotations

import attrs

from .awg_waveform_list import AwgWaveformList
from .call import Call
from .dialect import Reply, command
from .error_queue import ScpiError

MAX_STEPS = 16_383
MAX_REPEATS = 1_048_576
INFINITE = 0
"""Number of repeats of a step that never ends."""
_INPUTS = ("ATRigger", "BTRigger", "ITRigger", "OFF")
_TARGETS = ("NEXT", "FIRSt", "LAST", "END")


@attrs.define(slots=True)
class ListedStep:
    """One step of a sequence.

    Attributes:
        waveforms: By track; empty for none.
        wait: What it waits for: ``ATR``, ``BTR``, ``ITR``, ``OFF``.
        repeats: How often it plays.
        goto: Where it goes then: ``NEXT``, ``FIRS``, ``LAST``, ``END`` or a number from 1.
        jump_input, jump: What makes it jump, and where.
    """

    waveforms: list[str]
    wait: str = "OFF"
    repeats: int = 1
    goto: str = "NEXT"
    jump_input: str = "OFF"
    jump: str = "NEXT"


class AwgSequenceList(AwgWaveformList):
    """Answers ``SLISt``."""

    max_tracks = 8
    sequences: dict[str, list[ListedStep]]

    def sequence_leaves(self, name: str) -> None:
        """Act on a sequence that is about to be deleted; for subclasses."""

    def sequence(self, name: str) -> list[ListedStep]:
        """Steps of a sequence; -224 if there is none."""
        if name not in self.sequences:
            raise ScpiError(-224)
        return self.sequences[name]

    @command("SLISt:SEQuence:NEW", 2, 3)
    def _new_sequence(self, call: Call) -> Reply:
        name, steps = call.text(0), call.integer(1, 1, MAX_STEPS)
        tracks = call.integer(2, 1, self.max_tracks) if len(call.parameters) > 2 else 1
        if name in self.sequences:
            raise ScpiError(-221)
        self.sequences[name] = [ListedStep([""] * tracks) for _ in range(steps)]
        return None

    @command("SLISt:SEQuence:DELete", 1)
    def _delete_sequence(self, call: Call) -> Reply:
        names = list(self.sequences) if call.word(0).upper() == "ALL" else [call.text(0)]
        for name in names:
            self.sequence(name)
            self.sequence_leaves(name)
            del self.sequences[name]
        return None

    @command("SLISt:SEQuence:STEP:ADD", 2, 3)
    def _add_steps(self, call: Call) -> Reply:
        steps = self.sequence(call.text(0))
        at = call.integer(1, 1, len(steps) + 1) - 1
        count = call.integer(2, 1, MAX_STEPS - len(steps)) if len(call.parameters) > 2 else 1
        steps[at:at] = [ListedStep([""] * len(steps[0].waveforms)) for _ in range(count)]
        return None

    @command("SLISt:SEQuence:STEP[n]:TASSet[n]:WAVeform", 2)
    def _assign(self, call: Call) -> Reply:
        step, track = self._step(call), self._track(call)
        self.waveform(call.text(1))
        step.waveforms[track] = call.text(1)
        return None

    @command("SLISt:SEQuence:STEP[n]:TASSet[n]?", 1)
    def _assigned(self, call: Call) -> Reply:
        return f'"{self._step(call).waveforms[self._track(call)]}"'

    @command("SLISt:SEQuence:STEP[n]:TASSet[n]:TYPE?", 1)
    def _assigned_type(self, call: Call) -> Reply:
        return "WAV" if self._step(call).waveforms[self._track(call)] else "NONE"

    @command("SLISt:SEQuence:STEP[n]:WINPut", 2)
    def _set_wait(self, call: Call) -> Reply:
        self._step(call).wait = call.choice(1, *_INPUTS)
        return None

    @command("SLISt:SEQuence:STEP[n]:WINPut?", 1)
    def _wait_input(self, call: Call) -> Reply:
        return self._step(call).wait

    @command("SLISt:SEQuence:STEP[n]:RCOunt", 2)
    def _set_repeats(self, call: Call) -> Reply:
        step, word = self._step(call), call.word(1).upper()
        if word.startswith(("ONCE", "INF")):
            step.repeats = 1 if call.choice(1, "ONCE", "INFinite") == "ONCE" else INFINITE
        else:
            step.repeats = call.integer(1, 1, MAX_REPEATS)
        return None

    @command("SLISt:SEQuence:STEP[n]:RCOunt?", 1)
    def _repeats(self, call: Call) -> Reply:
        repeats = self._step(call).repeats
        return {1: "ONCE", INFINITE: "INF"}.get(repeats, str(repeats))

    @command("SLISt:SEQuence:STEP[n]:GOTO", 2)
    def _set_goto(self, call: Call) -> Reply:
        self._step(call).goto = self._target(call)
        return None

    @command("SLISt:SEQuence:STEP[n]:GOTO?", 1)
    def _goto(self, call: Call) -> Reply:
        return self._step(call).goto

    @command("SLISt:SEQuence:STEP[n]:EJINput", 2)
    def _set_jump_input(self, call: Call) -> Reply:
        self._step(call).jump_input = call.choice(1, *_INPUTS)
        return None

    @command("SLISt:SEQuence:STEP[n]:EJINput?", 1)
    def _jump_input(self, call: Call) -> Reply:
        return self._step(call).jump_input

    @command("SLISt:SEQuence:STEP[n]:EJUMp", 2)
    def _set_jump(self, call: Call) -> Reply:
        self._step(call).jump = self._target(call)
        return None

    @command("SLISt:SEQuence:STEP[n]:EJUMp?", 1)
    def _jump(self, call: Call) -> Reply:
        return self._step(call).jump

    @command("SLISt:SEQuence:LENGth?", 1)
    def _sequence_length(self, call: Call) -> Reply:
        return str(len(self.sequence(call.text(0))))

    @command("SLISt:SEQuence:TRACk?", 1)
    def _tracks(self, call: Call) -> Reply:
        return str(len(self.sequence(call.text(0))[0].waveforms))

    @command("SLISt:SEQuence:TRACk:MAX?")
    def _most_tracks(self, _call: Call) -> Reply:
        return str(self.max_tracks)

    @command("SLISt:SEQuence:STEP:MAX?")
    def _most_steps(self, _call: Call) -> Reply:
        return str(MAX_STEPS)

    @command("SLISt:SEQuence:STEP:RCOunt:MAX?")
    def _most_repeats(self, _call: Call) -> Reply:
        return str(MAX_REPEATS)

    @command("SLISt:SIZE?")
    def _sequence_count(self, _call: Call) -> Reply:
        return str(len(self.sequences))

    @command("SLISt:NAME?", 1)
    def _sequence_name(self, call: Call) -> Reply:
        return f'"{list(self.sequences)[call.integer(0, 1, len(self.sequences)) - 1]}"'

    def _step(self, call: Call) -> ListedStep:
        steps = self.sequence(call.text(0))
        if not 1 <= call.suffixes[0] <= len(steps):
            raise ScpiError(-222)
        return steps[call.suffixes[0] - 1]

    def _track(self, call: Call) -> int:
        if not 1 <= call.suffixes[1] <= len(self._step(call).waveforms):
            raise ScpiError(-222)
        return call.suffixes[1] - 1

    def _target(self, call: Call) -> str:
        if call.word(1)[:1].isdigit():
            return str(call.integer(1, 1, len(self.sequence(call.text(0)))))
        return call.choice(1, *_TARGETS)
