# SPDX-License-Identifier: Apache-2.0
"""Tektronix 5 and 6 Series MSO with FastFrame: the digitizer. One frame a trigger.

``CURVe?`` is taken to answer for several frames with one definite block a frame, all of one size, ``;`` between
them: as Tektronix' own tm_devices splits them, and as users of an MSO64B report it (pyvisa-py, issue 300). Every
block's announced size and every separator is compared with what was asked for; anything else is a `HardwareFault`,
and no data are passed on. Curves are read when the acquisition is over. The 12 bits of the converter stand in the
upper bits of two-byte samples.

What is set is read back: rates, lengths and counts depend on each other, and the instrument adapts some to others.
A repetition of the same acquisition of one channel takes one command and four round trips: start, wait for the
trigger, poll until it is over (once or more), count the frames, read the curve. Several channels take a command and
a curve each, several portions two commands and a curve each.

Source: Tektronix 4/5/6 Series MSO Programmer Manual, command groups "Acquisition", "Horizontal", "Trigger",
"Waveform transfer", "Status and error".
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import OptionError, nearest
from feedline_hal.instrument.acquisition import Acquisition, DigitizerCapabilities, Records
from feedline_hal.instrument.acquisition_check import check_acquisition
from feedline_hal.instrument.assembly import Assembly, Command
from feedline_hal.instrument.identity import Identity
from feedline_hal.instrument.quantity import Quantity
from feedline_hal.instrument.tektronix_mso_check import ALONE, check_taken
from feedline_hal.instrument.tektronix_mso_setting import (
    HARMLESS,
    RANGE_V,
    RATES_HZ,
    MsoOptions,
    setting_lines,
)
from feedline_hal.instrument.told_settings import Line, ToldSettings
from feedline_hal.safety.guard import Guard
from feedline_hal.safety.harmless_guard import HarmlessGuard
from feedline_hal.transport.manner import Manner
from feedline_hal.transport.transport import Transport

_PORTION_BYTES = 12 * 2**20
_POLL_S = (0.5e-3, 20e-3)
_READY_S = 5.0
_COUNT = "ACQUIRE:NUMFRAMESACQUIRED?"


@attrs.frozen(slots=True)
class _Scale:
    """A channel's numbers in volts: ``(data - zero) * scale_v + offset_v``."""

    scale_v: float
    zero: float
    offset_v: float


