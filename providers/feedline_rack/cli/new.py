# SPDX-License-Identifier: Apache-2.0
"""``feedline rack new``: a rack file to fill in."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def _complete_driver(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the drivers that plugins have."""
    from feedline.front_door import host

    drivers = host().drivers.values()
    return [CompletionItem(one.name, help=one.summary) for one in drivers if one.name.startswith(incomplete)]


@click.command(short_help="Write a rack file to fill in.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("rack.toml"))
@click.option(
    "--example", is_flag=True, help="A complete rack of two qubits, which 'feedline emulate' serves as it is."
)
@click.option(
    "--driver", "drivers", multiple=True, metavar="NAME", shell_complete=_complete_driver,
    help="Driver of an instrument that you have; may be repeated.  [one of each role]",
)  # fmt: skip
def new(file: Path, example: bool, drivers: tuple[str, ...]) -> None:
    """Write FILE, a commented rack file with every safe range to fill in; rack.toml if not given.

    Nothing is overwritten. What no driver can know, addresses and safe ranges, is left to you:
    'feedline rack check' names what is still open.

    \b
    Examples:
      feedline rack new lab.toml
      feedline rack new lab.toml --driver keysight_33600a --driver windfreak_synthhd
      feedline rack new lab.toml --example
    """
    from feedline.errors import OptionError

    if example and drivers:
        raise OptionError("--example is a whole rack, --driver names are for your own.", remedy="Give one of them.")
    written = _example(file) if example else _template(file, drivers)
    click.echo(f"Written: {', '.join(map(str, written))}")
    click.echo("Next:")
    click.echo(f"  feedline rack check {file}")
    click.echo(f"  feedline {'emulate' if example else 'rack show'} {file}")


def _template(file: Path, drivers: tuple[str, ...]) -> list[Path]:
    from feedline_rack.template import STARTER, template

    write_new({file: template(file.stem, drivers or STARTER)})
    return [file]


def _example(file: Path) -> list[Path]:
    from importlib.resources import files

    source = files("feedline_rack") / "example"
    calibrations = file.parent / "rack_calibrations.qasm"
    texts = {
        file: (source / "rack.toml").read_text(encoding="utf-8"),
        calibrations: (source / "rack_calibrations.qasm").read_text(encoding="utf-8"),
    }
    write_new(texts)
    return list(texts)


def write_new(texts: dict[Path, str]) -> None:
    """Write new files, all of them or none.

    Raises:
        InputError: If one exists, or its folder does not.
    """
    from feedline.errors import InputError

    for path in texts:
        if path.exists():
            raise InputError(f"{path} exists; it is not overwritten.", remedy="Name another file, or move that one.")
        if not path.parent.is_dir():
            raise InputError(f"There is no folder {path.parent}.", remedy="Make it, or name another.")
    for path, text in texts.items():
        try:
            with path.open("x", encoding="utf-8") as opened:
                opened.write(text)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}.", remedy="Name another file.") from error
