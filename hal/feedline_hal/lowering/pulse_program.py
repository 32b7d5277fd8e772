# SPDX-License-Identifier: Apache-2.0
"""Stage ``pulse``: calibrations resolved to pulses on frames; values over one parameter vector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.calibration.calibration import Calibration
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.waveform import Waveform

from .events import CAPTURE, CHANGE, PLAY
from .flow import Flow, blocks_of
from .isa import flow_dict, plain_json
from .scheduled import ScheduledBlock, ScheduledProgram
from .value_map import AffineMap
from .vector import Vector

Column = NDArray[np.int64]

_NAMES = {
    PLAY: "play",
    CAPTURE: "capture",
    CHANGE: "shift_phase",
    CHANGE + 1: "set_phase",
    CHANGE + 2: "shift_frequency",
    CHANGE + 3: "set_frequency",
}


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Guards:
    """Angles that come with the parameters, and the bounds of the calibrations that were chosen for them.

    Attributes:
        value: The angles, a row each.
        low, high: Bounds, shape ``(rows,)``.
        calibrations: Whose bounds they are.
    """

    value: AffineMap
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    calibrations: tuple[Calibration, ...]


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class PulseBlock:
    """Events of one block, a row each, in the order of the operations.

    Attributes:
        scheduled: What it was made of.
        operation: Index of each event's operation in it.
        kind, frame, port, waveform, capture_kind: As in `EventTable`.
        start_ticks, duration_ticks: When, from the start of the block.
        clbit: Classical bit of the circuit that a capture writes; -1 for none.
        value: Amplitude, radians or hertz, over the parameter vector.
        guards: Angles that are to be checked when parameters are bound.
    """

    scheduled: ScheduledBlock
    operation: Column
    kind: Column
    frame: Column
    port: Column
    waveform: Column
    capture_kind: Column
    start_ticks: Column
    duration_ticks: Column
    clbit: Column
    value: AffineMap
    guards: Guards | None = None

    def __repr__(self) -> str:
        return f"<PulseBlock of {self.scheduled.duration_ticks} ticks: {len(self)} events>"

    def __len__(self) -> int:
        """Number of events."""
        return len(self.kind)


@attrs.frozen(kw_only=True, slots=True, eq=False, repr=False)
class PulseProgram:
    """A circuit in pulses.

    Attributes:
        scheduled: What it was made of.
        ports, frames: The device's, in the order of the indices.
        waveforms: Unique waveforms of amplitude 1, kernels among them.
        vector: What values depend on.
        flow: `PulseBlock`, branches, loops and jumps.
    """

    scheduled: ScheduledProgram
    ports: tuple[Port, ...]
    frames: tuple[Frame, ...]
    waveforms: tuple[Waveform, ...]
    vector: Vector
    flow: Flow

    def __repr__(self) -> str:
        return f"<PulseProgram '{self.scheduled.isa.name}': {sum(len(block) for block in self.blocks())} events>"

    def blocks(self) -> Iterator[PulseBlock]:
        """Every block in order of the text."""
        yield from blocks_of(self.flow)

    def to_dict(self) -> dict[str, Any]:
        """Plain records of everything."""
        isa = self.scheduled.isa
        return {
            "stage": "pulse",
            "name": isa.name,
            "dt_s": self.scheduled.grid.dt_s,
            "num_qubits": isa.num_qubits,
            "num_clbits": isa.num_clbits,
            "parameters": [parameter.name for parameter in isa.parameters],
            "derived": [str(expression) for expression in self.vector.derived],
            "calibration_id": isa.calibration_id,
            "waveforms": [waveform_dict(waveform) for waveform in self.waveforms],
            "flow": flow_dict(self.flow),
            "blocks": [self._block_dict(block) for block in self.blocks()],
        }

    def _block_dict(self, block: PulseBlock) -> dict[str, Any]:
        texts = value_texts(block.value)
        rows = []
        for index in range(len(block)):
            kind = int(block.kind[index])
            template = self.scheduled.templates[block.scheduled.template[block.operation[index]]]
            row: dict[str, Any] = {
                "kind": _NAMES[kind],
                "frame": self.frames[block.frame[index]].name,
                "start_ticks": int(block.start_ticks[index]),
                "gate": template.use.name,
                "qubits": list(template.use.qubits),
            }
            if kind <= CAPTURE:
                row["duration_ticks"] = int(block.duration_ticks[index])
                row["waveform" if kind == PLAY else "kernel"] = int(block.waveform[index])
            if kind == CAPTURE:
                row |= {"capture": f"v{block.capture_kind[index]}", "clbit": int(block.clbit[index])}
            else:
                row["amplitude" if kind == PLAY else "value"] = texts[index]
            rows.append(row)
        return {"duration_ticks": block.scheduled.duration_ticks, "events": rows}


def waveform_dict(waveform: Waveform) -> dict[str, Any]:
    """A waveform as a plain record; samples as pairs."""
    shown: dict[str, Any] = {"shape": waveform.shape, "duration_s": plain_json(waveform.duration_s)}
    if waveform.amplitude != 1:
        shown["amplitude"] = plain_json(waveform.amplitude)
    shown |= {name: plain_json(value) for name, value in waveform.parameters}
    if waveform.parts:
        shown["parts"] = [waveform_dict(part) for part in waveform.parts]
    if waveform.samples:
        shown["samples"] = [[sample.real, sample.imag] for sample in map(complex, waveform.samples)]
    return shown


def value_texts(values: AffineMap) -> list[Any]:
    """Every row of a column: a number, or text that names parameters."""
    names = [parameter.name for parameter in values.vector.parameters]
    names += [f"({expression})" for expression in values.vector.derived]
    texts: list[Any] = [plain_json(complex(value) if value.imag else float(value.real)) for value in values.constant]
    for row, column, slope in zip(values.row, values.column, values.coefficient, strict=True):
        factor = complex(slope) if slope.imag else float(slope.real)
        term = names[column] if factor == 1 else f"{factor:.12g}*{names[column]}"
        texts[row] = term if texts[row] == 0 else f"{texts[row]} + {term}"
    return texts
