# SPDX-License-Identifier: Apache-2.0
"""Where messages and their parts end."""

from __future__ import annotations

import pytest
from tests.hal.emulator.bench_instrument import adversarial_payloads

from feedline_hal.emulator.call import definite_block
from feedline_hal.emulator.message import MessageReader, split


def test_message_ends_at_line_feed_and_loses_carriage_return() -> None:
    assert MessageReader().feed(b"*IDN?\r\n:FREQ 1\n\n*RS") == [b"*IDN?", b":FREQ 1"]


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_blocks_keep_every_byte_however_they_arrive(step: int) -> None:
    for payload in adversarial_payloads(500):
        message = b'MEM:DATA "a",' + definite_block(payload)
        stream = message + b"\r\n*IDN?\n"
        reader = MessageReader()
        messages = [done for at in range(0, len(stream), step) for done in reader.feed(stream[at : at + step])]
        assert messages == [message, b"*IDN?"]


def test_end_signal_after_block_keeps_its_last_byte() -> None:
    for last in range(256):
        message = b'MEM:DATA "a",' + definite_block(b"ab" + bytes([last]))
        reader = MessageReader(ends_by_signal=True)
        assert reader.feed(message) + reader.finish() == [message]


def test_indefinite_block_lasts_to_the_signal_and_loses_one_line_feed() -> None:
    reader = MessageReader(ends_by_signal=True)
    assert reader.feed(b'MEM:DATA "a",#0a\n;b\r\n\n') == []
    assert reader.finish() == [b'MEM:DATA "a",#0a\n;b\r\n']


def test_indefinite_block_lasts_to_the_line_feed_without_signal() -> None:
    assert MessageReader().feed(b"D #0ab\r\n*IDN?\n") == [b"D #0ab\r", b"*IDN?"]


def test_hexadecimal_number_and_quoted_hash_are_no_blocks() -> None:
    assert MessageReader().feed(b"A #H1F\nB '#9'\nC a#3\n") == [b"A #H1F", b"B '#9'", b"C a#3"]


def test_forgotten_quote_does_not_swallow_the_next_message() -> None:
    assert MessageReader().feed(b"A 'x\n*IDN?\n") == [b"A 'x", b"*IDN?"]


def test_clear_forgets_half_a_message() -> None:
    reader = MessageReader()
    assert reader.feed(b"D #3100abc") == []
    reader.clear()
    assert reader.feed(b"*IDN?\n") == [b"*IDN?"]


def test_split_sees_neither_quotes_nor_blocks() -> None:
    assert split(b"A 'x;y' ; B #13;;; ;C", b";") == [b"A 'x;y'", b"B #13;;;", b"C"]
    assert split(b'"it""s, one", #12, , 3', b",") == [b'"it""s, one"', b"#12, ", b"3"]
    assert split(b"#0a;b ", b";") == [b"#0a;b "]
