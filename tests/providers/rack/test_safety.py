# SPDX-License-Identifier: Apache-2.0
"""Programs of all kinds try to get past the gate of a whole rack; the emulators' own records say what came out."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from rack_lab import RACK

import feedline
from feedline.errors import FeedlineError
from feedline.runtime.submit import runtime
from feedline_hal import Calibration, CalibrationSet, Play, PulseGate, Schedule, Waveform, pulse_box
from feedline_hal.errors import LimitError

TRIES = settings(max_examples=15, deadline=None)
AWG = "settings = { rate_hz = 1e9 }"
RACKS = {
    "as it is": RACK,
    "louder than is safe": RACK.replace(AWG, AWG.replace("1e9", "1e9, ch1_amplitude_v = 0.7")),
    "offset too far": RACK.replace(AWG, AWG.replace("1e9", "1e9, ch1_offset_v = 0.25, ch1_amplitude_v = 0.2")),
    "mixer offset": RACK.replace("offset_i_v = 0.002", "offset_i_v = 0.29"),
    "narrow slew": RACK.replace("ch1_slew_v_per_s = [0, 1e9]", "ch1_slew_v_per_s = [0, 2e7]"),
    "one side": RACK.replace("ch1_voltage_v = [-0.3, 0.3]", "ch1_voltage_v = [-0.05, 0.3]"),
    "mixer gain": RACK.replace("gain = 1.05, phase_rad = 0.02", "gain = 0.5, phase_rad = 1.2"),
}
amplitudes = st.floats(-1.5, 1.5) | st.sampled_from([1.0, -1.0, math.nan, math.inf, -math.inf, 1e-310, 1 + 1e-9])
pulses = st.sampled_from(["gaussian", "drag", "constant", "cosine", "sine", "sampled"])
WAYS = ("parameter", "pulse gate", "pulse box", "program", "run")


def shape(kind: str, amplitude: Any) -> Waveform:
    if kind == "gaussian":
        return Waveform.gaussian(40e-9, amplitude, sigma_s=8e-9)
    if kind == "drag":
        return Waveform.drag(40e-9, amplitude, sigma_s=4e-9, beta_s=9e-9)
    if kind == "sine":
        return Waveform.sine(40e-9, amplitude, frequency_hz=1e8)
    if kind == "sampled":
        return Waveform.sampled([(-1) ** index for index in range(40)], rate_hz=1e9).scaled(amplitude)
    return getattr(Waveform, kind)(40e-9, amplitude)  # type: ignore[no-any-return]


def played(backend: Any, way: str, kind: str, amplitude: float) -> None:
    """Have a pulse played on q0's drive line."""
    frame = backend.calibrations.frames["q0_frame"]
    circuit = QuantumCircuit(1, 1)
    values: list[float] = []
    if way == "program":
        pulse = f"cal {{ play(q0_frame, gaussian({amplitude}, 40ns, 8ns)); }}"
        text = f'OPENQASM 3.0;\ndefcalgrammar "openpulse";\n{pulse}\nbit c;\nc = measure $0;\n'
        backend.run(text, shots=2).result()
        return
    if way == "pulse box":
        with pulse_box(circuit, Schedule.left(Play(frame, shape(kind, amplitude))), qubits=[0]):
            circuit.noop(0)
    else:
        free = Parameter("amplitude")
        is_swept = way == "parameter"
        schedule = Schedule.left(Play(frame, shape(kind, free if is_swept else amplitude)))
        arguments = (free,) if is_swept else ()
        kick = Calibration(gate="kick", qubits=(0,), arguments=arguments, schedule=schedule)
        mine = CalibrationSet(ports={frame.port.name: frame.port}, frames={frame.name: frame}, calibrations=[kick])
        backend = backend.with_calibrations(mine)
        circuit.append(PulseGate("kick", 1, list(arguments)), [0])
        values = [amplitude] if is_swept else []
    circuit.measure(0, 0)
    if way == "run":
        backend.run(circuit, shots=2).result()
        return
    feedline.Sampler(backend).run([(circuit, values)] if values else [circuit], shots=2).result()


def ranges(lab: Any, name: str) -> dict[str, tuple[float, float]]:
    return {key: tuple(map(float, ends)) for key, ends in lab.backend.spec.instruments[name].safe.items()}


