# SPDX-License-Identifier: Apache-2.0
"""The end of the process: submitted jobs are finished first; Ctrl-C, SIGTERM and SIGHUP cancel them instead."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - its own exit hook must be registered before ours, see watch_lane
import logging
import os
import signal
import sys
import threading
import time
import weakref
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lane import Lane

_log = logging.getLogger("feedline.runtime")
_LANES: weakref.WeakSet[Lane] = weakref.WeakSet()
_DELIVERERS: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
_STATE = {"is_registered": False, "is_ending": False, "is_over": False}
_TERMINATED_S: list[float] = []
"""When signals ended the process; more than one if somebody swallowed it, as notebooks do."""

GRACE_S = 10.0
"""How long cancelled jobs, and callbacks that are still at work, may keep the process."""


def watch_lane(lane: Lane) -> None:
    """Have the process finish this lane's jobs before it ends.

    Raises:
        RuntimeError: If it is too late for that.
    """
    if _STATE["is_over"]:
        raise RuntimeError("The program is ending.")
    _LANES.add(lane)
    if _STATE["is_registered"]:
        return
    _STATE["is_registered"] = True
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forget)
    _end_by_signals()
    # Providers may use thread pools. Those refuse work as soon as the interpreter begins to end, before
    # `atexit`, so jobs have to be finished earlier: where pools do it, in reverse order of registration.
    import atexit

    register = getattr(threading, "_register_atexit", atexit.register)
    register(finish_all)


def watch_callbacks(thread: threading.Thread) -> None:
    """Have the process wait for a thread that hands out partial results."""
    _DELIVERERS.add(thread)


def finish_all() -> None:
    """Finish all jobs of the process, or cancel them if Ctrl-C or a signal ends it; close every device."""
    is_interrupted = False
    try:
        _STATE["is_ending"] = True
        is_interrupted = not hasattr(sys, "ps1") and getattr(sys, "last_type", None) is KeyboardInterrupt
        is_interrupted |= bool(_TERMINATED_S)
        if not is_interrupted:
            _end(drop=False, timeout_s=None)
    except (KeyboardInterrupt, SystemExit):  # the latter is `terminate`'s
        is_interrupted = True
    if is_interrupted:
        _end(drop=True, timeout_s=GRACE_S)
    _STATE["is_over"] = True
    for thread in list(_DELIVERERS):
        thread.join(GRACE_S)


def _signals() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _end_by_signals() -> None:
    """Have SIGTERM and SIGHUP end the process in order, with devices closed, unless somebody else took them."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _signals():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, terminate)


def terminate(number: int, _frame: FrameType | None) -> None:
    """End the process because of a signal: jobs are cancelled, devices closed.

    A second one does not disturb the ending. If there is none after a while, somebody swallowed the first.
    """
    now_s = time.monotonic()
    if _TERMINATED_S and (_STATE["is_ending"] or now_s < _TERMINATED_S[-1] + GRACE_S):
        return
    _TERMINATED_S.append(now_s)
    sys.exit(128 + number)


def _forget() -> None:
    """In a forked child: the lanes are the parent's, and so are their threads and signals."""
    _LANES.clear()
    _DELIVERERS.clear()
    for number in _signals():
        if signal.getsignal(number) is terminate:
            signal.signal(number, signal.SIG_DFL)


def _end(*, drop: bool, timeout_s: float | None) -> None:
    lanes = list(_LANES)
    for lane in lanes:
        lane.stop(drop=drop)
    for lane in lanes:
        if not lane.wait_idle(timeout_s):
            _log.warning("Lane %s did not end within %g s of its jobs being cancelled.", lane.device_id, timeout_s)
