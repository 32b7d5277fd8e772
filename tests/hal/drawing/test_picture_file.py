# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from feedline.errors import InputError
from feedline_hal.drawing.picture_file import _dpi, check_picture

MISSING = """
import sys
sys.modules[sys.argv[1]] = None
from feedline_hal import Schedule
from feedline.errors import MissingExtraError
try:
    Schedule.left().draw(sys.argv[2])
except MissingExtraError as error:
    print(error)
"""


def test_unknown_suffix_is_answered_with_the_nearest_and_all(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"(?s)a\.htm is not a kind.*Did you mean '\.html'.*\.html, \.pdf, \.png, \.svg"
    ):
        check_picture(tmp_path / "a.htm")


def test_folder_that_does_not_exist_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.png cannot be written"):
        check_picture(tmp_path / "gone" / "a.png")


@pytest.mark.parametrize(("library", "name"), [("plotly", "a.html"), ("matplotlib", "a.png")])
def test_missing_library_names_the_extra(library: str, name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", MISSING, library, str(tmp_path / name)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert said == f"This picture needs {library}, which is not installed.\n  -> pip install 'feedline[plot]'\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("name", ["a.svg", "a.html"])
def test_full_disk_is_an_input_error_that_names_the_file(name: str, tmp_path: Path) -> None:
    from feedline_hal import Schedule

    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(InputError, match=rf"{name} cannot be written: No space left on device"):
        Schedule.left().draw(tmp_path / name)


def test_picture_too_tall_for_its_dots_is_drawn_with_fewer() -> None:
    from matplotlib.figure import Figure

    assert _dpi(Figure(figsize=(10, 30))) == 150
    assert 450 * _dpi(Figure(figsize=(10, 450))) == pytest.approx(60_000)  # matplotlib's limit is 2**16
