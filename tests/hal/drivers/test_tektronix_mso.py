# SPDX-License-Identifier: Apache-2.0
"""The digitizer, behind its gate, over a real socket to an emulator that answers as the instrument does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from feedline.errors import OptionError
from feedline_hal.drivers.tektronix_mso import TektronixMso
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.hislip_server import HislipServer
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tektronix_mso import EmulatedMso
from feedline_hal.emulator.tones import Tone, Tones
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.acquisition import Acquisition, Records
from feedline_hal.instrument.role import Digitizer
from feedline_hal.safety import Gate
from feedline_hal.testing.scripted_transport import script
from feedline_hal.transport import open_transport

TONES = (Tone(1, 50e6, 0.1, 0.3, 0), Tone(1, 80e6, 0.05, 0.0, 2), Tone(3, 70e6, 0.3, 1.0, 1))
WANTED = Acquisition(channels=(1, 3), rate_hz=1.25e9, samples=1250, records=40, delay_s=200e-9, range_v=(0.4, 1.0))
WARM = [b"ACQUIRE:STATE RUN", b"TRIGGER:STATE?", b"ACQUIRE:STATE?", b"ACQUIRE:NUMFRAMESACQUIRED?"]


@attrs.define
class Bench:
    """A driver behind its gate, and what is at the other end of its cable."""

    driver: TektronixMso
    scope: EmulatedMso
    faults: FaultScript

    def prepare(self, wanted: Acquisition) -> None:
        """Load and arm."""
        self.driver.load(self.driver.assemble(wanted))
        self.driver.arm()

    def trigger(self, count: int, period_s: float = 1e-5) -> None:
        """Give triggers and let them pass."""
        self.scope.triggered(Burst(count, period_s))
        self.scope.clock.wait(count * period_s + 1e-3, self.scope.interrupt)

    def read(self, wanted: Acquisition, timeout_s: float = 5.0) -> list[Records]:
        """All records."""
        return list(self.driver.results(wanted, timeout_s=timeout_s, stop=lambda: False))


def _bench(options: dict[str, Any], server: type = SocketServer) -> Iterator[Bench]:
    signal = Tones(TONES)
    scope = EmulatedMso(
        channels=4, memory_samples=options.get("memory_samples", 62_500_000), signal=signal, clock=SteppedClock()
    )
    faults = FaultScript()
    with server(scope, faults=faults) as served, open_transport(served.address, name="mso1", timeout_s=1.0) as wire:
        ranges = {item.name: (item.low, item.high) for item in TektronixMso.quantities(options)}
        gate = Gate(wire, TektronixMso.guard(ranges), ranges)
        yield Bench(TektronixMso(gate, limits=ranges, options=options), scope, faults)


@pytest.fixture
def bench() -> Iterator[Bench]:
    yield from _bench({})


def _expected(wanted: Acquisition, channel: int, shots: np.ndarray) -> np.ndarray:
    """Voltages, written out tone by tone."""
    times_s = wanted.delay_s + np.arange(wanted.samples) / wanted.rate_hz
    total = np.zeros((len(shots), wanted.samples))
    for tone in TONES:
        if tone.channel == channel:
            sign = np.where(shots >> tone.bit & 1, -1, 1)[:, None]
            total += sign * tone.amplitude_v * np.cos(2 * np.pi * tone.frequency_hz * times_s + tone.phase_rad)
    return total


@pytest.mark.parametrize("server", [SocketServer, HislipServer])
@pytest.mark.parametrize("width_bytes", [1, 2])
def test_records_are_the_voltages_at_the_inputs(server: type, width_bytes: int) -> None:
    """To half a step of the converter: 12 bits in two bytes, 8 bits in one, over 10.24 divisions."""
    for bench in _bench({"width_bytes": width_bytes}, server):
        assert isinstance(bench.driver, Digitizer)
        assert bench.driver.identify().model == "MSO54"
        bench.prepare(WANTED)
        bench.trigger(WANTED.records)
        (records,) = bench.read(WANTED)
        assert (records.first, records.count) == (0, 40)
        for channel, range_v in zip(WANTED.channels, WANTED.range_v, strict=True):
            assert records.data[channel].dtype == np.dtype(f"<i{width_bytes}")
            step_v = range_v * 1.024 / 2 ** (12 if width_bytes == 2 else 8)
            expected = _expected(WANTED, channel, np.arange(40))
            assert np.abs(records.volts(channel) - expected).max() <= 0.51 * step_v
        assert len(bench.scope.errors) == 0


def test_a_repetition_takes_four_round_trips_and_a_curve_for_each_channel(bench: Bench) -> None:
    """Nothing that is set is sent again."""
    wanted = attrs.evolve(WANTED, channels=(1,), range_v=(0.4,))
    for _ in range(2):
        bench.scope.clear_log()
        bench.prepare(wanted)
        bench.trigger(wanted.records)
        bench.read(wanted)
    assert bench.scope.log == [*WARM, b"CURVE?"]
    bench.scope.clear_log()
    bench.prepare(WANTED)
    bench.trigger(WANTED.records)
    bench.read(WANTED)
    assert b"CH1:SCALE 4.000000E-02" not in bench.scope.log
    bench.scope.clear_log()
    bench.prepare(WANTED)
    bench.trigger(WANTED.records)
    bench.read(WANTED)
    assert bench.scope.log == [*WARM, *(b"DATA:SOURCE CH1", b"CURVE?", b"DATA:SOURCE CH3", b"CURVE?")]


def test_another_number_of_records_at_another_time_is_two_settings(bench: Bench) -> None:
    """They change no others; both are read back, and what the numbers mean is known."""
    wanted = attrs.evolve(WANTED, channels=(1,), range_v=(0.4,))
    bench.prepare(wanted)
    bench.trigger(wanted.records)
    bench.read(wanted)
    bench.scope.clear_log()
    fewer = attrs.evolve(wanted, records=17, delay_s=wanted.delay_s + 64e-9)
    bench.prepare(fewer)
    bench.trigger(17)
    (records,) = bench.read(fewer)
    told = [b"HORIZONTAL:FASTFRAME:COUNT 17", b"HORIZONTAL:DELAY:TIME 7.640000000E-07"]
    asked = [b"*ESR?", b"HORIZONTAL:FASTFRAME:COUNT?", b"HORIZONTAL:DELAY:TIME?"]
    assert bench.scope.log == [*told, *asked, *WARM, b"DATA:FRAMESTOP 17", b"CURVE?"]
    assert np.abs(records.volts(1) - _expected(fewer, 1, np.arange(17))).max() <= 0.51 * 0.4 * 1.024 / 2**12


def test_records_come_in_portions_in_order() -> None:
    """More than 12 MiB are read piece by piece, each record where it belongs."""
    for bench in _bench({"memory_samples": 20_000_000}):
        wanted = Acquisition(channels=(1,), rate_hz=1.25e9, samples=1250, records=12_000, range_v=(0.4,))
        bench.prepare(wanted)
        bench.trigger(wanted.records)
        portions = bench.read(wanted)
        assert [(portion.first, portion.count) for portion in portions] == [(0, 5033), (5033, 5033), (10066, 1934)]
        for portion in portions:
            some = np.arange(0, portion.count, 97)
            level = _expected(wanted, 1, portion.first + some)[:, :8]
            np.testing.assert_allclose(portion.volts(1)[some, :8], level, atol=6e-5)


def test_assembling_is_pure_and_the_same_every_time() -> None:
    """No connection is touched; delay is told for the middle of the record."""
    with script() as wire:
        driver = TektronixMso(wire)
        one, two = driver.assemble(WANTED), driver.assemble(WANTED)
        assert one.id == two.id
        texts = [command.text for command in one.setup]
        assert "HORIZONTAL:DELAY:TIME 7.000000000E-07" in texts
        assert "CH3:SCALE 1.000000E-01" in texts
        assert "TRIGGER:A:EDGE:SOURCE AUXILIARY" in texts
        assert not any(text.startswith(("AFG", "*RST")) for text in texts)


def test_triggers_may_come_in_at_a_channel() -> None:
    with script() as wire:
        driver = TektronixMso(wire, options={"trigger_channel": 4, "trigger_level_v": 0.5})
        texts = [command.text for command in driver.assemble(WANTED).setup]
    assert {"TRIGGER:A:EDGE:SOURCE CH4", "TRIGGER:A:LEVEL:CH4 0.5000", "CH4:TERMINATION 50"} <= set(texts)
    assert "DISPLAY:GLOBAL:CH4:STATE OFF" in texts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rate_hz": 1e9}, r"rate_hz is 1e\+09.\n  -> Use one of .*1.25e\+09"),
        ({"samples": 400}, "a record of 400 samples.\n  -> Use 1000 to 62500000"),
        ({"records": 50_001}, "50001 records of 1250 samples.\n  -> Use 1 to 50000 in one"),
        ({"range_v": (0.4, 12.0)}, "ch3_range_v is 12.\n  -> Use 0.01 to 10 V"),
        ({"channels": (1, 5)}, r"channels are \(1, 5\).\n  -> Use each once, of 1, 2, 3, 4"),
    ],
)
def test_what_it_cannot_record_is_refused_offline(change: dict[str, Any], words: str) -> None:
    with script() as wire, pytest.raises(LimitError, match=words):
        TektronixMso(wire).assemble(attrs.evolve(WANTED, **change))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chanels": 4}, r"no option 'chanels'[\s\S]*channels"),
        ({"channels": 5}, "channels is 5.\n  -> Use 4, 6 or 8"),
        ({"width_bytes": 4}, "width_bytes is 4"),
        ({"memory_samples": 10.5}, "memory_samples is 10.5"),
        ({"trigger_channel": 7}, "trigger_channel is 7"),
        ({"trigger_level_v": "TTL"}, "trigger_level_v is 'TTL'"),
    ],
)
def test_wrong_options_are_told(options: dict[str, Any], words: str) -> None:
    with script() as wire, pytest.raises(OptionError, match=words):
        TektronixMso(wire, options=options)


def test_triggers_that_do_not_come_are_a_fault_that_says_how_many_did(bench: Bench) -> None:
    bench.prepare(WANTED)
    bench.trigger(13)
    with pytest.raises(HardwareFault, match=r"mso1.* did not have 40 records within 0.05 s: 13 came") as caught:
        bench.read(WANTED, timeout_s=0.05)
    assert caught.value.reply == "13"


def test_a_stop_from_elsewhere_is_told(bench: Bench) -> None:
    bench.prepare(WANTED)
    bench.trigger(7)
    bench.driver.abort()
    with pytest.raises(HardwareFault, match=r"stopped before it had 40 records: 7 came"):
        bench.read(WANTED)


@pytest.mark.parametrize("polls", [0, 1, 5])
def test_stopping_ends_the_records_without_an_error(bench: Bench, polls: int) -> None:
    """Asked at every poll: no curve is read after."""
    bench.prepare(WANTED)
    answers = iter([False] * polls + [True])
    assert list(bench.driver.results(WANTED, timeout_s=5, stop=lambda: next(answers))) == []
    assert bench.scope.log.count(b"ACQUIRE:STATE?") == polls
    assert b"CURVE?" not in bench.scope.log


def test_what_the_instrument_does_not_take_is_a_fault(bench: Bench) -> None:
    """Less memory than the rack file says: which setting it was, and the instrument's own error."""
    bench.scope.memory_samples = 20_000
    with pytest.raises(HardwareFault, match=r'did not accept a setting: 222,"Data out of range"') as caught:
        bench.prepare(WANTED)
    assert caught.value.command == "HORIZONTAL:FASTFRAME:COUNT 40"
    bench.scope.memory_samples = 62_500_000
    bench.prepare(WANTED)
    assert bench.scope.value("HORizontal:FASTframe:COUNt") == 40


