# SPDX-License-Identifier: Apache-2.0
"""What is asked of drivers that are loaded with programs: pure assembly, deltas, any order of verbs."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, NoReturn

import attrs
import numpy as np
import pytest

from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.fault import Fault, FaultKind
from feedline_hal.errors import LimitError
from feedline_hal.instrument.assembly import Assembly

from .instrument_contract import NAME, Bench, InstrumentContract, attempt


class NoWire:
    """Stands where the connection would be; whatever is asked of it fails the test."""

    name = NAME

    def __getattr__(self, verb: str) -> NoReturn:
        pytest.fail(f"the driver would {verb}, and it is offline")


class AssemblingContract(InstrumentContract):
    """The part of the contract that sequencers, digitizers and coordinators share."""

    fault_kinds: ClassVar[Sequence[FaultKind]] = (FaultKind.DROP,)

    @abstractmethod
    def program(self, able: Any) -> Any:
        """Something to do, well within what the instrument can."""

    @abstractmethod
    def other(self, able: Any) -> Any:
        """Something else to do."""

    @abstractmethod
    def beyond(self, able: Any) -> Iterator[tuple[Any, str]]:
        """Programs beyond one limit each, and a word of the error that names it."""

    @abstractmethod
    def check_run(self, bench: Bench, program: Any) -> None:
        """Load, arm, start, trigger; compare what came of it with the program."""

    @classmethod
    def offline(cls) -> Any:
        """A driver without a connection."""
        told: dict[str, Any] = {"options": cls.options} if cls.options else {}
        return cls.kind()(NoWire(), limits=cls.ranges(), **told)

    def rehearse(self, bench: Bench) -> None:
        """Identify, load, arm, start, abort."""
        bench.driver.identify()
        self.under_way(bench.driver, self.program(bench.driver.capabilities()))
        bench.driver.abort()

    @staticmethod
    def begin(driver: Any) -> None:
        """``start``, of those that have it."""
        if hasattr(driver, "start"):
            driver.start()

    @staticmethod
    def stray_trigger(bench: Bench) -> None:
        """A trigger that nobody waits for, where there is an input for it."""
        if hasattr(bench.emulator, "triggered"):
            bench.emulator.triggered(Burst(1, 1.0))

    def is_quiet(self, bench: Bench) -> bool:
        """Whether nothing plays, records or fires and outputs are off, by the emulator; for overriding."""
        pytest.fail(f"{type(self).__name__}: override `is_quiet`; it looks at {type(bench.emulator).__name__}.")

    def test_capabilities_need_no_connection(self) -> None:
        """They are declared, the same every time."""
        able = self.offline().capabilities()
        assert attrs.asdict(able) == attrs.asdict(self.offline().capabilities())
        assert able.outputs if hasattr(able, "outputs") else able.channels

    def test_assembly_needs_no_connection_and_is_the_same_every_time(self, bench: Bench) -> None:
        """The same bytes and id, offline and connected; nothing is sent; the program stays as it is."""
        driver = self.offline()
        program = self.program(driver.capabilities())
        before = copy.deepcopy(program)
        sent = len(self.sent(bench.emulator))
        found = [item.assemble(program) for item in (driver, driver, self.offline(), bench.driver)]
        assert len(self.sent(bench.emulator)) == sent, "assemble sent something"
        assert all(isinstance(item, Assembly) for item in found)
        assert all(wire_bytes(item) == wire_bytes(found[0]) for item in found), "not the same bytes"
        assert len({item.id for item in found}) == 1, "not the same id"
        for field in attrs.fields(type(program)):
            old, new = getattr(before, field.name), getattr(program, field.name)
            assert repr(old) == repr(new), f"assemble changed {field.name}"
            np.testing.assert_equal(new, old)

    def test_another_program_has_another_id(self) -> None:
        """And other bytes."""
        driver = self.offline()
        able = driver.capabilities()
        first, second = driver.assemble(self.program(able)), driver.assemble(self.other(able))
        assert wire_bytes(first) != wire_bytes(second)
        assert first.id != second.id

    def test_program_beyond_a_limit_is_refused_by_name(self) -> None:
        """Offline, before anything is connected."""
        driver = self.offline()
        for program, word in self.beyond(driver.capabilities()):
            with pytest.raises(LimitError) as caught:
                driver.assemble(program)
            assert word in str(caught.value), f"the error does not say {word!r}: {caught.value}"
            assert NAME in str(caught.value), f"the error does not name the instrument: {caught.value}"
            assert caught.value.remedy.strip()

    def test_program_runs(self, bench: Bench) -> None:
        """And again, and another one, and the first again."""
        able = bench.driver.capabilities()
        for program in (self.program(able), self.program(able), self.other(able), self.program(able)):
            self.check_run(bench, program)
        bench.driver.abort()

    def test_abort_is_harmless_in_every_state(self, bench: Bench) -> None:
        """New, loaded, armed, started; once and twice; triggers that come then are ignored. Then everything goes on."""
        driver, program = bench.driver, self.program(bench.driver.capabilities())
        verbs: list[Callable[[], None]] = [
            lambda: driver.load(driver.assemble(program)),
            driver.arm,
            lambda: self.begin(driver),
        ]
        for count in range(len(verbs) + 1):
            for verb in verbs[:count]:
                verb()
            for _ in range(2):
                driver.abort()
                assert self.is_quiet(bench), f"after {count} of load, arm, start, and an abort"
            self.stray_trigger(bench)
        self.check_run(bench, program)
        driver.abort()

    def test_safe_state_is_safe_and_twice_is_once(self, bench: Bench) -> None:
        """Whatever was under way."""
        self.check_run(bench, self.program(bench.driver.capabilities()))
        for _ in range(2):
            bench.driver.safe_state()
            assert self.is_quiet(bench)
        self.check_run(bench, self.program(bench.driver.capabilities()))
        bench.driver.safe_state()

    def test_safe_state_is_tried_to_the_end(self, bench: Bench) -> None:
        """With the connection cut at any of its messages: a fault or safe outputs, and safe at the second attempt."""
        driver, program = bench.driver, self.program(bench.driver.capabilities())
        self.under_way(driver, program)
        for number in range(1, bench.messages(driver.safe_state) + 1):
            self.under_way(driver, program)
            bench.faults.restart({number: Fault(kind=FaultKind.DROP)})
            fault = attempt(driver.safe_state) or attempt(driver.identify)
            bench.faults.restart()
            assert fault is not None or self.is_quiet(bench), f"message {number} was lost, and nothing said"
            driver.safe_state()
            assert self.is_quiet(bench), f"message {number} was lost, and the next safe_state did not make up for it"
        self.check_run(bench, program)
        driver.safe_state()

    def test_safe_state_ends_when_nobody_answers(self, bench: Bench) -> None:
        """It raises a fault, at once or at the next call, and does not wait for ever."""
        self.under_way(bench.driver, self.program(bench.driver.capabilities()))
        bench.faults.restart({number: Fault(kind=FaultKind.DROP) for number in range(1, 10_000)})
        fault = attempt(bench.driver.safe_state) or attempt(bench.driver.identify)
        assert fault is not None
        assert NAME in fault.instrument

    def under_way(self, driver: Any, program: Any) -> None:
        """Load, arm, start."""
        driver.load(driver.assemble(program))
        driver.arm()
        self.begin(driver)


def wire_bytes(assembly: Assembly) -> list[tuple[str, bytes]]:
    """Every command of an assembly, and its block."""
    return [
        (command.text, b"" if command.block is None else command.block.tobytes()) for command in assembly.commands()
    ]
