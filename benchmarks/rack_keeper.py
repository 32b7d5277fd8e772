# SPDX-License-Identifier: Apache-2.0
"""An emulated instrument that keeps a block and gives it back, on every transport, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from feedline_hal.emulator.call import Call, definite_block
from feedline_hal.emulator.dialect import EmulatedInstrument, Reply, command
from feedline_hal.emulator.hislip_server import HislipServer
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.vxi11_server import Vxi11Server

LOGGED = 4
"""Messages that it logs: a log of long blocks would take memory that was never touched for each of them."""


class Keeper(EmulatedInstrument):
    """Keeps a block."""

    def __init__(self) -> None:
        super().__init__("Feedline,Keeper,1,0.1", log_length=LOGGED)
        self._reply: Reply = definite_block(b"")

    @command("KEEP:DATA", 1)
    def _keep(self, call: Call) -> Reply:
        self._reply = definite_block(call.block_view(0))
        return None

    @command("KEEP:DATA?")
    def _give(self, call: Call) -> Reply:
        return self._reply


SERVERS = {"SOCKET": SocketServer, "HiSLIP": HislipServer, "VXI-11": Vxi11Server, "pty": PtyServer}


@contextmanager
def keepers() -> Iterator[dict[str, str]]:
    """A process with a keeper on every transport; their addresses."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield dict(zip(SERVERS, process.stdout.readline().split(), strict=True))
        process.communicate()


def main() -> None:
    """Serve until standard input ends."""
    with ExitStack() as stack:
        servers = [stack.enter_context(kind(Keeper())) for kind in SERVERS.values()]
        print(*[server.address for server in servers], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
