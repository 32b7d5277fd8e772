# SPDX-License-Identifier: Apache-2.0
"""Settings of a Tektronix 5 or 6 Series MSO as a digitizer: pure, offline.

Source: Tektronix 4/5/6 Series MSO Programmer Manual, command groups "Horizontal", "Vertical", "Trigger", "Waveform
transfer".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from feedline.errors import OptionError, nearest

from .acquisition import Acquisition, DigitizerCapabilities
from .tektronix_mso_check import READ_BACK
from .told_settings import Line

RATES_HZ = (62.5e6, 125e6, 312.5e6, 625e6, 1.25e9, 3.125e9, 6.25e9)
RANGE_V = (0.01, 10.0)
"""1 mV to 1 V a division into 50 ohm."""
_DIVISIONS = 10
_FEWEST_SAMPLES, _MOST_FRAMES = 1000, 1_000_000
_NUMBER = r"[+-]?\d+\.?\d*(?:E[+-]\d+)?"
HARMLESS = (
    r"\*(?:IDN|ESR)\?|ALLEV\?|\*CLS|HEADER OFF|VERBOSE ON|CURVE\?",
    r"ACQUIRE:(?:MODE SAMPLE|FASTACQ:STATE OFF|STOPAFTER SEQUENCE|STATE RUN|STATE STOP|STATE\?|NUMFRAMESACQUIRED\?)",
    r"HORIZONTAL:(?:MODE MANUAL|MODE:MANUAL:CONFIGURE HORIZONTALSCALE|DELAY:MODE ON)",
    r"HORIZONTAL:FASTFRAME:(?:STATE ON|SUMFRAME:STATE OFF)",
    rf"(?:{'|'.join(READ_BACK)})(?:\?| {_NUMBER})",
    rf"CH[1-8]:(?:COUPLING DC|(?:TERMINATION|OFFSET|POSITION|SCALE) {_NUMBER})",
    r"DISPLAY:GLOBAL:CH[1-8]:STATE (?:ON|OFF)",
    r"TRIGGER:(?:A:TYPE EDGE|A:MODE NORMAL|A:EDGE:COUPLING DC|A:EDGE:SLOPE RISE|A:HOLDOFF:BY TIME|STATE\?)",
    rf"TRIGGER:(?:A:EDGE:SOURCE (?:AUXILIARY|CH[1-8])|(?:AUXLEVEL|A:LEVEL:CH[1-8]|A:HOLDOFF:TIME) {_NUMBER})",
    r"DATA:(?:SOURCE CH[1-8]|ENCDG SRIBINARY|(?:WIDTH|START|STOP|FRAMESTART|FRAMESTOP) \d+)",
    r"WFMOUTPRE:(?:YMULT|YOFF|YZERO|XINCR)\?",
)
"""Patterns of everything that the driver sends; the instrument's function generator is out of reach."""


@attrs.frozen(kw_only=True, slots=True)
class MsoOptions:
    """What a rack file says of the instrument.

    Attributes:
        channels: How many it has: 4, 6 or 8.
        width_bytes: Of a sample as it is read: 1 or 2.
        memory_samples: Record length of a channel, which all its frames share.
        trigger_channel: Which channel the trigger comes in at; 0 for the auxiliary input.
        trigger_level_v: Where it triggers, rising.
    """

    channels: int = 4
    width_bytes: int = 2
    memory_samples: int = 62_500_000
    trigger_channel: int = 0
    trigger_level_v: float = 1.4

    @classmethod
    def read(cls, options: Mapping[str, Any] | None) -> MsoOptions:
        """Read the table of options.

        Raises:
            OptionError: For other options or values.
        """
        given = dict(options or {})
        known = [field.name for field in attrs.fields(cls)]
        for name in given:
            if name not in known:
                raise OptionError(f"TektronixMso has no option '{name}'.", remedy=nearest(name, known))
        read = cls(**given)
        for name, is_good, remedy in (
            ("channels", read.channels in (4, 6, 8), "Use 4, 6 or 8."),
            ("width_bytes", read.width_bytes in (1, 2), "Use 1 or 2."),
            ("memory_samples", _is_whole(read.memory_samples, _FEWEST_SAMPLES, 10**9), "Use 1000 to 1e9, whole."),
            ("trigger_channel", _is_whole(read.trigger_channel, 0, read.channels), "Use a channel, 0 for AUX."),
            ("trigger_level_v", _is_level(read.trigger_level_v), "Use -5 to 5 V."),
        ):
            if not is_good:
                raise OptionError(f"TektronixMso: {name} is {getattr(read, name)!r}.", remedy=remedy)
        return read

    def capabilities(self) -> DigitizerCapabilities:
        """What an instrument with these options can record; as many frames as fit into its memory."""
        return DigitizerCapabilities(
            channels=tuple(range(1, self.channels + 1)),
            rates_hz=RATES_HZ,
            min_samples=_FEWEST_SAMPLES,
            max_samples=self.memory_samples,
            memory_samples=self.memory_samples,
            max_records=_MOST_FRAMES,
            range_v=RANGE_V,
            resolution_bits=8 * self.width_bytes,
        )


