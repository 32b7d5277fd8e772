# SPDX-License-Identifier: Apache-2.0
"""Emulators in a process of their own: what they compute takes no time from who talks to them.

One process serves all emulators that a process asks for. It is started when the first are, ends with the process
that started it, however that ends, and is started anew if it died.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from feedline import errors
from feedline.errors import FeedlineError, ProviderError

from .bench_recipe import Recipe

ANSWER_S = 60.0
"""How long emulators may take to start, or to stop."""
_ENDS_S = 5.0
_OWN = {
    "OPENBLAS_NUM_THREADS": "1",  # more get in each other's way with matrices as small as a chip's
    "MALLOC_ARENA_MAX": "1",  # glibc: memory that is let go is used again, by whichever thread, not given back:
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),  # fresh pages for each burst's voltages took a fifth of all time
    "MALLOC_TRIM_THRESHOLD_": str(1 << 31),
    "MALLOC_TOP_PAD_": str(1 << 26),
}
"""What is set in the process's environment."""
_BEGINS = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from feedline_hal.emulator.bench_child import main; main(int(sys.argv[1]))"
)
"""What it runs: it finds modules where its user does, once its interpreter has found its own."""
_FIRST_FREE = 3
"""The first file descriptor that is none of the standard ones."""


class BenchProcess:
    """A process of emulators, started when the first are asked for; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_busy = False
        self._over: deque[tuple[subprocess.Popen[bytes] | None, int]] = deque()
        self._popen: subprocess.Popen[bytes] | None = None
        self._asked: Connection | None = None
        self._requests = self._benches = 0
        self._is_watched = False

    @contextmanager
    def serve(self, recipe: Recipe) -> Iterator[Mapping[str, str]]:
        """Have a bench served in the block; addresses by name of the instrument.

        Args:
            recipe: Makes the bench, over there.

        Raises:
            FeedlineError: What making or serving it raised.
            ProviderError: If the process cannot be started, does not answer, or died.
        """
        with self._alone():
            if self._popen is None or self._asked is None or self._popen.poll() is not None:
                self._start()
            self._benches += 1
            popen, number = self._popen, self._benches
        try:
            with self._alone():
                answer = self._ask(number, recipe)
            yield answer
        finally:
            self._over.append((popen, number))
            self._stop_what_is_over()

    def end(self) -> None:
        """Have it end with all that it serves, and wait for that."""
        with self._alone():
            self._end()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            self._is_busy = True
            try:
                yield
            finally:
                self._is_busy = False

    def _stop_what_is_over(self) -> None:
        with self._lock:
            if self._is_busy:  # with this thread: a lost block was garbage meanwhile; it is stopped with the next
                return
            while self._over:
                popen, number = self._over.popleft()
                if self._popen is not popen:  # it ended, and these emulators with it
                    continue
                with self._alone(), suppress(ProviderError):
                    self._ask(number, None)

    def _start(self) -> None:
        self._end()
        if not self._is_watched:
            self._is_watched = True
            atexit.register(self.end)  # devices are closed before
            os.register_at_fork(after_in_child=self._forget)
        ours, its = socket.socketpair()
        with ours, its:
            descriptor = fcntl.fcntl(its, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)  # closed ones among those would be taken
            try:
                self._popen = _child(descriptor)
            finally:
                os.close(descriptor)
            self._asked = Connection(ours.detach())

    def _ask(self, number: int, recipe: Recipe | None) -> Mapping[str, str]:
        assert self._popen is not None
        assert self._asked is not None
        self._requests += 1
        request = self._requests
        try:
            text = None if recipe is None else recipe.to_text()
            self._asked.send_bytes(json.dumps([request, number, text]).encode())
            answer: dict[str, Any] = {"request": -1}
            while answer["request"] != request:  # an earlier one may be here, if Ctrl-C kept somebody from taking it
                if not self._asked.poll(ANSWER_S):
                    self._popen.kill()
                    self._end()
                    raise _lost(f"did not answer within {ANSWER_S:g} s when asked to start or stop emulators")
                answer = json.loads(self._asked.recv_bytes())
        except (EOFError, OSError):
            self._end()
            raise _lost("ended by itself") from None
        if "error" in answer:
            kind, what, remedy = answer["error"]
            raise _kind(kind)(what, remedy=remedy)
        addresses: Mapping[str, str] = answer.get("addresses", {})
        return addresses

    def _end(self) -> None:
        if self._asked is not None:
            self._asked.close()
        if self._popen is not None:
            try:
                self._popen.wait(_ENDS_S)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        self._popen = self._asked = None

    def _forget(self) -> None:
        """In a forked process: the emulators are the parent's, and end with that."""
        if self._asked is not None:
            self._asked.close()
        if self._popen is not None:
            self._popen.returncode = 0  # not ours to wait for
        self._lock = threading.RLock()
        self._is_busy = False
        self._over.clear()
        self._popen = self._asked = None


def _child(descriptor: int) -> subprocess.Popen[bytes]:
    """Start the process.

    Raises:
        ProviderError: If there is no interpreter to start it with.
    """
    folders = [one for one in sys.path if isinstance(one, str)]  # whoever imports looks at no others either
    try:
        return subprocess.Popen(
            [sys.executable or "", "-P", "-c", _BEGINS, str(descriptor), json.dumps(folders)],
            stdin=subprocess.DEVNULL,
            pass_fds=[descriptor],
            env={**os.environ, **_OWN},
            start_new_session=True,  # Ctrl-C is for who uses the emulators: outputs are made safe first
        )
    except OSError as error:
        raise ProviderError(
            f"The process of the emulators cannot be started with sys.executable = {sys.executable!r}: "
            f"{error.strerror or error}.",
            remedy="Run this in Python itself, or set sys.executable to the path of a Python that has Feedline.",
        ) from error


def _kind(name: str) -> type[FeedlineError]:
    """The class of an error; that of input for one that only its module knows."""
    found = getattr(errors, name, None)
    return found if isinstance(found, type) and issubclass(found, FeedlineError) else errors.InputError


def _lost(what: str) -> ProviderError:
    return ProviderError(f"The process of the emulators {what}.", remedy="Try again; what it printed before says more.")


PROCESS = BenchProcess()
"""The one of this process."""
