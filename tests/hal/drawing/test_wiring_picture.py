# SPDX-License-Identifier: Apache-2.0
"""The picture of a rack shows every instrument, port, channel and trigger, and nothing on top of another."""

from __future__ import annotations

import io
import re
from itertools import combinations
from pathlib import Path

import pytest
from rich.console import Console

from feedline.errors import InputError
from feedline_hal.drawing.wiring_layout import wiring_scene
from feedline_hal.drawing.wiring_picture import draw_rack
from feedline_hal.drawing.wiring_scene import BoxItem
from feedline_hal.drawing.wiring_tree import wiring_tree
from feedline_hal.rack.schema import Channel, InstrumentSpec, MixerSpec, PortSpec, RackSpec, TriggerSpec


def rack(qubits: int) -> RackSpec:
    """A drive of two channels for each qubit, one readout line, a local oscillator for every two qubits."""
    names = [f"awg{index}" for index in range(1 + (2 * qubits + 1) // 8)]
    names += [*(f"lo{index}" for index in range((qubits + 1) // 2)), "scope", "trig", "bias"]
    flat = [Channel(name, f"ch{number}") for name in names if name.startswith("awg") for number in range(1, 9)]
    ports = {
        f"q{index}_drive": PortSpec(
            name=f"q{index}_drive", qubits=(index,), i=flat[2 * index], q=flat[2 * index + 1],
            lo=Channel(f"lo{index // 2}"), lo_frequency_hz=5e9, attenuation_db=30, delay_s=12e-9,
            mixer=MixerSpec(gain=1.02),
        )
        for index in range(qubits)
    }  # fmt: skip
    ports["readout"] = PortSpec(
        name="readout", qubits=tuple(range(qubits)), channel=flat[2 * qubits], capture=Channel("scope", "ch1")
    )
    played = {port.outputs[0].instrument for port in ports.values()}
    return RackSpec(
        path=Path("lab.toml"), name="lab", ports=ports,
        instruments={name: InstrumentSpec(name=name, driver="d", address=f"at {name}") for name in names},
        triggers={
            name: TriggerSpec(instrument=name, source=Channel("trig", "a")) for name in sorted({*played, "scope"})
        },
    )  # fmt: skip


def overlap(one: BoxItem, other: BoxItem) -> bool:
    """Whether two boxes share more than a border."""
    return one.left < other.right and other.left < one.right and one.bottom < other.top and other.bottom < one.top


@pytest.mark.parametrize("qubits", [1, 2, 6, 20])
def test_everything_is_on_the_page_and_apart(qubits: int) -> None:
    """Each instrument and port is there once, no two boxes overlap, nothing leaves the page."""
    spec = rack(qubits)
    scene = wiring_scene(spec)
    assert sorted(box.title for box in scene.boxes) == sorted([*spec.instruments, *spec.ports])
    assert [(one.title, other.title) for one, other in combinations(scene.boxes, 2) if overlap(one, other)] == []
    for box in scene.boxes:
        assert 0 < box.left
        assert box.right < scene.width
        assert 0 < box.bottom
        assert box.top < scene.height
    for x, y in (point for wire in scene.wires for point in wire.points):
        assert 0 < x < scene.width
        assert 0 < y < scene.height
    assert len(scene.mixers) == qubits
    assert sum(wire.kind == "trigger" for wire in scene.wires) == len(spec.triggers)


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "html"])
def test_every_format_is_written(tmp_path: Path, suffix: str) -> None:
    """The suffix is the format; text stays text where the format has any."""
    path = tmp_path / f"lab.{suffix}"
    draw_rack(rack(2), path)
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html>"}[suffix]
    assert path.read_bytes().startswith(start)
    if suffix in ("svg", "html"):
        text = path.read_text(encoding="utf-8")
        assert re.search(r">[^<]*  [^<]*</text>", text) is None  # of two plain blanks a browser shows one
        text = text.replace("\N{NO-BREAK SPACE}", " ")
        assert all(f">{word}<" in text for word in ("q0_drive", "awg0", "scope", "trig", "ch1  I", "lo0  5 GHz"))
        assert text.count("<svg") == 1


def test_same_rack_gives_the_same_file(tmp_path: Path) -> None:
    """No date and no random names are in it."""
    draw_rack(rack(1), tmp_path / "one.svg")
    draw_rack(rack(1), tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_unknown_format_is_refused(tmp_path: Path) -> None:
    """What cannot be drawn is refused before anything is laid out."""
    with pytest.raises(InputError, match="not a kind of picture"):
        draw_rack(rack(1), tmp_path / "lab.docx")


def test_tree_has_every_path() -> None:
    """The terminal shows each port with its channels, mixer and digitizer, and each trigger."""
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(wiring_tree(rack(2)))
    text = console.export_text()
    assert "lab  2 qubits, 5 instruments" in text
    assert "ch1, ch2 ─ ⊗ lo0 5 GHz ─ ×1.02 ─ −30 dB ─ +12 ns → q0_drive  q0" in text  # noqa: RUF001
    assert "ch5 → readout  q0 q1   baseband → scope ch1" in text
    assert "awg0  d  at awg0  trigger trig.a" in text
    assert "a → scope" in text