def assert_kept(lab: Any) -> None:
    """No emulator ever put out what the rack file calls unsafe, half a step of its converter aside."""
    awg, safe = lab.emulator("awg"), ranges(lab, "awg")
    for number in range(1, 9):
        low, high = awg.output_volts(number)
        least, most = safe[f"ch{number}_voltage_v"]
        assert least - 1e-5 <= low <= high <= most + 1e-5, f"ch{number}: {low} V to {high} V"
        assert awg.steepest_v_per_s(number) <= safe[f"ch{number}_slew_v_per_s"][1] * (1 + 1e-4) + 1e4
    for name in ("lo_drive", "lo_read"):
        source = lab.emulator(name)
        for quantity, (least, most) in ranges(lab, name).items():
            assert not source.is_on or least <= getattr(source, quantity) <= most
    least, most = ranges(lab, "flux")["level_v"]
    assert least <= lab.emulator("flux").level_v <= most


@pytest.mark.parametrize("rack", RACKS)
def test_no_program_gets_past_the_gate(rack: str, make_lab: Callable[..., Any]) -> None:
    """Every way to say a pulse, with amplitudes of all sizes, through racks whose settings are too loud."""
    try:
        lab = make_lab(RACKS[rack])
    except FeedlineError:
        return  # refused before anything was connected
    outcomes: list[str] = []

    @TRIES
    @given(st.sampled_from(WAYS), pulses, amplitudes)
    def attack(way: str, kind: str, amplitude: float) -> None:
        try:
            played(lab.backend, way, kind, amplitude)
            outcomes.append("played")
        except FeedlineError as refused:
            outcomes.append(f"{way} {kind} {amplitude}: {refused}")
        assert_kept(lab)

    attack()
    assert runtime().shutdown(timeout=30)
    assert lab.is_safe()
    assert_kept(lab)
    if rack in ("as it is", "narrow slew", "one side"):
        assert "played" in outcomes


def test_what_is_refused_names_everything_and_is_logged(
    make_lab: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The gate's own words, after calibrations that are legal by themselves."""
    lab = make_lab(RACKS["narrow slew"])
    with caplog.at_level(logging.WARNING, "feedline.safety"), pytest.raises(LimitError) as refused:
        played(lab.backend, "run", "constant", 1.0)
    for word in ("awg", "ch1_slew_v_per_s", "20000000"):
        assert word in str(refused.value)
    assert any("ch1_slew_v_per_s" in record.message for record in caplog.records if record.name == "feedline.safety")
    assert lab.emulator("awg").output_volts(1) == (0.0, 0.0)
    played(lab.backend, "run", "gaussian", 0.05)
    assert lab.emulator("awg").output_volts(1)[1] > 0.003


def test_legal_calibrations_are_never_refused(make_lab: Callable[..., Any]) -> None:
    """Right up to full scale on a mixer that corrects nothing."""
    mixer = "mixer = { gain = 1.05, phase_rad = 0.02, offset_i_v = 0.002, offset_q_v = -0.001 }"
    lab = make_lab(RACK.replace(mixer, ""))
    kinds = st.sampled_from(["gaussian", "constant", "cosine", "sampled"])

    @TRIES
    @given(st.sampled_from(WAYS), kinds, st.floats(-1, 1) | st.sampled_from([1.0, -1.0]))
    def play(way: str, kind: str, amplitude: float) -> None:
        played(lab.backend, way, kind, amplitude)
        assert_kept(lab)

    play()


def test_instruments_left_playing_are_made_safe_before_anything_else(lab: Any) -> None:
    """Somebody left a loud sequence running, both sources on at 20 dBm, and a bias of 0.3 V."""
    awg, flux = lab.emulator("awg"), lab.emulator("flux")
    awg.process(b'WLISt:WAVeform:NEW "loud",2400;:SLISt:SEQuence:NEW "old",1,1')
    awg.process(b'SLISt:SEQuence:STEP1:TASSet1:WAVeform "old","loud";:SOURce1:CASSet:SEQuence "old",1')
    awg.process(b"SOURce1:VOLTage 1.5;:OUTPut1:STATe 1;:AWGControl:RUN")
    for name in ("lo_drive", "lo_read"):
        lab.emulator(name).process(b"SOUR:FREQ 9e9;:SOUR:POW 20;:OUTP 1")
    flux.process(b":SOUR:LEV 0.3;:OUTP 1")
    for emulator in (awg, flux, lab.emulator("lo_drive")):
        emulator.clear_log()
    device = lab.backend.open()
    try:
        assert lab.is_safe()
        assert awg.run_state == 0
        assert not [line for line in awg.log if b"WAVeform" in line or b"VOLTage" in line]
        levels = [float(line.split()[1]) for line in flux.log if line.startswith(b":SOUR:LEV ")]
        assert np.abs(np.diff([0.3, *levels])).max() <= 5e-3 + 1e-9
        assert levels == sorted(levels, reverse=True)
    finally:
        device.close()
