# SPDX-License-Identifier: Apache-2.0
"""Another framework's instrument object is a `Settable`: its values within limits, all or none, safe at the end."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from feedline.errors import OptionError
from feedline_hal.adapters import Adapted, PymeasureSettable, QcodesSettable
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.instrument.role import Settable

LIMITS = {"frequency_hz": (1e9, 8e9), "power_dbm": (-60.0, 10.0)}


class Parameter:
    """As QCoDeS has them: ``set`` and ``get``."""

    def __init__(self, log: list[tuple[str, object]], name: str, value: object) -> None:
        self.log, self.name, self.value = log, name, value
        self.is_broken = False

    def set(self, value: object) -> None:
        self.log.append((self.name, value))
        if self.is_broken:
            raise TimeoutError("no answer")
        self.value = value

    def get(self) -> object:
        return self.value


class Source:
    """As QCoDeS has them: parameters, ``get_idn``, ``close``."""

    name = "lo1"

    def __init__(self) -> None:
        self.log: list[tuple[str, object]] = []
        self.frequency = Parameter(self.log, "frequency", 1.0)
        self.power = Parameter(self.log, "power", -30.0)
        self.status = Parameter(self.log, "status", "OFF")
        self.closed = 0

    def get_idn(self) -> dict[str, str | None]:
        return {"vendor": "ACME", "model": "S1", "serial": None, "firmware": "1.0"}

    def close(self) -> None:
        self.closed += 1


PARAMETERS: dict[str, str | Adapted] = {
    "frequency_hz": Adapted(parameter="frequency", unit=1e9),
    "power_dbm": "power",
    "is_on": Adapted(parameter="status", words={0: "OFF", 1: "ON"}),
}


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def settable(source: Source) -> QcodesSettable:
    return QcodesSettable(source, PARAMETERS, limits=LIMITS)


def test_values_are_set_in_the_objects_units_and_words(source: Source, settable: QcodesSettable) -> None:
    assert isinstance(settable, Settable)
    settable.apply(is_on=1, frequency_hz=5.1e9, power_dbm=-3)
    assert source.log == [("frequency", 5.1), ("power", -3.0), ("status", "ON")]
    assert settable.read("frequency_hz") == pytest.approx(5.1e9)
    assert settable.read("is_on") == 1


def test_value_beyond_its_limits_is_refused_and_none_is_set(source: Source, settable: QcodesSettable) -> None:
    with pytest.raises(LimitError, match=r"lo1: power_dbm is 12\.\n  -> Use a value from -60 to 10"):
        settable.apply(frequency_hz=5e9, power_dbm=12)
    assert source.log == []


def test_output_beyond_its_limits_is_not_switched_on(source: Source, settable: QcodesSettable) -> None:
    """Somebody turned the power up by hand: what would come out is asked for before the switch is closed."""
    source.frequency.value, source.power.value = 5.0, 20.0
    with pytest.raises(LimitError, match="'status 1' would take power_dbm to 20"):
        settable.apply(is_on=1)
    assert source.log == []


def test_safe_state_is_tried_to_the_end_and_says_what_the_object_raised(source: Source) -> None:
    parameters = {**PARAMETERS, "power_dbm": Adapted(parameter="power", safe=-60.0)}
    settable = QcodesSettable(source, parameters, limits=LIMITS)
    settable.apply(frequency_hz=5e9, power_dbm=0, is_on=1)
    source.status.is_broken = True
    with pytest.raises(HardwareFault, match="lo1: Source raised TimeoutError: no answer at 'status 0'") as caught:
        settable.safe_state()
    assert caught.value.instrument == "lo1"
    assert source.power.value == -60
    source.status.is_broken = False
    settable.safe_state()
    settable.safe_state()
    assert source.status.value == "OFF"


def test_value_that_is_ramped_goes_in_steps() -> None:
    source = Source()
    source.power.value = 0.0
    settable = QcodesSettable(
        source,
        {"level_v": Adapted(parameter="power", safe=0.0, step=0.1, step_s=1e-3)},
        limits={"level_v": (-1.0, 1.0)},
    )
    settable.apply(level_v=0.25)
    levels = [float(str(value)) for _, value in source.log]
    assert len(levels) == 3
    assert levels[-1] == 0.25
    assert max(after - before for before, after in zip([0.0, *levels], levels, strict=False)) <= 0.1


def test_identity_is_the_objects_and_another_model_is_refused(source: Source, settable: QcodesSettable) -> None:
    assert str(settable.identify()) == "ACME S1"

    class LabSource(QcodesSettable):
        models = ("SGS100A",)
        parameters = PARAMETERS

    with pytest.raises(HardwareFault, match="lo1 is a ACME S1, this driver is for SGS100A"):
        LabSource(source, limits=LIMITS).identify()


def test_close_closes_once_and_ends_everything(source: Source, settable: QcodesSettable) -> None:
    settable.close()
    settable.close()
    assert source.closed == 1
    with pytest.raises(HardwareFault, match="lo1 is closed; 'power -3' was not carried out"):
        settable.apply(power_dbm=-3)


def test_quantity_without_limits_is_refused(source: Source) -> None:
    with pytest.raises(OptionError, match=r"power_dbm has no limits\.\n  -> Give them: limits=\{'power_dbm'"):
        QcodesSettable(source, PARAMETERS, limits={"frequency_hz": (1e9, 8e9)})


def test_instrument_without_a_safe_value_is_refused(source: Source) -> None:
    with pytest.raises(OptionError, match=r"no safe value[\s\S]*is_on"):
        QcodesSettable(source, {"power_dbm": "power"}, limits={"power_dbm": (-60, 10)})


def test_misspelt_property_is_a_fault_and_not_a_new_attribute() -> None:
    class Instrument:
        name, power = "lo1", 0.0

    instrument: Any = Instrument()
    settable = PymeasureSettable(
        instrument, {"power_dbm": Adapted(parameter="powr", safe=-60.0)}, limits={"power_dbm": (-60, 10)}
    )
    with pytest.raises(HardwareFault, match=r"lo1: Instrument raised AttributeError.*'powr'.*at 'powr -3'"):
        settable.apply(power_dbm=-3)
    assert vars(instrument) == {}


def test_value_that_the_object_clips_is_a_fault(source: Source, settable: QcodesSettable) -> None:
    """Some drivers clip in silence; what is read back tells."""
    source.power.set = lambda value: setattr(source.power, "value", min(float(str(value)), 5.0))  # type: ignore[method-assign]
    with pytest.raises(HardwareFault, match="lo1: power_dbm was set to 8, and is 5"):
        settable.apply(power_dbm=8)


def test_neither_framework_is_imported() -> None:
    code = "import sys, feedline_hal.adapters; assert not {'qcodes', 'pymeasure'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
