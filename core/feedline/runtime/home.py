# SPDX-License-Identifier: Apache-2.0
"""Where Feedline keeps its files, and which process wrote them."""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path

import attrs


def home() -> Path:
    """Folder of the job store: ``FEEDLINE_HOME``, else the user's data folder. Creates nothing."""
    return Path(os.environ.get("FEEDLINE_HOME") or _data_folder()).expanduser()


@functools.cache
def _data_folder() -> str:
    from platformdirs import user_data_dir

    return user_data_dir("feedline", appauthor=False)


@attrs.frozen(slots=True)
class Owner:
    """A process, told apart from a later one that got the same number.

    Attributes:
        host: Name of the machine it runs on.
        pid: Its number.
        born: When it started, in the words of the operating system; empty where that is unknown.
    """

    host: str
    pid: int
    born: str

    @property
    def is_gone(self) -> bool:
        """Whether it certainly no longer runs; a process on another machine is taken to run."""
        if self.host != _host():
            return False
        if self.pid == os.getpid():
            return self.born != _born(self.pid)
        if self.born:
            return _born(self.pid) != self.born
        return not _exists(self.pid)


def this_process() -> Owner:
    """The process that runs this."""
    return _owner(os.getpid())


@functools.cache
def _owner(pid: int) -> Owner:
    return Owner(_host(), pid, _born(pid))


@functools.cache
def _host() -> str:
    return socket.gethostname()


@functools.cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _born(pid: int) -> str:
    """Boot and start tick of a process; empty if it is gone, a zombie, or if there is no ``/proc``."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = state.rpartition(")")[2].split()  # the name in parentheses may hold anything
    return "" if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"


def _exists(pid: int) -> bool:
    """Whether a process of that number runs, where there is no ``/proc``."""
    if os.name == "nt":
        return True  # signal 0 is Ctrl-C there: the job keeps its last status instead
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
