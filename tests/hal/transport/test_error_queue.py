# SPDX-License-Identifier: Apache-2.0
"""Error queues and completion, against an emulator and in scripted conversations."""

from __future__ import annotations

import pytest
from speaking_bench import Keeper

from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.errors import HardwareFault
from feedline_hal.testing import script
from feedline_hal.transport import check_errors, drain_errors, open_transport, wait_until_done


def test_queue_is_drained_in_order() -> None:
    with SocketServer(Keeper()) as server, open_transport(server.address, name="awg1") as transport:
        transport.write("NONS")
        transport.write("KEEP:DATA")
        assert [code for code, _ in drain_errors(transport)] == [-113, -109]
        assert drain_errors(transport) == []


def test_refused_command_is_named_with_the_instruments_own_words() -> None:
    with SocketServer(Keeper()) as server, open_transport(server.address, name="awg1") as transport:
        transport.write("NONS 1")
        with pytest.raises(HardwareFault, match=r"did not accept 'NONS 1': -113,\"Undefined header") as caught:
            check_errors(transport, "NONS 1")
        check_errors(transport, "*CLS")
    assert caught.value.command == "NONS 1"
    assert caught.value.reply.startswith('-113,"Undefined header')


def test_signs_and_bare_texts_are_understood() -> None:
    with script(("ERR?", '+880,"Arb: Out of memory"'), ("ERR?", "-5,odd"), ("ERR?", '+0,"No error"')) as transport:
        assert drain_errors(transport, "ERR?") == [(880, "Arb: Out of memory"), (-5, "odd")]


def test_reply_that_is_no_entry_is_a_fault() -> None:
    with script(("ERR?", "ok")) as transport, pytest.raises(HardwareFault, match="'ok' to 'ERR\\?', which is no entry"):
        drain_errors(transport, "ERR?")


def test_queue_that_never_empties_is_a_fault() -> None:
    lines = [("ERR?", '-350,"Queue overflow"')] * 3
    with script(*lines) as transport, pytest.raises(HardwareFault, match='after 3 were read, the last -350,"Queue'):
        drain_errors(transport, "ERR?", limit=3)


def test_completion_is_awaited() -> None:
    with script(("*OPC?", "1"), ("*OPC?", "0")) as transport:
        wait_until_done(transport, 1.0)
        with pytest.raises(HardwareFault, match=r"'0' to '\*OPC\?' where 1 means done"):
            wait_until_done(transport, 1.0)
