# SPDX-License-Identifier: Apache-2.0
"""Everything that Feedline asks of a coordinator's driver."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.instrument.role import Coordinator
from feedline_hal.instrument.triggering import CoordinatorCapabilities, TriggerOutput, TriggerPlan

from .assembling_contract import AssemblingContract
from .instrument_contract import Bench

_PERIOD_S = 1e-4
_COUNT = 50
_LONG_S = 1.0


class CoordinatorContract(AssemblingContract):
    """Inherit it in a test class of the driver, and set `driver`.

    What comes out is what a listener at the emulator's ``connect(output, listener)`` hears.

    .. code-block:: python

        class TestAcme(CoordinatorContract):
            driver = AcmePulser
            wire = "pty"
    """

    def program(self, able: CoordinatorCapabilities) -> TriggerPlan:
        """Fifty triggers, 100 us apart, on all outputs but the last."""
        width_s = max(able.width_s[0], 1e-6)
        used = able.outputs[:-1] or able.outputs
        outputs = tuple(
            TriggerOutput(name=name, delay_s=able.delay_s[0] + index * 1e-6, width_s=width_s)
            for index, name in enumerate(used)
        )
        return TriggerPlan(count=_COUNT, period_s=max(_PERIOD_S, able.period_s[0]), outputs=outputs)

    def other(self, able: CoordinatorCapabilities) -> TriggerPlan:
        """Half the triggers, further apart, on one output."""
        plan = self.program(able)
        return attrs.evolve(plan, count=_COUNT // 2, period_s=2 * plan.period_s, outputs=plan.outputs[:1])

    def beyond(self, able: CoordinatorCapabilities) -> Iterator[tuple[TriggerPlan, str]]:
        """Count, period, width, delay, output, a trigger that does not end in time."""
        good = self.program(able)
        first = good.outputs[0]
        yield attrs.evolve(good, count=able.max_count + 1), str(able.max_count)
        yield attrs.evolve(good, count=0), "0"
        yield attrs.evolve(good, period_s=able.period_s[0] / 2), "period"
        yield attrs.evolve(good, period_s=able.period_s[1] * 2), "period"
        yield attrs.evolve(good, outputs=(attrs.evolve(first, width_s=2 * able.width_s[1]),)), "width"
        yield attrs.evolve(good, outputs=(attrs.evolve(first, delay_s=2 * able.delay_s[1] + 1),)), "delay"
        yield attrs.evolve(good, outputs=(attrs.evolve(first, name="no_such_output"),)), "no_such_output"
        if able.width_s[1] > good.period_s:
            wide = attrs.evolve(first, width_s=2 * good.period_s)
            yield attrs.evolve(good, outputs=(wide,)), "period"

    def listening(self, bench: Bench) -> dict[str, list[Burst]]:
        """What will come out of each output."""
        heard: dict[str, list[Burst]] = {name: [] for name in bench.driver.capabilities().outputs}
        for name, bursts in heard.items():
            bench.emulator.connect(name, bursts.append)
        return heard

    def is_quiet(self, bench: Bench) -> bool:
        """Whether it does not fire; the emulator's ``is_running``, if not overridden."""
        return not bench.emulator.is_running

    def check_run(self, bench: Bench, program: TriggerPlan) -> None:
        """Every output in the plan gives as many triggers as asked for, so far apart; the others none."""
        heard = self.listening(bench)
        bench.driver.load(bench.driver.assemble(program))
        bench.driver.arm()
        assert not any(heard.values()), "it fired before start"
        bench.driver.start()
        used = {item.name for item in program.outputs}
        for name, bursts in heard.items():
            if name not in used:
                assert bursts == [], f"output {name} fired, and is not in the plan"
                continue
            assert sum(burst.count for burst in bursts) == program.count, f"output {name}: {bursts}"
            assert all(burst.period_s == pytest.approx(program.period_s, rel=1e-9) for burst in bursts)
        bench.driver.abort()

    def test_driver_is_a_coordinator(self, bench: Bench) -> None:
        """All of its methods."""
        assert isinstance(bench.driver, Coordinator)

    def test_start_fires_again_what_is_armed_again(self, bench: Bench) -> None:
        """Without another load."""
        plan = self.program(bench.driver.capabilities())
        heard = self.listening(bench)
        bench.driver.load(bench.driver.assemble(plan))
        for _ in range(3):
            bench.driver.arm()
            bench.driver.start()
        assert sum(burst.count for burst in heard[plan.outputs[0].name]) == 3 * plan.count
        bench.driver.abort()

    def test_second_arm_of_the_same_plan_sends_no_setting_again(self, bench: Bench) -> None:
        """What is set already is not set again: load and arm send less the second time."""
        assembly = bench.driver.assemble(self.program(bench.driver.capabilities()))
        counts = []
        for _ in range(2):
            before = len(self.sent(bench.emulator))
            bench.driver.load(assembly)
            bench.driver.arm()
            counts.append(len(self.sent(bench.emulator)) - before)
        assert counts[1] < counts[0], f"{counts} messages"

    def test_abort_ends_a_burst(self, bench: Bench) -> None:
        """One that would last long: the emulator no longer fires, and the next burst is whole."""
        able = bench.driver.capabilities()
        plan = self.program(able)
        long = attrs.evolve(plan, count=min(able.max_count, 1000), period_s=min(_LONG_S, able.period_s[1]))
        bench.driver.load(bench.driver.assemble(long))
        bench.driver.arm()
        bench.driver.start()
        assert not self.is_quiet(bench)
        bench.driver.abort()
        assert self.is_quiet(bench)
        self.check_run(bench, plan)
