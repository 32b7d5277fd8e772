# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import importlib
import pkgutil

import feedline_hal.drivers
from feedline.registry import DriverEntry
from feedline_hal import plugin
from feedline_hal.instrument.role import Instrument


def test_every_driver_file_is_registered_under_its_name() -> None:
    """A file ``<maker>_<model>.py`` that nobody registers cannot be named in a rack file."""
    entries: list[DriverEntry] = []
    plugin.feedline_register_drivers(entries.append)
    files = {module.name for module in pkgutil.iter_modules(feedline_hal.drivers.__path__)}
    assert {entry.name for entry in entries} == files
    for entry in entries:
        kind = entry.make()
        module = importlib.import_module(f"feedline_hal.drivers.{entry.name}")
        assert kind.__module__ == module.__name__
        assert "Source:" in (module.__doc__ or "")
        assert all(hasattr(kind, name) for name in ("identify", "safe_state", "close")), Instrument
