# SPDX-License-Identifier: Apache-2.0
"""Definite-length blocks."""

from __future__ import annotations

import numpy as np
import pytest

from feedline_hal.transport.block import (
    BlockError,
    as_samples,
    block_header,
    block_size,
    digit_count,
    sample_bytes,
    split_block,
)


@pytest.mark.parametrize(("size", "header"), [(0, b"#10"), (9, b"#19"), (10, b"#210"), (999_999_999, b"#9999999999")])
def test_header_announces_the_size(size: int, header: bytes) -> None:
    assert block_header(size) == header
    assert block_size(header[2:]) == size
    assert digit_count(header[:2]) == len(header) - 2


@pytest.mark.parametrize("size", [-1, 1_000_000_000])
def test_size_beyond_nine_digits_is_refused(size: int) -> None:
    with pytest.raises(BlockError, match="cannot be announced"):
        block_header(size)


@pytest.mark.parametrize("start", [b"", b"#", b"1.", b"#a", b"##"])
def test_what_is_no_block_is_named(start: bytes) -> None:
    with pytest.raises(BlockError, match="does not start a block"):
        digit_count(start)


def test_indefinite_block_is_refused_by_name() -> None:
    with pytest.raises(BlockError, match="indefinite length"):
        digit_count(b"#0")


def test_size_that_is_no_number_is_named() -> None:
    with pytest.raises(BlockError, match=r"b'1x' is no size"):
        block_size(b"1x")


def test_block_is_taken_off_a_message() -> None:
    payload, rest = split_block(b"#15a\n#1b,1\n")
    assert (bytes(payload), bytes(rest)) == (b"a\n#1b", b",1\n")


@pytest.mark.parametrize("message", [b"#15abcd", b"#3", b"#310"])
def test_block_that_ends_early_is_refused(message: bytes) -> None:
    with pytest.raises(BlockError):
        split_block(message)


def test_samples_keep_their_byte_order() -> None:
    samples = np.array([1, -2, 300], dtype=">i2")
    data = sample_bytes(samples)
    assert data.tobytes() == b"\x00\x01\xff\xfe\x01\x2c"
    np.testing.assert_array_equal(as_samples(data, ">i2"), samples)


def test_samples_that_are_strided_are_sent_in_order() -> None:
    samples = np.arange(10, dtype="<f4")[::-2]
    assert sample_bytes(samples).tobytes() == samples.tobytes()


def test_samples_need_bytes() -> None:
    with pytest.raises(BlockError, match="not numbers"):
        sample_bytes(np.array([None]))


def test_bytes_that_are_no_whole_samples_are_refused() -> None:
    with pytest.raises(BlockError, match="5 bytes are no whole number of 2-byte samples"):
        as_samples(np.zeros(5, np.uint8), "<i2")
