# SPDX-License-Identifier: Apache-2.0
"""The coordinator behind the gate, over a pseudo-terminal to an emulator that answers every command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import attrs
import pytest

from feedline.errors import OptionError
from feedline_hal.drivers.quantum_composers_9520 import QuantumComposers9520
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.quantum_composers_9520 import EmulatedQuantumComposers9520
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.role import Coordinator, Settable
from feedline_hal.instrument.triggering import TriggerOutput, TriggerPlan
from feedline_hal.safety.gate import Gate
from feedline_hal.transport import open_transport

SAFE = {f"{name}_duty": (0.0, 0.05) for name in "abcd"} | {"trigger_rate_hz": (0.0, 1e5)}
LEVELS = {f"{name}_level_v": (2.0, 5.0) for name in "abcd"}
PLAN = TriggerPlan(
    count=1000,
    period_s=250e-6,
    outputs=(
        TriggerOutput(name="a", delay_s=0.0, width_s=1e-6),
        TriggerOutput(name="b", delay_s=120.25e-9, width_s=2e-6),
    ),
)


@attrs.define
class Stand:
    driver: QuantumComposers9520
    emulator: EmulatedQuantumComposers9520
    gate: Gate
    faults: FaultScript
    bursts: dict[str, list[Burst]]

    def sent(self) -> list[str]:
        sent = [message.decode() for message in self.emulator.log]
        self.emulator.clear_log()
        return sent

    def fire(self, plan: TriggerPlan) -> None:
        self.driver.load(self.driver.assemble(plan))
        self.driver.arm()
        self.driver.start()


@contextmanager
def standing(
    *, safe: Mapping[str, tuple[float, float]] = SAFE, options: Mapping[str, Any] | None = None, **emulated: Any
) -> Iterator[Stand]:
    emulator, faults = EmulatedQuantumComposers9520(clock=SteppedClock(), **emulated), FaultScript()
    bursts: dict[str, list[Burst]] = {name: [] for name in emulator.outputs}
    for name, heard in bursts.items():
        emulator.connect(name, heard.append)
    with ExitStack() as stack:
        server = stack.enter_context(PtyServer(emulator, manner=emulator.serial_manner, faults=faults))
        wire = open_transport(server.address, name="trig", timeout_s=1.0, manner=QuantumComposers9520.manner)
        gate = stack.enter_context(Gate(wire, QuantumComposers9520.guard(safe), safe))
        yield Stand(QuantumComposers9520(gate, limits=safe, options=options), emulator, gate, faults, bursts)


@pytest.fixture
def stand() -> Iterator[Stand]:
    with standing() as made:
        yield made


def test_a_burst_comes_out_of_the_outputs_of_the_plan(stand: Stand) -> None:
    assert isinstance(stand.driver, Coordinator)
    assert isinstance(stand.driver, Settable)
    assert stand.driver.identify().model == "9524"
    stand.driver.safe_state()
    stand.fire(PLAN)
    assert stand.bursts == {"a": [Burst(1000, 250e-6)], "b": [Burst(1000, 250e-6)], "c": [], "d": []}
    assert float(stand.emulator.value(2, "DELay")) == pytest.approx(120.25e-9)
    assert float(stand.emulator.value(2, "WIDTh")) == pytest.approx(2e-6)
    assert stand.emulator.value(2, "POLarity") == "NORM"
    assert stand.emulator.value(3, "STATe") == "0"


def test_a_warm_iteration_takes_as_many_round_trips_as_it_has_changes(stand: Stand) -> None:
    """Two for the same burst, one more for another number of shots."""
    stand.fire(PLAN)
    stand.sent()
    stand.fire(PLAN)
    assert stand.sent() == [":PULSE0:STATE OFF", ":PULSE0:STATE ON"]
    stand.fire(attrs.evolve(PLAN, count=7))
    assert stand.sent() == [":PULSE0:STATE OFF", ":PULSE0:BCOUNTER 7", ":PULSE0:STATE ON"]
    assert stand.bursts["a"][-1] == Burst(7, 250e-6)


def test_loading_leaves_a_burst_that_is_under_way(stand: Stand) -> None:
    stand.fire(PLAN)
    stand.sent()
    stand.driver.load(stand.driver.assemble(attrs.evolve(PLAN, period_s=1e-3)))
    assert stand.sent() == []
    assert stand.emulator.is_running


def test_period_and_widths_change_in_the_order_that_stays_safe(stand: Stand) -> None:
    """Up and down between two plans, each at the highest duty that is safe: no step in between is beyond it."""
    slow = TriggerPlan(count=1, period_s=1e-3, outputs=(TriggerOutput(name="a", delay_s=0.0, width_s=50e-6),))
    fast = TriggerPlan(count=1, period_s=20e-6, outputs=(TriggerOutput(name="a", delay_s=0.0, width_s=1e-6),))
    for plan in (slow, fast, slow, fast):
        stand.fire(plan)
    assert [burst.period_s for burst in stand.bursts["a"]] == pytest.approx([1e-3, 20e-6, 1e-3, 20e-6])


def test_an_output_that_leaves_the_plan_goes_off(stand: Stand) -> None:
    """Its old width is no reason to refuse a shorter period."""
    stand.fire(TriggerPlan(count=1, period_s=1e-3, outputs=(TriggerOutput(name="c", delay_s=0.0, width_s=50e-6),)))
    stand.fire(TriggerPlan(count=1, period_s=20e-6, outputs=(TriggerOutput(name="a", delay_s=0.0, width_s=1e-6),)))
    assert (len(stand.bursts["a"]), len(stand.bursts["c"])) == (1, 1)
    assert stand.emulator.value(3, "STATe") == "0"


@pytest.mark.parametrize(
    ("width_s", "period_s", "quantity"),
    [(10e-6, 100e-6, "a_duty to 0.1"), (1e-7, 5e-6, "trigger_rate_hz to 200000")],
)
def test_the_gate_refuses_what_is_not_safe_and_nothing_fires(
    stand: Stand, width_s: float, period_s: float, quantity: str
) -> None:
    plan = TriggerPlan(count=1, period_s=period_s, outputs=(TriggerOutput(name="a", delay_s=0.0, width_s=width_s),))
    with pytest.raises(LimitError, match=f"trig.*would take {quantity}"):
        stand.fire(plan)
    assert not stand.emulator.is_running
    assert stand.bursts["a"] == []
    stand.fire(PLAN)
    assert len(stand.bursts["a"]) == 1


def test_after_a_fault_nothing_is_relied_upon(stand: Stand) -> None:
    """Whatever is sent when the line breaks, the next burst is the one that was asked for."""
    stand.faults.restart()
    stand.fire(PLAN)
    count = stand.faults.count
    for number in range(1, count + 1):
        stand.driver = QuantumComposers9520(stand.gate, limits=SAFE)
        stand.faults.restart({number: Fault(kind=FaultKind.RESET)})
        with pytest.raises(HardwareFault, match="trig"):
            stand.fire(attrs.evolve(PLAN, count=number + 1))
        stand.faults.restart()
        stand.fire(attrs.evolve(PLAN, count=number))
        assert stand.bursts["a"][-1].count == number


def test_safe_state_is_tried_to_the_end(stand: Stand) -> None:
    stand.fire(PLAN)
    stand.sent()
    stand.faults.restart({2: Fault(kind=FaultKind.GARBAGE, garbage=b"?5")})
    with pytest.raises(HardwareFault, match=r"answered '\?5', invalid parameter"):
        stand.driver.safe_state()
    assert stand.sent() == [":PULSE0:STATE OFF", *(f":PULSE{number}:STATE OFF" for number in range(1, 5))]
    assert not stand.emulator.is_running
    stand.driver.abort()
    stand.driver.safe_state()
    assert {stand.emulator.value(number, "STATe") for number in range(5)} == {"0"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"count": 0}, "a burst of 0 triggers.\n  -> Use 1 to 9999999"),
        ({"period_s": 1e-8}, "period is 1e-08 s.\n  -> Use 1e-07 s to 5000 s"),
        ({"period_s": 250.004e-6}, "no multiple of 1e-08 s.\n  -> Use 0.00025 s or 0.00025001 s"),
        ({"period_s": float("nan")}, "period is nan s"),
        ({"outputs": (TriggerOutput(name="e", delay_s=0.0, width_s=1e-6),)}, "no output 'e'.*\n  -> .*a, b, c, d"),
        ({"outputs": (PLAN.outputs[0], PLAN.outputs[0])}, "output 'a' is there twice"),
        ({"outputs": (TriggerOutput(name="a", delay_s=1.1e-9, width_s=1e-6),)}, "delay of output a .* of 2.5e-10 s"),
        ({"outputs": (TriggerOutput(name="a", delay_s=0.0, width_s=1e-9),)}, "width of output a is 1e-09 s"),
        ({"outputs": (TriggerOutput(name="a", delay_s=249e-6, width_s=1e-6),)}, "ends 0.00025 s after the start"),
    ],
)
def test_a_plan_beyond_the_instrument_is_refused_offline(stand: Stand, change: dict[str, Any], words: str) -> None:
    with pytest.raises(LimitError, match=words):
        stand.driver.assemble(attrs.evolve(PLAN, **change))
    assert stand.sent() == []


def test_outputs_may_be_written_in_capitals(stand: Stand) -> None:
    """As on the front panel."""
    shouted = tuple(attrs.evolve(item, name=item.name.upper()) for item in PLAN.outputs)
    assert stand.driver.assemble(attrs.evolve(PLAN, outputs=shouted)).id == stand.driver.assemble(PLAN).id


@pytest.mark.parametrize(
    ("asked_s", "given_s"), [(250e-6, 250e-6), (250.001e-6, 250.01e-6), (1e-9, 100e-9), (3 * 0.1e-6, 300e-9)]
)
def test_a_period_that_lies_between_steps_becomes_the_next_longer(stand: Stand, asked_s: float, given_s: float) -> None:
    period_s = stand.driver.capabilities().period_at_least(asked_s)
    assert period_s == pytest.approx(given_s, rel=1e-12)
    stand.driver.assemble(TriggerPlan(count=1, period_s=period_s, outputs=()))


def test_the_same_plan_is_the_same_bytes(stand: Stand) -> None:
    assert stand.driver.assemble(PLAN).id == stand.driver.assemble(attrs.evolve(PLAN)).id
    assert stand.driver.assemble(PLAN).id != stand.driver.assemble(attrs.evolve(PLAN, count=1)).id


def test_levels_are_set_and_come_back_after_a_fault() -> None:
    with standing(safe=SAFE | LEVELS, options={"adjustable": True}) as stand:
        stand.driver.apply(a_level_v=3.3, b_level_v=2.5)
        stand.driver.safe_state()
        assert stand.driver.read("a_level_v") == 3.3
        stand.fire(PLAN)
        stand.faults.restart({1: Fault(kind=FaultKind.DROP)})
        with pytest.raises(HardwareFault):
            stand.driver.arm()
        stand.faults.restart()
        stand.emulator.process(b":PULSE1:OUTP:AMPL 20")  # somebody at the front panel
        stand.fire(PLAN)
        assert stand.emulator.value(1, "OUTPut:AMPLitude") == "3.30"
        assert stand.emulator.value(1, "OUTPut:MODe") == "ADJ"
        with pytest.raises(LimitError, match=r"a_level_v is 9.*\n  -> .* from 2 to 5"):
            stand.driver.apply(b_level_v=3, a_level_v=9)
        with pytest.raises(OptionError, match=r"no setting 'a_levle_v'[\s\S]*a_level_v"):
            stand.driver.apply(a_levle_v=3)


def test_an_output_whose_level_nobody_set_is_not_switched_on() -> None:
    with standing(safe=SAFE | LEVELS, options={"adjustable": True}) as stand:
        with pytest.raises(LimitError, match="a_level_v to a value that is not known"):
            stand.fire(PLAN)
        assert stand.bursts["a"] == []


def test_another_number_of_outputs_is_refused() -> None:
    """Outputs that nobody knows of could not be made safe."""
    with standing(channels=8) as stand, pytest.raises(HardwareFault, match=r"8 outputs, not 4[\s\S]*channels = 8"):
        stand.driver.identify()


def test_an_echo_is_named() -> None:
    with standing(is_echoing=True) as stand, pytest.raises(HardwareFault, match=r"sends back[\s\S]*echo off"):
        stand.driver.identify()


@pytest.mark.parametrize(
    ("options", "words"),
    [({"channels": 3}, "channels is 3.\n  -> Use 2, 4 or 8"), ({"chanels": 4}, "no option 'chanels'"),
     ({"adjustable": 1}, "adjustable is 1")],
)  # fmt: skip
def test_other_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        QuantumComposers9520.quantities(options)


def test_quantities_are_those_of_the_outputs() -> None:
    names = [item.name for item in QuantumComposers9520.quantities({"channels": 2, "adjustable": True})]
    assert names == ["a_duty", "b_duty", "a_level_v", "b_level_v", "trigger_rate_hz"]
    with standing(options={"channels": 4}) as stand, pytest.raises(OptionError, match="no quantity 'z_duty'"):
        QuantumComposers9520(stand.gate, limits={"z_duty": (0, 1)})
