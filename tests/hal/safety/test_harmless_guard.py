# SPDX-License-Identifier: Apache-2.0
"""What may be said to a digitizer."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.drivers.tektronix_mso import TektronixMso
from feedline_hal.errors import LimitError
from feedline_hal.safety import Gate
from feedline_hal.testing.scripted_transport import script


@pytest.mark.parametrize(
    "command",
    [
        "AFG:OUTPUT:STATE ON",
        "AFG:AMPLITUDE 5",
        "afg:output:state 1",
        "*RST",
        "*TRG",
        "AUXOUT:SOURCE ATRIGGER",
        "RECALL:SETUP FACTORY",
        "CH1:SCALE 0.1;:AFG:OUTPUT:STATE ON",
        "CH1:SCALE 0.1 AFG",
        "HORIZONTAL:FASTFRAME:COUNT 5\nAFG:OUTPUT:STATE ON",
        "CH1:TERMINATION",
        "DATA:SOURCE CH9",
        "*TST?",
    ],
)
def test_what_is_not_on_the_list_is_refused_and_not_sent(command: str) -> None:
    """The oscilloscope's own function generator cannot be switched on through its driver's connection."""
    with script() as wire, pytest.raises(LimitError, match=r"not a command that the gate knows|several commands"):
        Gate(wire, TektronixMso.guard({}), {}).write(command)


def test_a_block_is_refused() -> None:
    with script() as wire, pytest.raises(LimitError, match="not a command that the gate knows"):
        Gate(wire, TektronixMso.guard({}), {}).write_block("CURVE?", np.zeros(3, "<i2"))


def test_what_is_on_the_list_passes() -> None:
    with script(("CH1:SCALE 5.0E-02", None), ("ACQUIRE:STATE?", "0")) as wire:
        gate = Gate(wire, TektronixMso.guard({}), {})
        gate.write("CH1:SCALE 5.0E-02")
        assert gate.query("ACQUIRE:STATE?") == "0"
