# SPDX-License-Identifier: Apache-2.0
"""The examples of the OpenQASM 3 specification's chapter "OpenPulse Grammar" (Apache-2.0), as far as they are
calibrations and the grammar of `openpulse` 1.0.1 takes them. What had to change is said above each."""

from __future__ import annotations

import math

import pytest

from feedline_hal import CalibrationSet, Grid, Schedule, Waveform
from feedline_hal.errors import OpenPulseError
from feedline_hal.pulse.instruction import Capture, Delay, Play, SetFrequency, SetPhase, ShiftPhase

GRID = Grid(dt_s=1e-9)


def schedule(text: str, gate: str, *qubits: int, dt_s: float | None = 1e-9) -> Schedule:
    return CalibrationSet.from_openpulse(text, dt_s=dt_s).find(gate, qubits).schedule


def starts(played: Schedule) -> list[tuple[str, int]]:
    """What begins when, in nanoseconds."""
    placed, _ = played.place(GRID.ticks)
    return [(type(entry.instruction).__name__, entry.start_ticks) for entry in placed]


def test_extern_before_port_is_answered_with_what_the_grammar_takes() -> None:
    """Section "Ports": ``extern port drive_port0``; the grammar has ``port drive_port0;``."""
    with pytest.raises(OpenPulseError, match=r"line 2, column 10: .*port") as caught:
        CalibrationSet.from_openpulse("cal {\n  extern port drive_port0;\n}")
    assert "Write port without extern before it" in caught.value.remedy


def test_frame_initialization() -> None:
    """Section "Frame Initialization"; ``extern`` left out."""
    text = """
    cal {
      port measure_port;
      frame measure_frame_0 = newframe(measure_port, 5e9, 0.0);
      frame measure_frame_1 = newframe(measure_port, 5e9, 0.0);
      frame measure_frame_2 = newframe(measure_port, 5e9, 0.0);
      frame measure_frame_3 = newframe(measure_port, 5e9, 0.0);
    }
    """
    calibrations = CalibrationSet.from_openpulse(text)
    assert list(calibrations.frames) == [f"measure_frame_{index}" for index in range(4)]
    assert {frame.port.name for frame in calibrations.frames.values()} == {"measure_port"}


def test_frame_manipulation() -> None:
    """Section "Frame Manipulation": rz, without the array of frames that the chapter itself calls undecided; and
    the exchange of two phases, which are set before, as what came before a defcal is not known."""
    text = """
    cal { port d0; frame driveframe = newframe(d0, 5e9, 0.0); frame frame1 = newframe(d0, 5e9, 0.0);
          frame frame2 = newframe(d0, 5e9, 0.0); }
    defcal rz(angle[20] theta) q {
      shift_phase(driveframe, -theta);
    }
    defcal exchange $0 {
      set_phase(frame1, 0.25); set_phase(frame2, pi/2);
      angle temp1 = get_phase(frame1);
      angle temp2 = get_phase(frame2);
      set_phase(frame1, temp2);
      set_phase(frame2, temp1);
    }
    """
    calibrations = CalibrationSet.from_openpulse(text)
    rz = calibrations.find("rz", (5,), (0.3,))
    (shift,) = rz.schedule.bind({rz.arguments[0]: 0.3}).items  # type: ignore[dict-item]  # formal
    assert isinstance(shift, ShiftPhase)
    assert shift.phase_rad == -0.3
    last = calibrations.find("exchange", (0,)).schedule.items[-2:]
    assert [(item.frame.name, item.phase_rad) for item in last if isinstance(item, SetPhase)] == [
        ("frame1", math.pi / 2),
        ("frame2", 0.25),
    ]


