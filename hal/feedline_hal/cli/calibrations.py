# SPDX-License-Identifier: Apache-2.0
"""``feedline calibrations``: the store of calibration sets; list, show, compare, put, tag, go back."""

from __future__ import annotations

import click


@click.group()
def calibrations() -> None:
    """List, show, compare and restore stored calibration sets."""
