# SPDX-License-Identifier: Apache-2.0
"""The section "Examples" of the OpenQASM 3 specification's chapter "OpenPulse Grammar" (Apache-2.0), as far as it
is calibrations and the grammar of `openpulse` 1.0.1 takes it. What had to change is said above each."""

from __future__ import annotations

import math

import pytest

from feedline_hal import CalibrationSet, Grid, Schedule, Waveform
from feedline_hal.errors import OpenPulseError
from feedline_hal.pulse.instruction import Capture, Play, ShiftFrequency

GRID = Grid(dt_s=1e-9)


def schedule(text: str, gate: str, *qubits: int, dt_s: float | None = 1e-9) -> Schedule:
    return CalibrationSet.from_openpulse(text, dt_s=dt_s).find(gate, qubits).schedule


def starts(played: Schedule) -> list[tuple[str, int]]:
    """What begins when, in nanoseconds."""
    placed, _ = played.place(GRID.ticks)
    return [(type(entry.instruction).__name__, entry.start_ticks) for entry in placed]


def test_saturation_pulse() -> None:
    """Section "Rabi Spectroscopy": the defcal; 100e-6 gets its unit, the sweep belongs to a program."""
    text = """
    const float frequency_start = 4.5e9;
    const float frequency_step = 1e6;
    const int frequency_num_steps = 301;
    cal { port d0; frame driveframe = newframe(d0, frequency_start, 0.0); }
    defcal saturation_pulse $0 {
        play(driveframe, constant(0.1, 100us));
    }
    defcal step $0 { shift_frequency(driveframe, frequency_step); }
    """
    assert schedule(text, "saturation_pulse", 0).place(GRID.ticks)[1] == 100_000
    (step,) = schedule(text, "step", 0).items
    assert isinstance(step, ShiftFrequency)
    assert step.frequency_hz == 1e6


def test_cross_resonance_gate() -> None:
    """Section "Cross-resonance gate": ``get_phase`` of a frame whose phase the circuit decides is 0.0 here."""
    text = """
    cal {
       port d0;
       port d1;
       frame frame0 = newframe(d0, 5.0e9, 0);
    }

    defcal cross_resonance $0, $1 {
        waveform wf1 = gaussian_square(1., 1024dt, 128dt, 32dt);
        waveform wf2 = gaussian_square(0.1, 1024dt, 128dt, 32dt);

        /*** Do pre-rotation ***/

        // generate new frame for second drive that is locally scoped
        // initialized to time at the beginning of `cross_resonance`
        frame temp_frame = newframe(d1, get_frequency(frame0), 0.0);

        play(frame0, wf1);
        play(temp_frame, wf2);

        /*** Do post-rotation ***/

    }
    """
    calibrations = CalibrationSet.from_openpulse(text, dt_s=1e-9)
    made = calibrations.frames["cross_resonance_q0_q1_temp_frame"]
    assert (made.port.name, made.frequency_hz) == ("d1", 5e9)
    assert starts(calibrations.find("cross_resonance", (0, 1)).schedule)[-2:] == [("Play", 0), ("Play", 0)]
    with pytest.raises(OpenPulseError, match=r"line 16, column 64: The phase of frame 'frame0' here depends on what"):
        CalibrationSet.from_openpulse(text.replace("0.0);", "get_phase(frame0));"), dt_s=1e-9)


def test_geometric_gate() -> None:
    """Section "Geometric gate": envelopes given, samples in braces, arguments of ``scale`` in declared order."""
    text = """
    cal {
        port dq;
        float fq_01 = 5e9; // hardcode or pull from some function
        float anharm = 300e6; // hardcode or pull from some function
        frame frame_01 = newframe(dq, fq_01, 0);
        frame frame_12 = newframe(dq, fq_01 + anharm, 0);
    }

    defcal geo_gate(angle[32] theta) q {
        // theta: rotation angle (about z-axis) on Bloch sphere

        // Assume we have calibrated 0->1 pi pulses and 1->2 pi pulse
        // envelopes (no sideband)
        waveform X_01 = { 0.1, 0.2, 0.1 };
        waveform X_12 = { 0.1, 0.3im, 0.1 };
        float[32] a = sin(theta/2);
        float[32] b = sqrt(1-a**2);

        // Double-tap
        play(frame_01, scale(X_01, a));
        play(frame_12, scale(X_12, b));
        play(frame_01, scale(X_01, a));
        play(frame_12, scale(X_12, b));
    }
    """
    calibrations = CalibrationSet.from_openpulse(text, dt_s=1e-9)
    assert calibrations.frames["frame_12"].frequency_hz == 5.3e9
    gate = calibrations.find("geo_gate", (3,), (0.8,))
    first, second, *_ = gate.schedule.bind({gate.arguments[0]: 0.8}).items  # type: ignore[dict-item]  # formal
    assert isinstance(first, Play)
    assert isinstance(second, Play)
    assert first.waveform.amplitude == pytest.approx(math.sin(0.4))
    assert second.waveform.amplitude == pytest.approx(math.cos(0.4))


