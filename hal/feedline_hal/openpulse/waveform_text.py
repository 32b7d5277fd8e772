# SPDX-License-Identifier: Apache-2.0
"""Waveforms as calls; samples as named lists."""

from __future__ import annotations

from feedline_hal.pulse.value import Value
from feedline_hal.pulse.waveform import Waveform

from .identifier import checked_name, fresh_name
from .kind import Kind
from .value_text import Formal, amplitude_text, number_text
from .waveform_function import COMPOSED, shape_parameters

_CALLS = {shape: name for name, shape in COMPOSED.items()}
_TYPES = {Kind.FLOAT: "float[64]", Kind.DURATION: "duration", Kind.ANGLE: "angle"}
_CAPTURES = {
    "capture_v0": "(frame)",
    "capture_v1": "(frame, waveform) -> complex[float[64]]",
    "capture_v2": "(frame, waveform) -> bit",
    "capture_v3": "(frame, duration) -> waveform",
    "capture_v4": "(frame, duration) -> int",
}


class WaveformText:
    """Writes waveforms, and gathers what must be declared before.

    Args:
        taken: Names that lists of samples may not have.

    Attributes:
        names: Names of lists of samples so far.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = set(taken)
        self._shapes: set[str] = set()
        self._captures: set[str] = set()
        self._samples: dict[Waveform, str] = {}
        self.names: set[str] = set()

    def waveform(self, waveform: Waveform, formal: Formal) -> str:
        """The expression that makes it."""
        if waveform.shape == "sampled":
            return self._scaled(self._list_name(waveform.unit()), waveform.amplitude, formal)
        if waveform.shape in _CALLS:
            parts = [self.waveform(part, formal) for part in waveform.parts]
            name = _CALLS[waveform.shape]
            if name == "concatenate":
                self._shapes.add(name)
            call = f"{name}({', '.join(parts)})" if len(parts) > 1 else parts[0]
            return self._scaled(call, waveform.amplitude, formal)
        self._shapes.add(checked_shape(waveform.shape))
        values = dict(waveform.parameters)
        arguments = [formal.number(waveform.amplitude), formal.duration(waveform.duration_s)]
        for _, name, kind in shape_parameters(waveform.shape):
            write = formal.duration if kind is Kind.DURATION else formal.number
            arguments.append(write(values[name]))
        return f"{waveform.shape}({', '.join(arguments)})"

    def capture(self, name: str) -> str:
        """The name of a capture, remembered as used."""
        self._captures.add(name)
        return name

    def externs(self) -> list[str]:
        """Declarations of what is not the language's own."""
        lines = []
        for shape in sorted(self._shapes):
            if shape == "concatenate":
                lines.append("extern concatenate(waveform, waveform) -> waveform;")
                continue
            kinds = ", ".join(_TYPES[kind] for _, _, kind in shape_parameters(shape))
            lines.append(f"extern {shape}(complex[float[64]], duration{f', {kinds}' if kinds else ''}) -> waveform;")
        return lines + [f"extern {name}{_CAPTURES[name]};" for name in sorted(self._captures)]

    def declarations(self) -> list[str]:
        """Lists of samples."""
        lines = []
        for waveform, name in self._samples.items():
            samples = ", ".join(amplitude_text(sample) for sample in waveform.samples)
            rate = number_text(float(dict(waveform.parameters)["rate_hz"].real))
            lines += [f"@feedline.rate {rate}", f"waveform {name} = {{{samples}}};"]
        return lines

    def _list_name(self, waveform: Waveform) -> str:
        if waveform not in self._samples:
            name = fresh_name(f"samples_{len(self._samples) + 1}", self._taken)
            self._samples[waveform] = name
            self._taken.add(name)
            self.names.add(name)
        return self._samples[waveform]

    def _scaled(self, text: str, amplitude: Value, formal: Formal) -> str:
        return text if amplitude == 1.0 else f"scale({text}, {formal.number(amplitude)})"


def checked_shape(shape: str) -> str:
    """The name of a shape, if text can call it."""
    from .expression import function_names

    return shape if shape in function_names() else checked_name(shape, "waveform shape")
