# SPDX-License-Identifier: Apache-2.0
"""The same pulse sequences on qibolab's emulator: started by `twin_physics` with the peer's own Python.

Takes sequences as JSON, prints seconds and populations as JSON. Needs ``qibolab[emulator]``, not Feedline.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
from qibolab import AcquisitionType, AveragingMode, Delay, Pulse, PulseSequence
from qibolab._core.components.configs import AcquisitionConfig
from qibolab._core.execution_parameters import ExecutionParameters
from qibolab._core.instruments.emulator.emulator import EmulatorController
from qibolab._core.instruments.emulator.hamiltonians import (
    DriveEmulatorConfig,
    FluxEmulatorConfig,
    HamiltonianConfig,
)
from qibolab._core.pulses import Acquisition
from qibolab._core.pulses.envelope import Custom

LEVELS = 3


def hamiltonian(job: dict[str, Any]) -> HamiltonianConfig:
    """Transmons of three levels with T1 and T2; level 2 decays twice as fast."""
    qubits = {
        str(index): {
            "frequency": one["frequency_hz"],
            "anharmonicity": one["anharmonicity_hz"],
            "t1": {"0-1": one["t1_s"] * 1e9, "1-2": one["t1_s"] * 1e9 / 2},
            "t2": {"0-1": one["t2_s"] * 1e9},
        }
        for index, one in enumerate(job["transmons"])
    }
    pairs = {"0-1": {"coupling": job["coupling_hz"]}} if len(qubits) == 2 else {}
    made: HamiltonianConfig = HamiltonianConfig.model_validate(
        {"transmon_levels": LEVELS, "qubits": qubits, "pairs": pairs}
    )
    return made


def configs(job: dict[str, Any]) -> dict[str, Any]:
    """Of every channel."""
    found: dict[str, Any] = {"hamiltonian": hamiltonian(job)}
    for index, frequency_hz in enumerate(job["drives_hz"]):
        found[f"{index}/drive"] = DriveEmulatorConfig(frequency=frequency_hz, rabi_frequency=job["rabi_hz_per_v"])
        found[f"{index}/acquisition"] = AcquisitionConfig(delay=0, smearing=0)
        found[f"{index}/flux"] = FluxEmulatorConfig(offset=0.0)
    return found


def sequence(job: dict[str, Any]) -> PulseSequence:
    """Its pulses, delays between them, and an acquisition at the end; a coupler's pulse is one of flux."""
    made: list[tuple[str, Any]] = []
    ends: dict[str, float] = {}
    for port, start, volts, phase_rad in job["pulses"]:
        is_flux = port == "c"
        channel = "0/flux" if is_flux else f"{port[1]}/drive"
        wait = start - ends.get(channel, 0.0)
        if wait > 0:
            made.append((channel, Delay(duration=wait)))
        shape = Custom(i_=np.array(volts), q_=np.zeros(len(volts)))
        size = 0.05 if is_flux else 1.0
        made.append((channel, Pulse(duration=len(volts), amplitude=size, envelope=shape, relative_phase=phase_rad)))
        ends[channel] = start + len(volts)
    for index in range(len(job["transmons"])):
        made.append((f"{index}/acquisition", Delay(duration=job["until_ns"])))
        made.append((f"{index}/acquisition", Acquisition(duration=1)))
    return PulseSequence(made)


def played(job: dict[str, Any]) -> dict[str, Any]:
    """Seconds it takes, wall and CPU, and what is not in level 0 of each transmon."""
    controller = EmulatorController(address="0", channels={})
    prepared, settings = sequence(job), configs(job)
    mode = AveragingMode.CYCLIC if job["shots"] is None else AveragingMode.SINGLESHOT
    options = ExecutionParameters(
        nshots=job["shots"], acquisition_type=AcquisitionType.DISCRIMINATION, averaging_mode=mode
    )
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    found = controller.play(settings, [prepared], options, [])
    wall_s, cpu_s = time.perf_counter() - start_s, time.process_time() - start_cpu_s
    order = [event.id for channel, event in prepared if channel.endswith("acquisition") and hasattr(event, "id")]
    return {"wall_s": wall_s, "cpu_s": cpu_s, "excited": [float(np.mean(found[key])) for key in order if key in found]}


def main() -> None:
    """Play every sequence; the first one also before, so that imports are not counted."""
    jobs = json.load(sys.stdin)
    short = {**jobs[0], "pulses": jobs[0]["pulses"][:1], "until_ns": 50.0}
    played(short)
    versions = {name: version(name) for name in ("qibolab", "qutip", "numpy")}
    json.dump({"versions": versions, "results": [played(job) for job in jobs]}, sys.stdout)


if __name__ == "__main__":
    main()
