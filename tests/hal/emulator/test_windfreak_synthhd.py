# SPDX-License-Identifier: Apache-2.0
"""The SynthHD's stream of letters: no terminators, so a number ends where something else begins, or in silence."""

from __future__ import annotations

import time

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.windfreak_synthhd import EmulatedSynthhd, LetterReader

LETTERS = st.sampled_from(
    ["f5100.0000000", "W-3.250", "~90.000", "C0", "C1", "f?", "W?", "h1", "E0", "+", "-", "v0", "p"]
)


@given(st.lists(LETTERS, max_size=12), st.data())
def test_any_chunks_make_the_same_commands(letters: list[str], data: st.DataObject) -> None:
    """Wherever the stream is cut, as long as there is no silence."""
    stream = "".join(letters).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reader, found = LetterReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])
    assert [item.decode() for item in found + reader.finish()] == letters


@pytest.mark.parametrize(
    ("stream", "commands"),
    [
        (b"f9000f?", [b"f9000", b"f?"]),
        (b"C0f5000", [b"C0", b"f5000"]),
        (b"W20W?", [b"W20", b"W?"]),
        (b"f5e3", [b"f5", b"e"]),
        (b"*IDN?\n", []),
        (b"@3a-5.0f?", [b"@3a-5.0", b"f?"]),
    ],
)
def test_stream_is_read_as_the_instrument_does(stream: bytes, commands: list[bytes]) -> None:
    """What looks like a query sets a value first; digits that belong to no letter are lost."""
    reader = LetterReader()
    found = reader.feed(stream) + reader.finish()
    assert [item for item in found if item not in (b"I", b"D", b"N?")] == commands


def test_silence_ends_a_number_and_the_rest_of_it_is_lost() -> None:
    """A client that writes a number in two pieces sets the first of them."""
    instrument = EmulatedSynthhd()
    with (
        PtyServer(instrument, manner=instrument.serial_manner) as server,
        serial.Serial(server.path, timeout=5) as line,
    ):
        line.write(b"f51")
        give_up_s = time.monotonic() + 5
        while b"f51" not in instrument.log and time.monotonic() < give_up_s:
            time.sleep(0.005)
        line.write(b"00.0f?")
        assert line.readline() == b"51.0000000\n"
    assert instrument.log == [b"f51", b"f?"]


def test_what_it_cannot_do_it_ignores_without_a_word() -> None:
    """Its value stays; nothing comes."""
    instrument = EmulatedSynthhd()
    for message in (b"f99000", b"W25", b"h2", b"C7", b"f1.2.3"):
        assert instrument.process(message) is None
    assert (instrument.a_frequency_hz, instrument.a_power_dbm, instrument.a_is_on, instrument.selected) == (
        1e9,
        0,
        0,
        0,
    )
