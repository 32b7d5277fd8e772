# SPDX-License-Identifier: Apache-2.0
"""Quantum Composers 9520 series pulse generator, over its serial line: the coordinator.

Source: Quantum Composers 9520 Series Operating Manual, chapters "Programming the Pulse Generator" (SCPI commands,
error codes) and "Counter Architecture Overview" (burst mode: n T0 pulses for each start command; RUN starts).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from feedline.errors import OptionError, nearest
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.assembly import Assembly, Command
from feedline_hal.instrument.identity import Identity
from feedline_hal.instrument.quantity import Quantity
from feedline_hal.instrument.safe_steps import try_all
from feedline_hal.instrument.setting import Setting
from feedline_hal.instrument.trigger_check import check_plan
from feedline_hal.instrument.triggering import CoordinatorCapabilities, TriggerOutput, TriggerPlan
from feedline_hal.safety.guard import Guard
from feedline_hal.safety.pulse_train_guard import OUTPUTS, TIMER, PulseTrainGuard, header, own_timer
from feedline_hal.transport.manner import Manner
from feedline_hal.transport.transport import Transport

_PERIOD_STEP_S, _STEP_S = 10e-9, 250e-12
_PERIOD_S, _WIDTH_S, _DELAY_S = (100e-9, 5000.0), (10e-9, 999.99999999975), (0.0, 999.99999999975)
_MAX_COUNT, _LEVEL_V = 9_999_999, (2.0, 20.0)
_MEANINGS = {
    "?1": "incorrect prefix",
    "?2": "missing command keyword",
    "?3": "invalid command keyword",
    "?4": "missing parameter",
    "?5": "invalid parameter",
    "?6": "query only",
    "?7": "invalid query",
}
_START, _STOP = f"{header(TIMER, 'STATE')} ON", f"{header(TIMER, 'STATE')} OFF"
_ALONE = "Check that nobody else talks to it."
_Line = tuple[int, str, str]


class QuantumComposers9520:
    """Fires bursts of triggers: the timer runs n periods for each start, the outputs follow it.

    Args:
        transport: The connection.
        limits: The rack's safe ranges by quantity.
        options: ``channels``: 2, 4 (if not given) or 8; ``adjustable``: whether outputs have a level to set,
            ``a_level_v``; TTL if not.

    Raises:
        OptionError: For other options or values.
    """

    models: ClassVar[tuple[str, ...]] = ("9522", "9524", "9528")
    manner: ClassVar[Manner] = Manner(write_terminator="\r\n", read_terminator="\r\n", acknowledgement="ok")
    emulator: ClassVar[str] = "feedline_hal.emulator.quantum_composers_9520:EmulatedQuantumComposers9520"

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Mapping[str, tuple[float, float]] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._transport = transport
        self._numbers, self._is_adjustable = _outputs(options)
        self._settings = {item.name: item for item in self._levels()}
        given, known = dict(limits or {}), [item.name for item in self.quantities(options)]
        for name in given:
            if name not in known:
                raise OptionError(f"{type(self).__name__} has no quantity '{name}'.", remedy=nearest(name, known))
        self._limits = {name: item.within(given.get(name)) for name, item in self._settings.items()}
        self._next: Assembly | None = None
        self._sent: dict[str, str] = {}
        self._applied: dict[str, str] = {}

    @classmethod
    def quantities(cls, options: Mapping[str, Any] | None = None) -> tuple[Quantity, ...]:
        """Duty of each output, its level if it has one, and the rate of triggers."""
        names, is_adjustable = _outputs(options)
        duties = [Quantity(name=f"{name}_duty", low=0.0, high=1.0, is_setting=False) for name in names]
        levels = [Quantity(name=f"{name}_level_v", low=_LEVEL_V[0], high=_LEVEL_V[1]) for name in names]
        rate = Quantity(name="trigger_rate_hz", low=1 / _PERIOD_S[1], high=1 / _PERIOD_S[0], is_setting=False)
        return (*duties, *(levels if is_adjustable else ()), rate)

    @classmethod
    def guard(cls, ranges: Mapping[str, tuple[float, float]]) -> Guard:
        """What reads its commands before they go out."""
        return PulseTrainGuard(ranges)

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is another model, or has another number of outputs than the options say.
        """
        reply = self._ask("*IDN?")
        if reply == "*IDN?":
            raise self._fault("sends back what it is told", "Switch its serial echo off (System menu).", reply)
        if "," not in reply:
            raise self._fault(f"answered {reply!r}, which names no maker and model", _ALONE, reply)
        identity = Identity.of(reply, instrument=self._transport.name)
        if identity.model not in self.models:
            what = f"is a {identity}, this driver is for {', '.join(self.models)}"
            raise self._fault(what, "Correct the address or the driver in the rack file.", reply)
        if int(identity.model[-1]) != len(self._numbers):
            what = f"is a {identity} with {identity.model[-1]} outputs, not {len(self._numbers)}"
            raise self._fault(what, f"Write options = {{channels = {identity.model[-1]}}} in the rack file.", reply)
        return identity

    def capabilities(self) -> CoordinatorCapabilities:
        """What it can do; periods come in steps of 10 ns, other times of 250 ps."""
        return CoordinatorCapabilities(
            outputs=tuple(self._numbers),
            period_s=_PERIOD_S,
            delay_s=_DELAY_S,
            width_s=_WIDTH_S,
            max_count=_MAX_COUNT,
            resolution_s=_STEP_S,
            period_resolution_s=_PERIOD_STEP_S,
        )

    def assemble(self, plan: TriggerPlan) -> Assembly:
        """The commands that prepare a burst, all of them to be sent when nothing plays.

        Raises:
            LimitError: If a time or the count is beyond what it can do or between its steps, if a trigger does not
                end within the period, or for an output that it has not.
        """
        check_plan(plan, self.capabilities(), self._transport.name)
        used = {item.name.lower(): item for item in plan.outputs}
        lines = [(number, "STATE", "OFF") for name, number in self._numbers.items() if name not in used] + _timer(plan)
        for name, number in self._numbers.items():
            if name in used:
                lines += self._output(number, used[name])
        lines += [(number, "STATE", "ON") for name, number in self._numbers.items() if name in used]
        return Assembly(switch=tuple(Command(f"{header(number, key)} {value}") for number, key, value in lines))

    def load(self, assembly: Assembly) -> None:
        """Take it as the burst that `arm` prepares; sends nothing, so that a burst under way stays as it is."""
        self._next = assembly

    def arm(self) -> None:
        """Stop the timer, and send of the burst that was loaded last what is not set already.

        Raises:
            HardwareFault: If it does not take a command; names the command and what the answer means.
            LimitError: If the gate refuses one.
        """
        self._write(_STOP)
        wanted = dict(self._applied)
        if self._next is not None:
            wanted |= dict(_parted(command.text) for command in self._next.switch)
        for head, value in self._changes(wanted):
            self._write(f"{head} {value}")

    def start(self) -> None:
        """Fire the burst; it ends by itself."""
        self._write(_START)

    def abort(self) -> None:
        """No more triggers: the timer stops, the outputs go off."""
        self.safe_state()

    def safe_state(self) -> None:
        """Stop the timer, then switch every output off; each step is tried whatever became of the others.

        Raises:
            HardwareFault: The first that came, when all were tried.
        """
        commands = (_STOP, *(f"{header(number, 'STATE')} OFF" for _, number in self._numbers.items()))
        try_all(partial(self._write, command) for command in commands)

    def apply(self, **values: float) -> None:
        """Set levels, ``a_level_v``: all of them or none.

        Raises:
            OptionError: If there is no such setting; names the nearest.
            LimitError: If a value is beyond its limits.
            HardwareFault: If the instrument does not accept one.
        """
        told = []
        for setting, value in [(self._setting(name), value) for name, value in values.items()]:
            told.append(setting.told(setting.checked(value, self._limits[setting.name], self._transport.name)))
        for command in told:
            self._write(command)
            self._applied |= [_parted(command)]

    def read(self, name: str) -> float:
        """Ask for a level, in volts.

        Raises:
            HardwareFault: If the reply is no number.
        """
        setting = self._setting(name)
        try:
            return setting.value_of(reply := self._ask(setting.query))
        except ValueError:
            raise self._fault(f"answered {reply!r}, which is no number,", _ALONE, reply, setting.query) from None

    def limits(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest of each level that will be sent."""
        return dict(self._limits)

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def _ask(self, command: str) -> str:
        try:
            return self._transport.query(command)
        except BaseException:
            self._sent.clear()  # the gate relies on nothing any more either
            raise

    def _write(self, command: str) -> None:
        try:
            self._transport.write(command)
        except BaseException as error:
            self._sent.clear()
            reply = error.reply if isinstance(error, HardwareFault) else ""
            if reply not in _MEANINGS:
                raise
            what = f"answered {reply!r}, {_MEANINGS[reply]}"
            raise self._fault(what, "Check that its model is what the rack file says.", reply, command) from error
        self._sent |= [_parted(command)]

    def _changes(self, wanted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What differs from what was sent last; a shorter period goes out after the widths, a longer one before."""
        changed = {head: value for head, value in wanted.items() if self._sent.get(head) != value}
        period = header(TIMER, "PER")
        last = [period] if float(changed.get(period, "nan")) < float(self._sent.get(period, "nan")) else []
        last += [head for head, value in changed.items() if head.endswith(":STATE") and value == "ON"]
        order = [head for head in changed if head not in last] + last
        return ((head, changed[head]) for head in order)

    def _output(self, number: int, item: TriggerOutput) -> list[_Line]:
        return [
            (number, "CMODE", "NORM"),
            (number, "CGATE", "DIS"),
            (number, "SYNC", "T0"),
            (number, "POL", "NORM"),
            (number, "MUX", own_timer(number)),
            (number, "OUTP:MODE", "ADJ" if self._is_adjustable else "TTL"),
            (number, "DELAY", f"{item.delay_s:.11f}"),
            (number, "WIDT", f"{item.width_s:.11f}"),
        ]

    def _levels(self) -> Iterator[Setting]:
        for name, number in self._numbers.items() if self._is_adjustable else ():
            head, (low, high) = header(number, "OUTP:AMPL"), _LEVEL_V
            yield Setting(name=f"{name}_level_v", command=head + " {:.2f}", query=head + "?", low=low, high=high)

    def _setting(self, name: str) -> Setting:
        if name not in self._settings:
            raise OptionError(f"{type(self).__name__} has no setting '{name}'.", remedy=nearest(name, self._settings))
        return self._settings[name]

    def _fault(self, what: str, remedy: str, reply: str, command: str = "*IDN?") -> HardwareFault:
        self._sent.clear()
        self._transport.distrust()
        what = f"{(name := self._transport.name)} {what} ({command!r})."
        return HardwareFault(what, remedy=remedy, instrument=name, command=command, reply=reply)


def _outputs(options: Mapping[str, Any] | None) -> tuple[dict[str, int], bool]:
    """Numbers of the outputs by name, and whether they are adjustable."""
    given = dict(options or {})
    channels, is_adjustable = given.pop("channels", 4), given.pop("adjustable", False)
    for name in given:
        raise OptionError(f"QuantumComposers9520 has no option '{name}'.", remedy="Options: channels, adjustable.")
    if channels not in (2, 4, 8) or isinstance(channels, bool):
        raise OptionError(f"QuantumComposers9520: channels is {channels!r}.", remedy="Use 2, 4 or 8.")
    if not isinstance(is_adjustable, bool):
        raise OptionError(f"QuantumComposers9520: adjustable is {is_adjustable!r}.", remedy="Use true or false.")
    return {name: number for number, name in enumerate(OUTPUTS[: int(channels)], 1)}, is_adjustable


def _timer(plan: TriggerPlan) -> list[_Line]:
    return [
        (TIMER, "MODE", "BURS"),
        (TIMER, "TRIG:MODE", "DIS"),
        (TIMER, "GATE:MODE", "DIS"),
        (TIMER, "BCOUNTER", str(plan.count)),
        (TIMER, "PER", f"{plan.period_s:.8f}"),
    ]


def _parted(command: str) -> tuple[str, str]:
    """Header and value of a command."""
    head, _, value = command.partition(" ")
    return head, value
