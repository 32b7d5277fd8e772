# SPDX-License-Identifier: Apache-2.0
"""The scripted conversation fails exactly when it did not take place."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.testing import script


def test_conversation_that_takes_place_passes() -> None:
    wave = np.array([0, 1], dtype="<i2")
    with script(("A", None), ("B?", "1"), ("C ", wave), ("C?", wave)) as transport:
        transport.write("A")
        assert transport.query("B?", timeout_s=1.0) == "1"
        transport.write_block("C ", wave)
        np.testing.assert_array_equal(transport.query_block("C?", "<i2"), wave)
        transport.close()


def test_unexpected_command_names_both() -> None:
    with pytest.raises(AssertionError, match="Line 1 of the script: 'B' came, and 'A' was expected"):
        with script(("A", None)) as transport:
            transport.write("B")


def test_command_after_the_end_is_named() -> None:
    with pytest.raises(AssertionError, match="'B' came, and the script was over"), script() as transport:
        transport.write("B")


def test_lines_left_over_are_named() -> None:
    with pytest.raises(AssertionError, match=r"After 1 lines the script still expected 'B\?', 'C'"):
        with script(("A", None), ("B?", "1"), ("C", None)) as transport:
            transport.write("A")


def test_wrong_kind_of_call_is_named() -> None:
    with script(("A?", "1"), ("B", None), ("C", None), ("D?", "1")) as transport:
        with pytest.raises(AssertionError, match="written, and a query was expected"):
            transport.write("A?")
        with pytest.raises(AssertionError, match="queried, and the script has no text"):
            transport.query("B")
        with pytest.raises(AssertionError, match="came with a block, and the script has none"):
            transport.write_block("C", np.zeros(1))
        with pytest.raises(AssertionError, match=r"a block was asked of 'D\?', and the script has none"):
            transport.query_block("D?", "<f4")


def test_other_samples_or_sample_formats_are_noticed() -> None:
    for sent in (np.array([0, 2], "<i2"), np.array([0, 1], ">i2")):
        with pytest.raises(AssertionError, match="was expected"), script(("C", np.array([0, 1], "<i2"))) as transport:
            transport.write_block("C", sent)