def test_neutral_atoms() -> None:
    """Section "Neutral atoms": numbers for the dots, commas between qubits, amplitudes of the Raman pulses named;
    the sequence itself belongs to a program. The local frames of the chapter keep their Greek names."""
    text = """
    const float Δ = 1e9;
    const float qubit_freq = 6.8e9;
    const float q1_pos_freq = 6.9e9;
    const float q2_pos_freq = 7.0e9;
    const float q1_π_half_amp = 0.4;
    const float q2_π_half_amp = 0.5;
    const float raman_a_amp = 0.3;
    const duration π_half_time = 1000dt;
    cal {
      port eom_a_port;
      port aod_port;
      frame raman_a_frame = newframe(eom_a_port, Δ, 0.0);
      frame q1_frame = newframe(aod_port, qubit_freq, 0);
      frame q2_frame = newframe(aod_port, qubit_freq, 0);
      waveform π_half_sig = gaussian(1.0, π_half_time, 100dt);
      waveform q1_π_half_sig = mix(π_half_sig, sine(q1_π_half_amp, π_half_time, q1_pos_freq-qubit_freq, 0.0));
      waveform q2_π_half_sig = mix(π_half_sig, sine(q2_π_half_amp, π_half_time, q2_pos_freq-qubit_freq, 0.0));
    }
    // π/2 pulses on both qubits
    defcal rx(π/2) $1, $2 {
          play(raman_a_frame, constant(raman_a_amp, π_half_time));
          play(q1_frame, q1_π_half_sig);
          play(q2_frame, q2_π_half_sig);
    }
    // π/2 pulse on only qubit $2
    defcal rx(π/2) $2 {
        play(raman_a_frame, constant(raman_a_amp, π_half_time));
        play(q2_frame, q2_π_half_sig);
    }
    """
    calibrations = CalibrationSet.from_openpulse(text, dt_s=1e-9)
    assert [calibration.qubits for calibration in calibrations.calibrations] == [(1, 2), (2,)]
    assert calibrations.find("rx", (2,), (math.pi / 2,)).schedule.place(GRID.ticks)[1] == 1000
    wave = calibrations.calibrations[1].schedule.items[1]
    assert isinstance(wave, Play)
    inside = Waveform.gaussian(1e-6, 1.0, sigma_s=1e-7) * Waveform.sine(1e-6, 0.5, frequency_hz=7.0e9 - 6.8e9)
    assert wave.waveform.sample(1e9) == pytest.approx(inside.sample(1e9))


def test_multiplexed_readout_and_capture() -> None:
    """Section "Multiplexed readout and capture": numbers for the dots, positional arguments, ``capture_v2``,
    commas between frames, bits counted from 0."""
    text = """
    const duration electrical_delay = 100ns;
    const float q0_ro_freq = 7.0e9;
    const float q1_ro_freq = 7.1e9;

    cal {
      // the transmission/captures ports are the same for $0 and $1
      port ro_tx;
      port ro_rx;

      // readout stimulus and capture frames of different frequencies
      frame q0_stimulus_frame = newframe(ro_tx, q0_ro_freq, 0);
      frame q0_capture_frame = newframe(ro_rx, q0_ro_freq, 0);
      frame q1_stimulus_frame = newframe(ro_tx, q1_ro_freq, 0);
      frame q1_capture_frame = newframe(ro_rx, q1_ro_freq, 0);
    }

    defcal multiplexed_readout_and_capture $0, $1 -> bit[2] {
        bit[2] b;

        // flat-top readout waveforms
        waveform q0_ro_wf = constant(0.1, 500ns);
        waveform q1_ro_wf = constant(0.2, 500ns);

        // multiplexed readout
        play(q0_stimulus_frame, q0_ro_wf);
        play(q1_stimulus_frame, q1_ro_wf);

        // simple boxcar kernel
        waveform ro_kernel = constant(1, 500ns);

        barrier q0_stimulus_frame, q1_stimulus_frame, q0_capture_frame, q1_capture_frame;
        delay[electrical_delay] q0_capture_frame, q1_capture_frame;

        // multiplexed capture
        b[0] = capture_v2(q0_capture_frame, ro_kernel);
        b[1] = capture_v2(q1_capture_frame, ro_kernel);

        return b;
    }
    """
    calibrations = CalibrationSet.from_openpulse(text)
    (gate,) = calibrations.calibrations
    assert gate.num_bits == 2
    captures = [item for item in gate.schedule.items if isinstance(item, Capture)]
    assert [(item.frame.name, item.slot) for item in captures] == [("q0_capture_frame", 0), ("q1_capture_frame", 1)]
    assert starts(gate.schedule)[-2:] == [("Capture", 600), ("Capture", 600)]
