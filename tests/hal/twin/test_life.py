# SPDX-License-Identifier: Apache-2.0
"""Bursts that a chip lives through although nobody plays any more."""

from __future__ import annotations

import numpy as np
import pytest
from test_twin_signal import STILL, TIMES_S, TOTAL, Player, player, quiet, rack
from twin_lab import tone

from feedline_hal.twin.life import Life
from feedline_hal.twin.twin_signal import TwinSignal


@pytest.mark.parametrize("shots", [1, 5])
def test_a_sequencer_that_was_stopped_after_its_triggers_played_nothing(shots: int) -> None:
    """A run that is cancelled while its records are read: outputs are off, and go on being listened to."""
    stopped = Player({channel: np.zeros((1, 0)) for channel in (1, 2, 3, 4)}, shots)
    records = TwinSignal(quiet(), rack(), {"awg": stopped}, "scope").volts(1, range(shots), TIMES_S)
    assert np.abs(records).max() == 0.0
    before = player(STILL, tone(0, 60, 1000, TOTAL), shots)
    life = Life(quiet(), rack(), {"awg": before})
    assert life.burst().rows == 1
    before.channels = stopped.channels
    before.again()
    assert life.burst().number == 1
