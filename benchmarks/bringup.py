# SPDX-License-Identifier: Apache-2.0
"""Bring-up from a start that is wrong on purpose, through the whole rack path, on chips drawn from seeds.

`python benchmarks/bringup.py` takes three chips of two qubits and some three minutes each; it prints every finding, and
at the end one-qubit and CZ errors against the limit of decay. It needs the extra `bringup`.

`python benchmarks/bringup.py --ship` makes the set that is shipped for the default twin: the command `feedline
calibrate twin --from theory --wrong 1` in an empty `FEEDLINE_HOME`; what it stores is put in place of the set before if
every finding was accepted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
SHIP = ("twin", "--from", "theory", "--wrong", "1", "--tag", "shipped")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of the chips and of their starts")
    parser.add_argument("--qubits", type=int, default=2)
    parser.add_argument("--reports", type=Path, help="folder for a report of each chip")
    parser.add_argument("--ship", action="store_true", help="make the set that is shipped instead")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        os.environ["FEEDLINE_HOME"] = home
        if given.ship:
            return _ship()
        lines = [line for seed in given.seeds for line in _bring_up(seed, given.qubits, given.reports)]
    print(
        "\n".join(
            ["", "| chip | qubits | gate | error | limit | times the limit |", "|---|---|---|---|---|---|", *lines]
        )
    )
    return 0


def _bring_up(seed: int, num_qubits: int, reports: Path | None) -> list[str]:
    """Bring one chip up; rows of the table."""
    import feedline
    from feedline_bringup.program import chosen
    from feedline_bringup.report import report
    from feedline_bringup.run import bring_up
    from feedline_bringup.state import State
    from feedline_bringup.wrong_start import wrong_start

    backend = feedline.backend("twin", seed=seed, num_qubits=num_qubits, calibrations="theory")
    steps, rows = [], []
    for step in bring_up(backend, State.of(wrong_start(backend.calibrations, seed)), chosen()):
        steps.append(step)
        for finding in step.findings:
            where = " ".join(f"q{qubit}" for qubit in finding.qubits)
            told = ", ".join(f"{name} {one}" for name, one in finding.values.items())
            said = f"NOT ACCEPTED: {finding.problem}; {told}" if finding.problem else told
            print(f"chip {seed}, {step.seconds_s:5.1f} s, {step.routine.name} {where}: {said}", flush=True)
            if step.routine.is_final and "error" in finding.values and "times_limit" in finding.values:
                error, limit, times = (finding.values[name] for name in ("error", "limit", "times_limit"))
                gate = "Clifford" if len(finding.qubits) == 1 else "cz"
                rows.append(f"| {seed} | {where} | {gate} | {error} | {limit.value:.3g} | {times} |")
    print(f"chip {seed}: {sum(step.seconds_s for step in steps):.0f} s", flush=True)
    if reports is not None:
        reports.mkdir(parents=True, exist_ok=True)
        (reports / f"chip-{seed}.html").write_text(report(f"Chip {seed}", [], steps), encoding="utf-8")
    return rows


def _ship() -> int:
    """Calibrate the default twin and put what was stored into the package."""
    from click.testing import CliRunner

    from feedline_bringup.command import calibrate
    from feedline_hal.calibration.store import CalibrationStore
    from feedline_rack.twin.calibrated import CHIP, SHIPPED_SETS

    done = CliRunner().invoke(calibrate, list(SHIP))
    print(done.output)
    if done.exit_code != 0:
        print(done.exception, file=sys.stderr)
        return 1
    store = CalibrationStore()
    found = store.get("shipped")
    if not found.metadata[CHIP]:
        print("Not everything was accepted; the set that is shipped stays.", file=sys.stderr)
        return 1
    SHIPPED_SETS.mkdir(exist_ok=True)
    for old in SHIPPED_SETS.iterdir():
        old.unlink()
    for made in store.path.glob(f"{found.id}.*"):
        shutil.copy(made, SHIPPED_SETS)
    print(f"{SHIPPED_SETS / found.id}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
