# SPDX-License-Identifier: Apache-2.0
"""The reference page of the rack file has every key of every table, with its default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from feedline_hal.rack.schema import InstrumentSpec, MixerSpec, PortSpec, RackSpec, ReadoutSpec, TriggerSpec

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "rack-file.md").read_text(encoding="utf-8")
PLACES = {"path", "id", "instruments", "ports", "triggers", "readout"}
NAMES = {InstrumentSpec: {"name"}, PortSpec: {"name"}, TriggerSpec: {"instrument"}, ReadoutSpec: {"qubit"}}


@pytest.mark.parametrize("kind", [RackSpec, InstrumentSpec, PortSpec, MixerSpec, TriggerSpec, ReadoutSpec])
def test_every_key_is_documented_with_its_default(kind: type[Any]) -> None:
    """A key that is added or whose default changes shows here."""
    rows = [[cell.strip() for cell in line.split("|")] for line in PAGE.splitlines() if line.startswith("| `")]
    documented = {name: row[3] for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    for field in attrs.fields(kind):
        if field.name in NAMES.get(kind, PLACES if kind is RackSpec else set()):
            continue
        assert field.name in documented
        if isinstance(field.default, int | float) and not isinstance(field.default, bool) and field.default:
            assert float(documented[field.name]) == field.default