def setting_lines(acquisition: Acquisition, options: MsoOptions) -> Iterator[Line]:
    """What is set for an acquisition, in order; the delay is told for the middle of the record."""
    middle_s = acquisition.delay_s + acquisition.samples / acquisition.rate_hz / 2
    yield "HEADER", "OFF"
    yield "VERBOSE", "ON"
    yield "ACQUIRE:FASTACQ:STATE", "OFF"
    yield "ACQUIRE:MODE", "SAMPLE"
    yield "ACQUIRE:STOPAFTER", "SEQUENCE"
    yield "HORIZONTAL:MODE", "MANUAL"
    yield "HORIZONTAL:MODE:MANUAL:CONFIGURE", "HORIZONTALSCALE"
    yield "HORIZONTAL:FASTFRAME:STATE", "ON"
    yield "HORIZONTAL:FASTFRAME:SUMFRAME:STATE", "OFF"
    yield "HORIZONTAL:SAMPLERATE", f"{acquisition.rate_hz:.6E}"
    yield "HORIZONTAL:RECORDLENGTH", str(acquisition.samples)
    yield "HORIZONTAL:FASTFRAME:COUNT", str(acquisition.records)
    yield "HORIZONTAL:DELAY:MODE", "ON"
    yield "HORIZONTAL:DELAY:TIME", f"{middle_s:.9E}"
    yield from _vertical(acquisition, options)
    yield from _trigger(options)
    yield "DATA:ENCDG", "SRIBINARY"
    yield "DATA:WIDTH", str(options.width_bytes)
    yield "DATA:START", "1"
    yield "DATA:STOP", str(acquisition.samples)


def _vertical(acquisition: Acquisition, options: MsoOptions) -> Iterator[Line]:
    ranges = dict(zip(acquisition.channels, acquisition.range_v, strict=True))
    for number in range(1, options.channels + 1):
        yield f"DISPLAY:GLOBAL:CH{number}:STATE", "ON" if number in ranges else "OFF"
    for number in sorted({*ranges, options.trigger_channel} - {0}):
        yield f"CH{number}:TERMINATION", "50"
        yield f"CH{number}:COUPLING", "DC"
        yield f"CH{number}:SCALE", f"{ranges.get(number, RANGE_V[1]) / _DIVISIONS:.6E}"
        yield f"CH{number}:OFFSET", "0"
        yield f"CH{number}:POSITION", "0"


def _trigger(options: MsoOptions) -> Iterator[Line]:
    number, level = options.trigger_channel, f"{options.trigger_level_v:.4f}"
    yield "TRIGGER:A:TYPE", "EDGE"
    yield "TRIGGER:A:EDGE:SOURCE", f"CH{number}" if number else "AUXILIARY"
    yield "TRIGGER:A:EDGE:SLOPE", "RISE"
    yield "TRIGGER:A:EDGE:COUPLING", "DC"
    yield f"TRIGGER:A:LEVEL:CH{number}" if number else "TRIGGER:AUXLEVEL", level
    yield "TRIGGER:A:HOLDOFF:BY", "TIME"
    yield "TRIGGER:A:HOLDOFF:TIME", "0"
    yield "TRIGGER:A:MODE", "NORMAL"


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_level(value: object) -> bool:
    return isinstance(value, int | float) and -5 <= value <= 5
