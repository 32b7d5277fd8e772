# SPDX-License-Identifier: Apache-2.0
"""An emulator that runs for days keeps no more of what it received than it has room for."""

from __future__ import annotations

from feedline_hal.emulator.message_log import MessageLog
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200


def test_old_messages_go_when_there_are_too_many() -> None:
    log = MessageLog(3, 1000)
    for number in range(5):
        log.append(b"%d" % number)
    assert list(log) == [b"2", b"3", b"4"]


def test_old_messages_go_when_they_are_too_long_and_the_latest_stays() -> None:
    log = MessageLog(100, 10)
    for message in (b"aaaa", b"bbbb", b"cccc"):
        log.append(message)
    assert list(log) == [b"bbbb", b"cccc"]
    log.append(b"d" * 11)
    assert list(log) == [b"d" * 11]
    log.append(b"e")
    assert list(log) == [b"e"]
    log.clear()
    assert list(log) == []


def test_waveforms_that_come_and_go_do_not_pile_up_in_the_log() -> None:
    """An AWG that takes new waveforms for hours forgets the messages that brought them."""
    awg = EmulatedAwg5200()
    block = b"#78000000" + bytes(8_000_000)
    for _ in range(20):
        assert awg.process(b'WLISt:WAVeform:NEW "w",2000000,REAL') is None
        assert awg.process(b'WLISt:WAVeform:DATA "w",0,2000000,' + block) is None
        assert awg.process(b'WLISt:WAVeform:DELete "w";:SYSTem:ERRor?') == b'0,"No error"'
    assert sum(map(len, awg.log)) <= 64 * 2**20


def test_waveform_of_full_memory_takes_memory_where_it_is_written_to() -> None:
    """8 GB, of which 10 kB are written."""
    awg = EmulatedAwg5200()
    block = b"#510000" + b"\x00\x00\x80\x3f" * 2500
    assert awg.process(b'WLISt:WAVeform:NEW "w",2000000000,REAL') is None
    assert awg.process(b'WLISt:WAVeform:DATA "w",1000000000,2500,' + block) is None
    assert awg.process(b'WLISt:WAVeform:DATA? "w",999999999,2') == b"#18" + b"\x00\x00\x00\x00\x00\x00\x80\x3f"
