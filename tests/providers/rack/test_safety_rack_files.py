# SPDX-License-Identifier: Apache-2.0
"""Rack files edited at random: what is not refused is played, and nothing unsafe reaches an output."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from witness import Witness

import feedline
from feedline.errors import FeedlineError
from feedline.runtime.submit import runtime
from feedline_hal.emulator.bench import Bench
from feedline_hal.rack.reading import read_rack

EXAMPLES = Path(__file__).parents[3] / "examples"
MORE = """
[instruments.att]
driver = "mini_circuits_rudat"
address = "TCPIP::127.0.0.1::25409::SOCKET"
settings = { attenuation_db = 30 }
safe = { attenuation_db = [20, 90] }
"""
UNSET = {
    "instruments.awg1.settings": ("ch1_offset_v", "ch5_offset_v", "ch7_amplitude_v", "ch8_offset_v"),
    "instruments.gen.settings": ("ch1_offset_v", "ch2_amplitude_v", "ch2_offset_v"),
    "instruments.lo1.settings": ("frequency_hz", "phase_deg"),
    "instruments.lo2.settings": ("a_frequency_hz", "a_phase_deg", "b_frequency_hz", "b_power_dbm", "b_is_on"),
    "instruments.trig.settings": ("a_level_v", "d_level_v"),
    "instruments.trig.safe": ("a_level_v", "d_level_v"),
    "triggers.awg1": ("delay_s", "width_s"),
    "triggers.scope": ("delay_s", "width_s"),
}
"""Keys that the example does not have, by table."""
NOT_EDITED = ("name", "calibrations", "driver", "address", "options", "qubits", "source", "lo")
"""And what says what is wired to what: a file about another bench, where emulators of this one stand."""
ODD: tuple[Any, ...] = (
    *(math.nan, math.inf, -math.inf, -0.0, 0, 1, -1, 1e308, -1e308, 5e-324, 10**40, True, False),
    *("0.1", "nan", "100 mV", "", [], [0.1], [1, 0], [math.nan, 1], [-math.inf, math.inf], {}, {"a": 1}),
)


def tables() -> dict[str, Any]:
    """The example, and an attenuator."""
    return tomllib.loads((EXAMPLES / "rack.toml").read_text(encoding="utf-8") + MORE)


def leaves(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        if isinstance(value, dict) and key != "options":
            yield from leaves(value, (*path, key))
        elif key not in NOT_EDITED and not isinstance(value, str):
            yield (*path, key)


PATHS = [*leaves(tables()), *((*table.split("."), key) for table, keys in UNSET.items() for key in keys)]


def bounds(path: tuple[str, ...]) -> list[float]:
    """Numbers that matter for a key: its value, and the ends of the safe range."""
    base = tables()
    at: Any = base
    for key in path:
        at = at.get(key, {})
    found = [float(at)] if isinstance(at, int | float) else [float(item) for item in at]
    if path[0] == "instruments" and path[2] == "settings":
        found += map(float, base["instruments"][path[1]].get("safe", {}).get(path[3], ()))
    if path[-1] == "lo_frequency_hz":
        found += [4.5e9, 5.5e9, 6.5e9, 7.2e9]
    return found or [1.0]


@st.composite
def numbers(draw: st.DrawFn, near: list[float]) -> float:
    """Around and beyond some numbers, by a rounding error or by far."""
    value = draw(st.sampled_from(near))
    how = draw(st.sampled_from(["as it is", "next", "hair", "step", "factor", "any"]))
    if how == "next":
        return math.nextafter(value, draw(st.sampled_from([-math.inf, math.inf])))
    if how in ("hair", "step"):
        return value + draw(st.sampled_from([-1, 1])) * (abs(value) or 1.0) * (1e-8 if how == "hair" else 0.02)
    if how == "factor":
        return value * draw(st.sampled_from([-1, 0.1, 0.5, 1.5, 2, 10, 1e6]))
    return value if how == "as it is" else draw(st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def edits(draw: st.DrawFn) -> tuple[tuple[str, ...], Any]:
    """A key, and what is written there."""
    path = draw(st.sampled_from(PATHS))
    number = numbers(bounds(path))
    if not draw(st.integers(0, 3)):
        return path, draw(st.sampled_from(ODD))
    is_range = "safe" in path or path[-1].endswith("range_hz")
    return path, draw(st.tuples(number, number).map(sorted) if is_range else number)


def written(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {written(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


def edited(changes: list[tuple[tuple[str, ...], Any]], addresses: Mapping[str, str]) -> dict[str, Any]:
    made = tables()
    for name, address in addresses.items():
        made["instruments"][name]["address"] = address
    for path, value in changes:
        at = made
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = value
    return made


def play(path: Path) -> None:
    """Everything that the file says is set, and both qubits are driven, coupled and read."""
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    feedline.Sampler(feedline.backend(f"rack:{path}")).run([circuit], shots=2).result()


def attack(folder: Path, changes: list[tuple[tuple[str, ...], Any]]) -> tuple[str, Witness | None]:
    """Play with an edited rack file on fresh emulators; what was refused, and who saw what came out."""
    (folder / "rack.toml").write_text("\n".join(f"{key} = {written(value)}" for key, value in tables().items()))
    (folder / "rack_calibrations.qasm").write_text((EXAMPLES / "rack_calibrations.qasm").read_text())
    runtime.cache_clear()
    with Bench(read_rack(folder / "rack.toml"), at_rack_addresses=False) as bench:
        made = edited(changes, bench.addresses)
        path = folder / "edited.toml"
        path.write_text("\n".join(f"{key} = {written(value)}" for key, value in made.items()))
        refusal = ""
        witness = None
        try:
            spec = read_rack(path)
            witness = Witness(bench, {name: one.safe for name, one in spec.instruments.items()})
            play(path)
        except FeedlineError as refused:
            refusal = str(refused)
        assert runtime().shutdown(cancel=True, timeout=30)
        for name in ("lo1", "bias"):
            assert not bench.emulators[name].is_on
        assert not any(output.is_on for output in bench.emulators["awg1"].outputs.values())
    return refusal, witness


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path / "home"))
    yield tmp_path
    runtime.cache_clear()


def try_files(folder: Path, count: int) -> None:
    @settings(max_examples=count, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(edits(), min_size=1, max_size=3, unique_by=lambda edit: edit[0]))
    def tried(changes: list[tuple[tuple[str, ...], Any]]) -> None:
        _, witness = attack(folder, changes)
        assert witness is None or witness.seen == []

    tried()


def test_no_edited_rack_file_brings_out_anything_unsafe(folder: Path) -> None:
    """Levels, frequencies, powers, ramps, mixers, attenuation, triggers and safe ranges: odd ones, and hardly odd."""
    try_files(folder, 15)


@pytest.mark.exhaustive
def test_no_edited_rack_file_of_many_brings_out_anything_unsafe(folder: Path) -> None:
    try_files(folder, 600)


def test_the_file_as_it_is_plays_on_every_output(folder: Path) -> None:
    """So that the tests above are about something."""
    refusal, witness = attack(folder, [])
    assert refusal == ""
    assert witness is not None
    assert witness.seen == []
    assert witness.was_on == {"awg1", "gen", "lo1", "lo2", "bias", "trig"}


def judged(folder: Path, path: str, value: Any) -> list[str]:
    """What the witness says of the file as it is, if something else were safe."""
    made = edited([(tuple(path.split(".")), value)], {})
    safe = {name: one.get("safe", {}) for name, one in made["instruments"].items()}
    was = Witness.__init__

    def other(self: Witness, bench: Bench, _safe: Mapping[str, Any]) -> None:
        was(self, bench, safe)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Witness, "__init__", other)
        _, witness = attack(folder, [])
    assert witness is not None
    return witness.seen


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("instruments.awg1.safe.ch1_voltage_v", [-0.01, 0.01]),
        ("instruments.gen.safe.ch1_slew_v_per_s", [0, 1e5]),
        ("instruments.lo1.safe.power_dbm", [-20, 14.9]),
        ("instruments.lo2.safe.a_frequency_hz", [6.5e9, 6.8e9]),
        ("instruments.bias.safe.level_v_per_s", [0, 0.1]),
        ("instruments.att.safe.attenuation_db", [31, 90]),
        ("instruments.trig.safe.b_duty", [0, 0.003]),
        ("instruments.trig.safe.trigger_rate_hz", [0, 3e3]),
    ],
)
def test_the_witness_sees_what_would_be_unsafe(folder: Path, path: str, value: Any) -> None:
    _, instrument, _, quantity = path.split(".")
    seen = judged(folder, path, value)
    assert seen
    assert all(line.startswith(f"{instrument}.{quantity}: ") for line in seen)
