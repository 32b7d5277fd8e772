# SPDX-License-Identifier: Apache-2.0
"""The guard of the AWG5200 relies on nothing that the instrument may have refused."""

from __future__ import annotations

import pytest
from tests.hal.safety.awg_lines import TAKEN, gate, playing, send

from feedline_hal.errors import LimitError


@pytest.mark.parametrize("state", ["0", "1", "2"])
def test_that_it_does_not_run_yet_does_not_mean_that_it_will_not(state: str) -> None:
    """It answers 0 for a while after it was told to run."""
    opened = gate(*playing(), "AWGControl:RUN")
    opened._guard.hear("AWGControl:RSTate?", state)
    with pytest.raises(LimitError, match="ch1_voltage_v"):
        opened.write("SOURce1:VOLTage 1.5")


def test_what_may_have_been_refused_is_not_relied_upon() -> None:
    """5 mV are less than it takes: its amplitude is what it was before, and the guard has to know that."""
    opened = gate(*playing(), "AWGControl:RUN", "AWGControl:STOP", "SOURce1:VOLTage 0.005")
    with pytest.raises(LimitError, match="'AWGControl:RUN' would take ch1_voltage_v to a value that is not known"):
        opened.write("AWGControl:RUN")
    send(opened, TAKEN, "AWGControl:RUN")


@pytest.mark.parametrize("forgotten", ["*CLS", "error"])
def test_an_error_makes_everything_unknown_also_one_that_may_have_been_cleared_away(forgotten: str) -> None:
    opened = gate(*playing(), "AWGControl:STOP", "SOURce1:VOLTage 0.005")
    if forgotten == "error":
        opened._guard.hear(TAKEN, '-222,"Data out of range"')
    else:
        opened.write(forgotten)
    opened.query(TAKEN)
    with pytest.raises(LimitError, match="not known"):
        opened.write("AWGControl:RUN")
