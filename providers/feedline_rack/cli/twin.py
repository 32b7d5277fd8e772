# SPDX-License-Identifier: Apache-2.0
"""``feedline twin``: chips to simulate."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def twin() -> None:
    """Write a chip to simulate, and the rack that it is wired to.

    The backend `twin` simulates one in this process: `feedline run bell.qasm --backend twin`, or
    `--backend twin:chip.toml` for a chip of your own.

    \b
    Examples:
      feedline twin new chip.toml --qubits 3
      feedline run bell.qasm --backend twin:chip.toml
    """


@twin.command(short_help="Write a chip file and its rack file to edit.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("chip.toml"))
@click.option("--qubits", type=click.IntRange(1, 6), default=2, show_default=True, help="How many qubits, in a line.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="What the chip is drawn from.")
def new(file: Path, qubits: int, seed: int) -> None:
    """Write FILE, a chip drawn from a seed, chip.toml if not given; beside it its rack file and its gates as pulses.

    Nothing is overwritten. FILE alone is what `twin:FILE` needs; the rack file is for `feedline emulate`, which
    stands emulators with the chip behind them in for the instruments, so that any software can talk to them.

    \b
    Examples:
      feedline twin new
      feedline twin new three.toml --qubits 3 --seed 7
    """
    from feedline_rack.cli.new import write_new
    from feedline_rack.twin.writing import chip_files

    texts = chip_files(file, num_qubits=qubits, seed=seed)
    write_new(texts)
    rack = list(texts)[1]
    click.echo(f"Written: {', '.join(map(str, texts))}")
    click.echo("Next:")
    click.echo(f"  feedline run FILE.qasm --backend twin:{file}")
    click.echo(f"  feedline emulate {rack} --chip {file}")
