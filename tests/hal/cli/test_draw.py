# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

SIGNATURES = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".html": b"<!doctype html>"}


def test_picture_is_named_after_the_file_by_default(feedline, folder: Path) -> None:
    said = feedline("draw", "bell.qasm", "--backend", "pulse")
    assert (said.code, said.out) == (0, "drawn: bell.svg\n"), said.err
    text = (folder / "bell.svg").read_text(encoding="utf-8")
    for word in ("q0_q1_coupler", "cz", "→ c[0]", "time (ns)", ">bell<"):
        assert word in text


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_suffix_is_the_format(feedline, folder: Path, suffix: str) -> None:
    said = feedline("draw", "bell.qasm", "--out", f"x{suffix}", "--from", "0", "--to", "200")
    assert said.code == 0, said.err
    assert (folder / f"x{suffix}").read_bytes().startswith(SIGNATURES[suffix])


def test_window_leaves_out_what_is_outside(feedline, folder: Path) -> None:
    assert feedline("draw", "bell.qasm", "--to", "100").code == 0
    assert "measure" not in (folder / "bell.svg").read_text(encoding="utf-8")


def test_control_flow_is_drawn_with_its_conditions(feedline, folder: Path) -> None:
    assert feedline("draw", "decide.qasm").code == 0
    text = (folder / "decide.svg").read_text(encoding="utf-8")
    assert "if c[0]" in text
    assert ">else<" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bell.qasm", "--out", "x.gif"), ["x.gif is not a kind of picture", ".html, .pdf, .png, .svg"]),
        (("bell.qasm", "--out", "x"), ["x is not a kind of picture", ".html, .pdf, .png, .svg"]),
        (("bell.qasm", "--out", "gone/x.png"), ["gone/x.png cannot be written", "folder that exists"]),
        (("bell.qasm", "--backend", "aer"), ["Backend 'aer' plays no pulses"]),
        (("bell.qasm", "--from", "9000"), ["there is nothing to draw", "lasts from 0 ns to"]),
        (("turn.qasm",), ["needs a value for theta", "--param theta=VALUE"]),
    ],
)
def test_mistakes_are_named_with_a_remedy(feedline, arguments: tuple[str, ...], words: list[str]) -> None:
    said = feedline("draw", *arguments)
    assert said.code == 2
    for word in words:
        assert word in said.err
