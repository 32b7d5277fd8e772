# SPDX-License-Identifier: Apache-2.0
"""``feedline completion``: shell completion, backend names included."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    Examples:
      eval "$(feedline completion bash)"                                 in ~/.bashrc
      eval "$(feedline completion zsh)"                                  in ~/.zshrc
      feedline completion fish > ~/.config/fish/completions/feedline.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, shell
    group = click.get_current_context().find_root().command
    click.echo(kind(group, {}, "feedline", "_FEEDLINE_COMPLETE").source())


def complete_backend(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the backends that plugins register; after the colon of one that takes a file, files and folders."""
    from feedline.front_door import host

    name, colon, start = incomplete.partition(":")
    entry = host().backends.get(name)
    if colon and entry is not None and entry.argument == "FILE":
        return [CompletionItem(f"{name}:{path}") for path in _paths(start)]
    return [
        CompletionItem(name, help=entry.summary)
        for name, entry in sorted(host().backends.items())
        if name.startswith(incomplete)
    ]


def _paths(start: str) -> list[str]:
    """Paths that begin so; folders end with a slash."""
    import os

    folder, begun = os.path.split(start)
    try:
        found = sorted(os.scandir(folder or "."), key=lambda item: item.name)
    except OSError:
        return []
    names = [item for item in found if item.name.startswith(begun) and (begun or not item.name.startswith("."))]
    return [os.path.join(folder, item.name) + "/" * item.is_dir() for item in names]
