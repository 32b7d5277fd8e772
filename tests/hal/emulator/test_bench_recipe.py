# SPDX-License-Identifier: Apache-2.0
"""What a bench is made of in the emulators' process: modules and drivers as whoever asks for it has them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from feedline import front_door
from feedline.errors import NotFoundError
from feedline_hal.emulator.bench_process import BenchProcess
from feedline_hal.emulator.bench_recipe import Recipe, rack_recipe
from feedline_hal.rack.reading import read_rack
from feedline_hal.transport import open_transport

RACK = Path(__file__).parents[3] / "examples" / "rack.toml"
OWN = """
from feedline import hookimpl
from feedline.registry import DriverEntry
from feedline_hal.drivers.yokogawa_gs200 import YokogawaGs200
from feedline_hal.emulator.yokogawa_gs200 import EmulatedGs200

class Emulated(EmulatedGs200):
    def __init__(self, **options):
        super().__init__(**options)
        self.identity = "OWN,GS210,1,1.0"

class Own(YokogawaGs200):
    emulator = f"{__name__}:Emulated"

@hookimpl
def feedline_register_drivers(register):
    register(DriverEntry(name="own_source", make=lambda: Own))
"""
MARKED = """
class Marked:
    addresses = {"found": __file__}
    __enter__ = lambda self: self
    __exit__ = lambda self, *_: None
"""


@pytest.fixture
def process() -> Iterator[BenchProcess]:
    made = BenchProcess()
    yield made
    made.end()


def test_it_finds_modules_where_its_user_does(
    process: BenchProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder with a colon in its name, in the current one; a path that is no text is nothing to imports."""
    folder = tmp_path / "a:b"
    folder.mkdir()
    (folder / "marked.py").write_text(MARKED, encoding="utf-8")
    (folder / "encodings.py").write_text("raise RuntimeError('this is not that of Python')", encoding="utf-8")
    monkeypatch.chdir(folder)
    for first in (str(folder), ""):
        with monkeypatch.context() as here:
            here.setattr(sys, "path", [first, *sys.path, Path("/nowhere")])
            with process.serve(Recipe("marked:Marked", {})) as addresses:
                assert Path(addresses["found"]) == folder / "marked.py"
        process.end()


def own_driver() -> Recipe:
    spec = read_rack(RACK)
    own = attrs.evolve(spec.instruments["bias"], driver="own_source", serial="", firmware="")
    return rack_recipe(attrs.evolve(spec, instruments={**spec.instruments, "bias": own}), ["bias"])


def test_plugin_files_that_its_user_loaded_are_loaded_there(
    process: BenchProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was started, by a path that is no longer the same from the current folder."""
    (tmp_path / "own_lab.py").write_text(OWN, encoding="utf-8")
    with process.serve(rack_recipe(read_rack(RACK), ["bias"])):
        pass
    monkeypatch.chdir(tmp_path)
    front_door.host.cache_clear()
    try:
        front_door.host().load_file("own_lab.py")
        monkeypatch.chdir("/")
        for _ in range(2):
            with process.serve(own_driver()) as addresses:
                with open_transport(addresses["bias"], name="bias", timeout_s=5.0) as transport:
                    assert transport.query("*IDN?") == "OWN,GS210,1,1.0"
    finally:
        front_door.host.cache_clear()


def test_a_driver_that_only_its_user_registered_is_told_of(process: BenchProcess) -> None:
    told = r"no driver 'own_source'.\n  -> .*installed plugins and of plugin files, not those of an object that"
    with pytest.raises(NotFoundError, match=told), process.serve(own_driver()):
        pass
