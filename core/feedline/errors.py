# SPDX-License-Identifier: Apache-2.0
"""Every error that is not a bug: what happened, then what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class FeedlineError(Exception):
    """Base of every error that is not a bug: what happened, then the remedy on its own line.

    Args:
        what: The thing, the value and what is wrong with it.
        remedy: What the reader can do about it.
    """

    is_fault: ClassVar[bool] = False
    """Whether the machine failed (``True``) or the request was wrong (``False``); sets the exit code."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(f"{what}\n  -> {remedy}")
        self.what = what
        self.remedy = remedy

    def amend(self, what: str, *, remedy: str) -> None:
        """Put it in other words, when more is known than where it was raised; kind, cause and traceback stay."""
        super().__init__(f"{what}\n  -> {remedy}")
        self.what = what
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from both sentences, so that copies keep the remedy."""
        return _rebuild, (type(self), self.what, self.remedy)


class InputError(FeedlineError, ValueError):
    """A circuit, pub, value or file that cannot be used as it is."""


class OptionError(InputError, AttributeError):
    """An unknown option, or a value that an option does not take."""


class NotFoundError(FeedlineError, LookupError):
    """A backend, job, session or pass of that name does not exist."""


class CapabilityError(FeedlineError, ValueError):
    """The backend cannot do what was asked; it is never approximated in silence."""


class PluginError(FeedlineError):
    """A plugin is broken, or registers something twice."""


class MissingExtraError(FeedlineError, ImportError):
    """An optional dependency is not installed."""


class SessionError(FeedlineError, RuntimeError):
    """The session or batch is closed, expired, or belongs to another backend."""


class ProviderError(FeedlineError, RuntimeError):
    """A provider raised, or returned data that does not fit what was asked."""

    is_fault = True


class JobError(FeedlineError, RuntimeError):
    """The job has no result: it failed, was cancelled or was interrupted."""

    is_fault = True


class StoreError(FeedlineError, RuntimeError):
    """The job store cannot be read or written."""

    is_fault = True


class WaitTimeoutError(FeedlineError, TimeoutError):
    """A wait ended before what was awaited came."""

    is_fault = True


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, else what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean '{close[0]}'? Available: {', '.join(names)}."
    return f"Available: {', '.join(names) or 'none'}."


def _rebuild(kind: type[FeedlineError], what: str, remedy: str) -> FeedlineError:
    return kind(what, remedy=remedy)
