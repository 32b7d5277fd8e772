# SPDX-License-Identifier: Apache-2.0
"""One large job in a process of its own: how long it takes, what it needs, and when nothing is played.

Called with a rack file, the number of parameter sets and the shots of each; prints JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from rack_bench import angles, circuit, close_devices
from rack_traffic import Call, tapped

import feedline
from feedline import Sampler, Session

_TRIGGERS = "trig"
_FIRES = ":PULSE0:STATE ON"
_DIGITIZER = "scope"


def sweep(path: str, sets: int, shots: int) -> dict[str, Any]:
    """Run it, after a small one that opens and compiles.

    Returns:
        Seconds, MiB, bytes, and what `dead_times` found.
    """
    made, rng = circuit(), np.random.default_rng(2)
    with tapped() as calls, Session(feedline.backend(f"rack:{path}")) as session:
        sampler = Sampler(session)
        sampler.run([(made, angles(2, rng))], shots=10).result()
        values = angles(sets, rng)
        calls.clear()
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        counted = sampler.run([(made, values)], shots=shots).result()[0].data.c.num_shots
        stop_s, stop_cpu_s = time.perf_counter(), time.process_time()
        dead = dead_times(calls, start_s, stop_s)
    close_devices()
    assert counted == shots
    return {
        "wall_s": stop_s - start_s,
        "cpu_s": stop_cpu_s - start_cpu_s,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "out_bytes": sum(call.out_bytes for call in calls),
        "in_bytes": sum(call.in_bytes for call in calls),
        **dead,
    }


def dead_times(calls: Sequence[Call], start_s: float, stop_s: float) -> dict[str, Any]:
    """When no shot was played: before the first, and after each run by what it went into.

    Args:
        calls: What was sent.
        start_s, stop_s: Of the job.

    Returns:
        Seconds: ``before_s``; by run ``noticing`` that it is over (from the last question, which said so),
        ``reading`` records, and ``arming``: until the next run was triggered, or the job had ended.
    """
    fires = [call for call in calls if call.instrument == _TRIGGERS and call.command == _FIRES]
    curves = [call for call in calls if call.instrument == _DIGITIZER and call.command == "CURVE?"]
    waits = [call for call in calls if call.instrument == _DIGITIZER and call.command == "ACQUIRE:STATE?"]
    found: dict[str, list[float]] = {"noticing": [], "reading": [], "arming": []}
    for fire, following in zip(fires, [*fires[1:], None], strict=True):
        until_s = stop_s if following is None else following.start_s
        own = [call for call in curves if fire.stop_s < call.start_s < until_s]
        seen = [call for call in waits if fire.stop_s < call.start_s < own[0].start_s]
        found["noticing"].append(own[0].start_s - seen[-1].start_s)
        found["reading"].append(own[-1].stop_s - own[0].start_s)
        found["arming"].append(until_s - own[-1].stop_s)
    return {"runs": len(fires), "before_s": fires[0].stop_s - start_s, **found}


def in_process(path: str, sets: int, shots: int) -> dict[str, Any]:
    """`sweep` in a fresh process."""
    command = [sys.executable, __file__, path, str(sets), str(shots)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print one sweep's numbers as JSON."""
    print(json.dumps(sweep(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))


if __name__ == "__main__":
    main()
