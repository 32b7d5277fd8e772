# SPDX-License-Identifier: Apache-2.0
"""Vendor jobs: one call of a vendor's ``run``, which may be given up without waiting for it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

import attrs

from feedline.errors import FeedlineError, ProviderError

_log = logging.getLogger(__name__)


@attrs.frozen(slots=True)
class _Failure:
    """An exception of the vendor, and where it came from."""

    error: BaseException
    words: str


@attrs.frozen(slots=True)
class Outcome:
    """What the vendor's ``result()`` returned, be it ``None``."""

    value: Any


class VendorJob:
    """One job at the vendor's, submitted and waited for on a thread of its own.

    A vendor's ``result()`` blocks, some for ever; with a thread in between, `abort` works anyway.

    Args:
        submit: Calls the vendor's ``run``; returns the vendor's job.
        backend: Name that errors blame.
    """

    def __init__(self, submit: Callable[[], Any], backend: str) -> None:
        self._submit = submit
        self._backend = backend
        self._news: queue.SimpleQueue[Outcome | _Failure | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._job: Any = None
        self._is_dropped = False

    def result(self) -> Outcome | None:
        """Wait for the vendor's result, an `Outcome`; ``None`` if the job was given up.

        Raises:
            ProviderError: If ``run`` or the job fails; keeps the vendor's words.
        """
        threading.Thread(target=self._work, name=f"feedline {self._backend}", daemon=True).start()
        news = self._news.get()
        if self._is_dropped or news is None:
            return None
        if isinstance(news, _Failure):
            if isinstance(news.error, FeedlineError):
                raise news.error
            raise ProviderError(
                news.words, remedy="Ask the backend's provider, with these words. The next job is not affected."
            ) from news.error
        return news

    def abort(self) -> None:
        """Give the job up, and cancel it at the vendor's; returns at once, harmless when it is done."""
        with self._lock:
            self._is_dropped = True
            job = self._job
        self._news.put(None)
        self._cancel(job)

    def _work(self) -> None:
        """Submit and wait; whatever happens is put on the queue, or `result` would wait for ever."""
        job = None
        try:
            job = self._submit()
            with self._lock:
                self._job = job
                is_dropped = self._is_dropped
            if is_dropped:
                self._cancel(job)
                return
            self._news.put(Outcome(job.result()))
        except BaseException as error:  # noqa: BLE001 - a vendor may raise anything, SystemExit too
            self._news.put(_Failure(error, self._words(job, error)))

    def _words(self, job: Any, error: BaseException) -> str:
        """What the vendor says about a job that was refused or that failed."""
        said = f"{type(error).__name__}: {error}"
        if job is None:
            return f"Backend '{self._backend}' refused a job: {said}"
        message = getattr(job, "error_message", None)
        try:
            more = message() if callable(message) else None
        except Exception as trouble:  # noqa: BLE001 - the first error is the one that matters
            more = f"its error_message() raised {type(trouble).__name__}"
        if more and str(more) not in said:
            said = f"{said}; {more}"
        return f"A job of backend '{self._backend}' failed: {said}"

    def _cancel(self, job: Any) -> None:
        cancel = getattr(job, "cancel", None)
        if not callable(cancel):
            return
        try:
            cancel()
        except Exception as error:  # noqa: BLE001 - a vendor that cannot cancel must not stop an abort
            _log.warning("Backend '%s' could not cancel a job: %s", self._backend, error)
