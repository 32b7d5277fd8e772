# SPDX-License-Identifier: Apache-2.0
"""Several blocks in one reply, over real connections."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from speaking_bench import adversarial_payloads

from feedline_hal.emulator.call import Call, definite_block
from feedline_hal.emulator.dialect import EmulatedInstrument, Reply, command
from feedline_hal.emulator.hislip_server import HislipServer
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.vxi11_server import Vxi11Server
from feedline_hal.errors import HardwareFault
from feedline_hal.transport import Transport, open_transport
from feedline_hal.transport.block_row import BlockRow


class _Rows(EmulatedInstrument):
    """Answers ``ROWS?`` with one block a row, ``;`` between."""

    def __init__(self) -> None:
        super().__init__("Feedline,Rows,1,0.1")
        self.rows: list[bytes] = []

    @command("ROWS?")
    def _rows(self, call: Call) -> Reply:
        return b";".join(definite_block(row) for row in self.rows)


@pytest.fixture(params=[SocketServer, HislipServer, Vxi11Server, PtyServer])
def rows(request) -> Iterator[tuple[_Rows, Transport]]:
    instrument = _Rows()
    with request.param(instrument) as server, open_transport(server.address, name="scope1") as transport:
        yield instrument, transport


@pytest.mark.parametrize("shape", [(1, 5), (3, 1), (40, 1250), (2, 100_000)])
def test_rows_come_back_as_they_were_sent(rows, rng, shape: tuple[int, int]) -> None:
    """Also where the data look like line feeds, headers and separators."""
    instrument, transport = rows
    samples = rng.choice(np.frombuffer(b";#14\n\r;#\x00\xff", "<i2"), shape)
    instrument.rows = [row.tobytes() for row in samples]
    received = transport.query_blocks("ROWS?", "<i2", shape)
    assert received.dtype == np.dtype("<i2")
    np.testing.assert_array_equal(received, samples)
    assert received.base is not None
    assert transport.query("*IDN?") == "Feedline,Rows,1,0.1"


def test_adversarial_blocks_come_back_in_rows(rows) -> None:
    """262 payloads, three of each in a reply, the middle one turned round: every last byte stands before ``;#`` too."""
    instrument, transport = rows
    for payload in adversarial_payloads():
        instrument.rows = [payload, payload[::-1], payload]
        received = transport.query_blocks("ROWS?", "<u1", (3, len(payload)))
        assert [row.tobytes() for row in received] == instrument.rows
    assert transport.query("*IDN?") == "Feedline,Rows,1,0.1"


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((24,), "started no block of 8 bytes"),
        ((8, 7, 9), "did not send 3 blocks of 8 bytes"),
        ((8, 8, 8, 8), "sent more than the block it announced"),
    ],
)
def test_other_blocks_than_asked_for_are_a_fault(rows, sizes: tuple[int, ...], words: str) -> None:
    """All frames in one block, one of another size, one too many: no data, and the next question is answered."""
    instrument, transport = rows
    instrument.rows = [bytes(size) for size in sizes]
    with pytest.raises(HardwareFault, match=rf"scope1 .*{words} when .* 'ROWS\?' was awaited") as caught:
        transport.query_blocks("ROWS?", "<i2", (3, 4), timeout_s=0.5)
    assert caught.value.command == "ROWS?"
    assert transport.query("*IDN?") == "Feedline,Rows,1,0.1"


def test_too_few_blocks_are_a_fault_that_says_what_was_awaited(rows) -> None:
    instrument, transport = rows
    instrument.rows = [bytes(8)] * 2
    with pytest.raises(HardwareFault, match=r"3 blocks"):
        transport.query_blocks("ROWS?", "<i2", (3, 4), timeout_s=0.3)
    assert transport.query("*IDN?") == "Feedline,Rows,1,0.1"


def test_samples_are_a_view_of_what_was_received() -> None:
    row = BlockRow(count=2, samples=3, kind=np.dtype("<i2"))
    received = np.frombuffer(b"abcdef;#16ghijkl", np.uint8)
    assert row.rest == len(received)
    assert row.fits(received)
    assert np.shares_memory(row.samples_of(received), received)
    assert row.samples_of(received).tobytes() == b"abcdefghijkl"