def test_waveform_library_and_play() -> None:
    """Sections "Waveforms" and "Play instruction": names of arguments left out of externs, samples in braces and
    in a declaration, ``1/sqrt(2)im`` written as a product, frames named."""
    text = """
    cal {
      extern gaussian(complex[float[64]], duration, duration) -> waveform;
      extern sech(complex[float[64]], duration, duration) -> waveform;
      extern gaussian_square(complex[float[64]], duration, duration, duration) -> waveform;
      extern drag(complex[float[64]], duration, duration, float[64]) -> waveform;
      extern constant(complex[float[64]], duration) -> waveform;
      extern sine(complex[float[64]], duration, float[64], angle[32]) -> waveform;
      port tx0; port tx1;
      frame driveframe = newframe(tx0, 5e9, 0.0);
      const float q1_freq = 5.2e9;
      waveform arb_waveform = {1+0im, 0+1im, 1/sqrt(2)+1/sqrt(2)*1im};
    }
    defcal play_my_pulses $0 {
      // Play a 3 sample pulse on the tx0 port
      play(driveframe, arb_waveform);

      // Play a gaussian pulse on the tx1 port
      frame f1 = newframe(tx1, q1_freq, 0.0);
      play(f1, gaussian(0.5, 16ns, 4ns));
      play(f1, mix(sech(1, 8ns, 2ns), sine(0.5, 8ns, 2e8, pi)));
      play(f1, sum(gaussian_square(0.2, 8ns, 4ns, 1ns), drag(0.1, 8ns, 2ns, 1e-9)));
      play(f1, scale(phase_shift(constant(0.5, 8ns), pi), 0.5));
    }
    """
    played = [item.waveform for item in schedule(text, "play_my_pulses", 0).items if isinstance(item, Play)]
    root = 1 / math.sqrt(2)
    assert played[0] == Waveform.sampled([1, 1j, root + root * 1j], rate_hz=1e9)
    assert played[1] == Waveform.gaussian(16e-9, 0.5, sigma_s=4e-9)
    product = Waveform.sech(8e-9, 1.0, sigma_s=2e-9) * Waveform.sine(8e-9, 1.0, frequency_hz=2e8, phase_rad=math.pi)
    assert played[2].sample(1e9) == pytest.approx(0.5 * product.sample(1e9))
    square = Waveform.gaussian_square(8e-9, 0.2, width_s=4e-9, sigma_s=1e-9)
    assert played[3] == square + Waveform.drag(8e-9, 0.1, sigma_s=2e-9, beta_s=1e-9)
    assert played[4].sample(1e9) == pytest.approx(Waveform.constant(8e-9, -0.25).sample(1e9))


def test_measurement_with_capture() -> None:
    """Section "Capture Instruction": boxcar and discriminate, which no device here has, are one ``capture_v2``
    with a boxcar kernel; the envelope's width and edge, which the example has in another order, as declared."""
    text = """
    defcalgrammar "openpulse";

    cal {
        port m0;
        port cap0;
        extern capture_v2(frame, waveform) -> bit;
    }

    defcal measure $0 -> bit {

        // Force time of carrier to 0 for consistent phase for discrimination.
        frame stimulus_frame = newframe(m0, 5e9, 0);
        frame capture_frame = newframe(cap0, 5e9, 0);

        // Measurement stimulus envelope
        waveform meas_wf = gaussian_square(1.0, 16000dt, 13952dt, 262dt);

        // Play the stimulus
        play(stimulus_frame, meas_wf);

        // Align measure and capture frames
        barrier stimulus_frame, capture_frame;

        // Capture transmitted data after interaction with measurement resonator
        bit result = capture_v2(capture_frame, constant(1.0, 16000dt));

        return result;
    }
    """
    measure = schedule(text, "measure", 0)
    assert starts(measure)[-3:] == [("Play", 0), ("Barrier", 16000), ("Capture", 16000)]
    capture = measure.items[-1]
    assert isinstance(capture, Capture)
    assert (capture.slot, capture.kind, capture.duration_s) == (0, "v2", 16e-6)
    kinds = [type(item) for item in measure.items[:4]]
    assert kinds == [SetFrequency, SetPhase, SetFrequency, SetPhase]  # local frames begin anew each time


