# SPDX-License-Identifier: Apache-2.0
"""The process that emulators run in: serves benches for the process that started it, and ends with it.

Started by `feedline_hal.emulator.bench_process`. What goes over their connection is JSON: a request's number, a
bench's, and the recipe to serve it by or ``null`` to stop it; answers are the request's number, addresses, and an
error's kind, words and remedy.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any

from feedline.errors import FeedlineError, ProviderError

from .bench_recipe import Recipe

_SWITCH_S = 1e-3
"""How long a thread that computes keeps one waiting that has a reply to send; Python's 5 ms are long for that."""


def main(descriptor: int) -> None:
    """Serve what is asked for until the other side closes the connection, or SIGTERM comes.

    Args:
        descriptor: Number of the file descriptor to be asked over.
    """
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.setswitchinterval(_SWITCH_S)
    benches: dict[int, ExitStack] = {}
    with ExitStack() as everything, Connection(descriptor) as asked:
        everything.callback(_close, benches)
        while True:
            try:
                request, number, text = json.loads(asked.recv_bytes())
            except (EOFError, ConnectionError):
                return
            answer: dict[str, Any] = {"request": request}
            try:
                if text is None:
                    benches.pop(number, ExitStack()).close()
                else:
                    benches[number] = ExitStack()
                    answer["addresses"] = benches[number].enter_context(Recipe.of(text)()).addresses
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                answer["error"] = _told(error)
            try:
                asked.send_bytes(json.dumps(answer).encode())
            except ConnectionError:
                return


def _close(benches: Mapping[int, ExitStack]) -> None:
    """Stop all of them, whatever becomes of each."""
    with ExitStack() as everything:
        for bench in benches.values():
            everything.callback(bench.close)


def _told(error: Exception) -> tuple[str, str, str]:
    if isinstance(error, FeedlineError):
        return type(error).__name__, error.what, error.remedy
    what = f"The emulators cannot be started or stopped: {type(error).__name__}: {error}"
    return ProviderError.__name__, what, "This is a fault of the emulators: please report it."
