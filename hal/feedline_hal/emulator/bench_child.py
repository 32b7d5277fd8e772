# SPDX-License-Identifier: Apache-2.0
"""The process that emulators run in: serves benches for the process that started it, and ends with it.

Started by `feedline_hal.emulator.bench_process`; its one argument is the number of a file descriptor.
"""

from __future__ import annotations

import pickle
import sys
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any

from feedline.errors import FeedlineError, ProviderError

_SWITCH_S = 1e-3
"""How long a thread that computes keeps one waiting that has a reply to send; Python's 5 ms are long for that."""


def main(descriptor: int) -> None:
    """Serve what is asked for until the other side closes the connection."""
    sys.setswitchinterval(_SWITCH_S)
    benches: dict[int, ExitStack] = {}
    with ExitStack() as everything, Connection(descriptor) as asked:
        while True:
            try:
                request, number, pickled = asked.recv()
            except EOFError:
                return
            answer: Any = None
            try:
                if pickled is None:
                    benches.pop(number, ExitStack()).close()
                else:
                    benches[number] = everything.enter_context(ExitStack())
                    answer = dict(benches[number].enter_context(pickle.loads(pickled)()).addresses)
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                answer = _sendable(error)
            try:
                asked.send((request, answer))
            except BrokenPipeError:
                return


def _sendable(error: Exception) -> FeedlineError:
    if isinstance(error, FeedlineError):
        return error
    what = f"The emulators cannot be started or stopped: {type(error).__name__}: {error}"
    return ProviderError(what, remedy="This is a fault of the emulators: please report it.")


if __name__ == "__main__":
    main(int(sys.argv[1]))
