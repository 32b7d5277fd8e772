# SPDX-License-Identifier: Apache-2.0
"""A rack of emulators at free addresses, and the backend of a rack file that points there."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import feedline
from feedline.runtime.submit import runtime
from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.cable import Signal
from feedline_hal.emulator.fault import FaultScript
from feedline_hal.rack.reading import read_rack
from feedline_rack.backend import RackBackend

sys.path.append(str(Path(__file__).parent))

from rack_lab import RACK, write_lab


@attrs.frozen(slots=True, eq=False)
class Lab:
    """Emulators, the rack file that points to them, and its backend."""

    bench: Bench
    path: Path
    backend: RackBackend

    def emulator(self, name: str) -> Any:
        """The emulator of an instrument."""
        return self.bench.emulators[name]

    def is_safe(self) -> bool:
        """Whether no emulated output is on, by the emulators' own state."""
        sources = all(not self.emulator(name).is_on for name in ("lo_drive", "lo_read"))
        bias = self.emulator("flux")
        awg = self.emulator("awg")
        silent = not any(output.is_on for output in awg.outputs.values())
        return sources and bias.level_v == 0 and not bias.is_on and silent


@pytest.fixture
def make_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Lab]]:
    """Start emulators; ``text`` is the rack file, whose addresses are replaced."""
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    started: list[Bench] = []

    def make(
        text: str = RACK, *, signals: dict[str, Signal] | None = None, faults: dict[str, FaultScript] | None = None
    ) -> Lab:
        path = write_lab(tmp_path, text)
        bench = Bench(read_rack(path), signals=signals, faults=faults, at_rack_addresses=False)
        bench.__enter__()
        started.append(bench)
        for name, table in tomllib.loads(text)["instruments"].items():
            text = text.replace(f'"{table["address"]}"', f'"{bench.addresses[name]}"')
        path.write_text(text, encoding="utf-8")
        backend = feedline.backend(f"rack:{path}")
        assert isinstance(backend, RackBackend)
        return Lab(bench, path, backend)

    runtime.cache_clear()
    yield make
    assert runtime().shutdown(cancel=True, timeout=30)
    runtime.cache_clear()
    for bench in started:
        bench.__exit__(None, None, None)


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """The rack of `lab.RACK`."""
    return make_lab()
