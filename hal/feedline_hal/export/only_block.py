# SPDX-License-Identifier: Apache-2.0
"""The block of a program without control flow, or an error that says what cannot hold more than one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedline_hal.errors import PulseError

if TYPE_CHECKING:
    from feedline_hal.lowering.port_program import Block, PortProgram


def only_block(program: PortProgram, what: str) -> Block:
    """The only block.

    Args:
        program: The program.
        what: Names what was to be made of it.

    Raises:
        PulseError: If there is control flow.
    """
    if len(program.flow) == 1 and program.flow[0] in tuple(program.blocks()):
        return program.block
    raise PulseError(
        f"Program '{program.name}' has control flow, and {what} can only hold one block.",
        remedy="Export it as a table or as JSON, which keep the blocks, or draw it.",
    )
