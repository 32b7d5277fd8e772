# SPDX-License-Identifier: Apache-2.0
"""Another framework's instrument object as a `Settable`."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import attrs

from feedline.errors import OptionError
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.settable_driver import SettableDriver
from feedline_hal.instrument.setting import Setting
from feedline_hal.safety.gate import Gate
from feedline_hal.safety.guard import Guard
from feedline_hal.safety.settable_guard import SettableGuard

from .object_transport import ObjectTransport

Range = tuple[float, float]
_CLOSE = 1e-4
"""What is read back may differ by this much of the value: some drivers write six digits."""


@attrs.frozen(kw_only=True, slots=True)
class Adapted:
    """A value of the other framework's object.

    Attributes:
        parameter: What the object calls it; dots lead into its parts: ``ch1.power``.
        low, high: What the instrument can do, in the unit of our name for it.
        safe: What `safe_state` sets; ``None`` leaves it, but for a switch, which is opened.
        step: Largest change at once, for values that must be ramped; ``None`` for no ramp.
        step_s: Time between steps of a ramp, in seconds.
        unit: What the object's unit is in ours: 1e9 for GHz.
        resolution: By how much what is read may differ from what was set, besides a ten-thousandth of it.
        words: What the object takes and gives for a number: ``{0: "OFF", 1: "ON"}``; truth values for a switch.
    """

    parameter: str = attrs.field(validator=attrs.validators.matches_re(r"[A-Za-z_][\w.]*"))
    low: float = -math.inf
    high: float = math.inf
    safe: float | None = None
    step: float | None = None
    step_s: float = 0.02
    unit: float = 1.0
    resolution: float = 0.0
    words: Mapping[float, object] | None = None


class AdaptedSettable(SettableDriver):
    """Sets values of an object, all or none, within limits; `QcodesSettable` and `PymeasureSettable` say how.

    A gate stands before the object and judges values, since the bytes are the other framework's.

    Args:
        instrument: The other framework's object.
        parameters: What it calls each quantity; the class's own ``parameters`` if not given.
        limits: Safe ranges by quantity. Everything but switches has one, here or in `Adapted`.
        name: What errors call it; the object's own name if not given.
        sleep: Waits between the steps of a ramp.

    Raises:
        OptionError: If a quantity has no limits, or `safe_state` would do nothing.
    """

    models = ("*",)
    """What it may say its model is; anything, if a subclass does not say."""
    harmless = (r"\*IDN\?",)
    parameters: ClassVar[Mapping[str, str | Adapted]] = {}
    """For a class that a rack file names: what the object calls each quantity."""

    def __new__(cls, instrument: Any, parameters: Mapping[str, str | Adapted] | None = None, **_: Any) -> Self:
        """An object of the class, or of one that is made for these parameters."""
        return super().__new__(cls if parameters is None else type(cls.__name__, (cls,), {"parameters": parameters}))

    def __init__(
        self,
        instrument: Any,
        parameters: Mapping[str, str | Adapted] | None = None,
        *,
        limits: Mapping[str, Range] | None = None,
        name: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        del parameters  # they are the class's by now
        told = dict(limits or {})
        ranges = {item.name: (item.low, item.high) for item in self.quantities()} | told
        self._check(ranges)
        adapted = {key: _adapted(item) for key, item in self.parameters.items()}
        words = {item.parameter: _words(key, item) for key, item in adapted.items()}
        known = {key: item for key, item in words.items() if item is not None}
        wire = self.transport_to(instrument, name or str(instrument.name), known)
        super().__init__(Gate(wire, self.guard(ranges), ranges), limits=told, sleep=sleep)

    @classmethod
    @abstractmethod
    def transport_to(cls, instrument: Any, name: str, words: Mapping[str, Mapping[float, object]]) -> ObjectTransport:
        """What sets and reads the object's values."""

    @classmethod
    def settings_for(cls, options: Mapping[str, Any] | None = None) -> tuple[Setting, ...]:
        """Those of the class's ``parameters``, whatever the options: they are for ``connect``."""
        del options
        return tuple(_setting(key, _adapted(item)) for key, item in cls.parameters.items())

    @classmethod
    def guard(cls, ranges: Mapping[str, Range]) -> Guard:
        """What judges values before the object is given them."""
        return SettableGuard(cls.settings_for(), harmless=cls.harmless)

    def tell(self, setting: Setting, value: float) -> None:
        """Set one value and read it back: frameworks send and forget, and some clip.

        Raises:
            HardwareFault: If it is another one then.
        """
        command = setting.told(value)
        self._transport.write(command)
        found = self.read(setting.name)
        if abs(found - value) > max(setting.resolution, _CLOSE * abs(value)):
            raise HardwareFault(
                f"{self._transport.name}: {setting.name} was set to {value:.9g}, and is {found:.9g}.",
                remedy="Look for limits of its own, or give an Adapted(..., resolution=...).",
                instrument=self._transport.name,
                command=command,
                reply=f"{found:.9g}",
            )

    def _check(self, ranges: Mapping[str, Range]) -> None:
        for key, (low, high) in ranges.items():
            if not (math.isfinite(low) and math.isfinite(high)):
                raise OptionError(
                    f"{type(self).__name__}: {key} has no limits.",
                    remedy=f"Give them: limits={{'{key}': (lowest, highest)}}.",
                )
        if all(setting.safe is None for setting in self.settings_for()):
            raise OptionError(
                f"{type(self).__name__} has no safe value, so its safe state would be whatever it is.",
                remedy="Name a switch, 'is_on', or give an Adapted(..., safe=...).",
            )


def _adapted(item: str | Adapted) -> Adapted:
    return Adapted(parameter=item) if isinstance(item, str) else item


def _setting(name: str, item: Adapted) -> Setting:
    """The setting whose commands an `ObjectTransport` reads; numbers have twelve digits."""
    made = Setting(
        name=name,
        command=f"{item.parameter} {{:.12g}}",
        query=f"{item.parameter}?",
        low=item.low,
        high=item.high,
        safe=item.safe,
        step=item.step,
        step_s=item.step_s,
        unit=item.unit,
        resolution=item.resolution,
    )
    if not made.is_switch:
        return made
    return attrs.evolve(made, low=0.0, high=1.0, safe=0.0 if item.safe is None else item.safe)


def _words(name: str, item: Adapted) -> Mapping[float, object] | None:
    if item.words is not None:
        return {float(number): word for number, word in item.words.items()}
    is_switch = _setting(name, item).is_switch
    return {0.0: False, 1.0: True} if is_switch else None
