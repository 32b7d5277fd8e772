# SPDX-License-Identifier: Apache-2.0
"""What instruments are told, as tables for people; made of `ProgramRecord.to_dict`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from feedline.cli.table import duration, facts, table

from .plan_record import ranges

_STEPS_SHOWN = 16


def program_text(record: Mapping[str, Any]) -> str:
    """Head, and a paragraph for each instrument."""
    return "\n\n".join(_parts(record))


def _parts(record: Mapping[str, Any]) -> Iterator[str]:
    shown = record.get("points_shown", [])
    is_all = len(shown) == record["points"]
    yield facts(
        [
            ("program", record["name"]),
            ("stage", "program"),
            ("rack", record["rack"]),
            ("calibrations", record["calibration_id"]),
            ("points", str(record["points"]) if is_all else f"{ranges(shown)} of {record['points']}: the first pack"),
        ]
    )
    for one in record["sequencers"]:
        yield from _sequencer(one)
    for one in record["digitizers"]:
        yield _digitizer(one)
    if record["triggers"]:
        yield _triggers(record["triggers"])


def _sequencer(one: Mapping[str, Any]) -> Iterator[str]:
    head = (
        f"{one['name']}  {one['driver']}, {_rate(one['rate_hz'])}: {one['memory_samples']:,} of "
        f"{one['memory_samples_limit']:,} samples, {len(one['waveforms'])} of {one['waveforms_limit']:,} waveforms, "
        f"{len(one['steps'])} of {one['steps_limit']:,} steps, {one['bytes']:,} bytes"
    )
    channels = [
        (f"ch{row['channel']}", row["port"], f"{row['amplitude_v']:.6g} V", f"{row['offset_v']:.6g} V", _late(row))
        for row in one["channels"]
    ]
    yield f"{head}\n{table(('channel', 'port', 'full scale', 'offset', 'late'), channels, right=frozenset({2, 3, 4}))}"
    waveforms = [
        (
            str(row["index"]),
            str(row["samples"]),
            duration(row["duration_s"]),
            f"{row['peak']:.4f}",
            f"{row['peak_v']:.4g} V",
            " ".join(f"ch{number}" for number in row["channels"]),
            ranges(row["steps"]),
        )
        for row in one["waveforms"]
    ]
    heads = ("waveform", "samples", "length", "peak", "peak/V", "channels", "steps")
    yield table(heads, waveforms, right=frozenset({0, 1, 2, 3, 4}))
    steps = one["steps"][:_STEPS_SHOWN]
    columns = ("step", *(f"ch{row['channel']}" for row in one["channels"]))
    rows = [(str(number), *map(str, step)) for number, step in enumerate(steps)]
    left = len(one["steps"]) - len(steps)
    more = f"\nand {left} more; --json has all" if left else ""
    yield table(columns, rows, right=frozenset(range(len(columns)))) + more


def _late(row: Mapping[str, Any]) -> str:
    """What a channel waits for the others."""
    return f"{row['late_s'] * 1e9:.10g} ns"


def _digitizer(one: Mapping[str, Any]) -> str:
    head = (
        f"{one['name']}  {one['driver']}, {_rate(one['rate_hz'])}, "
        + " ".join(f"ch{number} {range_v:g} V" for number, range_v in zip(one["channels"], one["range_v"], strict=True))
        + f": {one['records']:,} of {one['records_limit']:,} records of {one['samples']:,} samples, "
        f"from {one['delay_s'] * 1e9:.10g} ns after the trigger"
    )
    rows = [
        (
            f"q{row['qubit']}",
            str(row["clbit"]),
            " ".join(f"ch{number}" for number in row["channels"]),
            f"{row['start_s'] * 1e9:.10g}",
            f"{row['duration_s'] * 1e9:.10g}",
            f"{row['first_sample']}-{row['first_sample'] + row['samples'] - 1}",
            f"{row['frequency_hz'] / 1e6:.10g}",
            row["kernel"] or "1",
            f"{row['angle_rad']:.4g}",
            f"{row['threshold']:.4g}",
        )
        for row in one["captures"]
    ]
    heads = (
        "capture", "bit", "channels", "start/ns", "length/ns", "samples", "IF/MHz", "kernel", "angle", "threshold",
    )  # fmt: skip
    return f"{head}\n{table(heads, rows, right=frozenset({1, 3, 4, 6, 8, 9}))}"


def _triggers(told: Mapping[str, Any]) -> str:
    head = f"{told['coordinator']}  {told['count']:,} triggers, one every {duration(told['period_s'])}"
    rows = [
        (row["output"], f"{row['delay_s'] * 1e9:.10g}", f"{row['width_s'] * 1e9:.10g}", " ".join(row["instruments"]))
        for row in told["outputs"]
    ]
    return f"{head}\n{table(('output', 'delay/ns', 'width/ns', 'triggers'), rows, right=frozenset({1, 2}))}"


def _rate(rate_hz: float) -> str:
    return f"{rate_hz / 1e9:.6g} GS/s" if rate_hz >= 1e9 else f"{rate_hz / 1e6:.6g} MS/s"
