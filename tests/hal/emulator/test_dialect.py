# SPDX-License-Identifier: Apache-2.0
"""The SCPI core: headers, compound messages, status, errors."""

from __future__ import annotations

import pytest
from tests.hal.emulator.bench_instrument import Memory, adversarial_payloads

from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.dialect import Reply
from feedline_hal.emulator.error_queue import ScpiError


def error(instrument: Memory) -> bytes | None:
    return instrument.process(b"SYSTem:ERRor?")


@pytest.mark.parametrize(
    "header",
    ["FREQ", ":freq", "SOUR:FREQ", "SOURCE1:FREQUENCY:CW", ":Sour1:Freq:Cw", "source:frequency"],
)
def test_all_spellings_of_a_header_reach_its_handler(header: str) -> None:
    instrument = Memory()
    instrument.process(f"{header} 5.25GHz".encode())
    assert instrument.process(f"{header}?".encode()) == b"5250000000"
    assert error(instrument) == b'0,"No error"'


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (b"FREQU 1e9", b'-113,"Undefined header"'),
        (b"SOUR3:FREQ 1e9", b'-114,"Header suffix out of range"'),
        (b"FREQ", b'-109,"Missing parameter"'),
        (b'MEM:DATA "a",', b'-109,"Missing parameter"'),
        (b"FREQ 1e9,2", b'-108,"Parameter not allowed"'),
        (b"FREQ 40GHZ", b'-222,"Data out of range"'),
        (b"FREQ nan", b'-104,"Data type error"'),
        (b"FREQ 1PARSEC", b'-131,"Invalid suffix"'),
        (b"MEM:DATA a,#11b", b'-151,"Invalid string data"'),
        (b'MEM:DATA "a",#19b', b'-161,"Invalid block data"'),
        (b"*TRG", b'0,"No error"'),
    ],
)
def test_what_cannot_be_followed_gets_its_code(message: bytes, answer: bytes) -> None:
    instrument = Memory()
    assert instrument.process(message) is None
    assert error(instrument) == answer
    assert instrument.frequencies_hz == [1e9, 1e9]


@pytest.mark.parametrize(
    ("sent", "frequency_hz"), [("10MHZ", 10e6), ("2 ghz", 2e9), ("MAX", 20e9), ("MIN", 1e6), ("+.5e10", 5e9)]
)
def test_numbers_take_prefixes_and_units(sent: str, frequency_hz: float) -> None:
    instrument = Memory()
    instrument.process(f"FREQ {sent}".encode())
    assert instrument.frequencies_hz[0] == frequency_hz


def test_compound_message_keeps_the_path_until_a_colon() -> None:
    instrument = Memory()
    assert instrument.process(b"SOUR2:FREQ 2e9;FREQ?;*ESE?;FREQ?;:FREQ?") == b"2000000000;0;2000000000;1000000000"
    assert instrument.process(b"SOUR2:FREQ:CW?;CW?;FREQ?") == b"2000000000;2000000000"
    assert error(instrument) == b'-113,"Undefined header"'


def test_execution_error_lets_the_rest_of_the_message_go_on() -> None:
    instrument = Memory()
    assert instrument.process(b"FREQ 1;*IDN?") == b"Feedline,Memory,1,0.1"
    assert instrument.process(b"WHAT 1;*IDN?") is None


def test_full_error_queue_ends_in_overflow() -> None:
    instrument = Memory(error_capacity=3)
    for _ in range(5):
        instrument.process(b"WHAT")
    answers = [error(instrument) for _ in range(4)]
    assert answers == [b'-113,"Undefined header"'] * 2 + [b'-350,"Queue overflow"', b'0,"No error"']


def test_event_status_collects_errors_and_is_cleared_by_reading() -> None:
    instrument = Memory()
    assert instrument.process(b"*ESR?;*ESR?") == b"128;0"
    instrument.process(b"*ESE 48;*SRE 32;FREQ 1")
    instrument.process(b"WHAT")
    assert instrument.process(b"*STB?;*ESR?;*STB?") == b"100;48;4"
    assert instrument.process(b"*CLS;*STB?;*ESE?;*SRE?") == b"0;48;32"


def test_completion_waits_for_the_busy_time_by_the_clock() -> None:
    clock = SteppedClock()
    instrument = Memory(clock=clock)
    assert instrument.process(b"*CLS;CAL 30;*OPC;*ESR?") == b"0"
    assert instrument.process(b"*OPC?;*ESR?") == b"1;1"
    assert clock.now_s() == 30


def test_operation_complete_is_set_once_the_time_is_over() -> None:
    clock = SteppedClock()
    instrument = Memory(clock=clock)
    instrument.process(b"*CLS;CAL 30;*OPC")
    clock.step(31)
    assert instrument.process(b"*ESR?") == b"1"
    assert not instrument.is_busy


def test_wait_holds_what_follows_and_reset_ends_the_busy_time() -> None:
    clock = SteppedClock()
    instrument = Memory(clock=clock)
    assert instrument.process(b"CAL 2;*WAI;*IDN?") == b"Feedline,Memory,1,0.1"
    assert clock.now_s() == 2
    instrument.process(b"FREQ 2e9;CAL 5;*RST")
    assert instrument.process(b"*OPC?;FREQ?") == b"1;1000000000"
    assert clock.now_s() == 2


def test_trigger_reaches_the_instrument_and_is_ignored_without_one() -> None:
    instrument = Memory()
    instrument.process(b"*TRG")
    instrument.bus_trigger()
    assert instrument.triggers == 2

    class Deaf(Memory):
        def trigger(self) -> None:
            raise ScpiError(-211)

    deaf = Deaf()
    deaf.bus_trigger()
    assert error(deaf) == b'-211,"Trigger ignored"'


def test_blocks_arrive_byte_for_byte_and_come_back() -> None:
    instrument = Memory()
    for payload in adversarial_payloads(1000):
        instrument.process(b'MEM:DATA "a,b;#",#%d%d%b' % (len(str(len(payload))), len(payload), payload))
        assert instrument.data == payload
        assert instrument.process(b"MEM:DATA?") == b"#%d%d%b" % (len(str(len(payload))), len(payload), payload)
    instrument.process(b'MEM:DATA "a",#0 x;\r')
    assert instrument.data == b" x;\r"


def test_log_holds_what_was_received() -> None:
    instrument = Memory()
    instrument.process(b"FREQ 1e9;*OPC?")
    instrument.process(b"\xff")
    assert instrument.log == [b"FREQ 1e9;*OPC?", b"\xff"]
    instrument.clear_log()
    assert instrument.log == []


def test_dialects_answer_what_no_header_matches_and_print_errors_their_way() -> None:
    class Odd(Memory):
        def answer_other(self, unit: bytes) -> Reply:
            return b"1" if unit.startswith(b"SETA=") else super().answer_other(unit)

        def format_error(self, error: ScpiError) -> str:
            return f'{error.code:+d},"{error.text}"'

    odd = Odd()
    assert odd.process(b"SETA=1") == b"1"
    assert odd.process(b"NOPE=1") is None
    assert odd.process(b"SYST:ERR?;NEXT?;:SYST:ERR:NEXT?") == b'-113,"Undefined header"'
    odd.process(b"*CLS")
    assert odd.process(b"SYST:ERR?") == b'+0,"No error"'
