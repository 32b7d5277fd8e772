# SPDX-License-Identifier: Apache-2.0
"""An emulated Tektronix 5 Series MSO: edge trigger, FastFrame, curves.

Source: Tektronix 4/5/6 Series MSO Programmer Manual, "Command groups" and "Status and events".
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from .cable import Burst, ComputedSignal, Signal, Silence
from .call import Call
from .dialect import Reply, command
from .error_queue import ScpiError
from .fast_frame import Converter, FastFrameRun, ReplyRoom
from .tektronix_events import TektronixEvents
from .tektronix_mso_register import RATES_HZ, REGISTERS
from .tektronix_register import RegisterFile, engineering, every

_NO_WAVEFORM = 2244
_KINDS = {"SRIBINARY": "<i", "RIBINARY": ">i", "SRPBINARY": "<u", "RPBINARY": ">u"}


class EmulatedMso(TektronixEvents):
    """After ``*RST``: channel 1 on, 100 mV a division, 1 megohm, automatic horizontal mode, running.

    A setting that changes what is recorded starts an acquisition anew; what was read before is gone. While a
    sequence of frames is recorded there is no curve.

    Args:
        serial: Its serial number.
        channels: How many: 4, 6 or 8; the model follows.
        memory_samples: Of each channel.
        signal: What comes into its channels.
        **options: Of `EmulatedInstrument`.
    """

    def __init__(
        self,
        serial: str = "PQ010001",
        *,
        channels: int = 4,
        memory_samples: int = 62_500_000,
        signal: Signal | None = None,
        **options: Any,
    ) -> None:
        super().__init__(f"TEKTRONIX,MSO5{channels},{serial},CF:91.1CT FV:1.42.3.238", **options)
        self.channels = channels
        self.memory_samples = memory_samples
        self.signal: Signal = Silence() if signal is None else signal
        self.value = RegisterFile(REGISTERS)
        self._row = ReplyRoom()
        self._acquiring = threading.RLock()  # triggers come from other instruments' threads
        self.reset()

    def reset(self) -> None:
        """Go to the state after ``*RST``; how it prints replies stays."""
        header, verbose = self.value("HEADer"), self.value("VERBose")
        self.value.reset()
        self.value.set("HEADer", header)
        self.value.set("VERBose", verbose)
        self.shown = {1}
        self._run = self._new_run()

    def triggered(self, burst: Burst) -> None:
        """Take triggers at the input that the trigger listens to."""
        with self._acquiring:
            now_s = self.clock.now_s()
            if self._run.is_over(now_s) and self._runs_on and self._is_started:
                self._run = self._new_run()
            self.be_busy(self._run.take(burst, now_s) - now_s)

    def _new_run(self) -> FastFrameRun:
        samples, rate_hz = self.value("HORizontal:RECOrdlength"), self.value("HORizontal:SAMPLERate")
        self._is_started = True
        first_s = -self.value("HORizontal:POSition") / 100 * samples / rate_hz
        if self.value("HORizontal:DELay:MODe"):
            first_s = self.value("HORizontal:DELay:TIMe") - samples / rate_hz / 2
        return FastFrameRun(self._frames, samples, rate_hz, first_s)

    @property
    def _frames(self) -> int:
        is_fast: bool = self.value("HORizontal:FASTframe:STATE")
        return int(self.value("HORizontal:FASTframe:COUNt")) if is_fast else 1

    @property
    def _runs_on(self) -> bool:
        return bool(self.value("ACQuire:STOPAfter") == "RUNSTOP")

    @property
    def _most_frames(self) -> int:
        return int(self.memory_samples // self.value("HORizontal:RECOrdlength"))

    def _start(self) -> None:
        with self._acquiring:
            self._run = self._new_run()
        if self.value("TRIGger:A:MODe") == "AUTO":
            self.triggered(Burst(self._run.frames, self._run.samples / self._run.rate_hz))

    @every(REGISTERS, is_query=False)
    def _set(self, call: Call) -> Reply:
        register = self.value.find(call)
        value = register.read(call)
        if call.suffixes:
            self._channel(call)
        match register.notation, value:
            case "HORizontal:SAMPLERate", float(asked):
                value = min(RATES_HZ, key=lambda rate_hz: abs(rate_hz - asked))
            case "HORizontal:RECOrdlength", int(length):
                if self.value("HORizontal:MODe") != "MANUAL":
                    raise ScpiError(-221)
                if length > self.memory_samples:
                    raise ScpiError(-222)
            case "HORizontal:FASTframe:COUNt", int(count) if count > self._most_frames:
                raise ScpiError(-222)
            case "CH<x>:SCAle", float(scale_v) if scale_v > 1 and self.value("CH<x>:TERmination", *call.suffixes) == 50:
                raise ScpiError(-222)
            case "DATa:SOUrce", str(source) if int(source[2:]) > self.channels:
                raise ScpiError(-224)
        self.value.set(register.notation, value, *call.suffixes)
        if register.notation == "HORizontal:RECOrdlength":  # frames that no longer fit are given up
            fitting = min(self.value("HORizontal:FASTframe:COUNt"), self._most_frames)
            self.value.set("HORizontal:FASTframe:COUNt", fitting)
        if register.notation.startswith(("HORizontal", "CH<x>", "TRIGger", "ACQuire:MODe")):
            self._start_anew()
        return None

    @every(REGISTERS, is_query=True)
    def _get(self, call: Call) -> Reply:
        register = self.value.find(call)
        if call.suffixes:
            self._channel(call)
        value = self.value(register.notation, *call.suffixes)
        told = register.told(value, is_verbose=self.value("VERBose"))
        return self._named(_numbered(register.notation, call.suffixes), told)

    def _channel(self, call: Call) -> int:
        """The last number of a header, if there is such a channel."""
        number = call.suffixes[-1]
        if not 1 <= number <= self.channels:
            raise ScpiError(-114)
        return number

    def _start_anew(self) -> None:
        with self._acquiring:
            is_started = self._is_started
            self._run = self._new_run()
            self._is_started = is_started
            if not is_started:
                self._run.stop(self.clock.now_s())

    def _named(self, header: str, value: str) -> str:
        return f":{header.upper()} {value}" if self.value("HEADer") else value

    @command("DISplay:GLObal:CH<x>:STATE", 1)
    @command("DISplay:WAVEView[1]:CH<x>:STATE", 1)
    @command("SELect:CH<x>", 1)
    def _show(self, call: Call) -> Reply:
        number = self._channel(call)
        (self.shown.add if call.flag(0) else self.shown.discard)(number)
        self._start_anew()
        return None

    @command("DISplay:GLObal:CH<x>:STATE?")
    @command("DISplay:WAVEView[1]:CH<x>:STATE?")
    @command("SELect:CH<x>?")
    def _is_shown(self, call: Call) -> Reply:
        number = self._channel(call)
        headers = {"DISPLAY:GLOBAL:CH<x>:STATE": ":GLO", "DISPLAY:WAVEVIEW1:CH<x>:STATE": ":WAV", "SELECT:CH<x>": "SEL"}
        header = next(header for header, part in headers.items() if part in call.header)
        return self._named(_numbered(header, (number,)), str(int(number in self.shown)))

    @command("CH<x>:PROBETYPE?")
    @command("CH<x>:PRObe:ID:TYPe?")
    @command("CH<x>:PRObe:ID:SERnumber?")
    def _probe(self, call: Call) -> Reply:
        self._channel(call)
        header = call.header.removesuffix("?")
        told = "ANALOG" if header.endswith("PROBETYPE") else '"1X"' if "TYP" in header else '"N/A"'
        return self._named(header, told)

    @command("ACQuire:STATE", 1)
    def _acquire(self, call: Call) -> Reply:
        word = call.word(0).upper()
        if word in ("RUN", "ON") or (word not in ("STOP", "OFF") and call.flag(0)):
            self._start()
        else:
            with self._acquiring:
                self._run.stop(self.clock.now_s())
                self._is_started = False
        return None

    @property
    def _is_acquiring(self) -> bool:
        return self._is_started and (self._runs_on or not self._run.is_over(self.clock.now_s()))

    @command("ACQuire:STATE?")
    def _acquire_state(self, call: Call) -> Reply:
        return self._named("ACQUIRE:STATE", str(int(self._is_acquiring or not self._is_heard)))

    @property
    def _is_heard(self) -> bool:
        """Whether what came in is known; one that was stopped waits for nothing."""
        signal, waits = self.signal, self._is_started and self._run.has_triggered
        return not waits or not isinstance(signal, ComputedSignal) or signal.is_ready()

    @command("ACQuire:NUMFRAMESACQuired?")
    def _acquired(self, call: Call) -> Reply:
        return self._named("ACQUIRE:NUMFRAMESACQUIRED", str(self._run.acquired(self.clock.now_s())))

    @command("HORizontal:FASTframe:MAXFRames?")
    def _max_frames(self, call: Call) -> Reply:
        return self._named("HORIZONTAL:FASTFRAME:MAXFRAMES", str(self._most_frames))

    @command("TRIGger:STATE?")
    def _trigger_state(self, call: Call) -> Reply:
        state = "TRIGGER" if self._run.has_triggered else "READY"
        return self._named("TRIGGER:STATE", state if self._is_acquiring else "SAVE")

    @command("DATa:SOUrce:AVAILable?")
    def _sources(self, call: Call) -> Reply:
        return self._named("DATA:SOURCE:AVAILABLE", ",".join(f"CH{number}" for number in sorted(self.shown)))

    @property
    def _source(self) -> int:
        """Number of the channel whose curve is read."""
        number = int(self.value("DATa:SOUrce")[2:])
        if number not in self.shown:
            raise ScpiError(_NO_WAVEFORM, "Source waveform is not active")
        return number

    @property
    def _converter(self) -> Converter:
        number = self._source
        scale_v = self.value("CH<x>:SCAle", number)
        centre_v = self.value("CH<x>:OFFSet", number) - self.value("CH<x>:POSition", number) * scale_v
        return Converter(scale_v=scale_v, centre_v=centre_v, width_bytes=self.value("DATa:WIDth"))

    @property
    def _points(self) -> range:
        """Samples of a frame that are read, from 0."""
        ends = sorted((self.value("DATa:STARt"), self.value("DATa:STOP")))
        first, last = (min(end, self._run.samples) for end in ends)
        return range(first - 1, last)

    @command("WFMOutpre:YMUlt?")
    def _level(self, call: Call) -> Reply:
        return self._named("WFMOUTPRE:YMULT", engineering(self._converter.level_v))

    @command("WFMOutpre:YZEro?")
    def _centre(self, call: Call) -> Reply:
        return self._named("WFMOUTPRE:YZERO", engineering(self._converter.centre_v))

    @command("WFMOutpre:YOFf?")
    def _offset(self, call: Call) -> Reply:
        unsigned = 2 ** (8 * self._converter.width_bytes - 1) if "RPB" in self.value("DATa:ENCdg") else 0
        return self._named("WFMOUTPRE:YOFF", engineering(unsigned))

    @command("WFMOutpre:XINcr?")
    def _interval(self, call: Call) -> Reply:
        return self._named("WFMOUTPRE:XINCR", engineering(1 / self._run.rate_hz))

    @command("WFMOutpre:PT_Off?")
    def _trigger_point(self, call: Call) -> Reply:
        return self._named("WFMOUTPRE:PT_OFF", str(round(-self._run.first_s * self._run.rate_hz) - self._points.start))

    @command("WFMOutpre:NR_Pt?")
    def _point_count(self, call: Call) -> Reply:
        return self._named("WFMOUTPRE:NR_PT", str(len(self._points)))

    @command("CURVe?")
    def _curve(self, call: Call) -> Reply:
        channel, converter, points = self._source, self._converter, self._points
        frames = self._frames_read()
        kind = _KINDS.get(self.value("DATa:ENCdg"), "<i") + str(converter.width_bytes)
        reply, samples = self._row.laid_out(len(frames), len(points), np.dtype(kind))
        at = frames.start, points.start
        self._run.fill(samples, self.signal, channel, converter=converter, at=at)
        if self.value("DATa:ENCdg") == "ASCII":
            told = ";".join(",".join(map(str, frame)) for frame in samples.tolist())
            return self._named("CURVE", told)
        return (b":CURVE " if self.value("HEADer") else b"") + reply.tobytes()

    def _frames_read(self) -> range:
        """Frames that are read, from 0; what is asked for beyond those that are there is left out."""
        acquired = self._run.acquired(self.clock.now_s())
        if not acquired or (self._is_acquiring and not self._runs_on):
            raise ScpiError(_NO_WAVEFORM, "Source waveform is not active")
        first = min(self.value("DATa:FRAMESTARt"), acquired)
        return range(first - 1, max(first, min(self.value("DATa:FRAMESTOP"), acquired)))


def _numbered(notation: str, numbers: tuple[int, ...]) -> str:
    return notation.replace("<x>", str(numbers[0])) if numbers else notation
