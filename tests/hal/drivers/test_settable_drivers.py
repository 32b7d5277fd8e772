# SPDX-License-Identifier: Apache-2.0
"""Local oscillator and flux bias, over a real socket to emulators that answer as the instruments do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from feedline.errors import OptionError
from feedline_hal.drivers.rohde_schwarz_sgs100a import RohdeSchwarzSgs100a
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.emulator.rohde_schwarz_sgs100a import EmulatedSgs100a
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.yokogawa_gs200 import EmulatedGs200
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.role import Settable
from feedline_hal.transport import open_transport

Pair = tuple[RohdeSchwarzSgs100a, EmulatedSgs100a]


@pytest.fixture
def oscillator() -> Iterator[Pair]:
    instrument = EmulatedSgs100a()
    with SocketServer(instrument) as server, open_transport(server.address, name="lo1") as transport:
        yield RohdeSchwarzSgs100a(transport, limits={"power_dbm": (-120, 10)}), instrument


@pytest.fixture
def bias() -> Iterator[tuple[YokogawaGs200, EmulatedGs200, list[float]]]:
    instrument = EmulatedGs200()
    waits: list[float] = []
    with SocketServer(instrument) as server, open_transport(server.address, name="flux1") as transport:
        yield YokogawaGs200(transport, limits={"level_v": (-0.5, 0.5)}, sleep=waits.append), instrument, waits


def test_values_reach_the_instrument_and_are_read_back(oscillator: Pair) -> None:
    driver, instrument = oscillator
    assert isinstance(driver, Settable)
    assert driver.identify().model == "SGS100A"
    driver.apply(frequency_hz=5.25e9, power_dbm=7, is_on=True)
    assert (instrument.frequency_hz, instrument.power_dbm, instrument.is_on) == (5.25e9, 7, True)
    assert driver.read("frequency_hz") == 5.25e9
    assert instrument.errors.pop().code == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frequency_hz": 40e9}, r"lo1.*: frequency_hz is 40000000000.0.\n  -> .* from 1000000 to 12750000000"),
        ({"power_dbm": 12}, r"power_dbm is 12.\n  -> .* from -120 to 10"),
        ({"power_dbm": float("nan")}, "power_dbm is nan"),
        ({"frequency_hz": "5 GHz"}, "frequency_hz is '5 GHz'"),
    ],
)
def test_a_value_beyond_its_limits_is_refused_and_nothing_is_sent(oscillator: Pair, values, words: str) -> None:
    """The rack's limits narrow the instrument's; good values beside a bad one are not sent either."""
    driver, instrument = oscillator
    instrument.clear_log()
    with pytest.raises(LimitError, match=words):
        driver.apply(**{"is_on": True, **values})
    assert instrument.log == []


def test_a_range_that_there_is_not_is_refused_and_not_rounded(bias) -> None:
    """1.4 V would go out as 1 V."""
    driver, instrument, _ = bias
    instrument.clear_log()
    with pytest.raises(LimitError, match=r"flux1.*: range_v is 1.4.\n  -> Use one of 0.01, 0.1, 1, 10, 30\."):
        driver.apply(range_v=1.4)
    assert instrument.log == []
    driver.apply(range_v=10)
    assert instrument.range_v == 10


def test_an_unknown_setting_names_the_nearest(oscillator: Pair) -> None:
    with pytest.raises(OptionError, match=r"no setting 'frequency'[\s\S]*frequency_hz"):
        oscillator[0].apply(frequency=5e9)


def test_what_the_instrument_does_not_accept_is_a_fault_that_names_it(bias) -> None:
    """Its own error is told, with the command; the rest of the values is not sent."""
    driver, instrument, _ = bias
    instrument.range_v = 0.1
    with pytest.raises(HardwareFault, match=r"flux1.* did not accept ':SOUR:LEV 1.2.*E-01': -222") as caught:
        driver.apply(level_v=0.2)
    assert caught.value.instrument.startswith("flux1")
    assert abs(instrument.level_v) <= 0.12


def test_another_instrument_at_the_address_is_refused() -> None:
    with SocketServer(EmulatedGs200()) as server, open_transport(server.address, name="lo1") as transport:
        with pytest.raises(HardwareFault, match=r"is a YOKOGAWA GS210, serial 91T810991, this driver is for SGS100A"):
            RohdeSchwarzSgs100a(transport).identify()


def test_a_bias_is_ramped_and_its_safe_state_is_zero_and_off(bias) -> None:
    """No step is larger than 5 mV, on the way up and on the way to safety; twice is once."""
    driver, instrument, waits = bias
    driver.apply(is_on=1, level_v=0.0212)
    assert instrument.level_v == pytest.approx(0.0212)
    driver.safe_state()
    driver.safe_state()
    assert (instrument.level_v, instrument.is_on) == (0.0, False)
    levels = [float(line.split()[1]) for line in instrument.log if line.startswith(b":SOUR:LEV ")]
    steps = [abs(after - before) for before, after in zip([0.0, *levels], levels, strict=False)]
    assert max(steps) <= 5e-3 + 1e-9
    assert waits
    assert set(waits) == {0.02}
