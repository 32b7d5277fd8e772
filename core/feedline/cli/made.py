# SPDX-License-Identifier: Apache-2.0
"""Backends for commands: plugin code that would end the command is an error instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedline.errors import PluginError

if TYPE_CHECKING:
    from feedline.processor import Backend


def make_backend(name: str, /, **options: Any) -> Backend:
    """Make a backend as `feedline.backend` does.

    Raises:
        FeedlineError: What `feedline.backend` raises; also if the plugin calls ``exit``.
    """
    import feedline

    try:
        return feedline.backend(name, **options)
    except SystemExit as error:
        from feedline.front_door import host

        head = name.partition(":")[0]
        raise PluginError(
            f"Backend '{head}' of plugin '{host().owner(host().backends[head])}' called exit({error.code!r}).",
            remedy="Check its argument and options; if they are right, report this to the plugin's authors.",
        ) from error
