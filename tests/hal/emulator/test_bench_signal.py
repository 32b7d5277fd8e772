# SPDX-License-Identifier: Apache-2.0
"""What an emulated digitizer hears by default: shot k reads as k in binary, however the readout is calibrated."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from feedline.errors import InputError
from feedline_hal.calibration.calibration import Calibration
from feedline_hal.calibration.calibration_set import CalibrationSet
from feedline_hal.emulator.bench import Bench
from feedline_hal.emulator.bench_signal import measured_tones
from feedline_hal.emulator.cable import Signal, Silence
from feedline_hal.pulse.frame import Frame
from feedline_hal.pulse.instruction import Capture, ShiftPhase
from feedline_hal.pulse.port import Port
from feedline_hal.pulse.schedule import Schedule
from feedline_hal.pulse.waveform import Waveform
from feedline_hal.rack.schema import Channel, InstrumentSpec, PortSpec, RackSpec, ReadoutSpec

LO_HZ, RATE_HZ, DURATION_S, START_S = 6e9, 625e6, 1.6e-6, 400e-9
FEED = Port("feed", qubits=(0, 1, 2), is_multiplexed=True)


def frame(qubit: int) -> Frame:
    return Frame(f"ro{qubit}", FEED, frequency_hz=LO_HZ + (40e6, -70e6, 95e6)[qubit], phase_rad=0.4 * qubit)


def measure(qubit: int, kernel: Waveform | None = None, *before: ShiftPhase) -> Calibration:
    weights = Waveform.constant(DURATION_S) if kernel is None else kernel
    capture = Capture(frame(qubit), DURATION_S, kernel=weights)
    return Calibration(gate="measure", qubits=(qubit,), schedule=Schedule.left(*before, capture), num_bits=1)


def rack(folder: Path, *calibrations: Calibration, inputs: int = 1) -> RackSpec:
    text = CalibrationSet.of(calibrations).to_openpulse()
    (folder / "lab.qasm").write_text(text)
    wired = {"capture": Channel("dig1", "ch3")}
    if inputs == 2:
        wired = {"capture_i": Channel("dig1", "ch1"), "capture_q": Channel("dig1", "ch2")}
    settings = {f"ch{number}_range_v": 1.0 for number in (1, 2, 3)}
    digitizer = InstrumentSpec(
        name="dig1", driver="tektronix_mso", address="TCPIP::10.0.0.5::4000::SOCKET", settings=settings
    )
    drive = PortSpec(name="drive", channel=Channel("awg1", "ch1"), delay_s=20e-9)
    feed = PortSpec(name="feed", qubits=(0, 1, 2), lo_frequency_hz=LO_HZ, capture_delay_s=130e-9, **wired)
    readout = {
        "q0": ReadoutSpec(qubit=0, angle_rad=0.3),
        "q1": ReadoutSpec(qubit=1, angle_rad=-2.0, threshold=0.02),
        "q2": ReadoutSpec(qubit=2, angle_rad=2.5, threshold=-0.03),
    }
    return RackSpec(
        path=folder / "lab.toml",
        name="lab",
        calibrations="lab.qasm",
        instruments={"dig1": digitizer},
        ports={"drive": drive, "feed": feed},
        readout=readout,
    )


def bits(spec: RackSpec, signal: Signal, qubit: int, weights: NDArray[np.complex128]) -> NDArray[np.bool_]:
    """What the readout of a qubit gives for 8 shots, by the definition in the rack file's terms."""
    inputs = spec.ports["feed"].inputs
    arrival_s = START_S + 20e-9 + 130e-9
    since_s = (np.arange(len(weights)) + 0.5) / RATE_HZ
    volts = [signal.volts(channel.number, range(8), arrival_s + since_s) for channel in inputs]
    record = volts[0] + 1j * volts[1] if len(volts) == 2 else 2 * volts[0]
    own = frame(qubit)
    assert isinstance(own.frequency_hz, float)
    assert isinstance(own.phase_rad, float)
    carrier = 2 * np.pi * (own.frequency_hz - LO_HZ) * (START_S + since_s) + own.phase_rad
    points = (record * weights * np.exp(-1j * carrier)).mean(axis=1)
    readout = spec.readout[f"q{qubit}"]
    found: NDArray[np.bool_] = (points * np.exp(-1j * readout.angle_rad)).real > readout.threshold
    return found


@pytest.mark.parametrize("inputs", [1, 2])
def test_shot_k_reads_as_k_in_binary(tmp_path: Path, inputs: int) -> None:
    """With an angle, a threshold on either side of 0, a complex kernel and delays, on one input or on I and Q."""
    bent = Waveform.gaussian_square(DURATION_S, 0.8j, sigma_s=100e-9, width_s=1e-6)
    kernels = {0: None, 1: bent, 2: Waveform.constant(DURATION_S, -0.5)}
    spec = rack(tmp_path, *(measure(qubit, kernel) for qubit, kernel in kernels.items()), inputs=inputs)
    signal = measured_tones(spec, ["dig1"])["dig1"]
    samples = round(DURATION_S * RATE_HZ)
    for qubit, kernel in kernels.items():
        weights = np.ones(samples, dtype=np.complex128) if kernel is None else kernel.sample(RATE_HZ)
        assert bits(spec, signal, qubit, weights).tolist() == [bool(shot >> qubit & 1) for shot in range(8)]


def test_the_tones_fit_the_range(tmp_path: Path) -> None:
    spec = rack(tmp_path, measure(0), measure(1), measure(2))
    volts = measured_tones(spec, ["dig1"])["dig1"].volts(3, range(8), np.arange(4000) / RATE_HZ)
    assert 0.2 < np.abs(volts).max() <= 0.4
    wide = attrs.evolve(spec.instruments["dig1"], settings={})
    volts = measured_tones(attrs.evolve(spec, instruments={"dig1": wide}), ["dig1"])["dig1"].volts(
        3, range(8), np.arange(4000) / RATE_HZ
    )
    assert np.abs(volts).max() > 0.4, "the largest range of the driver"


def test_a_threshold_beyond_the_range_is_refused(tmp_path: Path) -> None:
    spec = rack(tmp_path, measure(0))
    spec = attrs.evolve(spec, readout={"q0": ReadoutSpec(qubit=0, threshold=0.5)})
    with pytest.raises(InputError, match=r"dig1.ch3: .* thresholds of q0 do not fit 1 V.\n  -> .* larger ch3_range_v"):
        measured_tones(spec, ["dig1"])


def test_a_qubit_that_cannot_be_answered_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    turning = Waveform.of("sine", DURATION_S, 1.0, frequency_hz=10e6, phase_rad=0.0)
    spec = rack(tmp_path, measure(0, turning), measure(1, None, ShiftPhase(frame(1), 0.5)), measure(2))
    assert set(measured_tones(spec, ["dig1"])) == {"dig1"}
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "silent about q0: The kernel of measure q0 is 0 on average" in told[0]
    assert "silent about q1: measure q1 changes its capture's frame" in told[1]


def test_nothing_is_plugged_in_without_calibrations_or_another_signal_if_given(tmp_path: Path) -> None:
    spec = rack(tmp_path, measure(0))
    own = Silence()
    assert Bench(spec, signals={"dig1": own}).emulators["dig1"].signal is own
    assert isinstance(Bench(attrs.evolve(spec, calibrations="")).emulators["dig1"].signal, Silence)
    assert not isinstance(Bench(spec).emulators["dig1"].signal, Silence)
