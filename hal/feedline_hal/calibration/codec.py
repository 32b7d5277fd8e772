# SPDX-License-Identifier: Apache-2.0
"""Calibration sets as JSON values and arrays, and back; never pickle, never ``eval``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Parameter

from feedline.errors import FeedlineError
from feedline_hal.errors import CalibrationError
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Barrier, Capture, Delay, Instruction, Play
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.value import Value
from feedline_hal.pulse.waveform import Waveform

from .calibration import Calibration
from .calibration_set import CalibrationSet
from .expression import parse_expression
from .tree import FREQUENCIES, PHASES, calibration_tree, frames_tree

FORMAT = 1
Arrays = dict[str, NDArray[np.complex128]]
_PAIRS = ("frequency_range_hz",)


def to_tree(calibrations: CalibrationSet) -> tuple[dict[str, Any], Arrays]:
    """Write a set.

    Returns:
        A tree of JSON values, and the samples of sampled waveforms by the name that the tree has for them,
        shape ``(n,)``, complex.
    """
    arrays: Arrays = {}
    tree = {
        "format": FORMAT,
        "ports": {name: _port_tree(port) for name, port in calibrations.ports.items()},
        "frames": frames_tree(calibrations.frames),
        "calibrations": [calibration_tree(one, arrays, has_labels=True) for one in calibrations.calibrations],
        "metadata": dict(calibrations.metadata),
    }
    return tree, arrays


def from_tree(tree: Mapping[str, Any], arrays: Mapping[str, NDArray[np.complex128]]) -> CalibrationSet:
    """Read a set that `to_tree` wrote.

    Raises:
        CalibrationError: If the tree is none, is of a newer format, or lacks an array.
    """
    try:
        if tree["format"] != FORMAT:
            raise CalibrationError(
                f"The calibration set is of format {tree['format']}, this version reads {FORMAT}.",
                remedy="Update feedline.",
            )
        ports = {name: _port(name, own) for name, own in tree["ports"].items()}
        reader = _TreeReader({}, {}, arrays)
        frames = {name: reader.frame(name, own, ports) for name, own in tree["frames"].items()}
        return CalibrationSet(
            ports=ports,
            frames=frames,
            calibrations=tuple(_calibration(own, frames, arrays) for own in tree["calibrations"]),
            metadata=tree["metadata"],
        )
    except FeedlineError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise CalibrationError(
            f"This is no stored calibration set: {type(error).__name__} {error}.",
            remedy="Give what `to_tree` wrote, unchanged.",
        ) from None


def _port_tree(port: Port) -> dict[str, Any]:
    """What a port has beyond its name and the defaults."""
    return {
        field.name: list(value) if isinstance(value, tuple) else value
        for field in attrs.fields(Port)
        if field.name != "name" and (value := getattr(port, field.name)) != field.default
    }


def _port(name: str, tree: Mapping[str, Any]) -> Port:
    pairs = {key: tuple(tree[key]) for key in _PAIRS if tree.get(key) is not None}
    return Port(name, **{**tree, **pairs})


def _calibration(tree: Mapping[str, Any], frames: Mapping[str, Frame], arrays: Mapping[str, Any]) -> Calibration:
    names = tree.get("names") or [None] * len(tree["arguments"])
    arguments = [
        Parameter(name) if isinstance(item, str) else item for name, item in zip(names, tree["arguments"], strict=True)
    ]
    formal = {f"p{place}": item for place, item in enumerate(arguments) if isinstance(item, Parameter)}
    return Calibration(
        gate=tree["gate"],
        qubits=tree["qubits"],
        arguments=arguments,
        schedule=_TreeReader(formal, frames, arrays).schedule(tree["schedule"]),
        num_bits=tree["num_bits"],
        bounds=tree.get("bounds", ()),
        error=tree.get("error"),
    )


@attrs.frozen(slots=True, eq=False)
class _TreeReader:
    """Reads the schedules of one calibration; the counterpart of `TreeWriter`."""

    formal: Mapping[str, Parameter]
    frames: Mapping[str, Frame]
    arrays: Mapping[str, NDArray[np.complex128]]

    def value(self, tree: Any) -> Value:
        """A number or an expression."""
        if not isinstance(tree, Mapping):
            return float(tree)
        return parse_expression(tree["text"], self.formal) if "text" in tree else complex(tree["re"], tree["im"])

    def frame(self, name: str, tree: Mapping[str, Any], ports: Mapping[str, Port]) -> Frame:
        """A frame on one of the ports."""
        frequency_hz, phase_rad = self.value(tree["frequency_hz"]), self.value(tree["phase_rad"])
        return Frame(name, ports[tree["port"]], frequency_hz=frequency_hz, phase_rad=phase_rad)

    def schedule(self, tree: Mapping[str, Any]) -> Schedule:
        """A schedule."""
        items = [self.schedule(item) if "items" in item else self.instruction(item) for item in tree["items"]]
        return Schedule(items, alignment=tree.get("alignment", "left"), name=tree.get("name", ""))

    def instruction(self, tree: Mapping[str, Any]) -> Instruction:
        """An instruction; its first key says which."""
        for name, phase in PHASES.items():
            if name in tree:
                return phase(self.frames[tree[name]], self.value(tree["phase_rad"]))
        for name, frequency in FREQUENCIES.items():
            if name in tree:
                return frequency(self.frames[tree[name]], self.value(tree["frequency_hz"]))
        if "play" in tree:
            return Play(self.frames[tree["play"]], self.waveform(tree["waveform"]))
        if "delay" in tree:
            return Delay(self.value(tree["duration_s"]), [self.frames[name] for name in tree["delay"]])
        if "barrier" in tree:
            return Barrier([self.frames[name] for name in tree["barrier"]])
        return Capture(
            self.frames[tree["capture"]],
            self.value(tree["duration_s"]),
            kernel=None if tree["kernel"] is None else self.waveform(tree["kernel"]),
            kind=tree["kind"],
            slot=tree["slot"],
        )

    def waveform(self, tree: Mapping[str, Any]) -> Waveform:
        """A waveform."""
        samples: tuple[complex, ...] = ()
        if "samples" in tree:
            samples = tuple(np.asarray(self.arrays[tree["samples"]]).tolist())
        return Waveform(
            shape=tree["shape"],
            duration_s=self.value(tree["duration_s"]),
            amplitude=self.value(tree["amplitude"]),
            parameters=tuple((name, self.value(value)) for name, value in tree.get("parameters", {}).items()),
            parts=tuple(self.waveform(part) for part in tree.get("parts", ())),
            samples=samples,
        )
