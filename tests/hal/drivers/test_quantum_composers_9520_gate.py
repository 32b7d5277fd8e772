# SPDX-License-Identifier: Apache-2.0
"""Nothing gets an unsafe pulse past the gate, judged by what the emulated instrument is set to when it runs."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from feedline_hal.drivers.quantum_composers_9520 import QuantumComposers9520
from feedline_hal.emulator.clock import SteppedClock
from feedline_hal.emulator.fault import Fault, FaultKind, FaultScript
from feedline_hal.emulator.pty_server import PtyServer
from feedline_hal.emulator.quantum_composers_9520 import EmulatedQuantumComposers9520
from feedline_hal.errors import HardwareFault, LimitError
from feedline_hal.safety.gate import Gate
from feedline_hal.transport import open_transport

DUTY, RATE_HZ, LEVEL_V = 0.05, 1e4, 5.0
SAFE = {"a_duty": (0.0, DUTY), "b_duty": (0.0, DUTY), "trigger_rate_hz": (0.0, RATE_HZ)}
LEVELS = {"a_level_v": (2.0, LEVEL_V), "b_level_v": (2.0, LEVEL_V)}

_times = st.sampled_from(["0.00000100000", "0.00000400000", "0.00010000000", "0.00100000000"])
_outputs = st.sampled_from([1, 2])
_shared = st.sampled_from(["CMODE NORM", "SYNC T0", "STATE ON", "STATE ON", "STATE OFF", "MODE NORM", "*TRG"])
_settings = st.one_of(
    st.sampled_from([":PULSE0:STATE ON", ":PULSE0:STATE ON", ":PULSE0:STATE OFF", ":PULSE0:MODE BURS", "*RST", "*TRG"]),
    st.sampled_from([":PULSE0:MODE NORM", ":PULSE0:TRIG:MODE DIS", ":PULSE0:TRIG:MODE TRIG", ":PULSE0:BCOUNTER 9"]),
    st.builds(":PULSE0:PER {}".format, st.sampled_from(["0.00002000", "0.00010000", "0.00100000", "0.01000000"])),
    st.builds(":PULSE{}:{}".format, _outputs, _shared),
    st.builds(":PULSE{}:WIDT {}".format, _outputs, _times),
    st.builds(":PULSE{}:MUX {}".format, _outputs, st.sampled_from([1, 2, 3])),
    st.builds(":PULSE{}:POL {}".format, _outputs, st.sampled_from(["NORM", "NORM", "INV"])),
    st.builds(":PULSE{}:OUTP:MODE {}".format, _outputs, st.sampled_from(["TTL", "ADJ"])),
    st.builds(":PULSE{}:OUTP:AMPL {}".format, _outputs, st.sampled_from(["3.30", "12.00"])),
)
_READY = [
    *(":PULSE0:MODE BURS", ":PULSE0:TRIG:MODE DIS", ":PULSE0:PER 0.00010000", ":PULSE2:STATE OFF"),
    *(":PULSE1:POL NORM", ":PULSE1:MUX 1", ":PULSE1:OUTP:MODE TTL", ":PULSE1:WIDT 0.00000400000"),
    *(":PULSE1:STATE ON", ":PULSE0:STATE ON"),
]
"""What a driver sends for a pulse on the first output; each case leaves out some of it and goes on as it likes."""


def judged(instrument: EmulatedQuantumComposers9520, *, has_levels: bool) -> list[str]:
    """What comes out that is not safe."""
    if not instrument.is_running:
        return []
    period_s = float(instrument.value(0, "PERiod"))
    wrong = ["rate"] * (1 / period_s > RATE_HZ * (1 + 1e-9))
    for number in (1, 2):
        if instrument.value(number, "STATe") == "0":
            continue
        sources = int(instrument.value(number, "MUX"))
        high_s = sum(float(instrument.value(one, "WIDTh")) for one in (1, 2) if sources >> (one - 1) & 1)
        duty = high_s / period_s if instrument.value(number, "POLarity") == "NORM" else 1 - high_s / period_s
        is_adjusted = instrument.value(number, "OUTPut:MODe") == "ADJ"
        level_v = float(instrument.value(number, "OUTPut:AMPLitude"))
        wrong += [f"duty {number}"] * (duty > DUTY * (1 + 1e-9))
        wrong += [f"level {number}"] * (is_adjusted and (not has_levels or level_v > LEVEL_V))
    return wrong


@settings(max_examples=100, deadline=None)
@given(
    panel=st.lists(_settings, max_size=12),
    left_out=st.sets(st.integers(0, 2 * len(_READY)), max_size=2),
    sent=st.lists(_settings, max_size=25),
    broken=st.integers(0, 60),
    has_levels=st.booleans(),
)
def test_no_sequence_of_commands_makes_an_unsafe_pulse(
    panel: list[str], left_out: set[int], sent: list[str], broken: int, has_levels: bool
) -> None:
    """Whatever was set at the front panel before, and wherever the line breaks."""
    instrument = EmulatedQuantumComposers9520(channels=2, clock=SteppedClock())
    sent = [command for place, command in enumerate(_READY) if place not in left_out] + sent
    for command in panel:
        instrument.process(command.encode())
    ranges = SAFE | LEVELS if has_levels else SAFE
    faults, manner = FaultScript({broken: Fault(kind=FaultKind.RESET)}), QuantumComposers9520.manner
    with PtyServer(instrument, manner=instrument.serial_manner, faults=faults) as server:
        wire = open_transport(server.address, name="trig", timeout_s=5.0, manner=manner)
        with Gate(wire, QuantumComposers9520.guard(ranges), ranges) as gate:
            is_stopped = False
            for command in (":PULSE0:STATE OFF", *sent):
                with contextlib.suppress(LimitError, HardwareFault):
                    gate.write(command)
                is_stopped |= not instrument.is_running
                if is_stopped:
                    assert judged(instrument, has_levels=has_levels) == [], command
