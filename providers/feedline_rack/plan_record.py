# SPDX-License-Identifier: Apache-2.0
"""The stage ``plan`` for people and programs: packs, how long their shots take, what has to be loaded."""

from __future__ import annotations

from typing import Any

import attrs

from feedline.cli.table import duration, facts, table

from .offline import Offline
from .planning import Pack

_HEAD = ("pack", "points", "rows", "shots", "runs", "period", "shot time", "records", "bytes", "new bytes")
_RIGHT = frozenset({0, 2, 3, 4, 5, 6, 8, 9})


@attrs.frozen(kw_only=True, slots=True, eq=False)
class PlanRecord:
    """How the points of a circuit are packed.

    Attributes:
        offline: The rack.
        name: Of the circuit.
        packs: In order.
        points: How many points there are.
    """

    offline: Offline
    name: str
    packs: tuple[Pack, ...]
    points: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON.

        A pack's ``bytes`` go out if an instrument's memory is empty, its ``new_bytes`` if everything is still there
        that packs before it loaded. Shot time is triggers times period; loading overlaps it where an instrument
        can load while it plays.
        """
        known: dict[str, set[str]] = {}
        packs = [self._pack(pack, known) for pack in self.packs]
        return {
            "name": self.name,
            "stage": "plan",
            "rack": self.offline.backend.spec.name,
            "calibration_id": self.offline.backend.calibrations.id,
            "points": self.points,
            "shots": self.packs[0].shots if self.packs else 0,
            "shot_time_s": sum(pack["shot_time_s"] for pack in packs),
            "packs": packs,
        }

    def to_text(self) -> str:
        """A line for each pack."""
        record = self.to_dict()
        head = facts(
            [
                ("program", record["name"]),
                ("stage", "plan"),
                ("rack", record["rack"]),
                ("calibrations", record["calibration_id"]),
                ("points", str(record["points"])),
                ("shots", f"{record['shots']} of each point"),
                ("shot time", duration(record["shot_time_s"])),
            ]
        )
        rows = [_cells(number, pack) for number, pack in enumerate(record["packs"])]
        return f"{head}\n\n{table(_HEAD, rows, right=_RIGHT)}" if rows else head

    def _pack(self, pack: Pack, known: dict[str, set[str]]) -> dict[str, Any]:
        runs = list(pack.runs())
        assemblies = self.offline.assemblies(pack)
        new_bytes = 0
        for name, assembly in assemblies.items():
            there = known.setdefault(name, set())
            old = sum(command.size_bytes for part in assembly.parts if part.name in there for command in part.commands)
            new_bytes += assembly.size_bytes - old
            there |= {part.name for part in assembly.parts}
        places = sorted(int(place) for item in pack.items for place in item.places)
        return {
            "points": places,
            "rows": pack.rows,
            "shots": pack.shots,
            "runs": runs,
            "period_s": pack.period_s,
            "shot_time_s": pack.shots * pack.rows * pack.period_s,
            "records": {
                name: {"records": one.records, "samples": one.samples}
                for name, one in pack.acquisitions(runs[0], self.offline.wiring).items()
            },
            "bytes": {name: assembly.size_bytes for name, assembly in assemblies.items()},
            "new_bytes": new_bytes,
        }


def _cells(number: int, pack: dict[str, Any]) -> tuple[str, ...]:
    runs = pack["runs"]
    records = ", ".join(f"{name} {one['records']} x {one['samples']}" for name, one in pack["records"].items())
    return (
        str(number),
        ranges(pack["points"]),
        str(pack["rows"]),
        str(pack["shots"]),
        str(len(runs)) if len(runs) == 1 else f"{len(runs)} of {runs[0]}",
        duration(pack["period_s"]),
        duration(pack["shot_time_s"]),
        records,
        f"{sum(pack['bytes'].values()):,}",
        f"{pack['new_bytes']:,}",
    )


def ranges(numbers: list[int]) -> str:
    """Ascending numbers as people write them: ``0-9, 12``."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)
