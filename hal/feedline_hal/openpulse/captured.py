# SPDX-License-Identifier: Apache-2.0
"""What stands for a value that is only known when the program runs."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(slots=True)
class Captured:
    """Stands for what a capture gives.

    Attributes:
        position: Of the capture among the instructions of its body.
        body: The `Body` that it is in.
    """

    position: int
    body: Any = attrs.field(eq=False, repr=False)