def test_a_setting_that_is_taken_otherwise_is_a_fault(bench: Bench) -> None:
    """The instrument adapts a value without an error: it is read back."""
    taken: Callable[..., object] = bench.scope.value.set

    def halved(notation: str, value: Any, *numbers: int) -> None:
        taken(notation, value // 2 if notation == "HORizontal:FASTframe:COUNt" else value, *numbers)

    bench.scope.value.set = halved  # type: ignore[method-assign]
    with pytest.raises(HardwareFault, match=r"took 20 for HORIZONTAL:FASTFRAME:COUNT, where 40 was set"):
        bench.prepare(WANTED)


def test_another_instrument_is_refused() -> None:
    with script(("*IDN?", "TEKTRONIX,MSO58,PQ1,1.0")) as wire:
        with pytest.raises(HardwareFault, match=r"8 channels, not 4[\s\S]*options = \{channels = 8\}"):
            TektronixMso(wire).identify()
    with script(("*IDN?", "TEKTRONIX,AWG5204,PQ1,1.0")) as wire:
        with pytest.raises(HardwareFault, match=r"is a TEKTRONIX AWG5204, serial PQ1, this driver is for MSO54"):
            TektronixMso(wire).identify()


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.SHORT, FaultKind.GARBAGE, FaultKind.RESET])
def test_after_a_fault_everything_is_set_again(bench: Bench, kind: FaultKind) -> None:
    """A curve that does not come whole is a fault; the next acquisition is right."""
    bench.prepare(WANTED)
    bench.trigger(WANTED.records)
    bench.faults.restart({10: Fault(kind=kind)})
    with pytest.raises(HardwareFault, match="mso1"):
        bench.read(WANTED)
    bench.scope.clear_log()
    bench.prepare(WANTED)
    assert bench.scope.log[0] == b"*CLS"
    assert b"CH1:TERMINATION 50" in bench.scope.log
    bench.trigger(WANTED.records)
    (records,) = bench.read(WANTED)
    np.testing.assert_allclose(records.volts(3), _expected(WANTED, 3, np.arange(40)), atol=2e-4)


def test_its_safe_state_is_stopped_and_twice_is_once(bench: Bench) -> None:
    bench.prepare(WANTED)
    bench.driver.safe_state()
    bench.driver.safe_state()
    bench.driver.identify()
    bench.trigger(3)
    assert bench.scope.process(b"ACQ:STATE?;:ACQ:NUMFRAMESACQ?") == b"0;0"
    assert not bench.scope.value("AFG:OUTPut:STATE")
