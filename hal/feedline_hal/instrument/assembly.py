# SPDX-License-Identifier: Apache-2.0
"""What a program is for one instrument: the commands that load it, in parts that can be there already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.transport.transport import Transport


@attrs.frozen(slots=True, eq=False)
class Command:
    """A command that is to be written.

    Attributes:
        text: Without terminator; ends before the block if there is one.
        block: Samples that follow it, as they go out; ``None`` for none.
    """

    text: str
    block: NDArray[np.generic] | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes on the wire, without the block's header and the terminator."""
        return len(self.text) + (0 if self.block is None else self.block.nbytes)


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Part:
    """Something that an instrument keeps under a name: a waveform.

    Attributes:
        name: In the instrument's memory; made of the content, so that equal content has one name.
        commands: What loads it.
        remove: What removes it again.
        memory_samples: What it takes of the instrument's memory, in samples.
    """

    name: str
    commands: tuple[Command, ...]
    remove: tuple[Command, ...] = ()
    memory_samples: int = 0


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Assembly:
    """What an instrument has to be told to be ready for a program; made offline, the same bytes every time.

    Attributes:
        parts: What has to be in its memory; those that are there already are not sent again.
        setup: What makes a program of the parts; may be sent while another program plays.
        switch: What makes it the program that plays next; sent when nothing plays.
        id: Hash of the parts' names, which are made of what is in them, and of setup and switch.
    """

    parts: tuple[Part, ...] = ()
    setup: tuple[Command, ...] = ()
    switch: tuple[Command, ...] = ()
    id: str = attrs.field(init=False)

    @id.default
    def _hash(self) -> str:
        hashed = hashlib.blake2b("\n".join(part.name for part in self.parts).encode(), digest_size=16)
        for command in (*self.setup, *self.switch):
            size = -1 if command.block is None else command.block.nbytes
            hashed.update(f"\n{command.text}\n{size}\n".encode())
            if command.block is not None:
                hashed.update(np.ascontiguousarray(command.block).data)
        return hashed.hexdigest()

    def commands(self) -> Iterator[Command]:
        """Everything, as if nothing were there yet."""
        for part in self.parts:
            yield from part.commands
        yield from self.setup
        yield from self.switch

    @property
    def size_bytes(self) -> int:
        """Bytes on the wire if nothing is there yet."""
        return sum(command.size_bytes for command in self.commands())


def content_name(prefix: str, samples: NDArray[np.generic]) -> str:
    """A name for samples that is theirs alone: the prefix and 16 hexadecimal digits of their hash."""
    return prefix + hashlib.blake2b(np.ascontiguousarray(samples).data, digest_size=8).hexdigest()


def send_all(transport: Transport, commands: Iterable[Command]) -> None:
    """Write commands in order.

    Raises:
        HardwareFault: If the instrument does not take them.
        LimitError: If the gate refuses one; then none was sent.
    """
    lines = [(command.text, command.block) for command in commands]
    if lines:
        transport.write_all(lines)
