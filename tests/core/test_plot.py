# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from feedline.errors import InputError, MissingExtraError
from feedline.plot import Curve, check_plot_file, plot_counts, plot_curves

SIGNATURES = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_counts_are_drawn_in_the_format_of_the_suffix(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"counts{suffix}"
    plot_counts([("bell", {"00": 5, "11": 7})], path, title="aer")
    assert path.read_bytes().startswith(SIGNATURES[suffix])


def test_counts_panels_name_their_outcomes_and_sum_what_is_too_much(tmp_path: Path) -> None:
    path = tmp_path / "counts.svg"
    many = {f"{value:06b}": value + 1 for value in range(40)}
    plot_counts([("few", {"0": 1}), ("many", many)], path)
    text = path.read_text()
    assert ">few<" in text
    assert ">many<" in text
    assert ">8 others<" in text
    assert ">100111<" in text
    assert ">000000<" not in text


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_same_counts_give_the_same_picture(suffix: str, tmp_path: Path) -> None:
    for name in (f"a{suffix}", f"b{suffix}"):
        plot_counts([("bell", {"00": 5, "11": 7})], tmp_path / name)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_curves_have_labels_legend_and_reference(tmp_path: Path) -> None:
    path = tmp_path / "curves.svg"
    x = np.linspace(0, 1, 5)
    plot_curves(
        x,
        [Curve(y=x**2, error=0.1 * np.ones(5), label="square"), Curve(y=x, label="line")],
        path,
        labels=("angle", "value"),
        reference=("exact", 0.5),
        title="both",
    )
    for words in ("angle", "value", "square", "line", "exact", "both"):
        assert f">{words}<" in path.read_text()


def test_no_counts_give_an_empty_picture(tmp_path: Path) -> None:
    plot_counts([("none", {})], tmp_path / "empty.png")
    assert (tmp_path / "empty.png").stat().st_size > 0


def test_unknown_format_and_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)a\.pgn is not a kind of picture.*Did you mean '\.png'"):
        check_plot_file(tmp_path / "a.pgn")
    with pytest.raises(InputError, match=r"cannot be written"):
        check_plot_file(tmp_path / "gone" / "a.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError, match=r"cannot be written"):
        check_plot_file(tmp_path / "folder.png")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_an_input_error_that_names_the_file() -> None:
    full = Path("/dev/full")
    from matplotlib.figure import Figure

    from feedline.plot import _save

    class OnFullDisk(Figure):
        def savefig(self, fname, **options):
            options.pop("metadata")
            super().savefig(full, format="png", **options)

    with pytest.raises(InputError, match=r"a\.png cannot be written: No space left on device"):
        _save(OnFullDisk(), Path("a.png"))


def test_missing_matplotlib_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'feedline\[plot\]'"):
        plot_counts([("bell", {"0": 1})], tmp_path / "a.png")
