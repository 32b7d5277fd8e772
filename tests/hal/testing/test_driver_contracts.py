# SPDX-License-Identifier: Apache-2.0
"""The contracts of drivers: every kind of liar is caught. That honest drivers pass is in tests/hal/drivers."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest

from feedline.errors import FeedlineError
from feedline_hal.drivers.keysight_33600a import Keysight33600a
from feedline_hal.drivers.quantum_composers_9520 import QuantumComposers9520
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.drivers.tektronix_mso import TektronixMso
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.errors import HardwareFault
from feedline_hal.instrument.acquisition import Acquisition, Records
from feedline_hal.instrument.assembly import Assembly, Command
from feedline_hal.instrument.scpi_sequencer import ScpiSequencer
from feedline_hal.instrument.scpi_settable import ScpiSettable
from feedline_hal.instrument.sequence import SequenceProgram
from feedline_hal.instrument.setting import Setting
from feedline_hal.safety import Effect, Guard
from feedline_hal.testing import CoordinatorContract, DigitizerContract, SequencerContract, SettableContract


def run(contract: type[Any], kind: type[Any], name: str) -> None:
    """Run one test of a contract, on a bench of its own if it wants one."""
    subject = type("Contract", (contract,), {"driver": kind})()
    test = getattr(subject, f"test_{name}")
    if "bench" not in inspect.signature(test).parameters:
        return test()
    with subject.connected() as bench:
        test(bench)


def check_caught(contract: type[Any], kind: type[Any], changes: Mapping[str, Any], name: str) -> None:
    """A driver with changes fails a test of a contract that the driver without them passes."""
    run(contract, kind, name)
    with pytest.raises((AssertionError, pytest.fail.Exception, FeedlineError)):
        run(contract, type(f"Lying{kind.__name__}", (kind,), dict(changes)), name)


def without_checks(self: ScpiSettable, **values: float) -> None:
    for name, value in values.items():
        self._send(self._settings[name], value)


def one_by_one(self: ScpiSettable, **values: float) -> None:
    for name, value in values.items():
        ScpiSettable.apply(self, **{name: value})


def gives_up(self: ScpiSettable) -> None:
    for setting in reversed(self._settings.values()):
        if setting.safe is not None:
            self._send(setting, setting.safe)


def accepts_anything(self: ScpiSettable) -> Any:
    return self.identity()


class BlindGuard(Guard):
    """Sees no effect of anything."""

    def effects(self, command: str, block: object) -> list[Effect]:
        return []


def changed(settings: tuple[Setting, ...], name: str, **fields: Any) -> tuple[Setting, ...]:
    return tuple(attrs.evolve(item, **fields) if item.name == name else item for item in settings)


SGS = RohdeSchwarzSgs100a.settings


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"apply": without_checks}, "value_beyond_its_limits_is_refused_and_nothing_is_sent"),
        ({"apply": one_by_one}, "value_beyond_its_limits_is_refused_and_nothing_is_sent"),
        ({"safe_state": lambda self: None}, "safe_state_is_safe_and_twice_is_once"),
        ({"identify": accepts_anything}, "another_instrument_is_refused"),
        ({"close": lambda self: None}, "close_may_be_called_twice"),
        ({"models": ()}, "driver_declares_what_a_rack_asks_for"),
        ({"guard": classmethod(lambda cls, ranges: BlindGuard())}, "gate_refuses_what_the_rack_does_not_call_safe"),
        ({"settings": changed(SGS, "power_dbm", query="SOUR:FREQ?")}, "every_value_is_set_and_read_back"),
        ({"settings": changed(SGS, "frequency_hz", command="SOUR:POW {:.3f}")}, "every_value_is_set_and_read_back"),
        ({"settings": changed(SGS, "is_on", safe=1)}, "safe_state_is_safe_and_twice_is_once"),
        ({"limits": lambda self: {}}, "driver_is_settable"),
    ],
    ids=lambda item: item if isinstance(item, str) else "-".join(item),
)
def test_settable_driver_that_lies_is_caught(changes: Mapping[str, Any], caught_by: str) -> None:
    check_caught(SettableContract, RohdeSchwarzSgs100a, changes, caught_by)


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"safe_state": gives_up}, "safe_state_is_tried_to_the_end"),
        ({"_send": lambda self, setting, value: self.tell(setting, value)}, "ramp_goes_no_faster_than_it_may"),
    ],
    ids=["gives_up", "jumps"],
)
def test_bias_driver_that_lies_is_caught(changes: Mapping[str, Any], caught_by: str) -> None:
    class Bias(SettableContract):
        values: ClassVar = {"range_v": (1.0, 10.0)}

    check_caught(Bias, YokogawaGs200, changes, caught_by)


def counting(self: QuantumComposers9520, plan: Any) -> Assembly:
    """Never the same twice."""
    self.calls = getattr(self, "calls", 0) + 1  # type: ignore[attr-defined]
    made = QuantumComposers9520.assemble(self, plan)
    return Assembly(switch=(*made.switch, Command(f":PULSE0:BCOUNTER {self.calls}")))  # type: ignore[attr-defined]


def twice_as_many(self: QuantumComposers9520, plan: Any) -> Assembly:
    return QuantumComposers9520.assemble(self, attrs.evolve(plan, count=2 * plan.count))


def asking(self: QuantumComposers9520) -> Any:
    self._transport.query("*IDN?")
    return QuantumComposers9520.capabilities(self)


def forgetful(self: QuantumComposers9520) -> None:
    self._sent.clear()
    QuantumComposers9520.arm(self)


def failing_when_idle(self: QuantumComposers9520) -> None:
    if not self._sent:
        raise HardwareFault("bench1 is idle.", remedy="Start it first.", instrument="bench1", command="abort")
    QuantumComposers9520.abort(self)


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"assemble": counting}, "assembly_needs_no_connection_and_is_the_same_every_time"),
        ({"assemble": twice_as_many}, "program_runs"),
        ({"assemble": lambda self, plan: Assembly()}, "another_program_has_another_id"),
        ({"capabilities": asking}, "capabilities_need_no_connection"),
        ({"arm": forgetful}, "second_arm_of_the_same_plan_sends_no_setting_again"),
        ({"abort": failing_when_idle}, "abort_is_harmless_in_every_state"),
        ({"abort": lambda self: None}, "abort_ends_a_burst"),
    ],
    ids=["random", "too_many", "empty", "asking", "forgetful", "failing", "deaf"],
)
def test_coordinator_driver_that_lies_is_caught(changes: Mapping[str, Any], caught_by: str) -> None:
    class Pulser(CoordinatorContract):
        wire = "pty"

    check_caught(Pulser, QuantumComposers9520, changes, caught_by)


def altered(change: Callable[[Records], Records | None]) -> Any:
    """A ``results`` that changes what comes; ``None`` leaves some out."""

    def results(self: TektronixMso, acquisition: Acquisition, **options: Any) -> Iterator[Records]:
        for records in TektronixMso.results(self, acquisition, **options):
            if (made := change(records)) is not None:
                yield made

    return results


def upside_down(records: Records) -> Records:
    return attrs.evolve(records, data={channel: data[::-1] for channel, data in records.data.items()})


def one_less(records: Records) -> Records:
    return attrs.evolve(records, data={channel: data[1:] for channel, data in records.data.items()})


def too_large(records: Records) -> Records:
    return attrs.evolve(records, scale_v={channel: 1.05 * scale for channel, scale in records.scale_v.items()})


def as_floats(records: Records) -> Records:
    return attrs.evolve(records, data={channel: data.astype("<f4") for channel, data in records.data.items()})


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"results": altered(upside_down)}, "program_runs"),
        ({"results": altered(one_less)}, "program_runs"),
        ({"results": altered(too_large)}, "program_runs"),
        ({"results": altered(as_floats)}, "program_runs"),
        ({"results": altered(lambda records: None)}, "program_runs"),
        ({"results": altered(lambda records: attrs.evolve(records, first=1))}, "program_runs"),
        ({"results": lambda self, acquisition, **_: iter(())}, "missing_triggers_are_a_fault_that_says_how_many_came"),
        ({"close": lambda self: None}, "close_may_be_called_twice"),
    ],
    ids=["order", "number", "volts", "dtype", "none", "first", "silent", "open"],
)
def test_digitizer_driver_that_lies_is_caught(changes: Mapping[str, Any], caught_by: str) -> None:
    check_caught(DigitizerContract, TektronixMso, changes, caught_by)


def other_program(change: Callable[[SequenceProgram], SequenceProgram]) -> Any:
    """An ``assemble`` that plays something else."""

    def assemble(self: Keysight33600a, program: SequenceProgram) -> Assembly:
        return Keysight33600a.assemble(self, change(program))

    return assemble


def louder(program: SequenceProgram) -> SequenceProgram:
    return attrs.evolve(program, amplitude_v=1.001 * program.amplitude_v)


def shifted(program: SequenceProgram) -> SequenceProgram:
    return attrs.evolve(program, offset_v=program.offset_v + 1e-3)


def reordered(program: SequenceProgram) -> SequenceProgram:
    return attrs.evolve(program, steps=program.steps[::-1])


def late(program: SequenceProgram) -> SequenceProgram:
    return attrs.evolve(program, waveforms=tuple(np.roll(waveform, 1) for waveform in program.waveforms))


def clipping(program: SequenceProgram) -> SequenceProgram:
    clipped = tuple(np.clip(np.nan_to_num(waveform), -1, 1) for waveform in program.waveforms)
    return attrs.evolve(program, waveforms=clipped)


def scaling(program: SequenceProgram) -> SequenceProgram:
    for waveform in program.waveforms:
        waveform *= 0.5
    return program


def sends_everything(self: Keysight33600a, assembly: Assembly) -> None:
    self._forget()
    ScpiSequencer.load(self, assembly)


def says_nothing(self: Keysight33600a) -> None:
    with contextlib.suppress(HardwareFault):
        ScpiSequencer.safe_state(self)


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"assemble": other_program(louder)}, "program_runs"),
        ({"assemble": other_program(shifted)}, "program_runs"),
        ({"assemble": other_program(reordered)}, "program_runs"),
        ({"assemble": other_program(late)}, "program_runs"),
        ({"assemble": other_program(clipping)}, "program_beyond_a_limit_is_refused_by_name"),
        ({"assemble": other_program(scaling)}, "assembly_needs_no_connection_and_is_the_same_every_time"),
        ({"load": sends_everything}, "second_load_sends_no_waveform"),
        ({"load": sends_everything}, "changed_waveform_is_sent_alone"),
        ({"abort": lambda self: None}, "abort_is_harmless_in_every_state"),
        ({"safe_state": lambda self: None}, "safe_state_is_safe_and_twice_is_once"),
        ({"safe_state": says_nothing}, "safe_state_is_tried_to_the_end"),
    ],
    ids=[
        "louder",
        "shifted",
        "reordered",
        "late",
        "clipping",
        "mutating",
        "wasteful",
        "wasteful2",
        "deaf",
        "unsafe",
        "silent",
    ],
)
def test_sequencer_driver_that_lies_is_caught(changes: Mapping[str, Any], caught_by: str) -> None:
    check_caught(SequencerContract, Keysight33600a, changes, caught_by)
