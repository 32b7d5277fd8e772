# SPDX-License-Identifier: Apache-2.0
"""The stage ``program`` for people and programs: what every instrument is told."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from feedline_hal.instrument.acquisition import Acquisition
from feedline_hal.instrument.sequence import SequenceProgram

from .listening import Ear, discriminator, window
from .offline import Offline
from .planning import Pack


@attrs.frozen(kw_only=True, slots=True, eq=False)
class ProgramRecord:
    """What the first pack of a circuit is on the instruments; the stage ``plan`` shows how many packs there are.

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
        """As JSON."""
        record: dict[str, Any] = {
            "name": self.name,
            "stage": "program",
            "rack": self.offline.backend.spec.name,
            "calibration_id": self.offline.backend.calibrations.id,
            "points": self.points,
            "sequencers": [],
            "digitizers": [],
            "triggers": {},
        }
        if not self.packs:
            return record
        pack = self.packs[0]
        programs = self.offline.programs(pack)
        acquisitions = pack.acquisitions(next(pack.runs()), self.offline.wiring)
        return record | {
            "points_shown": sorted(int(place) for item in pack.items for place in item.places),
            "sequencers": [self._sequencer(name, program) for name, program in programs.items()],
            "digitizers": [self._digitizer(name, one, pack) for name, one in acquisitions.items()],
            "triggers": self._triggers(pack, [*programs, *acquisitions]),
        }

    def to_text(self) -> str:
        """As tables."""
        from .program_text import program_text

        return program_text(self.to_dict())

    def _sequencer(self, name: str, program: SequenceProgram) -> dict[str, Any]:
        wiring = self.offline.wiring.sequencers[name]
        able = wiring.capabilities
        assembly = self.offline.drivers[name].assemble(program)
        return {
            "name": name,
            "driver": self.offline.backend.spec.instruments[name].driver,
            "rate_hz": program.rate_hz,
            "channels": [
                {
                    "channel": number,
                    "port": wiring.feeds[column].port,
                    "amplitude_v": float(program.amplitude_v[column]),
                    "offset_v": float(program.offset_v[column]),
                    "late_s": wiring.feeds[column].late_samples / program.rate_hz,
                }
                for column, number in enumerate(program.channels)
            ],
            "waveforms": [_waveform(index, program) for index in range(len(program.waveforms))],
            "steps": program.steps.tolist(),
            "memory_samples": sum(part.memory_samples for part in assembly.parts),
            "memory_samples_limit": able.memory_samples,
            "waveforms_limit": able.max_waveforms,
            "steps_limit": able.max_steps,
            "bytes": assembly.size_bytes,
        }

    def _digitizer(self, name: str, wanted: Acquisition, pack: Pack) -> dict[str, Any]:
        ears = list(dict.fromkeys(ear for item in pack.items for ear in item.ears if ear.digitizer == name))
        return {
            "name": name,
            "driver": self.offline.backend.spec.instruments[name].driver,
            "rate_hz": wanted.rate_hz,
            "channels": list(wanted.channels),
            "range_v": list(wanted.range_v),
            "samples": wanted.samples,
            "delay_s": wanted.delay_s,
            "records": wanted.records,
            "records_limit": self.offline.wiring.digitizers[name].most_records(wanted.samples),
            "captures": [self._capture(ear, wanted) for ear in ears],
        }

    def _capture(self, ear: Ear, wanted: Acquisition) -> dict[str, Any]:
        where = window(ear, wanted)
        angle_rad, threshold = discriminator(ear, self.offline.backend.spec)
        return {
            "qubit": ear.qubit,
            "clbit": ear.clbit,
            "channels": list(ear.channels),
            "start_s": ear.start_s,
            "duration_s": ear.duration_s,
            "first_sample": where.start,
            "samples": where.samples,
            "frequency_hz": ear.frequency_hz,
            "kernel": "" if ear.kernel is None else ear.kernel.shape,
            "angle_rad": angle_rad,
            "threshold": threshold,
        }

    def _triggers(self, pack: Pack, instruments: list[str]) -> dict[str, Any]:
        wiring = self.offline.wiring
        plan = pack.triggers(next(pack.runs()), instruments, wiring)
        specs = [spec for name, spec in wiring.spec.triggers.items() if name in instruments]
        return {
            "coordinator": wiring.coordinator,
            "period_s": plan.period_s,
            "count": plan.count,
            "outputs": [
                {
                    "output": output.name,
                    "delay_s": output.delay_s,
                    "width_s": output.width_s,
                    "instruments": [spec.instrument for spec in specs if spec.source.output == output.name],
                }
                for output in plan.outputs
            ],
        }


def _waveform(index: int, program: SequenceProgram) -> dict[str, Any]:
    samples = program.waveforms[index]
    steps, columns = np.nonzero(program.steps == index)
    used = sorted(set(columns.tolist()))
    peak = float(np.abs(samples).max(initial=0.0))
    return {
        "index": index,
        "samples": len(samples),
        "duration_s": len(samples) / program.rate_hz,
        "peak": peak,
        "peak_v": peak * max(float(program.amplitude_v[column]) for column in used),
        "channels": [program.channels[column] for column in used],
        "steps": sorted(set(steps.tolist())),
    }
