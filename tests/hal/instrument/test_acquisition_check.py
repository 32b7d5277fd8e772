# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from feedline_hal.errors import LimitError
from feedline_hal.instrument.acquisition import Acquisition, DigitizerCapabilities
from feedline_hal.instrument.acquisition_check import check_acquisition

ABLE = DigitizerCapabilities(
    channels=(1, 2),
    rates_hz=(1e8, 1e9),
    granularity_samples=4,
    min_samples=8,
    max_samples=1000,
    memory_samples=100_000,
    max_records=5000,
    range_v=(0.01, 10.0),
)
GOOD: dict[str, Any] = {"channels": (1, 2), "rate_hz": 1e9, "samples": 100, "records": 1000, "range_v": (1.0, 0.5)}


def test_what_it_can_do_is_taken() -> None:
    check_acquisition(Acquisition(**GOOD), ABLE, {"rate_hz": (1e8, 1e9)}, "scope1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": (1, 3)}, r"scope1: channels are \(1, 3\)\.\n  -> Use each once, of 1, 2\."),
        ({"channels": (1, 1)}, r"channels are \(1, 1\)"),
        ({"channels": (), "range_v": ()}, r"channels are \(\)"),
        ({"range_v": (1.0,)}, "1 ranges for 2 channels"),
        ({"rate_hz": 5e8}, r"rate_hz is 500000000\.\n  -> Use one of 100000000, 1e\+09"),
        ({"samples": 102}, "a record of 102 samples.\n  -> Use 8 to 1000, a multiple of 4"),
        ({"samples": 1004}, "a record of 1004 samples"),
        ({"records": 1001}, "1001 records of 100 samples.\n  -> Use 1 to 1000 in one acquisition"),
        ({"records": 0}, "0 records"),
        ({"delay_s": float("nan")}, "delay_s is nan"),
        ({"range_v": (1.0, 12.0)}, "ch2_range_v is 12.\n  -> Use 0.01 to 5 V"),
        ({"range_v": (float("nan"), 1.0)}, "ch1_range_v is nan"),
    ],
)
def test_what_it_cannot_do_names_the_limit(change: dict[str, Any], words: str) -> None:
    with pytest.raises(LimitError, match=words):
        check_acquisition(Acquisition(**(GOOD | change)), ABLE, {"ch2_range_v": (0.0, 5.0)}, "scope1")
