# SPDX-License-Identifier: Apache-2.0
"""A two-qubit rack for tests, and a calibration set that it can play."""

from __future__ import annotations

import math
from pathlib import Path

from qiskit.circuit import Parameter

from feedline_hal import (
    Barrier,
    Calibration,
    CalibrationSet,
    Capture,
    Delay,
    Frame,
    Play,
    Port,
    Schedule,
    ShiftPhase,
    Waveform,
)

READOUT_S = 400e-9
DRIVE_HZ = (4.9e9, 5.1e9)
READOUT_HZ = (6.55e9, 6.65e9)
DRIVE_LO_HZ, READOUT_LO_HZ = 5.0e9, 6.5e9

RACK = """
name = "lab"
repetition_s = 20e-6
calibrations = "lab.qasm"

[instruments.awg]
driver = "tektronix_awg5200"
address = "TCPIP::127.0.0.1::54100::SOCKET"
settings = { rate_hz = 1e9 }
[instruments.awg.safe]
ch1_voltage_v = [-0.3, 0.3]
ch2_voltage_v = [-0.3, 0.3]
ch3_voltage_v = [-0.3, 0.3]
ch4_voltage_v = [-0.3, 0.3]
ch5_voltage_v = [-0.3, 0.3]
ch6_voltage_v = [-0.3, 0.3]
ch7_voltage_v = [-0.5, 0.5]
ch8_voltage_v = [0, 0]
ch1_slew_v_per_s = [0, 1e9]
ch2_slew_v_per_s = [0, 1e9]
ch3_slew_v_per_s = [0, 1e9]
ch4_slew_v_per_s = [0, 1e9]
ch5_slew_v_per_s = [0, 1e9]
ch6_slew_v_per_s = [0, 1e9]
ch7_slew_v_per_s = [0, 1e9]
ch8_slew_v_per_s = [0, 0]

[instruments.scope]
driver = "tektronix_mso"
address = "TCPIP::127.0.0.1::hislip0,54101::INSTR"
options = { channels = 4 }
settings = { rate_hz = 1.25e9, ch1_range_v = 0.5 }

[instruments.lo_drive]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::127.0.0.1::54102::SOCKET"
settings = { power_dbm = 7 }
safe = { frequency_hz = [4e9, 6e9], power_dbm = [-120, 10] }

[instruments.lo_read]
driver = "rohde_schwarz_sgs100a"
address = "TCPIP::127.0.0.1::54103::SOCKET"
settings = { power_dbm = 7 }
safe = { frequency_hz = [6e9, 8e9], power_dbm = [-120, 10] }

[instruments.flux]
driver = "yokogawa_gs200"
address = "TCPIP::127.0.0.1,54104::inst0::INSTR"
settings = { level_v = 0.01, is_on = 1 }
safe = { level_v = [-0.1, 0.1], level_v_per_s = [0, 0.2] }

[instruments.trig]
driver = "quantum_composers_9520"
address = "ASRL/dev/ttyUSB0::INSTR"
[instruments.trig.safe]
a_duty = [0, 0.2]
b_duty = [0, 0.2]
c_duty = [0, 0]
d_duty = [0, 0]
trigger_rate_hz = [1, 100e3]

[ports.q0_drive]
qubits = [0]
i = "awg.ch1"
q = "awg.ch2"
lo = "lo_drive"
lo_frequency_hz = 5.0e9
mixer = { gain = 1.05, phase_rad = 0.02, offset_i_v = 0.002, offset_q_v = -0.001 }

[ports.q1_drive]
qubits = [1]
i = "awg.ch3"
q = "awg.ch4"
lo = "lo_drive"
lo_frequency_hz = 5.0e9
delay_s = 5e-9

[ports.coupler]
qubits = [0, 1]
channel = "awg.ch7"

[ports.feedline]
qubits = [0, 1]
i = "awg.ch5"
q = "awg.ch6"
capture = "scope.ch1"
lo = "lo_read"
lo_frequency_hz = 6.5e9
is_multiplexed = true
capture_delay_s = 40e-9

[triggers.awg]
source = "trig.a"
width_s = 1e-6

[triggers.scope]
source = "trig.b"
width_s = 1e-6

[readout.q0]
angle_rad = 0.3
threshold = 0.0

[readout.q1]
angle_rad = -1.1
threshold = 0.001
"""


def calibrations() -> CalibrationSet:
    """Gates of the lab; amplitudes are made up, timing and frequencies are a lab's."""
    feedline = Port("feedline", qubits=(0, 1))
    coupler = Frame("coupler_frame", Port("coupler", qubits=(0, 1)), frequency_hz=0.0)
    drives = tuple(
        Frame(f"q{qubit}_frame", Port(f"q{qubit}_drive", qubits=(qubit,)), frequency_hz=DRIVE_HZ[qubit])
        for qubit in (0, 1)
    )
    made: list[Calibration] = []
    for qubit, frame in enumerate(drives):
        theta = Parameter("theta")
        made.append(
            Calibration(
                gate="rz", qubits=(qubit,), arguments=(theta,), schedule=Schedule.left(ShiftPhase(frame, theta))
            )
        )
        for name, amplitude in (("sx", 0.2), ("x", 0.4)):
            pulse = Waveform.drag(40e-9, amplitude, sigma_s=10e-9, beta_s=1e-9)
            made.append(Calibration(gate=name, qubits=(qubit,), schedule=Schedule.left(Play(frame, pulse))))
        made.append(Calibration(gate="id", qubits=(qubit,), schedule=Schedule.left(Delay(40e-9, (frame,)))))
        tone = Frame(f"q{qubit}_tone", feedline, frequency_hz=READOUT_HZ[qubit])
        ear = Frame(f"q{qubit}_ear", feedline, frequency_hz=READOUT_HZ[qubit])
        schedule = Schedule.left(
            Barrier((tone, ear)),
            Play(tone, Waveform.constant(READOUT_S, 0.3)),
            Capture(ear, READOUT_S, kernel=Waveform.constant(READOUT_S)),
        )
        made.append(Calibration(gate="measure", qubits=(qubit,), schedule=schedule, num_bits=1))
    cz = Schedule.left(
        Barrier((*drives, coupler)),
        Play(coupler, Waveform.cosine(60e-9, 0.5)),
        Barrier((*drives, coupler)),
        ShiftPhase(drives[0], math.pi / 7),
    )
    made.append(Calibration(gate="cz", qubits=(0, 1), schedule=cz))
    return CalibrationSet.of(made)


def write_lab(folder: Path, text: str = RACK) -> Path:
    """A rack file and its calibration set in a folder."""
    (folder / "lab.qasm").write_text(calibrations().to_openpulse(), encoding="utf-8")
    path = folder / "lab.toml"
    path.write_text(text, encoding="utf-8")
    return path
