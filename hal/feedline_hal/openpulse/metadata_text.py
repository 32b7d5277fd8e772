# SPDX-License-Identifier: Apache-2.0
"""Metadata of a calibration set as a pragma: ``pragma feedline.metadata {"source": "..."}``, JSON on one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .syntax import error_at

KEYWORD = "feedline.metadata"
_REMEDY = 'Write JSON on one line: pragma feedline.metadata {"source": "friday"}'


def metadata_text(metadata: Mapping[str, Any]) -> str:
    """The line; the same metadata make the same line."""
    return f"pragma {KEYWORD} {json.dumps(dict(metadata), sort_keys=True, allow_nan=False)}"


def is_metadata(statement: Any) -> bool:
    """Whether a statement is that pragma."""
    return type(statement).__name__ == "Pragma" and str(statement.command).split(maxsplit=1)[:1] == [KEYWORD]


def read_metadata(statement: Any) -> dict[str, Any]:
    """What it says.

    Raises:
        OpenPulseError: If it is no JSON object.
    """
    text = str(statement.command).strip().removeprefix(KEYWORD)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise error_at(statement, f"pragma {KEYWORD} is no JSON: {error}.", remedy=_REMEDY) from None
    if not isinstance(found, dict):
        raise error_at(statement, f"pragma {KEYWORD} has {text.strip()}, no table.", remedy=_REMEDY)
    return found
