# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGHUP while a command runs: they end it as Ctrl-C does, the device left safe."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_GRACE_S = 10.0


class Ending:
    """Which signal ended the command, if one did."""

    def __init__(self) -> None:
        self.signal: signal.Signals = signal.SIGINT
        self._is_received = False

    @property
    def code(self) -> int:
        """Exit code of a command that was ended: 128 and the number of the signal."""
        return 128 + self.signal

    def let_go(self) -> None:
        """Cancel what is left and close every device, before a second signal can end the process."""
        submit = sys.modules.get("feedline.runtime.submit")  # not imported: nothing can run
        if self._is_received and submit is not None:
            submit.runtime().shutdown(cancel=True, timeout=_GRACE_S)

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """Have the first signal end the command; more of them do not disturb it in ending."""
        if not self._is_received:
            self._is_received = True
            self.signal = signal.Signals(number)
            raise KeyboardInterrupt


@contextmanager
def ended_by_signals() -> Iterator[Ending]:
    """Treat SIGTERM and SIGHUP like Ctrl-C in the block, unless somebody else took or ignores them."""
    ending = Ending()
    taken = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            before = None if number is None else signal.getsignal(number)
            if number is not None and (before is signal.SIG_DFL or _is_ours(before)):
                signal.signal(number, ending.receive)
                taken[number] = before
    try:
        yield ending
    finally:
        for number, before in taken.items():
            signal.signal(number, before)


def _is_ours(handler: Any) -> bool:
    """Whether the runtime took the signal, for a job that was submitted before the command."""
    runtime_exit = sys.modules.get("feedline.runtime.exit")  # not imported: nothing was submitted
    return runtime_exit is not None and handler is runtime_exit.terminate
