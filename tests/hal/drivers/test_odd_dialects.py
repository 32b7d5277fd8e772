# SPDX-License-Identifier: Apache-2.0
"""What only some settable instruments do: no answer, an answer in words, a one; outputs by the number."""

from __future__ import annotations

import pytest

from feedline.errors import OptionError
from feedline_hal.drivers.holzworth_hs9000 import HolzworthHs9000
from feedline_hal.drivers.mini_circuits_rc_switch import MiniCircuitsRcSwitch
from feedline_hal.drivers.mini_circuits_rudat import MiniCircuitsRudat
from feedline_hal.drivers.windfreak_synthhd import WindfreakSynthhd
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.emulator.holzworth_hs9000 import EmulatedHs9000
from feedline_hal.emulator.mini_circuits_rudat import EmulatedRudat
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.yokogawa_gs200 import EmulatedGs200
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.testing import script
from feedline_hal.transport import open_transport


def test_synthhd_is_told_in_one_breath_and_asked_what_it_has() -> None:
    """The channel and its value in one command, so that no other channel can be meant."""
    with script(("C1f5100.0000000", None), ("C1f?", "5100.0000000"), ("C1E1r1h1", None), ("C1h?", "1")) as transport:
        WindfreakSynthhd(transport).tell(*_setting("b_frequency_hz", 5.1e9))
        WindfreakSynthhd(transport).tell(*_setting("b_is_on", 1))


def _setting(name: str, value: float):
    return next(item for item in WindfreakSynthhd.settings if item.name == name), value


def test_value_that_was_not_taken_is_a_fault_that_names_both() -> None:
    """A SynthHD that is no PRO ends at 15 GHz, and does not say so."""
    with script(("C0f20000.0000000", None), ("C0f?", "1000.0000000")) as transport:
        with pytest.raises(HardwareFault, match=r"did not accept 'C0f20000.0000000'. Its a_frequency_hz is 1000000000"):
            WindfreakSynthhd(transport).apply(a_frequency_hz=20e9)


def test_holzworths_words_are_told_where_it_refuses() -> None:
    """Its reply and the value that it has."""
    emulator = EmulatedHs9000(channels=1)
    with SocketServer(emulator) as server, open_transport(server.address, name="lo") as transport:
        driver = HolzworthHs9000(transport, options={"channels": 2})
        assert driver.identify().model == "HS9001B"
        driver.apply(ch1_frequency_hz=5.1e9)
        with pytest.raises(HardwareFault, match=r"answered 'Invalid Command' to ':CH2:FREQ\?'") as caught:
            driver.apply(ch2_frequency_hz=5.1e9)
    assert caught.value.reply == "Invalid Command"
    assert emulator.ch1_frequency_hz == 5.1e9


def test_attenuation_beyond_the_model_is_a_fault_not_a_smaller_attenuation() -> None:
    """The instrument clips, and answers 2."""
    with SocketServer(EmulatedRudat(most_db=30.0)) as server:
        with open_transport(server.address, name="att", manner=MiniCircuitsRudat.manner) as transport:
            driver = MiniCircuitsRudat(transport)
            driver.apply(attenuation_db=12.25)
            with pytest.raises(HardwareFault, match=r"answered '2' to ':SETATT=60.00'"):
                driver.apply(attenuation_db=60)
            with pytest.raises(LimitError, match=r"attenuation_db is 12.3.\n  -> Use a multiple of 0.25"):
                driver.apply(attenuation_db=12.3)


def test_safe_attenuation_is_the_most_that_the_rack_allows() -> None:
    """On the grid of its steps."""
    with script((":SETATT=30.00", None)) as transport:
        MiniCircuitsRudat(transport, limits={"attenuation_db": (10.0, 30.1)}).safe_state()


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (HolzworthHs9000, {"channels": 9}, r"channels is 9.\n  -> Use a number from 1 to 8"),
        (HolzworthHs9000, {"channels": True}, "channels is True"),
        (MiniCircuitsRcSwitch, {"switch": 4}, r"no option 'switch'.\n  -> It takes 'switches'"),
        (YokogawaGs200, {"channels": 1}, r"no option 'channels'.\n  -> It takes none"),
    ],
)
def test_options_are_not_ignored(kind, options, words: str) -> None:
    """Neither offline nor when connected."""
    with pytest.raises(OptionError, match=words):
        kind.quantities(options)
    with script() as transport, pytest.raises(OptionError, match=words):
        kind(transport, options=options)


def test_outputs_that_there_are_not_have_no_settings() -> None:
    """One, if nothing is said."""
    assert {item.name.split("_")[0] for item in HolzworthHs9000.quantities()} == {"ch1"}
    names = [item.name for item in MiniCircuitsRcSwitch.quantities({"switches": 3})]
    assert names == ["a_position", "b_position", "c_position"]


def test_a_source_of_current_is_not_taken_for_a_bias_in_volts() -> None:
    """0.1 would be 0.1 A."""
    emulator = EmulatedGs200()
    emulator.process(b":SOUR:FUNC CURR")
    with SocketServer(emulator) as server, open_transport(server.address, name="flux1") as transport:
        with pytest.raises(HardwareFault, match=r"flux1.* is a source of CURR, this driver is for volts"):
            YokogawaGs200(transport).identify()
