# SPDX-License-Identifier: Apache-2.0
"""An instrument that remembers blocks, and payloads that break careless parsers."""

from __future__ import annotations

from feedline_hal.emulator.call import Call, definite_block
from feedline_hal.emulator.dialect import EmulatedInstrument, Reply, command


class Memory(EmulatedInstrument):
    """Two channels with a frequency, a memory for one block, a slow calibration."""

    def __init__(self, **options: object) -> None:
        super().__init__("Feedline,Memory,1,0.1", **options)  # type: ignore[arg-type] # the base's own options
        self.frequencies_hz = [1e9, 1e9]
        self.data = b""
        self.triggers = 0

    def reset(self) -> None:
        self.frequencies_hz = [1e9, 1e9]

    def trigger(self) -> None:
        self.triggers += 1

    @command("[SOURce[1|2]:]FREQuency[:CW]", 1)
    def _set_frequency(self, call: Call) -> Reply:
        self.frequencies_hz[call.suffixes[0] - 1] = call.number(0, 1e6, 20e9)
        return None

    @command("[SOURce[1|2]:]FREQuency[:CW]?")
    def _frequency(self, call: Call) -> Reply:
        return f"{self.frequencies_hz[call.suffixes[0] - 1]:.10g}"

    @command("MEMory:DATA", 2)
    def _store(self, call: Call) -> Reply:
        call.text(0)
        self.data = call.block(1)
        return None

    @command("MEMory:DATA?", 0, 1)
    def _fetch(self, call: Call) -> Reply:
        return definite_block(self.data)

    @command("CALibrate", 1)
    def _calibrate(self, call: Call) -> Reply:
        self.be_busy(call.number(0))
        return None


def adversarial_payloads(run: int = 100_000) -> list[bytes]:
    """262 payloads: every last byte, runs of LF and '#', CR LF, fake headers; ``run`` is the longest run."""
    last_bytes = [b"\x01\x02\x03" + bytes([last]) for last in range(256)]
    return [*last_bytes, b"\n" * run, b"#" * 999, b"\r\n" * 500, b"#3100*IDN?\n", b"\"\n';*RST\n", b"#0\n#0\r\n"]