def test_initial_time() -> None:
    """Section "Initial Time": a frame that is made in a defcal begins when it does; ``extern`` left out."""
    text = """
    defcalgrammar "openpulse";
    cal {
      port d0;
      frame driveframe1 = newframe(d0, 5.0e9, 0.0);
      waveform wf = gaussian(0.5, 16ns, 4ns);
    }
    defcal my_gate1 $0 {
      play(driveframe1, wf);
    }
    defcal my_gate2 $0 {
      // initialized to time at beginning of `my_gate2`
      frame driveframe2 = newframe(d0, 5.0e9, 0.0);
      play(driveframe2, wf);
    }
    defcal my_gate3 $0 {
      frame driveframe3 = newframe(d0, 5.0e9, 0.0);
      play(driveframe3, wf);
    }
    """
    calibrations = CalibrationSet.from_openpulse(text)
    assert list(calibrations.frames) == ["driveframe1", "my_gate2_q0_driveframe2", "my_gate3_q0_driveframe3"]
    assert starts(calibrations.find("my_gate3", (0,)).schedule)[-1] == ("Play", 0)


def test_delay_advances_a_frame() -> None:
    """Sections "Delay" and "Play and Capture": 13 ns, then 29 ns; put into a defcal, where plays stand."""
    text = """
    cal {
      port d0;
      frame driveframe = newframe(d0, 5.0e9, 0.0);
      waveform wf = gaussian(0.5, 16ns, 4ns);
    }
    defcal wait_and_play $0 {
      delay[13ns] driveframe;
      play(driveframe, wf);
      play(driveframe, wf);
    }
    """
    assert starts(schedule(text, "wait_and_play", 0)) == [("Delay", 0), ("Play", 13), ("Play", 29)]


def test_barrier_aligns_frames() -> None:
    """Section "Barrier": the frames get their type, and a pulse to see the alignment by."""
    text = """
    cal {
      port d0; port d1;
      frame driveframe1 = newframe(d0, 5.1e9, 0.0);
      frame driveframe2 = newframe(d1, 5.2e9, 0.0);
    }
    defcal both $0, $1 {
      delay[13ns] driveframe1;
      barrier driveframe1, driveframe2;
      play(driveframe2, constant(0.1, 8ns));
    }
    """
    assert starts(schedule(text, "both", 0, 1))[-1] == ("Play", 13)


def test_defcals_on_several_qubits() -> None:
    """Section "Barrier", second example: commas between qubits, the waveform named as it is used."""
    text = """
    cal {
      port tx0; port tx1;
      waveform wf = constant(0.5, 100ns);
      frame driveframe1 = newframe(tx0, 5.0e9, 0);
      frame driveframe2 = newframe(tx1, 6.0e9, 0);
    }
    defcal two_qubit_gate $1, $2 {
      play(driveframe1, wf);
      play(driveframe2, wf);
    }
    defcal single_qubit_gate $1 {
      play(driveframe1, wf);
    }
    """
    assert starts(schedule(text, "two_qubit_gate", 1, 2)) == [("Play", 0), ("Play", 0)]
    assert starts(schedule(text, "single_qubit_gate", 1)) == [("Play", 0)]


def test_phase_tracking() -> None:
    """Section "Phase tracking": the defcals of the example."""
    text = """
    cal {
      port tx0;
      waveform wf = constant(0.5, 100ns);
      frame driveframe0 = newframe(tx0, 5.0e9, 0);
    }
    defcal single_qubit_gate $0 { play(driveframe0, wf); }
    defcal single_qubit_delay $0 { delay[13ns] driveframe0; }
    """
    (delay,) = schedule(text, "single_qubit_delay", 0).items
    assert isinstance(delay, Delay)
    assert delay.duration_s == 13e-9
