# SPDX-License-Identifier: Apache-2.0
"""The rack on loopback: blocks, a warm iteration, a long sweep; CPU seconds as well as wall time."""

from __future__ import annotations

import cpu_time  # isort: skip - before NumPy

import rack_blocks
import rack_iteration
from rack_bench import emulators
from rack_sweep import in_process
from report import header, median, ms, table, verdict

SETS, SHOTS = 1000, 100
FAST_S, PACED_S = 20e-6, 250e-6
REPEATS = 3
REST_S, PEAK_MIB, RATIO = 5.0, 300.0, 1.05
PACKAGES = ("feedline", "qiskit", "numpy", "pyvisa", "pyvisa-py", "pyserial")
NOTES = (
    "LOOPBACK, EMULATED INSTRUMENTS: no instrument and no network is in these figures. Bytes go over TCP and "
    "pseudo-terminals to emulators in a process of their own, whose CPU time and memory are not ours but whose "
    "time to answer is in every wall time. Shots take the time that the emulated coordinator's clock says.",
    "The rack is `examples/rack.toml` (an AWG5208, a 33600A, an MSO64, two local oscillators, a bias source, a "
    "9520), with free ports, the repetition time that is named, and the safe range of the trigger rate widened for "
    'it. Medians; "best" is the best of the repetitions.',
)


def sweeps() -> None:
    """Many parameter sets in one job, with shots as fast as the records allow and with paced ones."""
    rows, dead = [], []
    for period_s, repeats in ((FAST_S, REPEATS), (PACED_S, 1)):
        with emulators(period_s) as bench:
            found = [in_process(str(bench.path), SETS, SHOTS) for _ in range(repeats)]
        best = min(found, key=lambda one: float(one["wall_s"]))
        shots_s = SETS * SHOTS * period_s
        rest_s, ratio, peak_mib = best["wall_s"] - shots_s, best["wall_s"] / shots_s, max(o["peak_mib"] for o in found)
        is_paced = period_s == PACED_S
        good = ratio <= RATIO if is_paced else rest_s <= REST_S
        row = [f"{period_s * 1e6:g} us", f"{shots_s:.1f} s", f"{best['wall_s']:.2f} s", f"{rest_s:.2f} s"]
        row += [f"{ratio:.3f}", f"{RATIO} times" if is_paced else f"{REST_S:g} s more", verdict(good)]
        row += [f"{best['cpu_s']:.2f} s", f"{peak_mib:.0f} MiB", f"{PEAK_MIB:g} MiB", verdict(peak_mib <= PEAK_MIB)]
        rows.append([*row, f"{best['out_bytes'] / 2**20:.1f} MiB", f"{best['in_bytes'] / 2**20:.1f} MiB"])
        parts = [ms(median(best[part])) for part in ("noticing", "reading", "arming")]
        dead.append([f"{period_s * 1e6:g} us", best["runs"], ms(best["before_s"]), *parts])
    columns = ["a shot every", "shots take", "wall", "less shots", "ratio", "target", "", "our CPU"]
    table(
        f"{SETS:,} parameter sets, {SHOTS} shots each, one job of a Sampler in a session",
        [*columns, "our peak RSS", "target", "", "out", "in"],
        rows,
    )
    columns = ["a shot every", "runs", "before the first shot", "noticing the end", "reading", "until the next trigger"]
    table("When no shot is played: before the first run, and after a run", columns, dead)
    print(
        f"A process of its own for each job, best of {REPEATS} for {FAST_S * 1e6:g} us. A run is what is loaded at "
        "once; the next one is lowered and loaded into the AWG while it plays. Records are read when a run is over, "
        "for the digitizer cannot record meanwhile; the next run is triggered when they are read.\n"
    )


def main() -> None:
    header("The rack, on loopback with emulated instruments", *NOTES, packages=PACKAGES)
    cpu_time.settle()
    rack_blocks.show()
    rack_iteration.show()
    sweeps()
    print(
        "Records to bits (demodulated, integrated, discriminated; target 500 MB/s of int16 on one core) have a table "
        "of their own: [readout.md](readout.md), `python benchmarks/readout.py`.\n"
    )


if __name__ == "__main__":
    main()
