# SPDX-License-Identifier: Apache-2.0
"""The rack fulfils what Feedline asks of any backend: its emulated AWG drives two ideal qubits."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import feedline
from feedline.processor import Backend
from feedline.testing import BackendContract
from feedline_hal.emulator.bench import Bench
from feedline_hal.rack.reading import read_rack

sys.path.append(str(Path(__file__).parent))

from chip import Chip
from rack_lab import RACK, write_lab


class TestRack(BackendContract):
    """Pulses have small phase errors of their own, so outcomes are compared with a margin."""

    fidelity = 0.95
    shots = 400

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def bench(cls, own_home: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        """Emulators that serve the whole class."""
        folder, chip = tmp_path_factory.mktemp("rack"), Chip()
        path = write_lab(folder)
        with Bench(read_rack(path), signals={"scope": chip}, at_rack_addresses=False) as bench:
            chip.awg = bench.emulators["awg"]
            text = RACK
            for name, table in tomllib.loads(RACK)["instruments"].items():
                text = text.replace(f'"{table["address"]}"', f'"{bench.addresses[name]}"')
            path.write_text(text, encoding="utf-8")
            cls.backend = feedline.backend(f"rack:{path}")
            yield

    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, bench: None) -> Backend:
        """The backend, when the emulators are there."""
        return cls.make_backend()
