# SPDX-License-Identifier: Apache-2.0
"""The classes of the syntax tree; imported once a text was parsed, so that `openpulse` is there."""

from __future__ import annotations

from typing import Any

import openpulse.ast

ast: Any = openpulse.ast
"""Module `openpulse.ast`."""
