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

    error: Exception
    words: str


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
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._job: Any = None
        self._is_dropped = False

    def result(self) -> Any:
        """Wait for the vendor's result; ``None`` if the job was given up.

        Raises:
            ProviderError: If ``run`` or the job fails; keeps the vendor's words.
        """
        threading.Thread(target=self._work, name=f"feedline {self._backend}", daemon=True).start()
        news = self._news.get()
        if isinstance(news, _Failure) and not self._is_dropped:
            if isinstance(news.error, FeedlineError):
                raise news.error
            raise ProviderError(
                news.words, remedy="Ask the backend's provider, with these words. The next job is not affected."
            ) from news.error
        return None if self._is_dropped else news

    def abort(self) -> None:
        """Give the job up, and cancel it at the vendor's; returns at once, harmless when it is done."""
        with self._lock:
            self._is_dropped = True
            job = self._job
        self._news.put(None)
        self._cancel(job)

    def _work(self) -> None:
        try:
            job = self._submit()
        except Exception as error:  # noqa: BLE001 - a vendor may raise anything
            name = self._backend
            self._news.put(_Failure(error, f"Backend '{name}' refused a job: {type(error).__name__}: {error}"))
            return
        with self._lock:
            self._job = job
            is_dropped = self._is_dropped
        if is_dropped:
            self._cancel(job)
            return
        try:
            self._news.put(job.result())
        except Exception as error:  # noqa: BLE001 - a vendor may raise anything
            self._news.put(_Failure(error, self._words(job, error)))

    def _words(self, job: Any, error: Exception) -> str:
        """What the vendor says about a failed job."""
        said = f"{type(error).__name__}: {error}"
        message = getattr(job, "error_message", None)
        more = message() if callable(message) else None
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
