# SPDX-License-Identifier: Apache-2.0
"""Everything that Feedline asks of a settable instrument's driver."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from feedline.errors import OptionError
from feedline_hal.emulator.fault import Fault, FaultKind
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.role import Settable

from .instrument_contract import NAME, Bench, InstrumentContract, Range, attempt

_RAMP_S = 0.06
"""How long a ramp of these tests takes at the fastest."""


class SettableContract(InstrumentContract):
    """Inherit it in a test class of the driver, and set `driver`.

    Attributes:
        values: Two good values of a setting, where those that follow from its range will not do.
        resolution: By how much a value may differ that is read back, where a millionth of the range is too little.
        safe_values: What `safe_state` leaves; the driver's own ``settings`` say it, if there are any.

    .. code-block:: python

        class TestAcme(SettableContract):
            driver = Acme9000
    """

    values: ClassVar[Mapping[str, tuple[float, float]]] = {}
    resolution: ClassVar[Mapping[str, float]] = {}
    safe_values: ClassVar[Mapping[str, float]] = {}

    @classmethod
    def emulated(cls, emulator: Any, name: str) -> float:
        """What the emulator's setting is; its attribute of that name, if not overridden."""
        if not hasattr(emulator, name):
            pytest.fail(f"{cls.__name__}: the emulator has no `{name}`; override `emulated`.")
        return float(getattr(emulator, name))

    @classmethod
    def good(cls) -> dict[str, tuple[float, float]]:
        """Two good values of every setting."""
        ranges = {name: cls.ranges()[name] for name in cls.names()}
        rates = cls.ramped()
        found = {}
        for name, (low, high) in ranges.items():
            if is_switch(name):
                found[name] = (1.0, 0.0)
            elif name in rates:
                reach = min(high, rates[name] * _RAMP_S)
                found[name] = (reach / 2, reach)
            else:
                found[name] = round_values(low, high)
        return found | dict(cls.values)

    @classmethod
    def names(cls) -> list[str]:
        """What can be set."""
        return [item.name for item in cls.quantities() if item.is_setting]

    @classmethod
    def ramped(cls) -> dict[str, float]:
        """Largest rate of change of each setting that is ramped."""
        rates = {item.name: cls.ranges()[item.name][1] for item in cls.quantities()}
        return {name: rates[f"{name}_per_s"] for name in cls.names() if f"{name}_per_s" in rates}

    @classmethod
    def harmless(cls) -> dict[str, float]:
        """What `safe_state` leaves, by setting."""
        own = {item.name: item.safe for item in getattr(cls.kind(), "settings", ()) if item.safe is not None}
        return {name: value for name, value in own.items() if name in cls.names()} | dict(cls.safe_values)

    def rehearse(self, bench: Bench) -> None:
        """Identify, set and read everything."""
        bench.driver.identify()
        bench.driver.apply(**{name: first for name, (first, _) in self.good().items()})
        for name in self.names():
            bench.driver.read(name)

    def same(self, found: float, wanted: float, name: str) -> bool:
        """Whether a value is another, to the instrument's resolution."""
        low, high = self.ranges()[name]
        return math.isclose(found, wanted, rel_tol=1e-6, abs_tol=self.resolution.get(name, 1e-6 * (high - low)))

    def is_safe(self, bench: Bench, name: str) -> bool:
        """Whether the emulator has the safe value of a setting."""
        return self.same(self.emulated(bench.emulator, name), self.harmless()[name], name)

    def test_driver_is_settable(self, bench: Bench) -> None:
        """``apply``, ``read``, ``limits``; limits within what the rack calls safe."""
        assert isinstance(bench.driver, Settable)
        limits = bench.driver.limits()
        assert set(limits) == set(self.names()), "limits() has every setting"
        for name, (low, high) in limits.items():
            assert self.ranges()[name][0] <= low <= high <= self.ranges()[name][1], f"limits of {name}"

    def test_every_value_is_set_and_read_back(self, bench: Bench) -> None:
        """By the driver and by the emulator; both values, so that none is there by chance."""
        for name, values in self.good().items():
            for value in values:
                bench.driver.apply(**{name: value})
                assert self.same(bench.driver.read(name), value, name), f"{name}: {bench.driver.read(name)} is read"
                found = self.emulated(bench.emulator, name)
                assert self.same(found, value, name), f"{name} is {found} in the emulator, not {value}"

    def test_values_are_set_together(self, bench: Bench) -> None:
        """One call, all values."""
        wanted = {name: values[0] for name, values in self.good().items()}
        bench.driver.apply(**wanted)
        found = {name: self.emulated(bench.emulator, name) for name in wanted}
        assert all(self.same(found[name], wanted[name], name) for name in wanted), f"{found} and not {wanted}"

    def test_value_beyond_its_limits_is_refused_and_nothing_is_sent(self, bench: Bench) -> None:
        """Nor are the good values beside it; nan is beyond any limits."""
        good = {name: values[0] for name, values in self.good().items()}
        for name, (low, high) in bench.driver.limits().items():
            beyond = max(1.0, abs(low), abs(high))
            for value in (low - beyond, high + beyond, math.nan, math.inf):
                before = len(self.sent(bench.emulator))
                with pytest.raises(LimitError, match=name) as caught:
                    bench.driver.apply(**{**good, name: value})
                assert caught.value.remedy.strip()
                assert self.sent(bench.emulator)[before:] == [], f"{name}={value} was refused, and yet this was sent"

    def test_unknown_setting_is_refused_by_name(self, bench: Bench) -> None:
        """And nothing is sent."""
        before = len(self.sent(bench.emulator))
        with pytest.raises(OptionError, match="no_such_quantity"):
            bench.driver.apply(no_such_quantity=1.0)
        with pytest.raises(OptionError, match="no_such_quantity"):
            bench.driver.read("no_such_quantity")
        assert len(self.sent(bench.emulator)) == before

    def test_gate_refuses_what_the_rack_does_not_call_safe(self) -> None:
        """A driver that was told nothing of the rack's limits gets no value beyond them past the gate."""
        outputs = [item.name for item in self.quantities() if item.is_output and item.is_setting]
        for name in outputs:
            first, second = sorted(self.good()[name])
            narrow = {**self.ranges(), name: self._upto(name, first, second)}
            with self.connected(ranges=narrow, limits={}) as bench:
                with pytest.raises(LimitError, match=name):
                    bench.driver.apply(**{name: second})
                found = self.emulated(bench.emulator, name)
                assert not self.same(found, second, name), f"{name} is {found}, and {narrow[name]} is safe"

    def test_ramp_goes_no_faster_than_it_may(self) -> None:
        """Half the rate, at least as many steps; the gate, which measures the rate, has nothing to object."""
        for name, rate in self.ramped().items():
            _, far = self.good()[name]
            counts = []
            for share in (1.0, 0.5):
                with self.connected(ranges={**self.ranges(), f"{name}_per_s": (0.0, rate * share)}) as bench:
                    counts.append(bench.messages(lambda: bench.driver.apply(**{name: far})))  # noqa: B023 - called now
                    assert self.same(self.emulated(bench.emulator, name), far, name)
            assert counts[1] > counts[0], f"{name}: {counts} messages at full and half rate"

    def test_gate_refuses_a_ramp_that_is_too_fast(self) -> None:
        """A driver that was not told of a slower rate is stopped."""
        for name, rate in self.ramped().items():
            _, far = self.good()[name]
            slow = {**self.ranges(), f"{name}_per_s": (0.0, rate / 4)}
            with self.connected(ranges=slow, limits={}) as bench:
                with pytest.raises(LimitError, match=f"{name}_per_s"):
                    bench.driver.apply(**{name: far})
                assert not self.same(self.emulated(bench.emulator, name), far, name)

    def test_safe_state_is_safe_and_twice_is_once(self, bench: Bench) -> None:
        """The emulator's outputs, whatever was set before."""
        assert self.harmless(), f"{type(self).__name__}: set `safe_values`; the driver has no `settings`."
        bench.driver.apply(**{name: values[0] for name, values in self.good().items()})
        for _ in range(2):
            bench.driver.safe_state()
            unsafe = [name for name in self.harmless() if not self.is_safe(bench, name)]
            assert not unsafe, f"not safe: {unsafe}"
            on = [name for name in self.names() if is_switch(name) and self.emulated(bench.emulator, name)]
            assert not on, f"still on: {on}"

    def test_safe_state_is_tried_to_the_end(self) -> None:
        """With a fault at any of its messages, at most one setting is left unsafe, and only with a fault raised."""
        good = {name: values[0] for name, values in self.good().items()}
        with self.connected() as bench:
            bench.driver.apply(**good)
            count = bench.messages(bench.driver.safe_state)
            for number in range(1, count + 1):
                bench.driver.apply(**good)
                bench.faults.restart({number: Fault(kind=FaultKind.DROP)})
                fault = attempt(bench.driver.safe_state)
                unsafe = [name for name in self.harmless() if not self.is_safe(bench, name)]
                assert len(unsafe) <= 1, f"message {number} was lost, and {unsafe} were left"
                assert fault is not None or not unsafe, f"message {number} was lost, {unsafe} left, and nothing said"
                bench.faults.restart()
                self.recovered(bench, f"message {number} of safe_state was lost")

    def test_safe_state_ends_when_nobody_answers(self, bench: Bench) -> None:
        """It raises a fault, and does not wait for ever."""
        bench.driver.apply(**{name: values[0] for name, values in self.good().items()})
        bench.faults.restart({number: Fault(kind=FaultKind.DROP) for number in range(1, 10_000)})
        with pytest.raises(HardwareFault) as caught:
            bench.driver.safe_state()
        assert NAME in caught.value.instrument

    def _upto(self, name: str, first: float, second: float) -> Range:
        """A safe range that has the first value and not the second."""
        return min(self.ranges()[name][0], first), (first + second) / 2


def is_switch(name: str) -> bool:
    """Whether a setting switches an output."""
    return name == "is_on" or name.endswith("_is_on")


def round_values(low: float, high: float) -> tuple[float, float]:
    """Two values near a quarter and a half of a range, with as few digits as will do."""
    wanted = (low + (high - low) / 4, low + (high - low) / 2)
    for digits in range(2, 16):
        first, second = (float(f"{value:.{digits}g}") for value in wanted)
        if low <= min(first, second) and max(first, second) <= high and first != second:
            return first, second
    return wanted
