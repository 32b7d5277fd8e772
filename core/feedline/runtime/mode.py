# SPDX-License-Identifier: Apache-2.0
"""Modes: what ``mode=`` means."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import attrs

from feedline.errors import InputError
from feedline.processor import Backend

if TYPE_CHECKING:
    from .session import Session

_OPEN: ContextVar[tuple[Session, ...]] = ContextVar("feedline_open_sessions", default=())


@attrs.frozen(slots=True, eq=False)
class Mode:
    """Where jobs run.

    Attributes:
        backend: On which backend.
        session: In which session or batch, or ``None``.
    """

    backend: Backend
    session: Session | None = None


def resolve_mode(mode: object = None) -> Mode:
    """Find out where jobs run.

    Args:
        mode: A session or batch; a backend, ours or any that a plugin wraps; a backend's name; or
            ``None`` for the session that the innermost ``with`` opened. A backend whose processor that
            session holds joins it too.

    Raises:
        InputError: If it is none of these.
        NotFoundError: If no backend has that name.
    """
    from .session import Session

    if isinstance(mode, Session):
        return Mode(mode.backend(), mode)
    open_sessions = _OPEN.get()
    if mode is None:
        if not open_sessions:
            raise InputError(
                "No mode was given, and no session is open here.",
                remedy="Pass mode=backend, or run inside `with Session(backend):`.",
            )
        return Mode(open_sessions[-1].backend(), open_sessions[-1])
    backend = resolve_backend(mode)
    if open_sessions and open_sessions[-1].backend().device_id == backend.device_id:
        return Mode(backend, open_sessions[-1])
    return Mode(backend)


def resolve_backend(given: object) -> Backend:
    """Make a backend of a name, a Feedline backend or a foreign object.

    Raises:
        InputError: If it is none of these.
        NotFoundError: If no backend has that name.
    """
    if isinstance(given, Backend):
        return given
    from feedline import front_door

    if isinstance(given, str):
        return front_door.backend(given)
    return front_door.wrap_backend(given)


def push_session(session: Session) -> None:
    """Make a session the one that ``mode=None`` means."""
    _OPEN.set((*_OPEN.get(), session))


def pop_session(session: Session) -> None:
    """Undo `push_session`."""
    _OPEN.set(tuple(other for other in _OPEN.get() if other is not session))