class TektronixMso:
    """Records into 50 ohm, triggered by a rising edge.

    Args:
        transport: The connection.
        limits: The rack's ranges by quantity; they narrow the instrument's own.
        options: ``channels``: 4 (if not given), 6 or 8; ``width_bytes`` of a sample: 1 or 2 (if not given);
            ``memory_samples`` of a channel, 62.5 million if not given; ``trigger_channel``, 0 (if not given) for the
            auxiliary input; ``trigger_level_v``, 1.4 if not given.

    Raises:
        OptionError: For other options or values.
    """

    models: ClassVar[tuple[str, ...]] = (
        *("MSO54", "MSO56", "MSO58", "MSO58LP", "MSO54B", "MSO56B", "MSO58B"),
        *("MSO64", "MSO64B", "MSO66B", "MSO68B"),
    )
    manner: ClassVar[Manner] = Manner()
    emulator: ClassVar[str] = "feedline_hal.emulator.tektronix_mso:EmulatedMso"

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Mapping[str, tuple[float, float]] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._transport = transport
        self._options = MsoOptions.read(options)
        self._ranges = dict(limits or {})
        known = [item.name for item in self.quantities(options)]
        for name in self._ranges:
            if name not in known:
                raise OptionError(f"{type(self).__name__} has no quantity '{name}'.", remedy=nearest(name, known))
        self._settings = ToldSettings(transport)
        self._scales: dict[int, _Scale] = {}

    @classmethod
    def quantities(cls, options: Mapping[str, Any] | None = None) -> tuple[Quantity, ...]:
        """Sample rate, and the range of each channel; nothing that comes out."""
        low, high = RANGE_V
        ranges = [f"ch{number}_range_v" for number in range(1, MsoOptions.read(options).channels + 1)]
        rate = Quantity(name="rate_hz", low=RATES_HZ[0], high=RATES_HZ[-1], is_output=False)
        return (rate, *(Quantity(name=name, low=low, high=high, is_output=False) for name in ranges))

    @classmethod
    def guard(cls, ranges: Mapping[str, tuple[float, float]]) -> Guard:
        """What reads its commands before they go out: the instrument's function generator stays out of reach."""
        del ranges
        return HarmlessGuard(HARMLESS)

    def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            HardwareFault: If it is another model, or has another number of channels than the options say.
        """
        identity = Identity.asked(self._transport)
        reply = str(identity)
        if identity.model not in self.models:
            what = f"is a {identity}, this driver is for {', '.join(self.models)}"
            raise self._settings.fault("*IDN?", what, reply, "Correct the address or the driver in the rack file.")
        channels = int(identity.model[4])
        if channels != self._options.channels:
            what = f"is a {identity} with {channels} channels, not {self._options.channels}"
            raise self._settings.fault(
                "*IDN?", what, reply, f"Write options = {{channels = {channels}}} in the rack file."
            )
        return identity

    def capabilities(self) -> DigitizerCapabilities:
        """What it can record; as many frames as fit into its memory."""
        return self._options.capabilities()

    def assemble(self, acquisition: Acquisition) -> Assembly:
        """The commands that prepare an acquisition.

        Raises:
            LimitError: If it is beyond what the instrument can do or the rack allows; names the limit.
        """
        check_acquisition(acquisition, self.capabilities(), self._ranges, self._transport.name)
        lines = setting_lines(acquisition, self._options)
        return Assembly(setup=tuple(Command(f"{header} {value}") for header, value in lines))

    def load(self, assembly: Assembly) -> None:
        """Send what is not set already; of the horizontal settings all, if one that changes others is among them.

        Raises:
            HardwareFault: If the instrument refuses a setting or takes another value; names both.
            LimitError: If the gate refuses one.
        """
        wanted = [_parted(command.text) for command in assembly.setup]
        missing = self._settings.missing(wanted)
        if not missing:
            return
        rest = [header for header, _ in missing if header not in ALONE]
        if any(header.startswith("HORIZONTAL") for header in rest):
            missing = [line for line in wanted if line in missing or line[0].startswith("HORIZONTAL")]
        if rest:
            self._scales.clear()
        with self._settings.trusted():
            first = [("*CLS", None)] if self._settings.is_empty else []
            self._transport.write_all([*first, *((f"{header} {value}", None) for header, value in missing)])
            check_taken(self._settings, missing)
        self._settings.keep(missing)

    def arm(self) -> None:
        """Start a sequence of frames; returns when the next trigger counts.

        Raises:
            HardwareFault: If it does not get ready within 5 s.
        """
        self._settings.write("ACQUIRE:STATE RUN")
        deadline_s = time.monotonic() + _READY_S
        while (state := self._settings.query("TRIGGER:STATE?").upper()) not in ("READY", "TRIGGER"):
            if time.monotonic() > deadline_s or not state.isalpha():
                what = f"did not get ready for a trigger within {_READY_S:g} s: it says {state!r}"
                raise self._settings.fault(
                    "TRIGGER:STATE?", what, state, "Look at its screen: a setting may be in the way."
                )
            time.sleep(_POLL_S[0])

    def results(self, acquisition: Acquisition, *, timeout_s: float, stop: Callable[[], bool]) -> Iterator[Records]:
        """The records in order, in portions of 12 MiB, when all of them are there; views of what was received.

        Ends early, without an error, when `stop` says so: it is asked at every poll and before every curve.

        Raises:
            HardwareFault: If they do not all come within ``timeout_s``; says how many came.
        """
        if not self._is_over(acquisition, timeout_s, stop):
            return
        size = acquisition.samples * self._options.width_bytes * len(acquisition.channels)
        step = max(1, _PORTION_BYTES // size)
        for first in range(0, acquisition.records, step):
            count = min(step, acquisition.records - first)
            data: dict[int, NDArray[np.signedinteger]] = {}
            for number in acquisition.channels:
                if stop():
                    return
                data[number] = self._curves(number, range(first, first + count), acquisition)
            used = {number: self._scales[number] for number in acquisition.channels}
            yield Records(
                first=first,
                data=data,
                scale_v={number: one.scale_v for number, one in used.items()},
                zero={number: one.zero for number, one in used.items()},
                offset_v={number: one.offset_v for number, one in used.items()},
            )

    def abort(self) -> None:
        """Stop recording. Harmless when idle."""
        self._settings.write("ACQUIRE:STATE STOP")

    def safe_state(self) -> None:
        """Stop recording, and hear that it did: nothing of what this driver sets comes out.

        Raises:
            HardwareFault: If it does not say so.
        """
        self.abort()
        state = self._settings.query("ACQUIRE:STATE?")
        if state.split()[-1:] != ["0"]:  # with a header in front, as long as nothing was set
            what = f"was told to stop and says {state!r}"
            raise self._settings.fault("ACQUIRE:STATE?", what, state, "Press Run/Stop on it.")

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def _is_over(self, acquisition: Acquisition, timeout_s: float, stop: Callable[[], bool]) -> bool:
        """Wait until all frames are there; whether they are, ``False`` for being stopped."""
        deadline_s, pause_s = time.monotonic() + timeout_s, _POLL_S[0]
        while not stop():
            is_over = self._settings.number("ACQUIRE:STATE?") == 0
            if not is_over and time.monotonic() < deadline_s:
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, _POLL_S[1])
                continue
            came = int(self._settings.number(_COUNT))
            if is_over and came >= acquisition.records:
                return True
            awaited = f"{acquisition.records} records"
            what = f"stopped before it had {awaited}" if is_over else f"did not have {awaited} within {timeout_s:g} s"
            raise self._settings.fault(
                _COUNT, f"{what}: {came} came", str(came), "Check its trigger's cable and level."
            )
        return False

    def _curves(self, number: int, frames: range, acquisition: Acquisition) -> NDArray[np.signedinteger]:
        """Read frames of a channel, shape ``(frames, samples)``."""
        self._settings.tell("DATA:SOURCE", f"CH{number}")
        self._settings.tell("DATA:FRAMESTART", str(frames.start + 1))
        self._settings.tell("DATA:FRAMESTOP", str(frames.stop))
        if number not in self._scales:
            self._scales[number] = self._scale(number, acquisition)
        shape = len(frames), acquisition.samples
        with self._settings.trusted():
            dtype = f"<i{self._options.width_bytes}"
            curves: Any = self._transport.query_blocks("CURVE?", dtype, shape)
        return cast(NDArray[np.signedinteger], curves)

    def _scale(self, number: int, acquisition: Acquisition) -> _Scale:
        """Ask what a channel's numbers mean, and make sure that they mean what was asked for."""
        interval_s, level_v = self._settings.number("WFMOUTPRE:XINCR?"), self._settings.number("WFMOUTPRE:YMULT?")
        if not math.isclose(interval_s * acquisition.rate_hz, 1, rel_tol=1e-4):
            what = f"recorded a sample every {interval_s:g} s, not {acquisition.rate_hz:g} a second"
            raise self._settings.fault(
                "WFMOUTPRE:XINCR?", what, f"{interval_s:g}", "Use a rate that it has without interpolation."
            )
        range_v = level_v * 256**self._options.width_bytes
        wanted_v = acquisition.range_v[acquisition.channels.index(number)]
        if not range_v >= wanted_v * (1 - 1e-4):
            what = f"has a range of {range_v:g} V on channel {number}, not {wanted_v:g} V"
            raise self._settings.fault("WFMOUTPRE:YMULT?", what, f"{level_v:g}", "Check that nobody else sets it.")
        return _Scale(level_v, self._settings.number("WFMOUTPRE:YOFF?"), self._settings.number("WFMOUTPRE:YZERO?"))


def _parted(command: str) -> Line:
    """Header and value of a command."""
    header, _, value = command.partition(" ")
    return header, value
